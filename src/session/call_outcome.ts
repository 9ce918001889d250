import { decodeEntry, encodedAsJson, type EntryOf } from "../engine/mod.ts";
import type { SessionStore } from "../store/mod.ts";
import { EventReader } from "./event_reader.ts";

/** How the call ended with which a session began. */
type CallOutcome =
  /** `value` is absent if the playbook returned nothing; `words` then are those that persons heard. */
  | { readonly ok: true; readonly value?: JsonValue; readonly words?: readonly string[] }
  | { readonly ok: false; readonly error: string };

type JsonValue = ReturnType<typeof encodedAsJson>;
type Returned = EntryOf<"return">;

/**
 * Reads the result of the call that began a session. `undefined` if the playbook has not returned: it runs, or the
 * program ended while it ran.
 */
export async function readCallOutcome(
  store: Pick<SessionStore, "read" | "load">,
  id: string,
): Promise<CallOutcome | undefined> {
  const returned = await returnOfCall(store, id);
  if (!returned) return undefined;
  const { outcome } = returned;
  if (!outcome.ok) return { ok: false, error: outcome.error.message };
  if (!isNothing(outcome.value)) return { ok: true, value: encodedAsJson(outcome.value) };
  return { ok: true, words: await wordsToPersons(store, id) };
}

async function returnOfCall(store: Pick<SessionStore, "read">, id: string): Promise<Returned | undefined> {
  let frame: string | undefined;
  for (const stored of await store.read(id)) {
    const entry = decodeEntry(stored.entry);
    if (entry.type === "thread" && entry.kind === "call") frame = entry.frame.id;
    if (entry.type === "return" && entry.frame === frame) return entry;
  }
  return undefined;
}

function isNothing(value: unknown): boolean {
  return value === null || (value as { readonly $type?: unknown }).$type === "undefined";
}

async function wordsToPersons(
  store: Pick<SessionStore, "read" | "load">,
  id: string,
): Promise<readonly string[]> {
  const words: string[] = [];
  for await (const events of new EventReader(store, id).next()) {
    for (const event of events) if (event.type === "say") words.push(event.text);
  }
  return words;
}
