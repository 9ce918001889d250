# Hello
## Main
### Triggers
- At the beginning
### Steps
- Say Hello, World!
- Say "It's a nice day" and then say "bye"
- Tell the user: we are closed on Sundays.
- Reply with a short poem
- Respond to the user with "OK"
- Print the current date
- Give the user a summary of what was said
- Say to the user that you're done
- Exit program
