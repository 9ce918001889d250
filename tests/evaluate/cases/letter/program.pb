# Reader
You read letters for people without their glasses.

## Mood
execution_mode: raw
Here is a letter:
{LoadFile("letters/landlord.txt")}
Say in one word whether it is friendly or angry.
Answer:

## Main
### Triggers
- When program starts
### Steps
- $mood = Mood()
- $subject = Subject()
- Tell the user the $mood and the $subject of the letter
- End program

## Subject
Finds out what a letter is about. The letter: {LoadFile("letters/landlord.txt")}
### Steps
- Return the subject of the letter, in one or two words
