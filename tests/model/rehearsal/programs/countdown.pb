# Alarm

## Main
### Triggers
- At the beginning
### Steps
- Set $count to 3
- While $count > 0
  - Tell user {$count}
  - Wait 1 second
  - Decrease $count by 1
- Say "Lift off!"
- End program
