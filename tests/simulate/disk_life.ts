import { assertEquals } from "@std/assert";
import { loadedFrom } from "../../src/store/file/file_session.ts";
import { readEntries } from "../../src/store/file/recover.ts";
import { CheckpointSchedule } from "../../src/store/checkpoint_schedule.ts";
import { type CursorFile } from "../../src/store/file/delivery_cursor.ts";
import { FileSession } from "../../src/store/file/file_session.ts";
import { recover } from "../../src/store/file/recover.ts";
import { newSessionFile } from "../../src/store/session_summary.ts";
import {
  decodeEntry,
  type Entry,
  foldEntries,
  JournalLog,
  loadHistories,
  restoreState,
} from "../../src/engine/mod.ts";
import type { Survivors } from "../support/simulated_disk.ts";
import { jsonCopy, type Life, live, type Plant, type Stage } from "./life.ts";
import { testSeal } from "../support/test_seal.ts";
import type { Random } from "./random.ts";
import type { Operation, Tape } from "./tape.ts";
import { diskAfter, type DiskOperation, diskWith, type Files, filesOf, tapedDisk } from "./taped_disk.ts";

/** The data that a process finds on its disk. */
export interface Found {
  readonly files: Files;
  /** The delivery cursor, if there is one. */
  readonly mark: number | undefined;
}

/** A process that keeps its session on a simulated disk. */
export interface DiskLife extends Life {
  readonly found: Found;
  readonly after: Files;
}

/** A disk with nothing on it. */
export const emptyDisk: Found = { files: new Map(), mark: undefined };

const folder = "/session";
const session = "simulated";

/** A small distance between checkpoints, so each session has many. */
const tailBytes = 3_000;

/** Recovers a session from a disk and runs it to its end. */
export async function liveOnDisk(
  stage: Stage,
  found: Found,
  options: { readonly random: Random; readonly plant?: Plant | undefined },
): Promise<DiskLife> {
  const { random, plant } = options;
  const tape: Operation[] = [];
  const disk = diskWith(found.files);
  const taped = tapedDisk(disk, (change) => tape.push({ kind: "disk", change }));
  const seen = plant?.disk?.(taped) ?? taped;
  const { journal, schedule: _, ...recovered } = recover(seen, folder, { session, sync: "always" });
  const entries = entriesOf(found.files);
  assertEquals(recovered.position, entries.length, "recovery finds what the journal holds");
  const loaded = loadedFrom(seen, folder, { id: session, ...recovered });
  const restored = () => restoreState({ ...loaded, ...structuredClone(recovered) });
  if (recovered.checkpoint) {
    const whole = restored();
    loadHistories(whole);
    assertEquals(
      jsonCopy(whole),
      jsonCopy(foldEntries(undefined, jsonCopy(entries))),
      "a checkpoint is a cache",
    );
  }
  const nowMs = () => 0;
  const leased = new FileSession(seen, {
    session: newSessionFile({ id: session, key: "", programPaths: [], host: "", pid: 0 }, { nowMs: 0 }),
    journal,
    schedule: new EagerSchedule(),
    loaded,
    lease: { token: 1, [Symbol.dispose]: () => {} },
    cursorFile: markOn(tape, found.mark),
    nowMs,
  });
  const log = new JournalLog(leased, {
    keepLastN: 2,
    maxCheckpointSizeMb: 100,
    onNotice: () => {},
    seal: testSeal("simulated"),
    unusual: { maxInlineResults: random.pick([0, 2, 256]), journalPerSnapshot: random.pick([0, 4]) },
  });
  const before = { entries, shown: found.mark ?? entries.length };
  const life = await live(stage, before, { random, plant, log, tape, recovered: restored() });
  return { ...life, found, after: filesOf(disk, folder) };
}

/** The entries in a disk's journal, without a torn tail. */
export function entriesOf(files: Files): Entry[] {
  const disk = diskWith(files);
  return [...readEntries(disk, folder, { session })].map((record) => decodeEntry(record.entry));
}

/**
 * The data that the next process finds after a power loss at the last change on this tape. Without `survivors` the process
 * was killed instead.
 */
export function foundAfter(found: Found, tape: Tape, survivors: Survivors | undefined): Found {
  const changes: DiskOperation[] = [];
  let mark = found.mark;
  let durable = found.mark;
  let synced = found.mark;
  for (const operation of tape) {
    if (operation.kind === "marked") mark = operation.position;
    if (operation.kind === "mark-synced") synced = mark;
    if (operation.kind !== "disk") continue;
    changes.push(operation.change);
    // A new file survives a power loss only after its folder was synced too.
    if (operation.change.name === "syncFolder") durable = synced;
  }
  const files = filesOf(diskAfter(found.files, changes, survivors), folder);
  const isLate = survivors === undefined || survivors === "all" || survivors === "zeros";
  return { files, mark: isLate ? mark : durable };
}

/** Makes checkpoints due so often that each session has many. */
export class EagerSchedule extends CheckpointSchedule {
  #size = 0;

  override due(journalSize: number): boolean {
    return journalSize - this.#size >= tailBytes;
  }

  override done(journalSize: number): void {
    this.#size = journalSize;
  }
}

function markOn(tape: Operation[], found: number | undefined): CursorFile {
  let mark = found;
  return {
    read: () => mark === undefined ? undefined : { position: mark, isChecked: true },
    write: (position) => {
      mark = position;
      tape.push({ kind: "marked", position });
    },
    sync: () => {
      tape.push({ kind: "mark-synced" });
    },
    [Symbol.dispose]: () => {},
  };
}
