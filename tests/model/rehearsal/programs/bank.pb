# Bank

## Main
### Triggers
- At the beginning
### Steps
- $balance = 100
- Ask user "Deposit, withdraw or quit?"
- Wait for user's $choice
- While $choice is not "quit"
  - If $choice is "deposit"
    - Ask user for $amount
    - Add $amount to $balance
  - Else if $choice is "withdraw"
    - Ask user for $amount
    - If $amount > $balance, tell user "Insufficient funds"
    - Otherwise subtract $amount from $balance
  - Else
    - Tell user "I don't understand {$choice}"
  - Tell user "Your balance is {$balance}"
  - Ask user "Deposit, withdraw or quit?"
  - Wait for user's $choice
- Say goodbye to the user
- End program
