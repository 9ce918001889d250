import { checkpointName, listCheckpoints, writeCheckpoint } from "../../src/store/file/checkpoint.ts";
import { journalName } from "../../src/store/file/journal.ts";
import { recover } from "../../src/store/file/recover.ts";
import { applyEntry } from "../../src/engine/fold/apply.ts";
import type { Entry } from "../../src/engine/mod.ts";
import { initialState } from "../../src/engine/fold/state.ts";
import { play } from "../support/harness.ts";
import { SimulatedDisk } from "../support/simulated_disk.ts";

/** The folder and the id of all sessions here. */
export const folder = "/s/one";
export const session = "one";

/** A stored session with its true contents. */
export interface StoredSession {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** JSON of the state after N entries, by N. */
  readonly truth: readonly string[];
  /** The end offset of each entry's record in the journal. */
  readonly ends: readonly number[];
  /** Positions of the checkpoints. */
  readonly checkpoints: readonly number[];
  /** The start offset of the last append in the journal. */
  readonly lastAppend: number;
}

/** The entries of a program that was run to its end on rehearsal. */
export async function entriesOf(text: string, replies: readonly string[]): Promise<readonly Entry[]> {
  const { entries, result } = await play(text, { replies });
  if (result.kind !== "completed") throw new Error(`The program ended so: ${JSON.stringify(result)}`);
  return entries;
}

/** Stores entries in appends of one to three, as runs do, and a checkpoint after each of the positions. */
export function store(entries: readonly Entry[], checkpoints: readonly number[]): StoredSession {
  const disk = new SimulatedDisk();
  using journal = recover(disk, folder, { session, sync: "always" }).journal;
  const state = initialState();
  const truth = [JSON.stringify(state)];
  let lastAppend = 0;
  for (let from = 0, size = 1; from < entries.length; from += size, size = size % 3 + 1) {
    const fresh = entries.slice(from, from + size);
    lastAppend = journal.size;
    journal.append(fresh);
    for (const entry of fresh) {
      applyEntry(state, structuredClone(entry));
      truth.push(JSON.stringify(state));
    }
    if (checkpoints.some((position) => from < position && position <= from + size)) {
      writeCheckpoint(journal, state, { maxCheckpointSizeMb: 100 });
    }
  }
  const lines = new TextDecoder("latin1").decode(disk.read(journalPath)).split("\n").slice(0, -1);
  const ends = [0];
  for (const line of lines) ends.push(ends.at(-1)! + line.length + 1);
  const names = [...disk.list(folder).map((name) => `${folder}/${name}`)];
  const blobs = disk.list(`${folder}/blobs`).map((name) => `${folder}/blobs/${name}`);
  return {
    // The list has folders too, which hold no bytes.
    files: new Map([...names, ...blobs].flatMap((path) => {
      const bytes = disk.read(path);
      return bytes === undefined ? [] : [[path, bytes] as const];
    })),
    truth,
    ends,
    checkpoints: listCheckpoints(disk, folder, session),
    lastAppend,
  };
}

/** The session on a separate disk, with one file replaced. */
export function diskWith({ files }: StoredSession, path: string, bytes: Uint8Array): SimulatedDisk {
  const disk = new SimulatedDisk();
  for (const [name, content] of files) disk.write(name, name === path ? bytes : content);
  return disk;
}

/** The path of the journal. */
export const journalPath = `${folder}/${journalName}`;

/** The path of a checkpoint. */
export function checkpointPath(position: number): string {
  return `${folder}/${checkpointName(session, position)}`;
}
