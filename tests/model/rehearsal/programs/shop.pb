# Store Front
Sells books.

## Main
### Triggers
- At the beginning
### Steps
- Welcome the customer to the store
- Ask the customer what they are looking for
- Ask Inventory whether the book is in stock
- If it is in stock
  - Tell the customer the price
  - Ask the customer if they want to buy it
  - If yes, take payment
- If it is out of stock, apologize and offer to order it
- Say bye

# Inventory
Keeps stock.

## CheckStock($book)
public: true
### Steps
- Return "in stock"
