# Expense Bot

## Submit Expense
### Triggers
- At the beginning
### Steps
- Get the $amount and $reason from the user
- If the $amount is over 500:
    - Ask the Approver to approve {$amount} for {$reason} and wait for its $decision
    - If $decision is "rejected": tell the user it was rejected and stop
- Record the expense
- Tell the user: Your expense of {$amount} dollars was recorded.
- End program

# Approver
## Approve($amount, $reason)
public: true
### Steps
- If $amount is greater than 1000, return "rejected"
- Return "approved"
