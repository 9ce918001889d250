import type { Draft } from "./draft.ts";
import type { Declared, Reading } from "./reading.ts";
import { wordsOf } from "./words.ts";

/** A message to an agent that waited for nothing. */
interface InboxMessage {
  readonly from: string;
  readonly waits: boolean;
  readonly text: string;
}

/**
 * Answers messages to an agent that waits for nothing. It calls a playbook whose name or trigger clearly matches. Otherwise
 * it answers only a waiting agent, so that two idle agents never talk for ever.
 */
export function writeInbox(draft: Draft): void {
  const { messages } = draft.reading.args;
  for (const [index, each] of (Array.isArray(messages) ? messages : []).entries()) {
    const { from, waits, text } = each as Record<string, unknown>;
    answer({ from: String(from), waits: waits === true, text: String(text ?? "") }, index + 1, draft);
  }
  draft.line("Return();");
}

function answer({ from, waits, text }: InboxMessage, number: number, draft: Draft): void {
  const { reading } = draft;
  const { playbook, trigger } = matching(text, reading) ?? {};
  const to = /^\d+$/.test(from) && waits ? JSON.stringify(`agent ${from}`) : undefined;
  if (!playbook) {
    if (to) draft.line(`await Say(${to}, ${JSON.stringify(`(rehearsal: the answer of ${reading.title})`)});`);
    else if (!/^\d+$/.test(from)) draft.note(`no trigger fits: ${text}`);
    return;
  }
  if (trigger !== undefined) draft.note(`chose ${playbook.name} by the words of its trigger: ${trigger}`);
  const call = `await ${playbook.name}(${argumentsFrom(text, playbook, reading)})`;
  if (!to) return draft.line(`${call};`);
  draft.line(`let result_${number} = ${call};`);
  draft.line(
    `await Say(${to}, result_${number} === undefined ? "done" : asText(result_${number}, "result"));`,
  );
}

/**
 * Finds a playbook for a text: by name if the text has all words of the name in order, else by trigger if the text has most
 * words of the trigger.
 */
function matching(
  text: string,
  reading: Reading,
): { readonly playbook: Declared; readonly trigger?: string } | undefined {
  const words = wordsOf(text);
  const callable = reading.playbooks.filter((playbook) => !reading.stack.includes(playbook.name));
  const named = callable.find((playbook) => {
    const name = wordsOf(playbook.name);
    return new RegExp(`\\b${playbook.name.replaceAll("$", "\\$")}\\b`).test(text) &&
        /[a-z][A-Z]|_/.test(playbook.name) ||
      name.length > 1 && name.reduce((at, word) => at < 0 ? at : words.indexOf(word, at), 0) >= 0;
  });
  if (named) return { playbook: named };
  const heard = new Set(words.map(stem));
  for (const trigger of reading.triggers) {
    const about = wordsOf(trigger.text).filter((word) => !idle.has(word)).map(stem);
    const hits = about.filter((word) => heard.has(word)).length;
    const playbook = callable.find((candidate) => candidate.name === trigger.playbook);
    if (playbook && hits >= 1 && hits / about.length >= 0.5) return { playbook, trigger: trigger.text };
  }
  return undefined;
}

function argumentsFrom(text: string, playbook: Declared, reading: Reading): string {
  const values = [...text.matchAll(/"([^"]+)"|(?<![\w$.])(\d+(?:\.\d+)?)(?!\w)/g)]
    .map((match) => match[2]?.replace(/^0+(?=\d)/, "") ?? JSON.stringify(match[1]));
  const args: string[] = [];
  for (const parameter of playbook.parameters) {
    const known = parameter.name in reading.state ? `state.${parameter.name}` : undefined;
    const value = values.shift() ?? known;
    if (value === undefined && parameter.optional) break;
    args.push(value ?? JSON.stringify(text));
  }
  return args.join(", ");
}

function stem(word: string): string {
  return word.replace(/(ing|ed|es|s)$/, "");
}

/** Common words of triggers, which are ignored. */
const idle: ReadonlySet<string> = new Set(
  ("when whenever as soon if once the a an user agent someone somebody you your asks ask asked for to is are of and or in on it " +
    "provides provide gives give wants want gets get receives receive need needs about any message they their it's help")
    .split(" "),
);
