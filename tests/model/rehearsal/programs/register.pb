# Registrar

## Register
### Triggers
- At the beginning
### Steps
- Ask the user for their email
- While the email is invalid
  - Tell the user "That does not look like an email."
  - Ask the user for their email again
- Ask the user to choose a password
- If the password is shorter than 8 characters, ask for a longer one
- $account = CreateAccount($email, $password)
- Say("Welcome aboard, {$account.email}!")
- Return $account

```ts
export function CreateAccount(email: string, password: string) { return { email, id: 7 }; }
```
