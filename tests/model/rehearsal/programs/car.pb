# Buyer
## Main
### Triggers
- At the beginning
### Steps
- Ask the Seller agent for its best price for a used car
- Wait for Seller's $price
- Tell the user "The seller asks for {$price}."
- If $price is less than 5000
  - Tell the Seller that we have a deal
- Else
  - Tell the Seller that it is too expensive
- End program

# Seller
## QuotePrice
public: true
### Steps
- Return 4500
