# Math solver

```ts
export function Factorial(a: number) { let r = 1; for (let i = 2; i <= a; i++) r *= i; return r; }
export function Exp(a: number) { return Math.exp(a); }
export function Log(a: number) { return Math.log(a); }
```

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for a simple math problem that uses Factorial, Exp and Log, e.g. "log(5!)"
- Use Solver to solve the problem
- Give the answer to the user
- Get $joke from Joke()
- Tell $joke to the user
- End program

## Solver($problem)
You are a math solver. You will be given a math problem and you will solve it. Use available playbooks to solve the problem. Go step by step. Return the final answer at the end.

## Joke
execution_mode: raw
Tell me a one-liner joke about math.
