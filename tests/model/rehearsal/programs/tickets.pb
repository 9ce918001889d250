# Triage
## OnStart
### Triggers
- At the beginning
### Steps
- $tickets = [{"id": 1, "priority": "high"}, {"id": 2, "priority": "low"}]
- For each $t in $tickets
  - If $t.priority is "high"
    - Escalate the ticket $t to the Manager
    - Say "Escalated {$t.id}"
  - Otherwise
    - Say "Queued {$t.id}"
- End program
# Manager
You handle escalations.
## Handle
### Triggers
- When a ticket is escalated
### Steps
- Acknowledge the ticket
