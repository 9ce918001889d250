import { decodeEntry, type Entry, restoreState, storedState } from "../../src/engine/mod.ts";
import type { FileStore, LeasedSession } from "../../src/store/mod.ts";

/** Appends of one write. */
const chunkEntries = 2000;

/**
 * Stores a session of at least `count` entries, with checkpoints as a run makes them, and returns its id. It copies the
 * entries of `like` up to the first question to a model. After them the first call makes turns, and each turn says
 * `words N`.
 */
export async function storeLongSession(
  store: FileStore,
  { like, count, name }: { readonly like: string; readonly count: number; readonly name: string },
): Promise<string> {
  const session = await store.get(like);
  if (!session) throw new Error(`There is no session ${like}`);
  const { key, programPaths } = session;
  const first = [];
  for (const { entry } of store.read(like)) {
    if (decodeEntry(entry).type === "request") break;
    first.push(entry);
  }
  const started = first.map(decodeEntry).find((entry) => entry.type === "thread") as Thread;
  const entries = [...first, ...endlessTurns(started, count - first.length)];
  const last = entries.splice(-chunkEntries);
  const process = { pid: 1, host: "here", sync: "off" as const };
  const { id } = await store.insert({ key, programPaths, name }, process, async (log) => {
    for (let from = 0; from < entries.length; from += chunkEntries) {
      await log.append(entries.slice(from, from + chunkEntries), fenceOf(log));
    }
    await log.flush();
    return { status: "stopped", position: log.position };
  });
  await using log = await store.open(id, process);
  await keepCheckpoint(store, log);
  await log.append(last, fenceOf(log));
  await keepCheckpoint(store, log);
  await store.update(id, { status: "stopped", position: log.position });
  return id;
}

function fenceOf({ position, token }: LeasedSession) {
  return { expectedPosition: position, token };
}

async function keepCheckpoint(store: FileStore, log: LeasedSession): Promise<void> {
  await log.flush();
  const state = restoreState(await store.load(log.id));
  await log.checkpoint(storedState(state), { ...fenceOf(log), keepLastN: 2, maxCheckpointSizeMb: 50 });
}

type Thread = Extract<Entry, { readonly type: "thread" }>;

/** Turns of a call as stored entries: a question to the model, its answer, words, and the end of the turn. */
function endlessTurns({ frame: { id: frame, agent }, at: beganMs }: Thread, count: number): unknown[] {
  const entries: unknown[] = [];
  for (let turn = 0; entries.length < count; turn++) {
    const at = beganMs + turn * 1000;
    const text = `words ${turn}`;
    const asked = { ordinal: 1, name: "Say", args: ["user", text] };
    entries.push(
      { type: "request", at, frame, text: `The turn ${turn} begins.` },
      { type: "turn", at: at + 400, frame, text: `await Say("user", "${text}")`, usage, model: "m" },
      {
        type: "effect",
        at: at + 410,
        frame,
        ordinal: 1,
        asked,
        out: { index: 0, patch: { n: { value: turn } } },
        outcome: { ok: true },
        did: { kind: "said", by: agent, to: "user", text },
      },
      { type: "end-turn", at: at + 420, frame },
    );
  }
  return entries;
}

const usage = { inputTokens: 900, outputTokens: 40, cachedTokens: 600, costUsd: 0.001 };
