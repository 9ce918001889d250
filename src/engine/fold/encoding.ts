import type { Artifact, Asked, Did, EffectEntry, Entry, StateDelta } from "./entry.ts";

/**
 * An entry as the journal holds it. It leaves out redundant parts: otherwise an effect would hold the same text up to
 * three times.
 *
 * An effect with `asked` has no `ordinal` of its own. It has no `outcome` if that is `undefined`. It has neither
 * `outcome` nor `did` if it saved exactly the requested artifact. Words and messages have no text if the text is the
 * second argument. A `StateDelta` with only an index is stored as that number. In an effect without `ordinal` the
 * number is left out if it is one less than the ordinal; it is null if there is no delta.
 */
export function encodeEntry(entry: Entry): unknown {
  switch (entry.type) {
    case "effect":
      return encodeEffect(entry);
    case "patch":
    case "start":
    case "call":
    case "end-turn":
    case "return":
      return entry.out && isPlain(entry.out) ? { ...entry, out: entry.out.index } : entry;
    default:
      return entry;
  }
}

/** Undoes `encodeEntry`. A full entry is returned unchanged. */
export function decodeEntry(stored: unknown): Entry {
  const entry = stored as Entry & { readonly out?: StateDelta | number };
  const whole = typeof entry.out === "number" ? { ...entry, out: { index: entry.out } } as Entry : entry;
  return whole.type === "effect" ? decodeEffect(whole) : whole as Entry;
}

type StoredEffect = Omit<EffectEntry, "ordinal" | "outcome" | "out" | "did"> & {
  readonly ordinal?: number;
  readonly outcome?: EffectEntry["outcome"];
  readonly out?: StateDelta | number | null;
  readonly did?: Did;
};

function encodeEffect(entry: EffectEntry): StoredEffect {
  const { asked, out, outcome, did } = entry;
  if (!asked || entry.ordinal !== asked.ordinal) {
    return out && isPlain(out) ? { ...entry, out: out.index } : entry;
  }
  const { type, at, frame } = entry;
  const base = {
    type,
    at,
    frame,
    asked,
    ...encodeDelta(out, asked.ordinal),
  };
  if (did?.kind === "saved" && isAskedFor(asked, outcome)) return base;
  return {
    ...base,
    ...(isUndefined(outcome) ? {} : { outcome }),
    ...(did ? { did: encodeDid(did, asked.args[1]) } : {}),
  };
}

function decodeEffect(entry: StoredEffect): EffectEntry {
  const { asked, did } = entry;
  if (!asked || entry.ordinal !== undefined) return entry as EffectEntry;
  const { ordinal } = asked;
  const { out = { index: ordinal - 1 }, ...rest } = entry;
  const whole = { ...rest, ordinal, ...(out ? { out } : {}) } as EffectEntry;
  if (!entry.outcome && !did && asked.name === "SaveArtifact") {
    const [name, summary, content] = asked.args as readonly string[];
    const artifact = { name: name!, summary: summary!, content: content! };
    return {
      ...whole,
      outcome: { ok: true, value: { $type: "artifact", ...artifact } },
      did: { kind: "saved", artifact },
    };
  }
  return {
    ...whole,
    outcome: entry.outcome ?? { ok: true, value: { $type: "undefined" } },
    ...(did ? { did: lacksText(did) ? withText(did, asked.args[1] as string) : did } : {}),
  };
}

/** The default: sequential code had n - 1 results before its n-th effect. */
function encodeDelta(out: StateDelta | undefined, ordinal: number): Pick<StoredEffect, "out"> {
  if (!out) return { out: null };
  if (!isPlain(out)) return { out };
  return out.index === ordinal - 1 ? {} : { out: out.index };
}

/** Whether an effect saved exactly the artifact that its request names. */
export function isAskedFor(asked: Asked | undefined, outcome: EffectEntry["outcome"]): boolean {
  if (asked?.name !== "SaveArtifact" || !outcome.ok || asked.args.length !== 3) return false;
  const { name, summary, content } = outcome.value as unknown as Artifact;
  return asked.args[0] === name && asked.args[1] === summary && asked.args[2] === content;
}

function isUndefined(outcome: EffectEntry["outcome"]): boolean {
  if (!outcome.ok) return false;
  const { value } = outcome;
  return typeof value === "object" && value !== null && "$type" in value && value["$type"] === "undefined";
}

function isPlain(out: StateDelta): boolean {
  return out.in === undefined && out.patch === undefined && out.notes === undefined;
}

function encodeDid(did: Did, text: unknown): Did {
  if (did.kind === "said" && did.text === text) {
    const { text: _, ...words } = did;
    return words as Did;
  }
  if (did.kind === "sent" && did.message.text === text) {
    const { text: _, ...message } = did.message;
    return { ...did, message } as Did;
  }
  return did;
}

function lacksText(did: Did): boolean {
  return (did.kind === "said" && did.text === undefined) ||
    (did.kind === "sent" && did.message.text === undefined);
}

function withText(did: Did, text: string): Did {
  switch (did.kind) {
    case "said":
      return { ...did, text };
    case "sent":
      return { ...did, message: { ...did.message, text } };
    default:
      return did;
  }
}
