# Uploader

## Main
### Triggers
- At the beginning
### Steps
- $attempts = 0
- $ok = false
- Until $ok or $attempts is 3
  - $attempts = $attempts + 1
  - $ok = TryUpload($attempts)
- If $ok, say "Uploaded after {$attempts} attempts"
- Otherwise, say "Gave up"
- End program

```ts
export function TryUpload(n: number) { return n >= 2; }
```
