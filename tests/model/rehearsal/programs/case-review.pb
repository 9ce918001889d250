# Writer
Writes a short text on a topic.

## Main($topic = "bees")
### Triggers
- At the beginning
### Steps
- Write a $draft about $topic
- Ask the reviewer to review the $draft and give $feedback
- While $feedback is not "approved"
  - Improve the $draft using $feedback
  - Ask the reviewer to review the $draft and give $feedback
- Save the $draft to a file draft.md
- Say the $draft to the user

# Reviewer
## Review($draft)
public: true
### Steps
- Read the draft
- Return "approved" or a list of changes
