import { exitCodes, PlaybooksError, writerInWords, writerOf } from "../../errors.ts";
import { version } from "../../version.ts";
import type {
  Asked,
  Did,
  Entry,
  EntryOf,
  Firing,
  Invitations,
  Message,
  NewAgent,
  NewFrame,
  NewMeeting,
  RunEntry,
  StateDelta,
  Wait,
} from "./entry.ts";
import { decodeEntry } from "./encoding.ts";
import type { State } from "./state.ts";
import { upcastRequest } from "./upcast_request.ts";

// The gate between the journal and the fold. Every stored entry passes it. It brings an older form to the present one,
// and refuses an entry that the fold would misread.

/** An unknown entry or field, in a known format. */
export class UnknownEntryError extends PlaybooksError {
  override readonly name = "UnknownEntryError";

  constructor(what: string, thing: string, writer?: string) {
    super(
      `${what} has ${thing}, which this version does not know; it was written by ${writerInWords(writer)}, ` +
        `and this is playbooks ${version}: install the newer version`,
      { exitCode: exitCodes.storage },
    );
  }
}

/** An entry as it was stored, of any version. */
type StoredEntry = Readonly<Record<string, unknown>>;

/** 0.1 kept the line of the requesting code; the fold does not need it. */
function withoutLine(entry: StoredEntry): StoredEntry {
  const { asked } = entry;
  if (typeof asked !== "object" || asked === null || !("line" in asked)) return entry;
  const { line: _, ...rest } = asked;
  return { ...entry, asked: rest };
}

/**
 * The journal's next entry after a state, in the present form. Throws `UnknownEntryError` (exit 6) for an unknown kind
 * of entry or field: a newer version wrote it, and the fold would give another state.
 */
export function upcastEntry(stored: unknown, state: State): Entry {
  const entry = withoutLine(stored as StoredEntry);
  const unknown = unknownPart(entry);
  if (unknown !== undefined) {
    const { id, position, playbooks } = state;
    const writer = writerOf(entry["playbooks"]) ?? writerOf(playbooks);
    throw new UnknownEntryError(`Entry ${position + 1} of the journal of session "${id}"`, unknown, writer);
  }
  const decoded = decodeEntry(entry);
  return decoded.type === "request" && isBefore03(state.playbooks) ? upcastRequest(decoded, state) : decoded;
}

function isBefore03(playbooks: string | undefined): boolean {
  return playbooks === undefined || /^0\.[012]\./.test(playbooks);
}

/** All keys of a type, including optional ones. So a new field of an entry cannot be forgotten here. */
type Keys<T> = Readonly<Record<T extends unknown ? keyof T : never, true>>;
type OfKind<T extends { readonly kind: string }> = {
  readonly [K in T["kind"]]: Keys<Extract<T, { kind: K }>>;
};

const entries: { readonly [T in Entry["type"]]: Keys<EntryOf<T>> } = {
  session: keys(
    "type",
    "version",
    "at",
    "id",
    "source",
    "model",
    "settings",
    "parameters",
    "call",
    "playbooks",
  ),
  run: keys(
    "type",
    "version",
    "at",
    "token",
    "pid",
    "host",
    "model",
    "settings",
    "source",
    "pin",
    "moves",
    "stays",
    "models",
    "playbooks",
  ),
  agent: keys("type", "at", "agent"),
  thread: keys("type", "at", "kind", "frame", "takes", "fires", "pauses"),
  request: keys("type", "at", "frame", "text", "transcript", "artifacts", "repeats", "rehearsal"),
  accepted: keys("type", "at", "frame", "id", "model", "server", "request"),
  turn: keys("type", "at", "frame", "text", "finish", "usage", "model", "rehearsal", "reading"),
  lost: keys("type", "at", "frame", "usage", "model"),
  patch: keys("type", "at", "frame", "out"),
  effect: keys("type", "at", "frame", "ordinal", "asked", "outcome", "out", "did", "cancelled"),
  start: keys("type", "at", "frame", "asked", "out", "wait"),
  call: keys(
    "type",
    "at",
    "frame",
    "asked",
    "out",
    "created",
    "meeting",
    "callee",
    "locals",
    "fires",
    "keeps",
  ),
  "end-turn": keys("type", "at", "frame", "out", "locals", "description", "error", "refused", "fires"),
  return: keys("type", "at", "frame", "out", "outcome", "summary", "fires"),
  message: keys("type", "at", "message", "key"),
  release: keys("type", "at", "words", "by", "to", "text", "meeting"),
  trigger: keys("type", "at", "agent", "fires", "rearms"),
  meeting: keys("type", "at", "meeting", "refused"),
  redo: keys("type", "at", "frame", "ordinal"),
  edit: keys("type", "at", "by", "kind", "agent", "frame", "name", "of", "before", "value"),
  tools: keys("type", "at", "server", "list"),
  task: keys("type", "at", "frame", "ordinal", "task"),
  "tool-ask": keys("type", "at", "frame", "ordinal", "question", "agent", "person", "text"),
  "tool-reply": keys(
    "type",
    "at",
    "frame",
    "ordinal",
    "question",
    "agent",
    "person",
    "takes",
    "field",
    "value",
    "action",
    "text",
  ),
  end: keys("type", "at", "status", "frame", "reason"),
};
const dids: OfKind<Did> = {
  said: keys("kind", "by", "to", "text", "held"),
  sent: keys("kind", "message", "created", "hearers", "held"),
  created: keys("kind", "agent"),
  saved: keys("kind", "artifact"),
  took: keys("kind", "messages", "ended"),
  silent: keys("kind"),
  kept: keys("kind", "artifacts"),
  given: keys("kind"),
  invited: keys("kind", "meeting", "attendees", "created", "deadline"),
};
const waits: OfKind<Wait> = {
  messages: keys("kind", "as", "sources", "deadline"),
  sleep: keys("kind", "until"),
  outside: keys("kind", "key", "repeatable", "what", "tool", "append"),
};
const agentKeys: Keys<NewAgent> = keys("id", "klass", "properties", "begins", "source");
const frameKeys: Keys<NewFrame> = keys(
  "id",
  "agent",
  "playbook",
  "mode",
  "resolves",
  "args",
  "writes",
  "own",
  "source",
  "meeting",
);
const firingKeys: Keys<Firing> = keys("playbook", "trigger", "by", "cause", "args");
const messageKeys: Keys<Message> = keys(
  "id",
  "from",
  "fromKlass",
  "to",
  "text",
  "at",
  "meeting",
  "attention",
  "news",
);
const meetingKeys: Keys<NewMeeting> = keys("id", "topic", "attendees", "created", "deadline");
const attendeeKeys: Keys<Invitations["attendees"][number]> = keys("name", "isPerson", "isRequired");
const askedKeys: Keys<Asked> = keys("ordinal", "name", "args");
const outKeys: Keys<StateDelta> = keys("index", "in", "patch", "notes");
const moveKeys: Keys<NonNullable<RunEntry["moves"]>[number]> = keys("frame", "source", "told", "unpin");

