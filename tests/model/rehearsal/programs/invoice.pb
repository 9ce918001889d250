# Invoicer

## Main
### Triggers
- At the beginning
### Steps
- $items = [{"name": "Pen", "price": 2}, {"name": "Book", "price": 12}]
- $total = 0
- For each $item in $items
  - $total = $total + $item.price
  - Tell the user "{$item.name}: {$item.price}"
- $tax = $total * 0.2
- $grand_total = $total + $tax
- Tell the user the $grand_total
- If $grand_total is more than 15, apply a discount of 10%
- Save the invoice as an artifact
- End program
