import { personNamed } from "../engine/mod.ts";
import { exitCodes, PlaybooksError } from "../errors.ts";
import type { Awaitable } from "../store/mod.ts";
import type { Decision } from "../engine/mod.ts";

/** The inbox of a session: see `Inbox` of the store. */
export interface SessionInbox {
  post(key: string, message: unknown): Awaitable<{ readonly isNew: boolean }>;
  read(): Awaitable<readonly { readonly key: string; readonly number: number; readonly message: unknown }[]>;
  take(keys: readonly string[]): Awaitable<void>;
}

/** The inbox of a session that is not kept. */
export function memoryInbox(): SessionInbox {
  const messages = new Map<string, unknown>();
  const taken = new Set<string>();
  return {
    post(key, message) {
      const isNew = !messages.has(key);
      if (isNew) messages.set(key, message);
      return { isNew };
    },
    read: () =>
      [...messages].map(([key, message], index) => ({ key, number: index + 1, message }))
        .filter(({ key }) => !taken.has(key)),
    take(keys) {
      for (const key of keys) taken.add(key);
    },
  };
}

/** Words of a person for a session. */
export interface PostedWords {
  readonly text: string;
  /** The agent's id. If absent: the agent with the oldest question, as soon as there is one. */
  readonly to?: string;
  /**
   * The person's name, display name or id. If absent: the person whom the agent asks. Without `to`, the words answer the
   * oldest question to this person, as soon as there is one.
   */
  readonly person?: string;
}

/** A person of a session whom words can name. */
type NamedPerson = Parameters<typeof personNamed>[0][number] & { readonly id?: string };

/** Words as the inbox keeps them, and their key there. Throws a `PlaybooksError` for a person whom the session lacks. */
export function inboxWords(
  { text, to, person }: PostedWords,
  key: string,
  people: readonly NamedPerson[],
): { readonly key: string; readonly content: InboxContent } {
  const from = person === undefined ? undefined : nameOf(person, people);
  return {
    key: keptKey(key, from),
    content: {
      type: "words",
      text,
      ...(to === undefined ? {} : { to }),
      ...(from === undefined ? {} : { from }),
    },
  };
}

function nameOf(person: string, people: readonly NamedPerson[]): string {
  const id = person.trim().replace(/^agent\s+/i, "");
  const found = people.find((each) => each.id === id) ?? personNamed(people, person);
  if (found) return found.name;
  throw new PlaybooksError(
    `The session has no person ${JSON.stringify(person)}; there are: ${
      people.map(({ name }) => name).join(", ")
    }`,
    { exitCode: exitCodes.usage },
  );
}

/** The error for words that were posted to a meeting that has ended. */
export function meetingEndedError(meeting: string): PlaybooksError {
  const message = `The ${meeting} has ended, so the words were not kept; post them to an agent`;
  return new PlaybooksError(message, { exitCode: exitCodes.usage });
}

/** The key of words in the inbox. Each person has keys of their own, so two persons may use the same one. */
function keptKey(key: string, person: string | undefined): string {
  if (person !== undefined) return `@${person}:${key}`;
  return key.startsWith("@") ? `@:${key}` : key;
}

/** The key under which words were posted, from their key in the inbox. */
export function postedKey(keptUnder: string): string {
  return keptUnder.replace(/^@\w*:/, "");
}

/** The content of an inbox message. */
export type InboxContent =
  | { readonly type: "words"; readonly text: string; readonly to?: string; readonly from?: string }
  /** Counts only for the run directly after the run with this token. */
  | { readonly type: "decision"; readonly effect: string; readonly choice: Decision; readonly token: number }
  /** Stops the run with this token. */
  | { readonly type: "stop"; readonly token: number };

/** A decision in one word. */
export function decisionName(choice: Decision): "retry" | "skip" | "fail" | "done" {
  return typeof choice === "object" ? "done" : choice;
}

/** Reads a message, perhaps of another version or another program. Returns `undefined` if it is not valid. */
export function readInboxContent(message: unknown): InboxContent | undefined {
  if (typeof message !== "object" || message === null) return undefined;
  const { type, text, to, from, effect, choice, token } = message as Readonly<Record<string, unknown>>;
  if (type === "words" && typeof text === "string") {
    return {
      type,
      text,
      ...(typeof to === "string" ? { to } : {}),
      ...(typeof from === "string" ? { from } : {}),
    };
  }
  if (type === "stop" && typeof token === "number") return { type, token };
  const isDecision = type === "decision" && typeof effect === "string" && typeof token === "number";
  const known = readDecision(choice);
  return isDecision && known ? { type, effect, choice: known, token } : undefined;
}

function readDecision(choice: unknown): Decision | undefined {
  if (typeof choice !== "object") return decisions.find((each) => each === choice);
  return choice !== null && Object.hasOwn(choice, "result")
    ? { result: (choice as { readonly result: unknown }).result }
    : undefined;
}

const decisions = ["retry", "skip", "fail"] as const;
