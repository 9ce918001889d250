import { temporaryFolder } from "./temporary.ts";

/* The limits of this machine's disk, without any engine. Each function returns the times at which its steps were done. */

/** A line of 200 bytes plus a journal's overhead. */
export const lineBytes = 261;
/** Records that share one sync, and writers that wait for it. */
export const writers = 32;

/** The floor: one line and one `fdatasync` after the other, with blocking calls. */
export async function appendAndSync(steps: number): Promise<number[]> {
  await using folder = await temporaryFolder();
  using file = await Deno.open(`${folder.path}/lines`, { create: true, append: true });
  return timesOf(steps, () => {
    file.writeSync(line);
    file.syncDataSync();
  });
}

/** The same into a preallocated file, so that a sync need not write a new length. */
export async function overwriteAndSync(steps: number): Promise<number[]> {
  await using folder = await temporaryFolder();
  using file = await Deno.open(`${folder.path}/lines`, { create: true, write: true });
  const room = new Uint8Array(1 << 20).fill(10);
  for (let left = steps * lineBytes; left > 0; left -= room.length) {
    file.writeSync(room.subarray(0, Math.min(left, room.length)));
  }
  file.syncSync();
  file.seekSync(0, Deno.SeekMode.Start);
  return timesOf(steps, () => {
    file.writeSync(line);
    file.syncDataSync();
  });
}

/** Asynchronous writers. Each waits until its line is durable; one flusher takes all waiting lines. */
export async function sharedFlusher(steps: number): Promise<number[]> {
  await using folder = await temporaryFolder();
  using file = await Deno.open(`${folder.path}/lines`, { create: true, append: true });
  const times: number[] = [];
  let waiting: (() => void)[] = [];
  let flushing = false;
  const flush = async () => {
    flushing = true;
    while (waiting.length > 0) {
      const ready = waiting;
      waiting = [];
      const bytes = lines(ready.length);
      for (let written = 0; written < bytes.length;) written += await file.write(bytes.subarray(written));
      await file.syncData();
      for (const wake of ready) wake();
    }
    flushing = false;
  };
  const writer = async (own: number) => {
    for (let step = 0; step < own; step++) {
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      if (!flushing) flush();
      await promise;
      times.push(now());
    }
  };
  await Promise.all(Array.from({ length: writers }, () => writer(Math.max(1, Math.round(steps / writers)))));
  return times;
}

/** Several lines with one sync, with blocking calls: the upper bound for sharing a sync. */
export async function groupsAndSync(steps: number): Promise<number[]> {
  await using folder = await temporaryFolder();
  using file = await Deno.open(`${folder.path}/lines`, { create: true, append: true });
  const group = lines(writers);
  const times = timesOf(Math.ceil(steps / writers), () => {
    file.writeSync(group);
    file.syncDataSync();
  });
  return times.flatMap((time) => Array.from({ length: writers }, () => time));
}

/**
 * One row after the other into SQLite, with a write-ahead log that is synced at each. Returns `undefined` without SQLite.
 */
export async function sqliteInserts(steps: number): Promise<number[] | undefined> {
  const sqlite = await loadSqlite();
  if (sqlite === undefined) return undefined;
  await using folder = await temporaryFolder();
  const database = new sqlite.DatabaseSync(`${folder.path}/steps.sqlite3`);
  try {
    database.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
    database.exec("CREATE TABLE steps (n INTEGER PRIMARY KEY, value TEXT)");
    const insert = database.prepare("INSERT INTO steps (value) VALUES (?)");
    const value = "x".repeat(200);
    return timesOf(steps, () => insert.run(value));
  } finally {
    database.close();
  }
}

/** The version of SQLite that {@linkcode sqliteInserts} uses. */
export async function sqliteVersion(): Promise<string | undefined> {
  const sqlite = await loadSqlite();
  if (sqlite === undefined) return undefined;
  const database = new sqlite.DatabaseSync(":memory:");
  try {
    return String(database.prepare("SELECT sqlite_version() AS version").get()?.["version"]);
  } finally {
    database.close();
  }
}

/** Merges SQLite's write-ahead log into its database, as a clean end of the program does. Does nothing without SQLite. */
export async function foldWriteAheadLog(path: string): Promise<void> {
  const sqlite = await loadSqlite();
  if (sqlite === undefined) return;
  const database = new sqlite.DatabaseSync(path);
  database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
}

const line = new TextEncoder().encode(
  `${JSON.stringify({ n: 1, value: "x".repeat(lineBytes - '{"n":1,"value":""}\n'.length) })}\n`,
);

function lines(count: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(count * lineBytes);
  for (let index = 0; index < count; index++) bytes.set(line, index * lineBytes);
  return bytes;
}

/** Milliseconds since 1970, with a fraction. */
function now(): number {
  return performance.timeOrigin + performance.now();
}

function timesOf(steps: number, step: () => void): number[] {
  const times: number[] = [];
  for (let done = 0; done < steps; done++) {
    step();
    times.push(now());
  }
  return times;
}

async function loadSqlite() {
  try {
    return await import("node:sqlite");
  } catch {
    return undefined;
  }
}
