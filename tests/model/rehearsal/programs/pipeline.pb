# Pipeline

## Main
### Triggers
- At the beginning
### Steps
- $raw = Fetch()
- $clean = Clean($raw)
- Report the $clean to the user
- End program

## Fetch
### Steps
- Return [3, 1, 2]

## Clean($data)
### Steps
- Sort $data
- Return $data
