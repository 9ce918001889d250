# Math

## Main
### Triggers
- At the beginning
### Steps
- n = 5
- result = Factorial(n)
- Say "The factorial of {n} is {result}"
- If result is greater than 100 then say "big" else say "small"
- End program

## Factorial(n)
### Steps
- If n <= 1, return 1
- previous = Factorial(n - 1)
- return n * previous
