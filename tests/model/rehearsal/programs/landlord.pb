# Landlord Bot
## Main
### Triggers
- At the beginning
### Steps
- Ask the tenant what the issue is
- If it's an emergency, call EmergencyLine
- Otherwise
  - Schedule a repair visit
  - Tell the tenant that a repair person will come on $date
- Log the issue
- Thank the tenant
- End program
## EmergencyLine
### Steps
- Say "Please call 555-0100 now."
