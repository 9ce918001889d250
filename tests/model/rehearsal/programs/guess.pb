# Guessing game

## Main
### Triggers
- At the beginning
### Steps
- secret = 7
- tries = 0
- Say "I am thinking of a number between 1 and 10."
- While guess is not secret
  - Ask the user for their guess
  - Add 1 to tries
  - If guess > secret, say "Too high!"
  - Else if guess < secret, say "Too low!"
- Say "Got it in {tries} tries!"
- End program
