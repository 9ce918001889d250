/** The commands that a person can type in place of an answer. `/help` and docs/guide/people.md show them. */
export const slashCommands = {
  show: { usage: "/show", does: "shows agents, calls, open questions and what was spent" },
  log: { usage: "/log", does: "shows the last turns, calls and words" },
  save: { usage: "/save NAME", does: "names the session, to find it by" },
  quit: { usage: "/quit", does: "suspends the session; resume continues" },
  help: { usage: "/help", does: "shows these commands and the keys" },
} as const satisfies Readonly<Record<string, { readonly usage: string; readonly does: string }>>;

/** An entered text: words for the program, or a command. */
type ReadText =
  | { readonly kind: "words"; readonly text: string }
  | { readonly kind: "command"; readonly name: keyof typeof slashCommands; readonly argument: string }
  | { readonly kind: "unknown"; readonly remark: string };

/** Reads an entered text. `//x` are the words `/x`. */
export function readSlash(entered: string): ReadText {
  if (entered.startsWith("//")) return { kind: "words", text: entered.slice(1) };
  if (!entered.startsWith("/")) return { kind: "words", text: entered };
  const [, word = "", argument = ""] = /^\/(\S*)\s*([^]*)$/.exec(entered)!;
  const name = word.toLowerCase();
  if (isCommand(name)) return { kind: "command", name, argument: argument.trim() };
  const all = Object.values(slashCommands).map(({ usage }) => usage).join(", ");
  return {
    kind: "unknown",
    remark: `There is no /${word}. Commands: ${all}. Words that begin with / need //`,
  };
}

/** The spelling that enters these words again: words that begin with `/` need another one. */
export function asEntered(words: string): string {
  return words.startsWith("/") ? `/${words}` : words;
}

function isCommand(name: string): name is keyof typeof slashCommands {
  return Object.hasOwn(slashCommands, name);
}
