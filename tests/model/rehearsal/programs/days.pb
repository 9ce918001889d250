# Sim
## Main
### Triggers
- At the beginning
### Steps
- day = 1
- food = 10
- While day <= 3 and food > 0
  - food = food - 2
  - Say "Day {day}: {food} food left"
  - day = day + 1
- If food is more than 3, say "You survived" otherwise say "You starved"
