# Chair

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for a $question
- In parallel
  - $a = Optimist.Answer($question)
  - $b = Pessimist.Answer($question)
- Compare $a and $b and form a $verdict
- Tell the user the $verdict
- End program

# Optimist
## Answer($question)
public: true
### Steps
- Return "Yes, certainly."

# Pessimist
## Answer($question)
public: true
### Steps
- Return "No, never."
