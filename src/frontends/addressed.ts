import { type PersonInfo, personNamed } from "../session/mod.ts";

/** A line that a person typed or piped: words, and whose words they are. */
type Addressed =
  /** `person`: the name of the person who speaks; absent if the line does not say so. */
  | { readonly kind: "words"; readonly text: string; readonly person?: string }
  /** The line begins with `@`, and no person has this name. */
  | { readonly kind: "unknown"; readonly name: string };

/** A person whom a line can name. */
type NamedPerson = Pick<PersonInfo, "name" | "displayName" | "id">;

/**
 * Reads a line such as `@Alice yes`: the words of Alice. A name may be a name in code, a display name (the longest one
 * that fits) or an id. `@@` and `\@` stand for an `@` at the start of the words. With fewer than two persons, a line is
 * only words.
 */
export function readAddressed(line: string, people: readonly NamedPerson[]): Addressed {
  if (people.length < 2) return { kind: "words", text: line };
  const start = line.trimStart();
  if (start.startsWith("@@") || start.startsWith("\\@")) return { kind: "words", text: start.slice(1) };
  if (!start.startsWith("@")) return { kind: "words", text: line };
  const rest = start.slice(1);
  const names = people.flatMap(({ name, displayName, id }) =>
    [name, displayName, ...(id === undefined ? [] : [id])].map((spelling) => ({ spelling, name }))
  );
  const longestFirst = names.toSorted((a, b) => b.spelling.length - a.spelling.length);
  for (const { spelling, name } of longestFirst) {
    const words = rest.slice(spelling.length);
    if (
      rest.slice(0, spelling.length).toLowerCase() === spelling.toLowerCase() && /^([\s:,]|$)/.test(words)
    ) {
      return { kind: "words", text: wordsOf(words), person: name };
    }
  }
  const word = /^[^\s:,]*/.exec(rest)![0];
  const person = personNamed(people, word);
  return person === undefined
    ? { kind: "unknown", name: word }
    : { kind: "words", text: wordsOf(rest.slice(word.length)), person: person.name };
}

/** The words after a name, without the separator. */
function wordsOf(text: string): string {
  return text.replace(/^\s*[:,]?\s*/, "");
}

/** The message about a name that no person has. */
export function unknownPersonText(name: string, people: readonly NamedPerson[]): string {
  return `No person is called "${name}"; there are: ${people.map(nameInWords).join(", ")}. ` +
    "Write @@ to begin words with @";
}

/** `Alice`, or `Alice A. (@Alice)` if the name to write differs. */
export function nameInWords({ name, displayName }: Pick<PersonInfo, "name" | "displayName">): string {
  return name === displayName ? name : `${displayName} (@${name})`;
}

/** The name that people see of a person. */
export function shownName(people: readonly PersonInfo[], name: string): string {
  return people.find((person) => person.name === name)?.displayName ?? (name === "user" ? "User" : name);
}
