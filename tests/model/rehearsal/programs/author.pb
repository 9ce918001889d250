# Author

## Main
### Triggers
- At the beginning
### Steps
- Ask user for a genre and a main character
- Write an outline for a short story
- For each of the 3 acts
  - Write the act
  - Tell the user the act
  - Ask the user for feedback
- Ask the Critic to rate the story from 1 to 10
- Tell the user the Critic's rating
- If the rating is at least 7, congratulate the user, else encourage them to try again
- End program

# Critic
## Rate($story)
public: true
### Steps
- Read the story
- Return a rating from 1 to 10
