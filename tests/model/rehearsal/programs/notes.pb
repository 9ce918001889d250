# Note Taker

## Summarize
### Triggers
- At the beginning
### Steps
- Load the file notes.txt into $notes
- Summarize $notes in three bullet points and store the result in $summary
- Print $summary
- Exit
