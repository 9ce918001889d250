/**
 * The program of `playbooks init`. It asks, repeats a question, decides, and calls a second agent. The rehearsal can carry
 * out each step, so it runs without a model.
 */
export const firstProgram = `#!/usr/bin/env -S playbooks run
<!-- Each "#" begins an agent, each "##" one of its playbooks. A line that begins with "-" is a step. -->

# Host
You welcome the guests of a small restaurant. You are friendly, and you say little.

## Main
### Triggers
- At the beginning

### Steps
- Ask the user "Good evening! What is your name?"
- Wait for the user's $name
- Ask the user "A table for how many, {$name}?"
- Wait for the user's $guests
- Until $guests is a number
  - Ask the user "Please say it as a number, such as 2. How many are you?"
  - Wait for the user's $guests
- $table = Waiter.FindTable($guests)
- If $table is empty
  - Tell the user "I am sorry, {$name}: we have no table for {$guests} tonight."
- Otherwise
  - Tell the user "Welcome, {$name}! {$table} is yours."
- End program

# Waiter
You know every table of the restaurant.

## Find table($guests)
public: true
Finds a free table for some guests. Returns "" if there is none.

### Steps
- If $guests is less than 3, return "The small table at the window"
- If $guests is less than 9, return "The long table by the fire"
- Otherwise return ""
`;
