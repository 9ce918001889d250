import { createHash } from "node:crypto";
import type { ModelRequest, ModelSettings, PromptMessage } from "./model.ts";

/**
 * Hashes a request so that every run gives the same hash: the kind of answer and the messages, without ids of sessions
 * and artifacts, and without times. It leaves out the system prompt, so that a recording still works after the rules
 * change. A replay with several matches prefers the one with the same system prompt.
 */
export function fingerprintOf(answer: ModelRequest["answer"], messages: readonly PromptMessage[]): string {
  return shortHash(JSON.stringify([answer, ...messages.map(({ role, text }) => [role, normalized(text)])]));
}

/** The hash of a system prompt. */
export function systemHash(system: string): string {
  return shortHash(normalized(system));
}

/** The hash of all inputs of an answer: the request, the model, its server, and the settings that decide. */
export function requestHash(settings: ModelSettings, { answer, system, messages }: ModelRequest): string {
  const { provider, name, baseUrl, temperature, maxOutputTokens, reasoningTokens = 0 } = settings;
  const asked = [provider, name, baseUrl, temperature, maxOutputTokens, reasoningTokens];
  const parts = [asked, answer, system, messages.map(({ role, text }) => [role, text])];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** Removes the parts of a text that differ between runs. */
export function normalized(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .split("\n")
    .map(withoutBlanksAtEnd)
    .join("\n")
    .trimEnd()
    .replace(/\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi, "<id>")
    .replace(/\ba_[0-9a-f]{8}\b/g, "<artifact>")
    .replace(/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?/g, "<time>")
    .replace(/\b\d\d:\d\d:\d\d(\.\d+)?\b/g, "<time>")
    .replace(/\b1[5-9]\d{11}\b/g, "<time>");
}

function withoutBlanksAtEnd(line: string): string {
  let end = line.length;
  while (line[end - 1] === " " || line[end - 1] === "\t") end--;
  return line.slice(0, end);
}

/** The line `[turn 3 of Main · Seller (agent 1000)]` at the start of a request's last message. */
export function turnLine(messages: readonly PromptMessage[]): string {
  const text = messages.at(-1)?.text ?? "";
  // A called playbook's first message follows its caller's text in the same message, so the last such line counts.
  const lines = [...text.matchAll(/^\[turn \d+ of .*\]$/gm)];
  return lines.at(-1)?.[0] ?? text.slice(0, Math.max(0, text.indexOf("\n")));
}

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
