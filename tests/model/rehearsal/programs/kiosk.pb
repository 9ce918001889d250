# Kiosk
## Main
### Triggers
- At the beginning
### Steps
- Say "Welcome to the kiosk."
- Show the menu:
  - Coffee: 3
  - Tea: 2
- Ask "What would you like?"
- Wait for $order
- If $order is Coffee then $price = 3 else $price = 2
- Say "That will be {$price} dollars."
- End program
