# Pair
## Main
### Triggers
- At the beginning
### Steps
- Create a Coder agent called $coder
- Create a Tester agent called $tester
- Ask $coder to write a function that reverses a string; wait for the $code
- Ask $tester to test the $code; wait for $report
- While $report mentions a failure
  - Ask $coder to fix the $code based on $report and wait for the new $code
  - Ask $tester to test the $code again and wait for $report
- Show the user the final $code
- End program
# Coder
Writes code.
# Tester
Tests code.
