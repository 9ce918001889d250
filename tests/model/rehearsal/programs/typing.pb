# Typing Tutor
## Main
### Triggers
- When the program is started
### Steps
- Show the user the sentence "The quick brown fox" and ask them to type it
- Compare what they typed to the sentence
- If it matches exactly, say "Perfect!"
- If not, say "Try again!" and repeat until it matches
- End program
