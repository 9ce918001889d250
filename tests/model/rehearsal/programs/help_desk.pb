---
title: Help desk
---
# Help Desk

## Welcome
### Triggers
- At the beginning
### Steps
- Welcome the user to Acme Help Desk
- Ask how you can help
- Wait for the user to describe the $issue
- $category = Classify($issue)
- If $category is "billing"
  - Call HandleBilling
- Else if $category is "technical"
  - Call HandleTechnical
- Else
  - Tell the user that you could not classify the issue
- Thank the user for contacting Acme
- End program

## Classify($issue)
### Steps
- Decide whether the $issue is billing or technical
- Return "technical" if it mentions an error, else "billing"

## HandleBilling
### Steps
- Tell the user that someone from billing will call them back

## HandleTechnical
### Steps
- Ask the user to restart the computer
- Ask if that fixed the problem
- If not, create a ticket and tell the user the ticket number
