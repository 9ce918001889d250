# Task Manager
Manages tasks.

## Main
### Triggers
- At the beginning
### Steps
- $tasks is an empty list
- Repeat:
  - Ask the user whether to add, list or quit and store the reply in $command
  - If $command is "add":
    - Ask the user for the $task
    - Add $task to $tasks
  - If $command is "list", tell the user $tasks
  - If $command is "quit", stop repeating
- Tell the user goodbye
