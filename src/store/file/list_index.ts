import { isSessionId, parseReference } from "../session_id.ts";
import type { SessionFile } from "../session_summary.ts";
import { sessionFileName, sessionFileOf, storedSession } from "./session_file.ts";
import { registryName } from "./registry.ts";
import { createTrusted, openTrusted } from "./trusted_path.ts";
import type { Vault } from "./vault.ts";

/*
 * `.list.jsonl` holds the summaries of all sessions, so that a listing reads one file and not thousands:
 *
 *     #1 <length>                      the form, and the length when the file was made, in UTF-16 units: about its bytes
 *     <id> <stamp of session.json> {…} a summary; the last line of a session counts
 *     + <id>                           somebody has posted a message to the session
 *     .                                the end of the lines with which the file was made
 *     ! <id> <time>                    the session's file is about to change; its summary follows. ms since 1970
 *     = <registry> <folder>            all lines before are right, as long as the registry has this stamp, and
 *                                      complete, as long as the folder has that stamp
 *
 * Invariants:
 * I1. A summary counts only if session.json has the stamp of its line: time, size and number of the file. Each change
 *     replaces the file, so a change without a line, a lost line and a torn line are noticed. Then session.json is read.
 * I2. So a lost, damaged or foreign index only costs time. The folders decide which sessions there are.
 * I3. Summaries are written under the lock of the storage. No line is synced.
 * I4. Each version writes the registry after a change. So if the registry has the stamp of the last `=` line, only
 *     versions that write this index have changed sessions since, and `glance` needs no look at each session's file. A
 *     file that a person changed by hand is shown as it was, until the next change.
 * I5. A session cannot come or go without a change of the storage folder's own time. So if the folder has the stamp of
 *     the last `=` line, the index and the registry know all sessions, and the folder need not be listed.
 * I6. When the file is made, its lines are sorted by the start of the run, the last one at the end. Later lines follow
 *     in the order of their times. So the newest sessions are near the end.
 */

/** The name of the index in the storage folder. */
const listIndexName = ".list.jsonl";

/** The index of summaries of a storage folder. */
export class ListIndex {
  readonly #storagePath: string;
  readonly #path: string;
  readonly #vault: Vault | undefined;

  constructor(storagePath: string, vault?: Vault) {
    this.#storagePath = storagePath;
    this.#vault = vault;
    this.#path = `${storagePath}/${listIndexName}`;
  }

