import type { PromptMessage } from "../../model/model.ts";

// Frozen: journals of 0.1 and 0.2 do not say which messages were condensed, so `upcast.ts` applies this rule again. Prompts
// are condensed by it too. To change how prompts are condensed, copy this file to src/prompt and change the copy.

/** Characters that a token takes, on the safe side for English and code. */
const charactersPerToken = 3.5;
/** Part of the window at which a prompt is condensed; the rest is for the system prompt and the answer. */
const fullPart = 0.7;
/** Messages at the end that are never condensed: the last two turns and the request. */
const keptWhole = 5;
/** Characters of a line of results that a condensed message keeps. */
const maxLineLength = 200;

/**
 * Condenses the earlier messages of a prompt that nears the model's window, by rule and without a model.
 *
 * It keeps the results and the steps of an earlier turn. It leaves out the code, and the state and locals of that time:
 * the last message has them as they are now. If that is not enough, it leaves out the oldest turns and says how many. The
 * first message, which holds the text of the playbook, stays whole.
 *
 * Condensing a condensed list with one more message gives the same as condensing all messages. So a frame keeps its
 * messages condensed, and they never outgrow the window. The result changes in jumps: between two jumps each list of
 * messages begins with the one before, byte by byte, so that a provider's cache holds.
 *
 * A message that stays as it is is the same object in the result.
 */
export function condense(
  messages: readonly PromptMessage[],
  contextTokens: number,
): readonly PromptMessage[] {
  if (!(contextTokens > 0)) return messages;
  const most = contextTokens * fullPart * charactersPerToken;
  if (sizeOf(messages) <= most) return messages;
  let kept: PromptMessage[] = [];
  let size = 0;
  for (const message of messages) {
    kept.push(message);
    size += message.text.length;
    if (size <= most) continue;
    kept = shrunk(kept, most);
    size = sizeOf(kept);
  }
  return kept;
}

/** A frame's messages with the next request, as `RequestEntry.transcript` has them; `undefined` if none is condensed. */
export function condensedTranscript(
  transcript: readonly PromptMessage[],
  text: string,
  contextTokens: number,
): (number | PromptMessage)[] | undefined {
  const messages: PromptMessage[] = [...transcript, { role: "user", text }];
  const kept = condense(messages, contextTokens);
  if (kept === messages) return undefined;
  const indexes = new Map(messages.map((message, index) => [message, index]));
  return kept.map((message) => indexes.get(message) ?? message);
}

/** Characters of messages. Messages are only ever added to a list, so only those behind the counted ones are counted. */
function sizeOf(messages: readonly PromptMessage[]): number {
  let { count, size } = counted.get(messages) ?? { count: 0, size: 0 };
  for (; count < messages.length; count++) size += messages[count]!.text.length;
  counted.set(messages, { count, size });
  return size;
}

const counted = new WeakMap<readonly PromptMessage[], { readonly count: number; readonly size: number }>();

/** Part of the limit that a condensed prompt may have; above that, the oldest turns are left out until half is left. */
const stillFullPart = 0.75;

function shrunk(messages: readonly PromptMessage[], most: number): PromptMessage[] {
  const last = Math.max(0, messages.length - keptWhole);
  const kept = messages.map((message, index) => index < last ? condensed(message) : message);
  const size = sizeOf(kept);
  return size <= most * stillFullPart ? kept : withoutOldest(kept, size - most / 2);
}

/** Leaves out answers and their results, the oldest first, until there are `excess` characters less. */
function withoutOldest(messages: readonly PromptMessage[], excess: number): PromptMessage[] {
  const kept: PromptMessage[] = [];
  const last = messages.length - keptWhole;
  let index = 0;
  while (index < messages.length) {
    const [message, next] = [messages[index]!, messages[index + 1]];
    const before = kept.at(-1);
    const goes = excess > 0 && index + 1 < last && message.role === "assistant" && before !== undefined &&
      next?.role === "user" && !hasPlaybook(next.text);
    if (!goes) {
      kept.push(message);
      index++;
      continue;
    }
    const left = { role: before.role, text: withLeftOut(before.text, 1 + leftOutIn(next.text)) };
    excess -= message.text.length + next.text.length - (left.text.length - before.text.length);
    kept[kept.length - 1] = left;
    index += 2;
  }
  return kept;
}

/** The note in place of turns that are left out. */
const leftOutPattern = /\n\[(\d+) earlier turns? left out\]$/;

function leftOutIn(text: string): number {
  return Number(leftOutPattern.exec(text)?.[1] ?? 0);
}

function withLeftOut(text: string, more: number): string {
  const count = leftOutIn(text) + more;
  return `${text.replace(leftOutPattern, "")}\n[${count} earlier turn${count === 1 ? "" : "s"} left out]`;
}

function condensed(message: PromptMessage): PromptMessage {
  if (done.has(message)) return message;
  const text = message.role === "assistant"
    ? condensedCode(message.text)
    : turnsIn(message.text).map(condensedTurn).join("\n");
  const short = text === message.text ? message : { role: message.role, text };
  done.add(short);
  return short;
}

/** The parts of a message about one turn each; most messages have one. */
function turnsIn(text: string): readonly string[] {
  return text.includes("\n[turn ") ? text.split(/(?=^\[turn \d+ of )/m) : [text];
}

/** Messages that are condensed already. */
const done = new WeakSet<PromptMessage>();

const codeLeftOut = "// The code of this turn is left out";

function condensedCode(text: string): string {
  if (text.startsWith(codeLeftOut)) return text;
  const steps = [...text.matchAll(/\bStep\(\s*["'`]([^"'`]+)["'`]\s*\)/g)].map((match) => match[1]);
  const taken = steps.length === 0 ? "" : `; steps ${steps.join(", ")}`;
  return `${codeLeftOut}${taken}`;
}

function condensedTurn(text: string): string {
  if (hasPlaybook(text)) return text;
  if (text.length <= maxLineLength && !/^(?:State|Locals|Go on)\b/m.test(text)) return text;
  const kept = text.split("\n").filter((line) => !/^(?:State|Locals|Go on)\b/.test(line));
  return kept.map((line) => line.length > maxLineLength ? `${line.slice(0, maxLineLength)}…` : line).join(
    "\n",
  );
}

/** Whether a message holds the text of a playbook. */
function hasPlaybook(text: string): boolean {
  return text.includes("````") && /^````+md$/m.test(text);
}
