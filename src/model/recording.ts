import { messageOf } from "../errors.ts";
import { fingerprintOf, systemHash } from "./fingerprint.ts";
import type { Completion, ModelRequest, PromptMessage } from "./model.ts";

/**
 * One line of a recording: a request and its answer. People may read, edit and write it.
 *
 * A line contains no key, no address and no header. A line written by hand needs only `turn` and `answer`: its answer
 * is for any request with that turn line in its last message.
 */
export interface Recorded {
  /** The result of `fingerprintOf`, only for people: a reader computes it again. */
  readonly fingerprint?: string;
  /** The result of `systemHash`. */
  readonly system?: string;
  readonly kind?: ModelRequest["answer"];
  readonly messages?: readonly PromptMessage[];
  /** `[turn 3 of Main · Seller (agent 1000)]`, instead of messages. */
  readonly turn?: string;
  readonly answer: string;
  readonly finish?: Completion["finish"];
  readonly usage?: Completion["usage"];
  readonly model?: string;
}

/** The format of a line without `version`: the only one so far. */
const recordingFormat = 1;

/** A recording contains whole prompts. A larger one would not fit into memory several times. */
export const maxRecordingBytes = 256 * 1024 * 1024;

/** The line for a request and its answer, with its line break. */
export function recordingLine(request: ModelRequest, completion: Completion): string {
  const recorded: Recorded = {
    fingerprint: fingerprintOf(request.answer, request.messages),
    system: systemHash(request.system),
    kind: request.answer,
    messages: request.messages.map(({ role, text }) => ({ role, text })),
    answer: completion.text,
    finish: completion.finish,
    usage: completion.usage,
    model: completion.model,
  };
  return `${JSON.stringify(recorded)}\n`;
}

/** Reads a recording and skips empty lines. Throws an `Error` with the number of the first invalid line. */
export function parseRecording(text: string): Recorded[] {
  const found: Recorded[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    try {
      found.push(checked(JSON.parse(line)));
    } catch (error) {
      // Do not show the parser's message: it quotes the line, and the line may be from any file.
      const why = error instanceof SyntaxError ? "it is not JSON" : messageOf(error);
      throw new Error(`line ${index + 1}: ${why}`);
    }
  }
  return found;
}

function checked(value: unknown): Recorded {
  if (typeof value !== "object" || value === null) throw new Error("it is not an object");
  const { answer, turn, messages, version } = value as Readonly<Record<string, unknown>>;
  if (typeof version === "number" && version > recordingFormat) {
    throw new Error(`a newer playbooks wrote it, in format ${version}; install the newer version`);
  }
  if (typeof answer !== "string") throw new Error('it has no "answer"');
  if (messages === undefined && typeof turn !== "string") {
    throw new Error('it has neither "messages" nor "turn"');
  }
  if (messages !== undefined && !(Array.isArray(messages) && messages.every(isMessage))) {
    throw new Error('its "messages" are not a list of objects with role and text');
  }
  return value as Recorded;
}

function isMessage(value: unknown): boolean {
  const { role, text } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return (role === "user" || role === "assistant") && typeof text === "string";
}
