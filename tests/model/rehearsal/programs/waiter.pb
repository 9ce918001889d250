# Waiter

## Serve
### Triggers
- At the beginning
### Steps
- Greet the guests and offer them the menu
- Take the order: ask for a $starter, a $main and a $dessert
- Tell the Kitchen to prepare {$starter}, {$main} and {$dessert}
- Wait for the Kitchen to say the food is ready
- Serve the food and wish them a good appetite
- Bring the bill
- End program

# Kitchen
You cook.

## Prepare
### Triggers
- When the waiter asks to prepare food
### Steps
- Wait 2 seconds
- Tell the Waiter "The food is ready."
