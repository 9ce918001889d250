# Diary

## Main
### Triggers
- At the beginning
### Steps
- entries is []
- Loop until the user types exit or quit
  - Ask the user "What happened today?"
  - Wait for the user's reply
  - Append the reply to entries
- Say "You wrote {len(entries)} entries."
- End program
