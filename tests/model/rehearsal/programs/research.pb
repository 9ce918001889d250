# Researcher
Coordinates research on a topic.

## Research
### Triggers
- At the beginning
### Steps
- Ask the user for a $topic
- Break the $topic into three $subquestions
- In parallel, call Lookup($topic) for each subquestion
- Combine the answers into a $report
- Have the Editor review the $report and return $feedback
- If the $feedback is negative, revise the $report
- Show the user the $report
- End program

## Lookup($q)
### Steps
- Think about $q
- Return what you know about $q

# Editor
## Review($text)
public: true
### Steps
- Check grammar and style of $text
- Return "looks good"
