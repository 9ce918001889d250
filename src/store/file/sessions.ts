import type { FileSystem } from "./file_system.ts";
import { journalName } from "./journal.ts";
import { diskTrouble, storageError } from "../storage_error.ts";
import { withFileLock } from "./file_lock.ts";
import { checkNameIsFree, type FindResult, findSession } from "../find.ts";
import { isLeaseFree } from "./lease.ts";
import { isKey } from "./key.ts";
import { mirrorName, readMirror, writeMirror } from "./mirror.ts";
import {
  type Registry,
  registryName,
  type RegistryResult,
  setRegistryAside,
  withRegistry,
} from "./registry.ts";
import {
  damagedSessionFile,
  readSessionFile,
  refuseNewer,
  sessionFileName,
  writeSessionFile,
} from "./session_file.ts";
import { changed } from "../session_summary.ts";
import type { SessionChange, SessionFile } from "../session_summary.ts";
import { isSessionId } from "../session_id.ts";

/*
 * Invariants:
 * S1. A session's folder says what the session is. Registry and mirror only say faster where to look: what they say is
 *     checked against the folder, and whatever is wrong with them, no session is hidden and no run is stopped.
 * S2. All changes, here and in other processes, are made one after the other, under the lock on `.lock`.
 * S3. What only reads changes nothing on disk.
 * S4. The mirror is never older than the registry: it is written first. So the registry, which takes longer to open than
 *     all else together, may be told of a session's beginning later, when the session is under way.
 */

/** The sessions of one storage folder, which need not exist. */
export class Sessions {
  readonly storagePath: string;
  readonly #fs: FileSystem;
  readonly #nowMs: () => number;
  readonly #notices = new Set<string>();
  readonly #told = new Set<string>();
  /** What the registry has not been told yet, in order. */
  #untold: { readonly session: SessionFile; readonly last: ReadonlyMap<string, string> }[] = [];
  #telling: Promise<void> = Promise.resolve();

  constructor(
    storagePath: string,
    options: {
      readonly fs: FileSystem;
      /** A clock, ms since 1970. */
      readonly nowMs: () => number;
    },
  ) {
    this.storagePath = storagePath;
    this.#fs = options.fs;
    this.#nowMs = options.nowMs;
  }

  /** The folder of a session. */
  folderOf(id: string): string {
    return `${this.storagePath}/${id}`;
  }

  /** The storage's path without links; as it was given while the folder does not exist. */
  realPath(): string {
    try {
      return Deno.realPathSync(this.storagePath);
    } catch {
      return this.storagePath;
    }
  }

  /** What a person should know about the registry, each thing once. */
  takeNotices(): readonly string[] {
    const notices = [...this.#notices, ...this.#fs.takeNotices?.() ?? []];
    this.#notices.clear();
    return notices;
  }

  /**
   * Registers a session that begins, in its folder, which exists; it is now the last of its key. Throws `StorageError`.
   *
   * With `registryLater`, the registry itself is told by the next change or by `settle`.
   */
  async register(session: SessionFile, { registryLater = false } = {}): Promise<void> {
    await this.#alone(() => {
      if (session.name !== undefined) checkNameIsFree(session.name, session.id, this.list());
      writeSessionFile(this.#fs, this.folderOf(session.id), session);
      this.#index(session, { last: true });
    });
    if (!registryLater) await this.settle();
  }

