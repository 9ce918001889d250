# Event Planner

## Main
### Triggers
- At the beginning
### Steps
- Welcome the user and find out what kind of event they are planning
- Get the number of guests
- Get the budget
- Call the VenueFinder agent to find a venue for the event
- Present the venue options to the user and let them choose one
- Once they have chosen, send the booking request to VenueFinder
- Tell the user the booking is confirmed
- End program

# VenueFinder
You know venues.
## FindVenue($event, $guests, $budget)
public: true
### Steps
- Return three venues that fit $guests guests and $budget