  /**
   * Reads the index. The result gives a session's summary if it is that of the folder. It parses each one when it is asked
   * for, because thousands of them need much memory.
   */
  read(): (id: string) => SessionFile | undefined {
    const lines = this.#lines();
    return (id) => {
      const line = lines?.get(id);
      if (line === undefined) return undefined;
      const { stamp, json } = partsOf(line);
      if (stamp !== this.#stampOf(id)) return undefined;
      const file = parsed(json, this.#vault);
      return file?.id === id ? file : undefined;
    };
  }

  /**
   * The newest of these sessions by the index alone, at most `limit` (more if starts are equal), and the ids that it
   * knows; `undefined` if a version without an index may have changed sessions.
   */
  glance(ids: ReadonlySet<string>, limit: number): Glance | undefined {
    const text = this.#text();
    if (text === undefined) return undefined;
    const trust = this.#markIn(text);
    if (trust === "none") return undefined;
    const lines = [...linesIn(text)].filter(([id]) => ids.has(id));
    const isComplete = trust === "complete";
    return { ...newestIn(lines, limit, (line) => parsed(line, this.#vault)), isComplete };
  }

  /**
   * The session that ran last among those that `fits` chooses, by the end of the file alone. `undefined` if that does not
   * decide it, or if the index may be incomplete.
   */
  newestAtEnd(fits: (session: SessionFile) => boolean): SessionFile | undefined {
    const tail = this.#text({ maxTail: tailBytes });
    if (tail === undefined || this.#markIn(tail) !== "complete") return undefined;
    return newestInTail(tail, { fits, parse: (json) => parsed(json, this.#vault) });
  }

  /**
   * Ids of the sessions that a reference can mean: by a part of the id, or by the name. They are found as text, because to
   * parse all lines takes longer. None if there are many, or if the index may be incomplete.
   */
  idsFor(reference: string): readonly string[] {
    const text = this.#text();
    if (text === undefined || this.#markIn(text) !== "complete") return [];
    const needles = [reference, parseReference(reference).session].flatMap((name) => {
      const part = name.toLowerCase();
      return [`\n${part}`, `${part} `, `"name":${JSON.stringify(name.normalize("NFC"))}`];
    });
    const ids = new Set<string>();
    for (const needle of needles) {
      for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + 1)) {
        const start = text.lastIndexOf("\n", needle.startsWith("\n") ? at : at - 1) + 1;
        const id = text.slice(start, start + idEnd);
        if (isSessionId(id)) ids.add(id);
        if (ids.size > maxFound) return [];
      }
    }
    return [...ids];
  }

  /** How much the lines can be believed. */
  trust(): IndexTrust {
    const tail = this.#text({ maxTail: tailBytes });
    if (tail === undefined) return "none";
    return this.#markIn(tail.includes(`\n${trustMark}`) ? tail : this.#text() ?? "");
  }

  #markIn(text: string): IndexTrust {
    const mark = text.lastIndexOf(`\n${trustMark}`);
    if (mark < 0) return "none";
    const start = mark + 1 + trustMark.length;
    const [registry, folder] = text.slice(start, text.indexOf("\n", start)).split(" ");
    if (folder === undefined || registry !== this.#registryStamp()) return "none";
    return folder === this.#folderStamp() ? "complete" : "right";
  }

  /**
   * Notes that all lines are right, and that index and registry know all sessions. The caller holds the storage's lock,
   * and has just written the registry.
   */
  mark(): void {
    this.#append(`${trustMark}${this.#registryStamp()} ${this.#folderStamp()}`);
  }

  /** The sessions that have a line, whether it is right or not. */
  ids(): ReadonlySet<string> {
    return new Set(this.#lines()?.keys());
  }

  /** Makes the index of all sessions. The caller holds the storage's lock. */
  remake(all: Iterable<SessionFile>): void {
    this.#make(Array.from(all, (session) => this.#lineOf(session)));
  }

  /** Notes that a session's file is about to change. The caller holds the storage's lock. */
  announce(id: string, nowMs: number): void {
    this.#append(`${changeMark}${id} ${nowMs}`);
  }

  /** Adds a session's summary. The caller holds the storage's lock. */
  add(session: SessionFile): void {
    this.#append(this.#lineOf(session));
  }

  #append(line: string): void {
    try {
      using file = openTrusted(this.#path, { create: false, append: true });
      // The first line end closes a line that another process has left unfinished.
      writeWhole(file, `\n${line}\n`);
    } catch {
      // Without its line, the session's own file is read.
    }
  }

  /** Notes that a message was posted to a session. The caller holds no lock. */
  addPost(id: string): void {
    try {
      for (let attempt = 1; attempt <= postAttempts; attempt++) {
        using file = openTrusted(this.#path, { create: false, append: true });
        writeWhole(file, `\n${postMark}${id}\n`);
        // Another process may have replaced the file by a smaller one meanwhile.
        if (file.statSync().ino === Deno.lstatSync(this.#path).ino) return;
      }
    } catch {
      // Without its line, the post is found when a worker looks through all sessions.
    }
  }

  /** Follows the lines of the index, also those that other processes add. */
  tail(): IndexTail {
    return new IndexTail(this.#path, this.#vault);
  }

  /** Makes the index if it is missing, and smaller if it has grown. The caller holds the storage's lock. */
  tidy(all: () => Iterable<SessionFile>): void {
    const { bytes, bytesWhenMade } = this.#size() ?? {};
    if (bytes === undefined || bytesWhenMade === undefined) {
      this.remake(all());
    } else if (bytes > 2 * bytesWhenMade + minGrowthBytes) {
      const lines = [...this.#lines() ?? []].filter(([id]) => this.#stampOf(id) !== gone);
      this.#make(lines.map(([, line]) => line));
    }
  }

  /** Its length, now and when it was made. */
  #size(): { readonly bytes: number; readonly bytesWhenMade: number } | undefined {
    try {
      using file = openTrusted(this.#path, { create: false, readOnly: true });
      const head = new Uint8Array(maxHeadBytes);
      const count = file.readSync(head) ?? 0;
      const made = headPattern.exec(new TextDecoder().decode(head.subarray(0, count)));
      return made ? { bytes: file.statSync().size, bytesWhenMade: Number(made[1]) } : undefined;
    } catch {
      return undefined;
    }
  }

  /** The last line of each session; `undefined` if there is no index. */
  #lines(): ReadonlyMap<string, string> | undefined {
    const text = this.#text();
    return text === undefined ? undefined : linesIn(text);
  }

  /** The file, or its last bytes. */
  #text({ maxTail }: { readonly maxTail?: number } = {}): string | undefined {
    try {
      using file = openTrusted(this.#path, { create: false, readOnly: true });
      const to = Math.min(maxBytes, file.statSync().size);
      const from = Math.max(0, to - (maxTail ?? to));
      const text = new TextDecoder().decode(readBytes(file, { from, to }));
      return from > 0 || headPattern.test(text) ? text : undefined;
    } catch {
      return undefined;
    }
  }

  /** Changes whenever a name in the storage folder comes or goes. */
  #folderStamp(): string {
    try {
      const { mtime, nlink, ino } = Deno.lstatSync(this.#storagePath);
      return `${mtime?.getTime() ?? 0}:${nlink ?? 0}:${ino ?? 0}`;
    } catch {
      return gone;
    }
  }

  #registryStamp(): string {
    return stampOf(`${this.#storagePath}/${registryName}`);
  }

  #lineOf(session: SessionFile): string {
    const stored = JSON.stringify(storedSession(session, this.#vault));
    return `${session.id} ${this.#stampOf(session.id)} ${stored}`;
  }

  #stampOf(id: string): string {
    return stampOf(`${this.#storagePath}/${id}/${sessionFileName}`);
  }

  #make(lines: readonly string[]): void {
    const aside = `${this.#path}.${crypto.randomUUID()}.tmp`;
    try {
      const text = [...sortedByStart(lines), madeMark].map((line) => `${line}\n`).join("");
      using file = createTrusted(aside);
      writeWhole(file, `#1 ${text.length}\n${text}`);
      Deno.renameSync(aside, this.#path);
    } catch {
      try {
        Deno.removeSync(aside);
      } catch {
        // Leftovers only take space.
      }
    }
  }
}

/**
 * How much a reader can believe the lines of an index. `complete`: each session has one, and it is right. `right`: each
 * line is right, but a session may have none. `none`: a version without an index may have changed sessions.
 */
type IndexTrust = "complete" | "right" | "none";

/** What the index alone says. */
interface Glance {
  readonly newest: readonly SessionFile[];
  /** Ids of the sessions in the index. The caller reads the others. */
  readonly known: ReadonlySet<string>;
  /** Whether the mark at its end says that index and registry know all sessions. */
  readonly isComplete: boolean;
}

/** The last line of each session. A session whose file was about to change has none. */
function linesIn(text: string): ReadonlyMap<string, string> {
  const sessions = new Map<string, string>();
  for (const line of text.split("\n")) {
    const id = line.slice(0, idEnd);
    if (isSessionId(id)) sessions.set(id, line);
    else if (line.startsWith(changeMark)) sessions.delete(changeIn(line).id);
  }
  return sessions;
}

/** Parses only the newest lines, because parsing takes most of the time. */
function newestIn(
  lines: readonly (readonly [id: string, line: string])[],
  limit: number,
  parse: (json: string) => SessionFile | undefined,
): Omit<Glance, "isComplete"> {
  const known = new Set(lines.map(([id]) => id));
  const newest: SessionFile[] = [];
  for (const [id, line] of limit < lines.length ? newestLines(lines, limit) : lines) {
    const file = parse(partsOf(line).json);
    if (file?.id === id) newest.push(file);
    else known.delete(id);
  }
  return { newest, known };
}

function newestLines<Line extends readonly [id: string, line: string]>(
  lines: readonly Line[],
  limit: number,
): readonly Line[] {
  const starts = Float64Array.from(lines, ([, line]) => startIn(line));
  const first = starts.toSorted()[starts.length - limit] ?? Infinity;
  return lines.filter((_, index) => starts[index]! >= first);
}

/** The last line tells most: see I6. `undefined` if the tail does not decide. */
function newestInTail(
  tail: string,
  { fits, parse }: {
    readonly fits: (session: SessionFile) => boolean;
    readonly parse: (json: string) => SessionFile | undefined;
  },
): SessionFile | undefined {
  const seen = new Set<string>();
  let newest: { readonly session: SessionFile; readonly runAtMs: number } | undefined;
  let isSorted = false;
  const [head, ...lines] = tail.split("\n");
  for (const line of lines.reverse()) {
    const id = line.slice(0, idEnd);
    if (line === madeMark) isSorted = true;
    if (line.startsWith(changeMark)) {
      const change = changeIn(line);
      if (!seen.has(change.id)) return undefined;
      if (newest && newest.runAtMs >= change.atMs) return newest.session;
    } else if (isSessionId(id)) {
      const runAtMs = startIn(line);
      const isOlder = newest !== undefined && newest.runAtMs >= runAtMs;
      if (isOlder && isSorted) return newest?.session;
      if (seen.has(id)) continue;
      seen.add(id);
      if (isOlder) continue;
      const session = parse(partsOf(line).json);
      if (session?.id !== id) return undefined;
      if (fits(session)) newest = { session, runAtMs };
    }
  }
  // The first line of a longer file is a part of one.
  return headPattern.test(`${head}\n`) ? newest?.session : undefined;
}

/** A line of a summary, behind the id. */
function partsOf(line: string): { readonly stamp: string; readonly json: string } {
  const end = line.indexOf(" ", idEnd + 1);
  return { stamp: line.slice(idEnd + 1, end), json: line.slice(end + 1) };
}

/** A `!` line. */
function changeIn(line: string): { readonly id: string; readonly atMs: number } {
  const [id = "", time = ""] = line.slice(changeMark.length).split(" ");
  return { id, atMs: time === "" ? Infinity : Number(time) };
}

/** The lines as a new file has them: see I6. */
function sortedByStart(lines: readonly string[]): readonly string[] {
  // Two unknown starts are `Infinity`, and their difference is NaN.
  return lines.map((line) => ({ line, start: startIn(line) })).sort((a, b) => a.start - b.start || 0)
    .map(({ line }) => line);
}

/** When a session was last run, ms since 1970. Its summary has no such text before this field; a wrong one counts as new. */
function startIn(line: string): number {
  const start = line.indexOf(runMark) + runMark.length;
  const runAtMs = Date.parse(line.slice(start, line.indexOf('"', start)));
  return Number.isNaN(runAtMs) ? Infinity : runAtMs;
}

const runMark = '"runAt":"';

/** A line of the index that a reader has not seen before. */
type TailLine =
  | { readonly kind: "summary"; readonly session: SessionFile }
  | { readonly kind: "post"; readonly id: string }
  /** The file was made anew: the lines after this one are all that there are. */
  | { readonly kind: "restart" };

/** Reads the lines that were added to a list index since the last look. */
export class IndexTail {
  readonly #path: string;
  readonly #vault: Vault | undefined;
  #file = { ino: null as number | null, size: 0 };
  /** The bytes read so far, up to the end of a line. */
  #read = 0;

  constructor(path: string, vault: Vault | undefined) {
    this.#path = path;
    this.#vault = vault;
  }

  /** Whether the file has changed since the last `lines`. */
  hasMore(): boolean {
    try {
      const { ino, size } = Deno.lstatSync(this.#path);
      return ino !== this.#file.ino || size !== this.#file.size;
    } catch {
      return this.#file.ino !== null;
    }
  }

  /** The new lines; `undefined` if there is no index. */
  lines(): readonly TailLine[] | undefined {
    try {
      using file = openTrusted(this.#path, { create: false, readOnly: true });
      const { ino, size } = file.statSync();
      const isOther = ino !== this.#file.ino || size < this.#read;
      if (isOther) this.#read = 0;
      this.#file = { ino, size };
      const bytes = readBytes(file, { from: this.#read, to: Math.min(size, maxBytes) });
      // The rest is a line that another process is writing.
      const whole = bytes.subarray(0, bytes.lastIndexOf(lineEnd) + 1);
      this.#read += whole.length;
      const lines = new TextDecoder().decode(whole).split("\n").flatMap((line) =>
        tailLine(line, this.#vault) ?? []
      );
      return isOther ? [{ kind: "restart" }, ...lines] : lines;
    } catch {
      this.#file = { ino: null, size: 0 };
      this.#read = 0;
      return undefined;
    }
  }
}

function tailLine(line: string, vault: Vault | undefined): TailLine | undefined {
  if (line.startsWith(postMark)) {
    const id = line.slice(postMark.length);
    return isSessionId(id) ? { kind: "post", id } : undefined;
  }
  const id = line.slice(0, idEnd);
  if (!isSessionId(id)) return undefined;
  const session = parsed(partsOf(line).json, vault);
  return session?.id === id ? { kind: "summary", session } : undefined;
}

function readBytes(
  file: Deno.FsFile,
  { from, to }: { readonly from: number; readonly to: number },
): Uint8Array {
  const bytes = new Uint8Array(Math.max(0, to - from));
  file.seekSync(from, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < bytes.length) {
    const count = file.readSync(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

const lineEnd = "\n".charCodeAt(0);
/** Begins a line about a post. Versions before 0.3 skip such a line. */
const postMark = "+ ";
const postAttempts = 3;
const changeMark = "! ";
const trustMark = "= ";
/** The line after those with which the file was made. */
const madeMark = ".";
/** To read the own files of more sessions takes as long as to read the list. */
const maxFound = 50;
/** The last mark is usually so near to the end. */
const tailBytes = 64 * 1024;

/** The end of the id in a line. */
const idEnd = 36;
const headPattern = /^#1 (\d+)\n/;
const maxHeadBytes = 32;
/** A larger index is not read to its end. */
const maxBytes = 256 * 1024 * 1024;
/** Growth that is not worth writing the index anew. */
const minGrowthBytes = 256 * 1024;
/** The stamp of a file that is not there. */
const gone = "gone";

function parsed(json: string, vault: Vault | undefined): SessionFile | undefined {
  try {
    return sessionFileOf(JSON.parse(json), vault);
  } catch {
    return undefined;
  }
}

/** Changes with each replacement of a file. */
function stampOf(path: string): string {
  try {
    const { mtime, size, ino } = Deno.lstatSync(path);
    return `${mtime?.getTime() ?? 0}:${size}:${ino ?? 0}`;
  } catch {
    return gone;
  }
}

function writeWhole(file: Deno.FsFile, text: string): void {
  let bytes = new TextEncoder().encode(text);
  while (bytes.length > 0) bytes = bytes.subarray(file.writeSync(bytes));
}
