import type { Decision } from "./front_end.ts";

/** The inbox of a session: see `Inbox` of the store. */
export interface SessionInbox {
  post(key: string, message: unknown): Awaitable<{ readonly isNew: boolean }>;
  read(): Awaitable<readonly { readonly key: string; readonly message: unknown }[]>;
  take(keys: readonly string[]): Awaitable<void>;
}

type Awaitable<T> = T | Promise<T>;

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
    read: () => [...messages].filter(([key]) => !taken.has(key)).map(([key, message]) => ({ key, message })),
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
  /** The person's name. If absent: the person whom the agent asks. */
  readonly from?: string;
}

/** The content of an inbox message. */
export type InboxContent =
  | PostedWords & { readonly type: "words" }
  /** Counts only for the run directly after the run with this token. */
  | { readonly type: "decision"; readonly effect: string; readonly choice: Decision; readonly token: number };

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
  const isDecision = type === "decision" && typeof effect === "string" && typeof token === "number";
  const known = decisions.find((each) => each === choice);
  return isDecision && known ? { type, effect, choice: known, token } : undefined;
}

const decisions: readonly Decision[] = ["retry", "skip", "fail"];