  /**
   * Notes that a session is run again: it is the last of its key from now on; `registryLater` is as for `register`.
   * Throws `StorageError`.
   */
  async resumed(
    id: string,
    run: Pick<SessionFile, "host" | "pid"> & SessionChange,
    { registryLater = false } = {},
  ): Promise<SessionFile> {
    const runAt = new Date(this.#nowMs()).toISOString();
    const session = await this.#change(id, { exit: undefined, ...run, status: "running", runAt }, {
      last: true,
    });
    if (!registryLater) await this.settle();
    return session;
  }

  /** Changes what is known of a session; its key's pointer stays. Throws `StorageError`. */
  async update(id: string, change: SessionChange): Promise<SessionFile> {
    const session = await this.#change(id, change, { last: false });
    await this.settle();
    return session;
  }

  /** Tells the registry what it has not been told yet. Never fails: what is wrong with it is a notice. */
  async settle(): Promise<void> {
    this.#telling = this.#telling.then(() => this.#untold.length > 0 ? this.#tellRegistry() : undefined);
    await this.#telling;
  }

  /** Takes a session, whose folder is gone or going, out of the registry and its mirror. */
  async forget(id: string): Promise<void> {
    await this.#alone(async () => {
      await this.#usingRegistry((registry) => registry.remove(id));
      const mirror = readMirror(this.#fs, this.storagePath);
      if (typeof mirror === "string") return;
      const rest = [...mirror].filter(([, last]) => last !== id);
      if (rest.length < mirror.size) this.#writeMirror(new Map(rest));
    });
  }

  /** The session of a key that was started or resumed last. */
  async lastFor(key: string): Promise<SessionFile | undefined> {
    const ids = await this.#pointersFor(key);
    const pointed = ids.map((id) => this.get(id));
    const sure = pointed.filter((session) => session?.key === key);
    if (sure.length > 0) return sure.reduce(newer);
    // A session whose file is damaged no longer says its key: then the pointers are all there is to go by.
    const unsure = pointed.find((session) => session?.key === "");
    return unsure ?? this.list().filter((session) => session.key === key)[0];
  }

  /** A session by its whole id. */
  get(id: string): SessionFile | undefined {
    if (!isSessionId(id)) return undefined;
    const folder = this.folderOf(id);
    const file = readSessionFile(this.#fs, folder);
    if (typeof file === "object" && file.newer) return this.#asItStands({ ...file, id });
    if (typeof file === "object" && file.id === id) return this.#asItStands(file);
    if (file === undefined && !this.#hasJournal(folder)) return undefined;
    const what = file === undefined ? "is missing" : "cannot be read";
    this.#tell(
      `${folder}/${sessionFileName} ${what}; the session's journal is not affected, and a resume makes it anew`,
    );
    return this.#asItStands(damagedSessionFile(id));
  }

  /** Finds a session by id, prefix, or name, perhaps with `@N`. */
  find(reference: string): FindResult {
    return findSession(this.list(), reference);
  }

  /** All sessions, the one that was run last first, as their folders describe them. */
  list(): readonly SessionFile[] {
    return this.#names()
      .map((name) => this.get(name))
      .filter((session) => session !== undefined)
      .sort((a, b) => compareTexts(b.runAt, a.runAt) || compareTexts(b.id, a.id));
  }

  #hasJournal(folder: string): boolean {
    try {
      return this.#fs.list(folder).includes(journalName);
    } catch {
      // A folder that cannot be looked into may hold one; whoever opens it is told what is wrong.
      return true;
    }
  }

  #names(): readonly string[] {
    try {
      return this.#fs.list(this.storagePath);
    } catch (error) {
      throw storageError(`Cannot read the sessions in ${this.storagePath}`, error);
    }
  }

  #asItStands(file: SessionFile): SessionFile {
    const dead = file.status === "running" && isLeaseFree(this.folderOf(file.id));
    return dead ? { ...file, status: "stopped" } : file;
  }

  async #change(
    id: string,
    change: SessionChange,
    options: { readonly last: boolean },
  ): Promise<SessionFile> {
    return await this.#alone(() => {
      const folder = this.folderOf(id);
      if (change.name !== undefined) checkNameIsFree(change.name, id, this.list());
      const before = readSessionFile(this.#fs, folder);
      if (typeof before === "object") refuseNewer(before);
      const isSound = typeof before === "object" && before.id === id;
      if (before !== undefined && !isSound) this.#setAside(folder);
      const known = isSound ? before : damagedSessionFile(id);
      const after = changed(known, change, { nowMs: this.#nowMs() });
      writeSessionFile(this.#fs, folder, after);
      this.#index(after, options);
      return after;
    });
  }

  /** Brings the mirror up to date with a session, and puts down what the registry is to be told. */
  #index(session: SessionFile, options: { readonly last: boolean }): void {
    const last: ReadonlyMap<string, string> = options.last && isKey(session.key)
      ? new Map([[session.key, session.id]])
      : new Map();
    const mirror = readMirror(this.#fs, this.storagePath);
    if (mirror === "damaged") this.#tell(`${mirrorName} could not be read and was made anew`);
    const pointers = typeof mirror === "string" ? this.#pointersOfFolders() : mirror;
    this.#mirror(mirror, new Map([...pointers, ...last]));
    this.#untold.push({ session, last });
  }

  /** Brings the registry up to date; a new one is filled from the mirror and the folders, and then the mirror from it. */
  async #tellRegistry(): Promise<void> {
    await this.#alone(async () => {
      const untold = this.#untold;
      this.#untold = [];
      this.#removeLeftovers(untold.map(({ session }) => session.id));
      const result = await this.#usingRegistry(async (registry) => {
        if (await registry.isNew()) {
          const mirror = readMirror(this.#fs, this.storagePath);
          const pointers = this.#takenOver(typeof mirror === "string" ? this.#pointersOfFolders() : mirror);
          await registry.put(this.list(), pointers);
          this.#mirror(mirror, pointers);
        }
        for (const { session, last } of untold) await registry.put([session], last);
      });
      if (result.kind !== "done") {
        this.#tell(
          `The registry cannot be used (${result.reason}); the sessions' folders serve in its place`,
        );
      }
    });
  }

  #mirror(
    before: ReturnType<typeof readMirror>,
    next: ReadonlyMap<string, string>,
  ): void {
    if (typeof before === "string" || !sameMap(before, next)) this.#writeMirror(next);
  }

  /** Opens the registry, once more with a new one if it is damaged. */
  async #usingRegistry<T>(work: (registry: Registry) => Promise<T>): Promise<RegistryResult<T>> {
    const result = await withRegistry(this.storagePath, work);
    if (result.kind !== "damaged") return result;
    try {
      const aside = setRegistryAside(this.storagePath, this.#nowMs());
      this.#tell(
        `The registry was damaged and has been made anew from the sessions' folders; the old one is ${aside}`,
      );
    } catch (error) {
      return { kind: "unavailable", reason: diskTrouble(error) };
    }
    return await withRegistry(this.storagePath, work);
  }

  /** Pointers for a new registry: those of the mirror whose session is there, else the folders', else as the mirror has them. */
  #takenOver(mirror: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const known = [...mirror].filter(([key, id]) => this.get(id)?.key === key);
    return new Map([...mirror, ...this.#pointersOfFolders(), ...known]);
  }

  #pointersOfFolders(): ReadonlyMap<string, string> {
    // The list is newest first: the newest is put in last and stays.
    const sessions = this.list().filter(({ key }) => isKey(key));
    return new Map(sessions.map(({ key, id }) => [key, id] as const).reverse());
  }

  async #pointersFor(key: string): Promise<readonly string[]> {
    const mirror = readMirror(this.#fs, this.storagePath);
    const mirrored = typeof mirror === "string" ? undefined : mirror.get(key);
    const registered = await this.#registeredFor(key);
    return [mirrored, registered].filter((id) => id !== undefined);
  }

  async #registeredFor(key: string): Promise<string | undefined> {
    if (!this.#names().includes(registryName)) return undefined;
    const result = await this.#alone(() => withRegistry(this.storagePath, (registry) => registry.last(key)));
    if (result.kind === "done") return result.value;
    // A damaged one is made anew, and that is said, by the run that writes to it next.
    if (result.kind === "damaged") return undefined;
    this.#tell(`The registry cannot be used (${result.reason}); the sessions' folders serve in its place`);
    return undefined;
  }

  /** Removes what a process left that died between writing a file aside and renaming it; nobody else writes meanwhile. */
  #removeLeftovers(ids: readonly string[]): void {
    const folders = [
      [this.storagePath, mirrorName],
      ...ids.map((id) => [this.folderOf(id), sessionFileName] as const),
    ] as const;
    for (const [folder, file] of folders) {
      try {
        const names = this.#fs.list(folder).filter((name) =>
          name.startsWith(`${file}.`) && name.endsWith(".tmp")
        );
        for (const name of names) this.#fs.remove(`${folder}/${name}`);
      } catch {
        // They only take room.
      }
    }
  }

  #writeMirror(last: ReadonlyMap<string, string>): void {
    try {
      writeMirror(this.#fs, this.storagePath, last);
    } catch (error) {
      this.#tell(`${mirrorName} could not be written: ${diskTrouble(error)}`);
    }
  }

  #setAside(folder: string): void {
    const aside = `${sessionFileName}.damaged-${this.#nowMs()}`;
    try {
      this.#fs.rename(`${folder}/${sessionFileName}`, `${folder}/${aside}`);
    } catch (error) {
      throw storageError(`Cannot replace ${folder}/${sessionFileName}`, error, "resume");
    }
    this.#tell(`${folder}/${sessionFileName} was damaged and has been made anew; the old one is ${aside}`);
  }

  async #alone<T>(work: () => T | Promise<T>): Promise<T> {
    const path = `${this.storagePath}/.lock`;
    try {
      return await withFileLock(path, { waitMs: longestWaitMs }, async (locked) => {
        if (locked === "busy") {
          this.#tell(`The lock of ${this.storagePath} could not be had; going on without it`);
        } else if (locked === "unsupported") this.#tell(noLocksNotice(this.storagePath));
        return await work();
      });
    } catch (error) {
      throw storageError(`Cannot take the lock ${path}`, error);
    }
  }

  #tell(notice: string): void {
    if (this.#told.has(notice)) return;
    this.#told.add(notice);
    this.#notices.add(notice);
  }
}

/** Far longer than any number of programs that start at once need. */
const longestWaitMs = 10_000;

function noLocksNotice(storagePath: string): string {
  return `The file system of ${storagePath} has no locks: only processes of this machine are kept apart; ` +
    "run a session on one machine at a time, or set storage_path to a folder on another file system";
}

function newer(a: SessionFile | undefined, b: SessionFile | undefined): SessionFile | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b.runAt > a.runAt ? b : a;
}

/** Times and ids are plain letters, for which no language's order need be loaded. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sameMap(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...b].every(([key, id]) => a.get(key) === id);
}
