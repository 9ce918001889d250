#!/usr/bin/env -S playbooks run
<!-- Calls within calls, three deep: a story needs chapters, a chapter needs a scene, a scene needs a stranger.
     Run it with: playbooks run examples/story.pb -->

# Storyteller
You tell short stories for children, in a calm voice.

## Main
### Triggers
- At the beginning

### Steps
- Ask the user "Who shall be the hero of the story?"
- Wait for the user's $hero
- For each $place in ["harbour", "lighthouse"]
  - $chapter = WriteChapter($place)
  - Say "{$chapter}"
- Say "And so {$hero} went home, and slept very well."
- End program

## Write chapter($place)
### Steps
- $scene = WriteScene($place)
- Return "{$hero} came to the {$place}. {$scene}"

## Write scene($place)
### Steps
- $stranger = InventStranger($place)
- Return "There stood {$stranger}, and they talked until the moon rose."

## Invent stranger($place)
### Steps
- Return a stranger whom one meets only at a $place
