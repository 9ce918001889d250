# Vote
## Main
### Triggers
- At the beginning
### Steps
- $votes = {"a": 0, "b": 0}
- Repeat 3 times:
  - Ask the user "a or b?" and wait for $v
  - If $v is "a", $votes.a = $votes.a + 1
  - If $v is "b", $votes.b = $votes.b + 1
- If $votes.a > $votes.b, say "a wins"
- Else say "b wins"
