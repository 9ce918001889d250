import {
  decodeEntry,
  type Did,
  type Encoded,
  type Entry,
  type EntryOf,
  type StateDelta,
} from "../engine/mod.ts";

/** A text of a session that a person may look for. */
interface SearchedText {
  /** Position of its entry. */
  readonly position: number;
  /** The time of its entry, ms since 1970. */
  readonly at: number;
  readonly kind: "words" | "variable" | "artifact" | "result" | "error";
  /** The agent or person, as a person knows it; `""` for the session itself. */
  readonly who: string;
  /** The receiver of words. */
  readonly to?: string;
  /** The name of the variable or artifact. */
  readonly name?: string;
  readonly text: string;
}

type Found = Omit<SearchedText, "position" | "at">;

/**
 * The words, variables, artifacts and results in a session's entries, in order. Each text stands as a whole in the JSON of
 * the entries, so a search of that JSON finds it, too. The code of turns and the program's source are left out.
 */
export function* searchedTexts(
  stored: Iterable<{ readonly position: number; readonly entry: unknown }>,
): Generator<SearchedText> {
  const names = new Names();
  for (const { position, entry: raw } of stored) {
    const entry = decodeEntry(raw);
    names.learn(entry);
    for (const found of textsOf(entry, names)) yield { position, at: entry.at, ...found };
  }
}

/** Agent classes by agent and by frame. */
class Names {
  readonly #agents = new Map<string, string>();
  readonly #frames = new Map<string, string>();

  learn(entry: Entry): void {
    if (entry.type === "agent") this.#add(entry.agent);
    if (entry.type === "thread") this.#frames.set(entry.frame.id, entry.frame.agent);
    if (entry.type === "call") {
      if (entry.created) this.#add(entry.created);
      for (const agent of entry.meeting?.created ?? []) this.#add(agent);
      this.#frames.set(entry.callee.id, entry.callee.agent);
    }
    const did = entry.type === "effect" ? entry.did : undefined;
    if (did?.kind === "created") this.#add(did.agent);
    if ((did?.kind === "sent" || did?.kind === "invited") && did.created) {
      for (const agent of [did.created].flat()) this.#add(agent);
    }
  }

  /** A person's name, or the class of an agent. */
  of(id: string): string {
    return this.#agents.get(id) ?? id;
  }

  ofFrame(id: string): string {
    return this.of(this.#frames.get(id) ?? "");
  }

  #add({ id, klass }: { readonly id: string; readonly klass: string }): void {
    this.#agents.set(id, klass);
  }
}

function* textsOf(entry: Entry, names: Names): Generator<Found> {
  const by = "frame" in entry && typeof entry.frame === "string" ? names.ofFrame(entry.frame) : "";
  if ("out" in entry && entry.out) yield* ofDelta(entry.out, by);
  switch (entry.type) {
    case "session":
      yield* ofValues(entry.parameters, by);
      break;
    case "thread":
      yield* ofValues(entry.frame.args, names.of(entry.frame.agent));
      break;
    case "call":
      yield* ofValues(entry.callee.args, names.of(entry.callee.agent));
      break;
    case "message":
      yield ofMessage(entry.message, names);
      break;
    case "effect":
      if (entry.did) yield* ofSideEffect(entry.did, names, by);
      // The result of SaveArtifact is the artifact again. A variable of the environment may be a secret.
      if (entry.did?.kind === "saved" || entry.asked?.name === "Env") break;
      if (entry.outcome.ok) yield* ofResult(entry.outcome.value, by);
      else yield { kind: "error", who: by, text: entry.outcome.error.message };
      break;
    case "end-turn":
      if (entry.error) yield { kind: "error", who: by, text: entry.error.message };
      if (entry.locals) yield* ofValues(entry.locals, by);
      break;
    case "return":
      if (entry.outcome.ok) yield* ofResult(entry.outcome.value, by);
      else yield { kind: "error", who: by, text: entry.outcome.error.message };
      break;
    case "tool-ask":
      yield { kind: "words", who: names.of(entry.agent), to: entry.person, text: entry.text };
      break;
    case "tool-reply":
      if (entry.value !== undefined) yield* ofResult(entry.value as Encoded, by);
      break;
    case "end":
      if (entry.reason !== undefined) yield { kind: "error", who: by, text: entry.reason };
      break;
  }
}

function* ofSideEffect(did: Did, names: Names, by: string): Generator<Found> {
  switch (did.kind) {
    case "said":
      yield { kind: "words", who: names.of(did.by), to: names.of(did.to), text: did.text };
      break;
    case "sent":
      yield ofMessage(did.message, names);
      break;
    case "saved":
      yield* ofArtifact(did.artifact, by);
      break;
    case "kept":
      for (const artifact of did.artifacts) yield* ofArtifact(artifact, by);
      break;
  }
}

function ofMessage(message: EntryOf<"message">["message"], names: Names): Found {
  return { kind: "words", who: names.of(message.from), to: names.of(message.to), text: message.text };
}

function* ofArtifact(
  { name, summary, content }: { readonly name: string; readonly summary: string; readonly content: string },
  who: string,
): Generator<Found> {
  yield { kind: "artifact", who, name, text: summary };
  yield { kind: "artifact", who, name, text: content };
}

function* ofDelta({ patch = {} }: StateDelta, who: string): Generator<Found> {
  for (const [name, change] of Object.entries(patch)) {
    if (change === null) continue;
    for (const text of leavesOf("append" in change ? change.append : change.value)) {
      yield { kind: "variable", who, name, text };
    }
  }
}

function* ofValues(values: Readonly<Record<string, Encoded>>, who: string): Generator<Found> {
  for (const [name, value] of Object.entries(values)) {
    for (const text of leavesOf(value)) yield { kind: "variable", who, name, text };
  }
}

function* ofResult(value: Encoded | undefined, who: string): Generator<Found> {
  if (value !== undefined) { for (const text of leavesOf(value)) yield { kind: "result", who, text }; }
}

/** The texts and numbers in a value. */
function* leavesOf(value: Encoded): Generator<string> {
  if (typeof value !== "object") yield String(value);
  else if (Array.isArray(value)) { for (const item of value) yield* leavesOf(item); }
  else if (value !== null) { for (const item of Object.values(value)) yield* leavesOf(item); }
}
