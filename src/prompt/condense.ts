import type { PromptMessage } from "../model/model.ts";

/** Characters that a token takes, on the safe side for English and code. */
const charactersPerToken = 3.5;
/** Part of the window at which a prompt is condensed; the rest is for the system prompt and the answer. */
const fullPart = 0.7;
/** Messages at the end that are never condensed: the last two turns and the request. */
const keptWhole = 5;
/** The longest line of results that a condensed message keeps. */
const longestLine = 200;

/**
 * Condenses the earlier messages of a prompt that nears the model's window, by rule and without a model.
 *
 * Of an earlier turn its results and the steps it took are kept; its code, and the state and locals as they were then,
 * are left out, since the last message tells them as they are. Where that is not enough, the oldest turns go altogether,
 * and that is said. What a playbook is, in its first message, is kept whole.
 *
 * It is a fold over the messages: condensing what was condensed before and one message more gives the same as
 * condensing all. So a frame keeps its messages condensed, however long it lives; and since it happens in jumps, the
 * prefix stays the same, byte by byte, from one jump to the next.
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

/** Characters of messages. A list that has grown since is not counted anew: messages are only ever added to one. */
function sizeOf(messages: readonly PromptMessage[]): number {
  let { count, size } = counted.get(messages) ?? { count: 0, size: 0 };
  for (; count < messages.length; count++) size += messages[count]!.text.length;
  counted.set(messages, { count, size });
  return size;
}

const counted = new WeakMap<readonly PromptMessage[], { readonly count: number; readonly size: number }>();

/** Part of the size at which a prompt is condensed that it may have afterwards; beyond, the oldest turns go, down to half. */
const stillFullPart = 0.75;

function shrunk(messages: readonly PromptMessage[], most: number): PromptMessage[] {
  const last = Math.max(0, messages.length - keptWhole);
  const kept = messages.map((message, index) => index < last ? condensed(message) : message);
  const size = sizeOf(kept);
  return size <= most * stillFullPart ? kept : withoutOldest(kept, size - most / 2);
}

/** Leaves out answers and what came of them, from the oldest on, until `excess` characters less are left. */
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

/** What stands where turns are left out. */
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

/** What a message tells of each turn; of most there is one. */
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
  if (text.length <= longestLine && !/^(?:State|Locals|Go on)\b/m.test(text)) return text;
  const kept = text.split("\n").filter((line) => !/^(?:State|Locals|Go on)\b/.test(line));
  return kept.map((line) => line.length > longestLine ? `${line.slice(0, longestLine)}…` : line).join("\n");
}

/** Whether a message holds the text of a playbook. */
function hasPlaybook(text: string): boolean {
  return text.includes("````") && /^````+md$/m.test(text);
}
