# Pollster
## Main
### Triggers
- At the beginning
### Steps
- Ask the user "Cats or dogs?" and save the answer as $pick
- If $pick is cats, say "Meow."
- If $pick is dogs, say "Woof."
- If $pick is neither cats nor dogs, say "Hm."
- End program
