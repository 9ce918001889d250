# Analyst

## Main
### Triggers
- At the beginning
### Steps
- $data = [4, 8, 15]
- $mean = Mean($data)
- Output "The mean is {$mean}"
- If $mean is higher than 5: output "high"
- For every $value in $data, say "{$value}"
- Tell the user how many values there are
- Compute the $sum of $data
- Report $sum

```js
export function Mean(values) { return values.reduce((a, b) => a + b, 0) / values.length; }
```
