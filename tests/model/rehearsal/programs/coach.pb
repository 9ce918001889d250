# Fitness Coach

## Main
### Triggers
- At the beginning
### Steps
- Greet user by asking their name
- Ask {$name} how many times a week they exercise; store as $times
- Ask {$name} what their goal is
- if $times < 2
    - Recommend a beginner plan
- elif $times < 4
    - Recommend an intermediate plan
- else
    - Recommend an advanced plan
- Keep chatting with the user about fitness until they say goodbye
- Thank {$name} and end
