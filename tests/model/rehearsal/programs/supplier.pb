# Negotiator
## Main
### Triggers
- At the beginning
### Steps
- Create a Supplier
- Set $target to 50
- Set $offer to 100
- Repeat until $offer <= $target or 5 rounds have passed
  - Tell the supplier "I can pay {$target}."
  - Wait for the supplier's $offer
- If $offer <= $target, say "Deal at {$offer}"
- Otherwise, say "No deal"
- End program
# Supplier
## Respond($price)
### Triggers
- When someone says what they can pay
### Steps
- Return 60