/** Names the first part of an entry that this version does not know: `a field "x"`, `the kind "y"`. */
function unknownPart(entry: object): string | undefined {
  const { type } = entry as { readonly type?: unknown };
  if (typeof type !== "string" || !Object.hasOwn(entries, type)) return `the kind ${JSON.stringify(type)}`;
  const known = entries[type as Entry["type"]] as Readonly<Record<string, true>>;
  for (const key in entry) if (!Object.hasOwn(known, key)) return `a field ${JSON.stringify(key)}`;
  const { out, asked, did, wait, created, callee, agent, frame, message, meeting, moves, fires } =
    entry as Parts;
  const invitations = (typeof meeting === "object" ? meeting : did) as Partial<Invitations> | undefined;
  return (typeof out === "object" ? unknownKey(out, outKeys) : undefined) ??
    unknownKey(asked, askedKeys) ?? unknownOf(did, dids) ?? unknownOf(wait, waits) ??
    unknownKey(created, agentKeys) ?? unknownKey(callee, frameKeys) ??
    (typeof agent === "object" ? unknownKey(agent, agentKeys) : undefined) ??
    (typeof frame === "object" ? unknownKey(frame, frameKeys) : undefined) ??
    unknownKey(message, messageKeys) ?? unknownKey(fires, firingKeys) ?? unknownIn(moves, moveKeys) ??
    unknownKey(meeting, meetingKeys) ??
    unknownIn(invitations?.attendees, attendeeKeys) ?? unknownIn(invitations?.created, agentKeys);
}

interface Parts {
  readonly out?: unknown;
  readonly asked?: unknown;
  readonly did?: unknown;
  readonly wait?: unknown;
  readonly created?: unknown;
  readonly callee?: unknown;
  readonly agent?: unknown;
  readonly frame?: unknown;
  readonly message?: unknown;
  readonly meeting?: unknown;
  readonly moves?: unknown;
  readonly fires?: unknown;
}

function unknownKey(part: unknown, known: Readonly<Record<string, true>>): string | undefined {
  if (typeof part !== "object" || part === null) return undefined;
  for (const key in part) if (!Object.hasOwn(known, key)) return `a field ${JSON.stringify(key)}`;
  return undefined;
}

function unknownOf(
  part: unknown,
  kinds: Readonly<Record<string, Readonly<Record<string, true>>>>,
): string | undefined {
  if (typeof part !== "object" || part === null) return undefined;
  const { kind } = part as { readonly kind?: unknown };
  if (typeof kind !== "string" || !Object.hasOwn(kinds, kind)) return `the kind ${JSON.stringify(kind)}`;
  return unknownKey(part, kinds[kind]!);
}

function unknownIn(parts: unknown, known: Readonly<Record<string, true>>): string | undefined {
  if (!Array.isArray(parts)) return undefined;
  for (const part of parts) {
    const unknown = unknownKey(part, known);
    if (unknown !== undefined) return unknown;
  }
  return undefined;
}

function keys<K extends string>(...names: readonly K[]): Readonly<Record<K, true>> {
  return Object.fromEntries(names.map((name) => [name, true])) as Record<K, true>;
}
