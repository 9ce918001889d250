# Loop
## Main
### Triggers
- At the beginning
### Steps
- i = 0
- While i is less than 3:
  - print i
  - i = i + 1
- print "done"
