# Game Show
## Main
### Triggers
- At the beginning
### Steps
- Welcome everyone to "Guess the Capital"!
- Set $points to zero
- Repeat five times:
  - Pick a random country and store it in $country
  - Ask the player for the capital of $country
  - Store the reply in $guess
  - If $guess is right, add 1 to $points and say "Right!"
  - Otherwise say "Wrong!"
- Announce the final score: {$points} points
- End program
