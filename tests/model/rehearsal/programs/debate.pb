# Moderator

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for a $topic to debate
- Create Debater agent $pro
- Create Debater agent $con
- Repeat 2 times
  - Ask $pro for an argument in favor of $topic
  - Wait for $pro_argument
  - Ask $con for an argument against $topic
  - Wait for $con_argument
  - Tell the user "{$pro_argument} -- {$con_argument}"
- Decide the $winner
- Announce the $winner to the user
- End program

# Debater
You argue well.

## Argue($topic)
public: true
### Steps
- Return a one-sentence argument about $topic
