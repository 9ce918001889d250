# Quiz Master
A quiz host.

## Main
### Triggers
- When program starts
### Steps
- $score = 0
- For each $question in ["What is 2+2?", "Capital of France?", "Largest planet?"]
  - Ask the user $question
  - Wait for $answer
  - $correct = CheckAnswer($question, $answer)
  - If $correct
    - Increment $score
    - Tell the user "Correct!"
  - Otherwise
    - Tell the user "Wrong."
- Tell the user their final $score out of 3
- End program

```ts
export function CheckAnswer(question: string, answer: string) {
  const right: Record<string,string> = {"What is 2+2?": "4", "Capital of France?": "Paris", "Largest planet?": "Jupiter"};
  return String(answer).toLowerCase() === right[question].toLowerCase();
}
```
