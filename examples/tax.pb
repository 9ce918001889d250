#!/usr/bin/env -S playbooks run
<!-- One agent calls a public playbook of another, and goes on with what it returns.
     Run it with: playbooks run examples/tax.pb -->

# Clerk
Helps people with their taxes, and asks the accountant for what it cannot know.

## Main
### Triggers
- At the beginning

### Steps
- Ask the user "How many dollars did you earn last year?"
- Wait for the user's $income
- Ask the accountant for the tax $rate of $income
- $tax = $income * $rate / 100
- $rest = $income - $tax
- Tell the user "The accountant says {$rate} percent: you owe {$tax} dollars, and keep {$rest}."
- End program

# Accountant
Knows the law.

## Find tax rate($income)
public: true

Gives the rate of tax on an income, in percent.

### Steps
- If $income is less than 20000, return 0
- Otherwise if $income is less than 80000, return 15
- Otherwise return 30
