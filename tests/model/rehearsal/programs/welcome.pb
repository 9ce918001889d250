# Host
You welcome the guests of a small hotel.

## Main
### Triggers
- At the beginning
### Steps
- Ask the user "Welcome! What is your name?"
- Wait for the user's $name
- Ask the concierge for a $tip for $name
- Tell the user "Good evening, {$name}. {$tip}"
- End program

# Concierge
You know the town well.

## Find tip($guest)
public: true
### Steps
- Return "The market by the river is open until eight, $guest."
