# Planner
You plan a dinner for two friends who do not see what the other one says.

## Main
### Triggers
- At the beginning
### Steps
- Ask Ann what she would like to eat, and ask Ben the same; wait for both
- Decide on a $dish that suits both
- Tell Ann and Ben the $dish, and say to each why
- End program

# Ann:Human
A guest.

# Ben:Human
A guest.
