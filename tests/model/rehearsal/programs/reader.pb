# Reader
## Main
### Triggers
- At the beginning
### Steps
- Ask user for a file name and load the file
- If the file does not exist, tell the user that the file was not found and end program
- Otherwise summarize the file
- Present the summary
- End program
