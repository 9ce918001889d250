import type { RuntimeSettings } from "../engine/fold/settings.ts";
import type { PromptMessage } from "../model/model.ts";

/** Bytes of UTF-8 that count as a token. Usual tokenizers need fewer tokens for a text. */
export const bytesPerToken = 3;

/** The size of a text in the model's window: its bytes in UTF-8. */
export function contextSize(text: string): number {
  let size = text.length;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code > 0x7f) size += code > 0x7ff ? 2 : 1;
  }
  return size;
}

/** Sizes of messages, which never change. Counting a transcript anew took half of a turn of 400 KB. */
const sizes = new WeakMap<PromptMessage, number>();

function messageSize(message: PromptMessage): number {
  const known = sizes.get(message);
  if (known !== undefined) return known;
  const size = contextSize(message.text);
  sizes.set(message, size);
  return size;
}

/** A prompt is condensed at this part of the window. The rest is for the answer. */
const fullPart = 0.8;
/** The part of the window that messages may use, however long the system prompt is. */
const leastPart = 0.3;
/** A condensed prompt may have this part of the limit. Above it, the oldest turns are left out. */
const stillFullPart = 0.75;
/** Messages at the end that stay whole: the last two turns and the request; or the last turn if there is no room. */
const keptWhole = [5, 3];

/** The size that the messages of a prompt may have beside the system prompt; `Infinity` without a limit. */
export function messagesLimit({ limits: { contextTokens } }: RuntimeSettings, system: string): number {
  if (!(contextTokens > 0)) return Infinity;
  const window = contextTokens * bytesPerToken;
  return Math.max(window * fullPart - contextSize(system), window * leastPart);
}

/**
 * Condenses the earlier messages of a prompt that nears the model's window, by rule and without a model.
 *
 * It keeps the texts of playbooks, and the results and the steps of earlier turns. It leaves out the code, and the old
 * state and locals, because the last message has the present ones. It shortens long texts that have a name. If that is
 * not enough, it leaves out the oldest turns and gives their number.
 *
 * The result changes in jumps. Between two jumps each list of messages begins with exactly the bytes of the list before,
 * so that a provider's cache holds. An unchanged message is the same object in the result.
 */
export function condenseMessages(
  messages: readonly PromptMessage[],
  limit: number,
): readonly PromptMessage[] {
  if (sizeOf(messages) <= limit) return messages;
  let kept: readonly PromptMessage[] = [];
  let size = 0;
  for (const message of messages) {
    kept = [...kept, message];
    size += messageSize(message);
    if (size <= limit) continue;
    kept = shrunk(kept, limit);
    size = sizeOf(kept);
  }
  return kept;
}

/** A frame's messages with the next request, as `RequestEntry.transcript` has them; `undefined` if none is condensed. */
export function condensedFrame(
  transcript: readonly PromptMessage[],
  text: string,
  limit: number,
): (number | PromptMessage)[] | undefined {
  const messages: PromptMessage[] = [...transcript, { role: "user", text }];
  const kept = condenseMessages(messages, limit);
  if (kept === messages) return undefined;
  const indexes = new Map(messages.map((message, index) => [message, index]));
  return kept.map((message) => indexes.get(message) ?? message);
}

function sizeOf(messages: readonly PromptMessage[]): number {
  return messages.reduce((sum, message) => sum + messageSize(message), 0);
}

function shrunk(messages: readonly PromptMessage[], limit: number): readonly PromptMessage[] {
  let kept = messages;
  for (const whole of keptWhole) {
    const last = Math.max(0, kept.length - whole);
    kept = kept.map((message, index) => index < last ? condensed(message) : message);
    const size = sizeOf(kept);
    if (size <= limit * stillFullPart) return kept;
    kept = withoutOldest(kept, { last, excess: size - limit / 2 });
    if (sizeOf(kept) <= limit * stillFullPart) return kept;
  }
  return kept;
}

/** Leaves out answers and their results, the oldest first, until the list is `excess` shorter. */
function withoutOldest(
  messages: readonly PromptMessage[],
  options: { readonly last: number; readonly excess: number },
): PromptMessage[] {
  const { last } = options;
  let { excess } = options;
  const kept: PromptMessage[] = [];
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
    excess -= messageSize(message) + messageSize(next) - (messageSize(left) - messageSize(before));
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

/** A message without what later messages repeat. Condensing it again changes nothing. */
function condensed(message: PromptMessage): PromptMessage {
  const text = message.role === "assistant" ? condensedCode(message.text) : condensedTurn(message.text);
  return text === message.text ? message : { role: message.role, text };
}

const codeLeftOut = "// The code of this turn is left out";

function condensedCode(text: string): string {
  if (text.startsWith(codeLeftOut)) return text;
  const steps = [...text.matchAll(/\bStep\(\s*["'`]([^"'`]+)["'`]\s*\)/g)].map((match) => match[1]);
  const taken = steps.length === 0 ? "" : `; steps ${steps.join(", ")}`;
  return `${codeLeftOut}${taken}`;
}

/** Lines of a message that the last message has in their present form. */
const repeatedLine =
  /^(?:(?:State|Changed state|Deleted state|Locals|Changed locals|Go on|Done up to|Last step|That was|No step)\b|- (?:state|locals)\.)/;

/** Leaves out old lines and shortens long ones, but not inside the text of a playbook. */
function condensedTurn(text: string): string {
  let fence: string | undefined;
  return text.split("\n").flatMap((line) => {
    const mark = /^(`{4,})(?:md)?$/.exec(line)?.[1];
    if (mark !== undefined && (fence === undefined || fence === mark)) {
      fence = fence === undefined ? mark : undefined;
      return [line];
    }
    if (fence !== undefined) return [line];
    return repeatedLine.test(line) ? [] : [shortened(line)];
  }).join("\n");
}

/** A line with a name for its text keeps this many characters, and any other line the second number. */
const maxLineLength = [200, 1_000] as const;

function shortened(line: string): string {
  const isNamed = /\bartifact a_|\bLoadArtifact\(|^- arguments\./.test(line.slice(0, maxLineLength[0]));
  const length = maxLineLength[isNamed ? 0 : 1];
  return line.length <= length + 1 ? line : `${line.slice(0, length).replace(/[\ud800-\udbff]$/, "")}…`;
}

/** Whether a message holds the text of a playbook. */
function hasPlaybook(text: string): boolean {
  return /^````+md$/m.test(text);
}
