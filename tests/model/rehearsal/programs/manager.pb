# Manager
You manage a small team.

## Main($topic="bees")
### Triggers
- At the beginning
### Steps
- Create a Writer agent and an Editor agent
- Ask the writer to write a short article about $topic
- Get the $article from the writer
- Ask the editor for corrections to the $article
- Get the $corrections from the editor
- Send the $corrections to the writer
- Publish the article
- Tell the user that the article about $topic is done
- End program

# Writer
You write.

# Editor
You edit.
