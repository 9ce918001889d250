import type { Artifact, Asked, Did, EffectEntry, Entry, StateDelta } from "./entry.ts";

/**
 * Entries as the journal holds them: what follows from the rest of an entry is left out, since a step is mostly what was
 * asked for, and that would stand there three times.
 *
 * An effect that says what was asked lacks its `ordinal`, which stands there; its `outcome` when it is `undefined` or, of
 * a saved artifact, what was asked for, and then `did` too; the text of what was said or sent when it is the second
 * argument. A `StateDelta` that has nothing but its index is that number; in an effect without `ordinal` it is left out where it
 * is one less than that, and null where there is none.
 */
export function encodeEntry(entry: Entry): unknown {
  switch (entry.type) {
    case "effect":
      return packEffect(entry);
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

/** The entry that `encodeEntry` packed; one that is whole stays as it is. */
export function decodeEntry(stored: unknown): Entry {
  const entry = stored as Entry & { readonly out?: StateDelta | number };
  const whole = typeof entry.out === "number" ? { ...entry, out: { index: entry.out } } as Entry : entry;
  return whole.type === "effect" ? unpackEffect(whole) : whole as Entry;
}

type PackedEffect = Omit<EffectEntry, "ordinal" | "outcome" | "out" | "did"> & {
  readonly ordinal?: number;
  readonly outcome?: EffectEntry["outcome"];
  readonly out?: StateDelta | number | null;
  readonly did?: Did;
};

function packEffect(entry: EffectEntry): PackedEffect {
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
    ...packOut(out, asked.ordinal),
  };
  if (did?.kind === "saved" && isAskedFor(asked, outcome)) return base;
  return {
    ...base,
    ...(isUndefined(outcome) ? {} : { outcome }),
    ...(did ? { did: packDid(did, asked.args[1]) } : {}),
  };
}

function unpackEffect(entry: PackedEffect): EffectEntry {
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

/** Code that does one thing after the other had, before its n-th effect, n - 1 results: that need not be said. */
function packOut(out: StateDelta | undefined, ordinal: number): Pick<PackedEffect, "out"> {
  if (!out) return { out: null };
  if (!isPlain(out)) return { out };
  return out.index === ordinal - 1 ? {} : { out: out.index };
}

/** Whether the result of an effect is an artifact of the very texts that were asked for. */
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

function packDid(did: Did, text: unknown): Did {
  if (did.kind === "said" && did.text === text) {
    const { kind, by, to } = did;
    return { kind, by, to } as Did;
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
