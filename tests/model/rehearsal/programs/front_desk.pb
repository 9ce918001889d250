# Front desk

## Main
### Triggers
- At the beginning
### Steps
- Welcome the user and ask how you can help

## Book room
### Triggers
- When the user wants to book a room
### Steps
- Ask the user for the dates, such as "1 May to 3 May", arrival, breakfast
- If the user is not registered, $member = Register()
- If $member is valid, say "Booked for {$member.name}"
- Otherwise say "Not booked"
- End program

```ts
export function Register() {
  return { success: true, name: "member 7" };
}
```
