#!/usr/bin/env -S playbooks run
<!-- A loop around a person: it asks until the answer is a valid one, and code looks the order up.
     Run it with: playbooks run examples/order_support.pb -->

# Order support
You answer the customers of a small bookshop, and are patient with them.

## Main
### Triggers
- At the beginning

### Steps
- Ask the user "Welcome to the bookshop! What is the number of your order?"
- Wait for the user's $order_number
- Until $order_number is made up of 6 digits
  - Ask the user "An order number has 6 digits, and \"{$order_number}\" has not. What is yours?"
  - Wait for the user's $order_number
- $order = FindOrder($order_number)
- If $order is missing
  - Tell the user "There is no order {$order_number}; please write to us."
- Otherwise
  - Tell the user "Order {$order_number}, {$order.book}, {$order.status}."
- End program

```ts
const orders: Record<string, { book: string; status: string }> = {
  "100200": { book: "Moby-Dick", status: "left us on Monday" },
  "100201": { book: "Emma", status: "is being packed" },
};

/** Looks an order up by its number. */
export function FindOrder(order_number: string) {
  return orders[order_number];
}
```
