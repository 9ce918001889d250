import type { Declared, Reading } from "./reading.ts";
import { articles, callVerbs, maskQuoted, requestVerbs, snakeCase, verbOf, wordsOf } from "./words.ts";

/** A partner to talk to: the JavaScript of the target, and the class of an agent. */
export interface Receiver {
  readonly code: string;
  readonly klass?: string;
}

/** A class or a person in a text, with its place in the text. */
interface Mention {
  readonly name: string;
  readonly kind: "person" | "class";
  readonly start: number;
  readonly end: number;
}

/** All people and other classes that a text names, in order. If two begin alike, the longest name wins. */
export function mentionsIn(text: string, reading: Reading): Mention[] {
  const names = [
    ...reading.people.map((name) => ({ name, kind: "person" as const })),
    ...["user", "human"].map((name) => ({ name, kind: "person" as const })),
    ...reading.others.map((other) => ({ name: other.klass, kind: "class" as const })),
  ];
  const found = names.flatMap(({ name, kind }) =>
    [...text.matchAll(patternOf(name))].map((match) => ({
      name: kind === "person" && !reading.people.includes(name) ? "user" : name,
      kind,
      start: match.index,
      end: match.index + match[0].length,
    }))
  );
  for (const { displayName, name } of reading.displayNames) {
    for (const match of text.matchAll(displayPattern(displayName))) {
      found.push({ name, kind: "person", start: match.index, end: match.index + match[0].length });
    }
  }
  found.sort((one, other) => one.start - other.start || other.end - one.end);
  return found.filter((mention, index) => index === 0 || mention.start >= found[index - 1]!.end);
}

/** Several people or agents that a clause joins, and the same clause with only the first of them. */
interface JoinedMentions {
  readonly mentions: readonly Mention[];
  readonly single: string;
}

/** `Ask Ann, Ben and Cid for …` has three, and its single form is `Ask Ann for …`; `undefined` for fewer than two. */
export function joinedMentions(clause: string, reading: Reading): JoinedMentions | undefined {
  const masked = maskQuoted(clause);
  const all = mentionsIn(masked, reading);
  const end = all.findIndex(({ start }, index) =>
    index > 0 &&
    !/^\s*(?:,|&|(?:,\s*)?and)\s+(?:the\s+)?$/i.test(masked.slice(all[index - 1]!.end, start))
  );
  const joined = all.slice(0, end < 0 ? undefined : end);
  const mentions = joined.filter(({ name }, index) =>
    joined.findIndex((each) => each.name === name) === index
  );
  if (mentions.length < 2) return undefined;
  return { mentions, single: clause.slice(0, joined[0]!.end) + clause.slice(joined.at(-1)!.end) };
}

/** The agent's own playbook that a clause names: with its exact name, after a verb like "call", or as the clause's words. */
export function playbookIn(clause: string, reading: Reading): Declared | undefined {
  const spelled = reading.playbooks.find((playbook) =>
    /[a-z0-9][A-Z]|_/.test(playbook.name) &&
    new RegExp(`(?<![\\w$.])${escape(playbook.name)}(?!\\w)`).test(clause)
  );
  if (spelled) return spelled;
  const words = wordsOf(clause).filter((word) => !articles.has(word));
  const verb = verbOf(words[0] ?? "");
  return reading.playbooks
    .filter((playbook) => !reading.stack.includes(playbook.name))
    .filter((playbook) => {
      const name = wordsOf(playbook.name).filter((word) => !articles.has(word));
      if (name.length === 0) return false;
      if (callVerbs.has(verb) && startsWith(words.slice(1), name)) return true;
      if (name.length === 1) {
        const asWritten = new RegExp(`\\w.*(?<![\\w$.])${escape(playbook.name)}(?![\\w.])`).test(clause);
        return verb === verbOf(name[0]!) && !callVerbs.has(verb) || requestVerbs.has(verb) && asWritten;
      }
      return verb === verbOf(name[0]!) && inOrder(words, [words[0]!, ...name.slice(1)]);
    })
    .sort((one, other) => wordsOf(other.name).length - wordsOf(one.name).length)[0];
}

/** The playbook of another agent that best matches a request. At least half of the words of its name are in the text. */
export function fittingPlaybook(text: string, playbooks: readonly Declared[]): Declared | undefined {
  const exact = playbooks.find((playbook) =>
    new RegExp(`(?<!\\w)${escape(playbook.name)}(?!\\w)`).test(text)
  );
  if (exact) return exact;
  const words = new Set(wordsOf(text));
  const scored = playbooks.filter((playbook) => playbook.public).map((playbook) => {
    const name = wordsOf(playbook.name).filter((word) => !generic.has(word));
    const hits = name.filter((word) => words.has(word)).length;
    return { playbook, score: name.length === 0 ? 0 : hits / name.length };
  });
  // The sort is stable: of two equal matches, the first wins.
  const best = scored.sort((one, other) => other.score - one.score)[0];
  return best && best.score >= 0.5 ? best.playbook : undefined;
}

/** The name of the local for a call's result if the step gives none: `tax_rate` for `GetTaxRate`. */
export function resultName(playbook: string): string {
  const words = wordsOf(playbook);
  return snakeCase(words.length > 1 && generic.has(words[0]!) ? words.slice(1) : words);
}

const generic: ReadonlySet<string> = new Set(
  "get fetch find load look up create generate the a an".split(" "),
);

/** `TaxAccountantAgent` is "Tax accountant", "tax accountant agent", "TaxAccountantAgent", "Tax accountants". */
function patternOf(name: string): RegExp {
  const words = name.length === 1 ? [name] : wordsOf(name);
  const short = words.length > 1 && words.at(-1) === "agent" ? words.slice(0, -1) : words;
  return new RegExp(
    `(?<![\\w$@])${short.map(escape).join("[\\s_-]*")}s?(?:[\\s_-]*agents?)?(?![\\w(]|\\.\\w)`,
    // A one-letter name could be the article "a".
    name.length === 1 ? "g" : "gi",
  );
}

/** A display name as it is written, with any spaces. */
function displayPattern(displayName: string): RegExp {
  const words = displayName.trim().split(/\s+/).map(escape).join("\\s+");
  return new RegExp(`(?<![\\p{L}\\p{N}_$@])${words}(?![\\p{L}\\p{N}_(])`, "giu");
}

function startsWith(words: readonly string[], name: readonly string[]): boolean {
  return name.every((word, index) => words[index] === word);
}

function inOrder(words: readonly string[], name: readonly string[]): boolean {
  let at = 0;
  for (const word of words) if (word === name[at]) at++;
  return at === name.length;
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
