# Puppet theatre
You entertain children.

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for their favourite food
- Have the workshop invent a $puppet
- Introduce the puppet to the user, with its name, its job and its quirk
- Tell the user a story of 2 or 3 sentences about the puppet, with the favourite food in it
- End program

# Workshop
Makes puppets.

## Invent puppet
public: true
### Steps
- Think of a puppet with a funny name, an unusual job and a quirk
- Return the puppet as a dictionary with the keys name, job, quirk
