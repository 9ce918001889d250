import type { PromptMessage } from "../../model/model.ts";

// Frozen: journals of 0.1 and 0.2 do not say which messages were condensed, so `upcast.ts` applies this rule again.
// Prompts are condensed by another rule, in src/prompt/condense.ts.

/** Characters of a token: a low estimate for English and code, to be safe. */
const charactersPerToken = 3.5;
/** A prompt is condensed at this part of the window. The rest is for the system prompt and the answer. */
const fullPart = 0.7;
/** Messages at the end that are never condensed: the last two turns and the request. */
const keptWhole = 5;
/** A condensed message keeps this many characters of a line of results. */
const maxLineLength = 200;

/**
 * Condenses the earlier messages of a prompt that nears the model's window, by rule and without a model.
 *
 * It keeps the results and the steps of an earlier turn. It leaves out the code, and the old state and locals, because
 * the last message has the present ones. If that is not enough, it leaves out the oldest turns and gives their number.
 * The first message, which holds the text of the playbook, stays whole.
 *
 * Condensing a condensed list with one more message gives the same as condensing all messages. So a frame keeps its
 * messages condensed, and they never outgrow the window. The result changes in jumps. Between two jumps each list of
 * messages begins with exactly the bytes of the list before, so that a provider's cache holds.
 *
 * An unchanged message is the same object in the result.
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

/** Characters of messages. A list of messages only grows at its end, so only new messages are counted. */
function sizeOf(messages: readonly PromptMessage[]): number {
  let { count, size } = counted.get(messages) ?? { count: 0, size: 0 };
  for (; count < messages.length; count++) size += messages[count]!.text.length;
  counted.set(messages, { count, size });
  return size;
}

const counted = new WeakMap<readonly PromptMessage[], { readonly count: number; readonly size: number }>();

/**
 * A condensed prompt may have this part of the limit. Above it, the oldest turns are left out until half of the limit
 * is left.
 */
const stillFullPart = 0.75;

function shrunk(messages: readonly PromptMessage[], most: number): PromptMessage[] {
  const last = Math.max(0, messages.length - keptWhole);
  const kept = messages.map((message, index) => index < last ? condensed(message) : message);
  const size = sizeOf(kept);
  return size <= most * stillFullPart ? kept : withoutOldest(kept, size - most / 2);
}

/** Leaves out answers and their results, the oldest first, until the list is `excess` characters shorter. */
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

/** The note that replaces turns that are left out. */
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
