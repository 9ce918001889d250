# Greeter
## Greet($name="friend")
### Triggers
- At the beginning
### Steps
- Say "Hello, {name}!"
- Tell the user their name has {len($name)} letters
- Tell {name} goodbye
- end the program
