import { play } from "./harness.ts";

// Prints the sizes of prompts, in tokens of four characters: each agent's system prompt, and each turn's addition.

if (import.meta.main) {
  for (const { name } of Deno.readDirSync("examples")) {
    if (!name.endsWith(".pb")) continue;
    const text = Deno.readTextFileSync(`examples/${name}`);
    const played = await play(text, { replies: ["100200", "France, Italy", "52000", "a lighthouse"] });
    const systems = new Set(played.requests.map((request) => request.system));
    const turns = played.requests.map((request) => tokens(request.messages.at(-1)!.text));
    // deno-lint-ignore no-console
    console.log(
      `${name.padEnd(20)} system ${[...systems].map(tokens).join(", ").padEnd(20)} turns ${turns.join(", ")}`,
    );
  }
}

/** Tokens of a text, by the rule of thumb of four characters each. */
export function tokens(text: string): number {
  return Math.round(text.length / 4);
}
