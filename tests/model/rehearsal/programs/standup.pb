# Standup
## Main
### Triggers
- At the beginning
### Steps
- For each person in ["Ann", "Bob"]
  - Ask {person} "What did you do yesterday?"
  - Save the answer in $notes
- Summarize the notes
- Email the summary to the team
- Tell the user "Standup done."
