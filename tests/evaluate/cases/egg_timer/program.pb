# Egg timer

## Main
### Triggers
- At the beginning
### Steps
- Ask the user how they like their egg
- Decide on the $seconds: 240 for a soft egg, 480 for a hard one, 360 in between
- Tell the user "I will wait {$seconds} seconds."
- Wait for that time
- Tell the user that the egg is ready
- 30 seconds later, remind the user that it becomes cold
- End program
