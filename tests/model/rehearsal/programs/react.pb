# Helper

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for a $task
- $result = Solve($task)
- Tell the user: Here is what I found: {$result}
- End program

## Solve($task)
You solve tasks with the tools you have. Think, act, observe, then return the result.
