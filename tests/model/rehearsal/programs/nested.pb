# Nested
## Main
### Triggers
- At the beginning
### Steps
- For $i from 1 to 2
  - For $j from 1 to 2
    - $p = $i * $j
    - Say "{$i} x {$j} = {$p}"
- $done = false
- While not $done
  - Ask the user "Again?"
  - Wait for $again
  - If $again is "no"
    - $done = true
- Say "Finished"
