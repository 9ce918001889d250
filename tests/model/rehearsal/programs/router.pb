# Router
Routes requests.

## Begin
### Triggers
- At the beginning
### Steps
- Greet the user
- Ask the user how you can help them
- If the user asks for a refund, run Refund
- If the user asks about shipping, run Shipping
- If neither, hand off to a human
- End program

## Refund
### Steps
- Say "I will process the refund now."
- Ask user for $order_number
- Say "Refunded order $order_number."

## Shipping
### Steps
- Say "Shipping takes 3 to 5 days."
