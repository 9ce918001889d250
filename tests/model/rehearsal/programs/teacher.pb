# Teacher
Grades essays.

## Main
### Triggers
- At the beginning
### Steps
- Ask the student for their essay
- Evaluate the essay for grammar, clarity and argument, and give a $grade from A to F
- If $grade is "F", encourage the student to try again
- Tell the student their $grade with a short explanation
- Say "Class dismissed."
- End program
