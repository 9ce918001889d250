# ATM

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for their $pin
- $tries = 1
- While $pin is not "1234" and $tries < 3
  - Tell the user the pin is wrong
  - Ask the user for their $pin again
  - Increment $tries
- If $pin is "1234"
  - Say "Access granted"
- Else
  - Say "Card blocked"
- Return
