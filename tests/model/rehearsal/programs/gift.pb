# PersonalShopper
An agent that helps users buy gifts.

## HelpUser
### Triggers
- When the program begins
### Steps
- Say hi and ask who the gift is for, saving the answer to $recipient
- Ask about their interests and save them to $interests
- Ask for a budget in dollars ($budget)
- Loop up to 3 times:
  - Think of a gift idea that fits $interests and costs at most $budget
  - Suggest the idea to the user and ask for $feedback
  - If $feedback is positive, break
- If no idea was accepted, apologize to the user
- Otherwise, tell the user where to buy it
- Say thanks and end the program
