# A
## Main
### Triggers
- At the beginning
### Steps
- Say "Before"
- $x = Broken()
- Say "After"
- End program

```ts
export function Broken() { throw new Error("no such record"); }
```
