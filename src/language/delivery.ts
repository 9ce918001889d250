import { type Body, booleanOf, choiceOf } from "./metadata.ts";
import type { PersonDelivery, PersonSettings, Problem } from "./program.ts";
import { errorAt, type SourceLine, warningAt } from "./source.ts";

/** Reads how a person wants to be called, and how words reach this person. `title` is the heading. */
export function readPerson(
  body: Body,
  { title, heading, problems }: {
    readonly title: string;
    readonly heading: SourceLine;
    readonly problems: Problem[];
  },
): PersonSettings {
  return {
    displayName: readDisplayName(body, { title, heading, problems }),
    delivery: readDelivery(body, problems),
  };
}

/** A longer name does not fit into a prompt line. */
const maxNameLength = 60;

function readDisplayName(
  { metadata, keyLines }: Body,
  { title, heading, problems }: {
    readonly title: string;
    readonly heading: SourceLine;
    readonly problems: Problem[];
  },
): string {
  const given = metadata["name"];
  if (given === undefined || given === null) return title;
  const name = typeof given === "string" || typeof given === "number" ? String(given).trim() : "";
  const line = keyLines.get("name") ?? heading;
  if (!/[\p{L}\p{N}]/u.test(name) || /[\p{Cc}\u2028\u2029]/u.test(name) || name.length > maxNameLength) {
    const message =
      `"name" of a person must be one line with a letter or digit, of at most ${maxNameLength} characters`;
    problems.push(errorAt(line, "bad-value", message));
    return title;
  }
  return name;
}

/** The delivery of a person whose program says nothing about it. */
export const defaultDelivery: PersonDelivery = { streams: true, meetings: "targeted" };

/** A longer wait is surely a mistake of units. */
const maxBufferSeconds = 86_400;
const defaultBufferSeconds = 5;

/**
 * Reads the delivery keys of a person.
 *
 * The channel decides. `streaming` shows words while they are written and at once. `buffered` keeps words and shows them
 * together. Without a channel, `streaming_enabled` and `buffer_messages` decide. A line that the channel overrules is a
 * warning.
 */
function readDelivery(body: Body, problems: Problem[]): PersonDelivery {
  const has = (key: string) => body.metadata[key] !== undefined;
  const warn = (key: string, message: string) => {
    if (has(key)) {
      problems.push(warningAt(body.keyLines.get(key)!, "no-effect", `"${key}" has no effect: ${message}`));
    }
  };
  const channel = readChannel(body, problems);
  const streaming = has("streaming_enabled") ? booleanOf(body, "streaming_enabled", problems) : undefined;
  const buffering = has("buffer_messages") ? booleanOf(body, "buffer_messages", problems) : undefined;
  const buffers = channel === "buffered" || (channel === undefined && buffering === true);
  if (channel === "streaming") {
    if (streaming === false) warn("streaming_enabled", '"delivery_channel: streaming" turns it on');
    if (buffering) warn("buffer_messages", 'it needs "delivery_channel: buffered"');
  } else if (buffers) {
    if (streaming) warn("streaming_enabled", "buffered words are shown together");
    if (buffering === false) warn("buffer_messages", '"delivery_channel: buffered" turns it on');
  }
  const seconds = readSeconds(body, problems);
  if (!buffers) {
    warn("buffer_timeout", 'words to this person are not buffered; write "delivery_channel: buffered"');
  }
  readChunkSize(body, problems);
  if (body.metadata["delivery_channel"] !== "custom") {
    warn("delivery_handler", "programs cannot deliver words with code of their own");
  }
  const meetings = choiceOf(body, "meeting_notifications", ["all", "targeted", "none"], problems);
  return {
    streams: !buffers && (channel === "streaming" || (streaming ?? defaultDelivery.streams)),
    ...(buffers ? { bufferMs: Math.round(seconds * 1000) } : {}),
    meetings: meetings ?? defaultDelivery.meetings,
  };
}

function readChannel(body: Body, problems: Problem[]): "streaming" | "buffered" | undefined {
  if (body.metadata["delivery_channel"] !== "custom") {
    return choiceOf(body, "delivery_channel", ["streaming", "buffered"], problems);
  }
  problems.push(errorAt(
    body.keyLines.get("delivery_channel")!,
    "bad-value",
    '"delivery_channel: custom" is not supported: programs cannot deliver words with code of their own',
    { hint: 'Write "streaming" or "buffered", and read the words as events: playbooks run --json' },
  ));
  return undefined;
}

function readSeconds({ metadata, keyLines }: Body, problems: Problem[]): number {
  const given = metadata["buffer_timeout"];
  if (given === undefined) return defaultBufferSeconds;
  if (typeof given === "number" && given >= 0 && given <= maxBufferSeconds) return given;
  const message = `"buffer_timeout" must be a number of seconds from 0 to ${maxBufferSeconds}, not ${
    JSON.stringify(given)
  }`;
  problems.push(errorAt(keyLines.get("buffer_timeout")!, "bad-value", message));
  return defaultBufferSeconds;
}

function readChunkSize({ metadata, keyLines }: Body, problems: Problem[]): void {
  const given = metadata["streaming_chunk_size"];
  if (given === undefined) return;
  const line = keyLines.get("streaming_chunk_size")!;
  problems.push(
    Number.isSafeInteger(given) && given as number >= 1
      ? warningAt(line, "no-effect", '"streaming_chunk_size" has no effect: words are shown as they arrive')
      : errorAt(
        line,
        "bad-value",
        `"streaming_chunk_size" must be a whole number from 1, not ${JSON.stringify(given)}`,
      ),
  );
}
