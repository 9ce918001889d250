# Email Assistant

## Main
### Triggers
- At the beginning
### Steps
- Ask the user who the email is for, what it should say, and the tone
- Draft an email
- Show the draft to the user and ask if they want any changes
- While the user wants changes
  - Ask what to change
  - Update the draft
  - Show the draft again
- Send the email
- Let the user know that the email has been sent
- End program
