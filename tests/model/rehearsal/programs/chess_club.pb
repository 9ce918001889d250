# Chess club

```ts
export function Open(move: string) {
  throw new Error("opened " + move);
}
```

## Main
### Triggers
- At the beginning
### Steps
- Ask the user to wait till you start the clock
- Announce that the first player should make their move
- Ask the user for a chess move, e.g. "Open(e4)"
- Check the board. If problems are found:
  - Say "The board is wrong"
- Check the clock for time left: if so
  - Say "The game goes on"
- $check = Judge()
- If $check is invalid, say "The move is refused"
- Get Ruth's rating from the register
- End program

## Judge
### Steps
- Return {"success": false, "error": "no such square"}

# Register
## Get rating($who)
public: true
### Steps
- Say to the user "Rating of {$who}"
- Return 5
