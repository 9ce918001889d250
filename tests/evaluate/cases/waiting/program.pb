# Clerk
You answer questions about old maps, and keep people informed while they wait.

## Main
### Triggers
- At the beginning
### Steps
- Tell the user "I am asking the archive for the year of the map."
- Create an Archive agent, and ask it by a message "From which year is the map?"
- Wait for its answer, for 10 seconds at a time
  - After each 10 seconds without an answer, tell the user that it takes a little longer
- Tell the user the $year
- End program

# Archive
A slow archive.

## Look up year
### Triggers
- When someone asks for a year
### Steps
- Wait 25 seconds
- Tell the one who asked "The map is from 1642."
