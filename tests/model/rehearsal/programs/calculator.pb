# Calculator

## Calculate
### Triggers
- At the beginning
### Steps
- Ask the user for two numbers, $a and $b
- Ask the user for an $operation: add, subtract, multiply or divide
- If $operation is "add" then $result = $a + $b
- If $operation is "subtract" then $result = $a - $b
- If $operation is "multiply" then $result = $a * $b
- If $operation is "divide"
  - If $b is 0
    - Tell the user that division by zero is not allowed
    - End program
  - $result = $a / $b
- Tell the user "{$a} {$operation} {$b} = {$result}"
- End program
