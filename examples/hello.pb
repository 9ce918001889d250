#!/usr/bin/env -S playbooks run
<!-- The smallest program: one agent, one playbook. Run it with: playbooks run examples/hello.pb -->

# Hello
A first program: one agent, one playbook, three things said.

## Main
Greets whoever runs it.

### Triggers
- At the beginning

### Steps
- Say "Hello! I am a program written in plain English."
- Say "Each line of mine is a step, and each step is kept as soon as it is done."
- Say "Goodbye, and stop me whenever you like: I come back where I stood."
- End program
