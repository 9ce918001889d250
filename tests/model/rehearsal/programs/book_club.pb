# Book Club
You run a book club for {$members} members.

## Main
### Triggers
- At the beginning
### Steps
- $books = ["Emma", "Dune"]
- Tell the members which books are on the list
- Ask each member to vote for a book
- Count the votes
- Announce the winner
- Set the date of the next meeting
- Remind everyone of the date
- End program
