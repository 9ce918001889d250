# Escalation
## Main
### Triggers
- At the beginning
### Steps
- Ask the user to describe the problem
- Wait for the answer
- Decide if the problem is urgent
- If urgent:
  - Page the on-call engineer
  - Tell the user help is on the way
- If not urgent:
  - Create a ticket
  - Tell the user that a ticket has been created
- End
