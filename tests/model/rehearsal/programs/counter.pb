# Counter
## Main
### Triggers
- At the beginning
### Steps
- For $i from 1 to 3
  - Say "Round {$i}"
- $total = 1 + 2 + 3
- Say "Total is $total"
- $list = ["a", "b"]
- Add "c" to $list
- Say "List: {$list}"
- End program
