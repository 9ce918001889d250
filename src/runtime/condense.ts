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
 * are left out, since the last message tells them as they are. What a playbook is, in its first message, is kept whole.
 * How far it condenses depends on the messages alone, and moves in jumps, so that the same prompt is always condensed
 * alike, and the prefix stays the same, byte by byte, from one jump to the next.
 */
export function condense(
  messages: readonly PromptMessage[],
  contextTokens: number,
): readonly PromptMessage[] {
  if (!(contextTokens > 0)) return messages;
  const most = contextTokens * fullPart * charactersPerToken;
  const whole = messages.map((message) => message.text.length);
  const short = messages.map((message) => condensed(message).text.length);
  let cut = 0;
  let size = 0;
  for (let index = 0; index < messages.length; index++) {
    size += whole[index]!;
    if (size <= most) continue;
    const next = Math.max(cut, index + 1 - keptWhole);
    for (; cut < next; cut++) size += short[cut]! - whole[cut]!;
  }
  return messages.map((message, index) => index < cut ? condensed(message) : message);
}

function condensed(message: PromptMessage): PromptMessage {
  if (message.role === "assistant") return { role: "assistant", text: condensedCode(message.text) };
  const parts = message.text.split(/(?=^\[turn \d+ of )/m);
  return { role: "user", text: parts.map(condensedTurn).join("\n") };
}

function condensedCode(text: string): string {
  const steps = [...text.matchAll(/\bStep\(\s*["'`]([^"'`]+)["'`]\s*\)/g)].map((match) => match[1]);
  const taken = steps.length === 0 ? "" : `; steps ${steps.join(", ")}`;
  return `// The code of this turn is left out${taken}`;
}

function condensedTurn(text: string): string {
  if (/^````+md$/m.test(text)) return text;
  const kept = text.split("\n").filter((line) => !/^(State|Locals|Go on)\b/.test(line));
  return kept.map((line) => line.length > longestLine ? `${line.slice(0, longestLine)}…` : line).join("\n");
}
