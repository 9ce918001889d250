# Moderator
```ts
/** Keeps a summary as an artifact. */
export async function Summarize() {
  await SaveArtifact("summary", "The result", "Tea 2\nCoffee 1");
}
```

## Main
### Triggers
- At the beginning
### Steps
- Summarize()
- Tell the user "Digest: {$summary}"
- End program
