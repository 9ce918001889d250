/** Says one word and ends. */
export const hello = `# Greeter
## Main
### Triggers
- At the beginning
### Steps
- Say "Hello"
- End program
`;

/** Waits for a person and greets with the reply, and with `of` if it is given. */
export function asks(what: string, of?: string): string {
  return `# Asker ${of ?? "of names"}
## Main
### Triggers
- At the beginning
### Steps
- $answer = Ask("${what}")
- Say "Hello {$answer}${of === undefined ? "" : ` of ${of}`}"
- End program

\`\`\`ts
export async function Ask(what: string): Promise<string> {
  return await Yield("user");
}
\`\`\`
`;
}

/** Says a word, sleeps for 30 s, and says another word. */
export const sleeps = `# Sleeper
## Main
### Triggers
- At the beginning
### Steps
- Say "Good night"
- Nap()
- Say "Good morning"
- End program

\`\`\`ts
export async function Nap(): Promise<void> {
  await Sleep(30);
}
\`\`\`
`;
