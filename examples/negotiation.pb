#!/usr/bin/env -S playbooks run
<!-- Agents that talk: a seller makes itself a boss and a buyer, and the three settle on a price by messages.
     Run it with: playbooks run examples/negotiation.pb --snoop (which shows what agents say to each other) -->

# Seller
You sell a used camera, and never below what your boss allows.

## Main
### Triggers
- At the beginning

### Steps
- Create a Boss agent
- Create a Buyer agent
- $price = 900
- Tell the user "A camera is for sale, at {$price} dollars."
- Until $verdict is "yes"
  - Tell the buyer "My price is {$price}"
  - Wait for the buyer's $offer
  - Ask the boss "Is an offer of {$offer} enough?"
  - Wait for the boss's $verdict
  - If $verdict is "no"
    - Reduce $price by 50
    - Tell the user "The buyer offers {$offer}, my boss says no, and I come down to {$price}."
- Tell the user "Sold for {$offer} dollars: the boss says yes."
- End program

# Buyer
You want the camera, and not to pay too much for it.

## Make an offer($price)
### Triggers
- When someone gives you a price

### Steps
- If $offer is not set, $offer = 600
- Otherwise increase $offer by 60
- If $offer is more than $price, return $price
- Return $offer

# Boss
You own the shop, and have only the last word.

## Judge an offer($offer)
### Triggers
- When someone asks whether an offer is enough

### Steps
- If $offer is at least 700, return "yes"
- Return "no"
