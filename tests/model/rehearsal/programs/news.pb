# News Desk
## Main
### Triggers
- At the beginning
### Steps
- Ask the user which topics they are interested in (e.g. sports, politics)
- For each topic
  - Search the web for recent news about the topic
  - Summarize the top 3 articles
- Compile a newsletter from the summaries
- Save the newsletter as an artifact named "newsletter"
- Let the user know the newsletter is ready and ask whether they'd like to read it now
- If they would, show them the newsletter
- End program
