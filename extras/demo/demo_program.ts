/** The file name of the demo's program. */
export const demoFile = "bicycle.pb";

/** A seller and a buyer: a loop that calls another agent, which calls a slow playbook. */
export const demoProgram = `# Seller
You sell an old bicycle.

## Main
### Triggers
- At the beginning

### Steps
- Tell the user "A bicycle for 120 dollars."
- $paid = Negotiate(120)
- Tell the user "Sold, for {$paid} dollars."
- Return $paid

## Negotiate($price)
### Steps
- $offer = Buyer.MakeOffer($price)
- While $offer < $price
  - Reduce $price by 10
  - Tell the user "No; I come down to {$price}."
  - $offer = Buyer.MakeOffer($price)
- Return $offer

# Buyer
You want the bicycle, and to pay little for it.

## Make offer($price)
public: true

### Steps
- $worth = ThinkItOver($price)
- Tell the user "I offer {$worth} dollars."
- Return $worth

## Think it over($price)
### Steps
- Wait 0.5 seconds
- If $worth is not set, return 80
- Return $worth + 10
`;

/** The folder beside the program that keeps its session. */
export const demoStorage = "sessions";

/** The demo ignores the user's configuration. It asks no model and keeps its sessions beside the program. */
export const demoConfig = `[model]
provider = "rehearsal"

[durability]
storage_path = "${demoStorage}"
`;
