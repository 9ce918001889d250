import type { Codec } from "./codec.ts";
import { headAmong, summaryWithoutFile } from "./encrypted_sessions.ts";
import type { FileSystem } from "./file_system.ts";
import { journalName } from "./journal.ts";
import { diskTrouble, storageError } from "../storage_error.ts";
import { withFileLock } from "./file_lock.ts";
import { InOrder } from "../in_order.ts";
import { checkNameIsFree, type FindResult, findSession } from "../find.ts";
import { isLeaseFree } from "./lease.ts";
import { isKey } from "./key.ts";
import { ListIndex } from "./list_index.ts";
import { jsonIndexName, readJsonIndex, writeJsonIndex } from "./json_index.ts";
import { type Registry, type RegistryResult, setRegistryAside, withRegistry } from "./registry.ts";
import {
  readSessionFile,
  refuseNewer,
  refuseUnreadable,
  sessionFileName,
  writeSessionFile,
} from "./session_file.ts";
import type { NewestSessions } from "../session_store.ts";
import { changeAtStart, changed } from "../session_summary.ts";
import type { SessionChange, SessionFile } from "../session_summary.ts";
import { isSessionId } from "../session_id.ts";
import { checkFolder } from "./trusted_path.ts";
import { type Encryption, Vault } from "./vault.ts";
import { WorkIndex, type WorkSource } from "./work_index.ts";

/*
 * Invariants:
 * S1. The folders are the truth: a session's folder says what the session is. The JSON index only speeds up the search
 *     for the last session of a key, and is checked against the folder. A faulty index hides no session and stops no
 *     run.
 * S2. All changes, here and in other processes, are made one after another, under the lock on `.lock`.
 * S3. Reading changes nothing on disk.
 * S4. A summary of the list index counts only if it is that of the folder: see `list_index.ts`.
 * S5. The registry (Deno KV) is written after the JSON index, and not read. Opening it takes longer than all other
 *     steps together, so it may be written later, while the session runs.
 */

/** The sessions of one storage folder, which need not exist. */
export class Sessions {
  readonly storagePath: string;
  /** Knows which sessions are encrypted, and has the key. */
  readonly vault: Vault;
  readonly #fs: FileSystem;
  readonly #listIndex: ListIndex;
  readonly #nowMs: () => number;
  readonly #notices = new Set<string>();
  readonly #noticed = new Set<string>();
  /** The list index lacks many sessions, as in a copied storage. */
  #isIndexPoor = false;
  /** Updates that the registry still lacks, in order. */
  #pendingIndexUpdates: { readonly session: SessionFile; readonly last: ReadonlyMap<string, string> }[] = [];
  /** Ids of removed sessions that the indexes may still have. */
  #pendingRemovals: string[] = [];
  #hasLookedForLeftovers = false;
  #updatingRegistry: Promise<void> = Promise.resolve();
  readonly #changes = new InOrder();
  readonly #registryPaceMs: number;
  #registryTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    storagePath: string,
    options: {
      readonly fs: FileSystem;
      /** A clock, ms since 1970. */
      readonly nowMs: () => number;
      /** New sessions are not encrypted by default. */
      readonly encryption?: Encryption | undefined;
      /** That of another storage, in place of `encryption`. */
      readonly vault?: Vault | undefined;
      /** A process that changes many sessions writes the registry at most this often; 0 by default: at each change. */
      readonly registryPaceMs?: number | undefined;
    },
  ) {
    this.storagePath = storagePath;
    this.#registryPaceMs = options.registryPaceMs ?? 0;
    this.#fs = options.fs;
    this.vault = options.vault ?? new Vault(options.fs, storagePath, options.encryption);
    this.#listIndex = new ListIndex(storagePath, this.vault);
    this.#nowMs = options.nowMs;
  }

  folderOf(id: string): string {
    return `${this.storagePath}/${id}`;
  }

  /** The storage's path without links; the given path if the folder does not exist yet. */
  realPath(): string {
    try {
      return Deno.realPathSync(this.storagePath);
    } catch {
      return this.storagePath;
    }
  }

  /** Notices about the registry, each once. */
  takeNotices(): readonly string[] {
    const notices = [...this.#notices, ...this.#fs.takeNotices?.() ?? []];
    this.#notices.clear();
    return notices;
  }

  /**
   * Registers a new session whose folder exists, as the last of its key. Throws `StorageError`.
   *
   * With `registryLater`, the registry is written by the next change or by `flushIndexes`.
   */
  async register(session: SessionFile, { registryLater = false } = {}): Promise<void> {
    await this.#underLock(() => {
      if (session.name !== undefined) checkNameIsFree(session.name, session.id, this.list());
      this.#writeSummary(session);
      this.#updateIndexes(session, { last: true });
    });
    if (!registryLater) await this.flushIndexes();
  }

  /**
   * Moves the folder of a whole session into the storage, and registers it as the last of its key. Throws
   * `StorageError`.
   */
  async adopt(folder: string, given: SessionFile, change: SessionChange): Promise<SessionFile> {
    const nowMs = this.#nowMs();
    const session = changed(given, { ...change, runAt: new Date(nowMs).toISOString() }, { nowMs });
    await this.#underLock(() => {
      if (session.name !== undefined) checkNameIsFree(session.name, session.id, this.list());
      writeSessionFile(this.#fs, folder, session, this.vault);
      this.#fs.rename(folder, this.folderOf(session.id));
      this.#fs.syncFolder(this.storagePath);
      this.#listIndex.add(session);
      this.#updateIndexes(session, { last: true });
    });
    await this.flushIndexes();
    return session;
  }

  /**
   * Notes that a session runs again: it becomes the last of its key. `registryLater` is as for `register`. Throws
   * `StorageError`.
   */
  async resumed(
    id: string,
    run: Pick<SessionFile, "host" | "pid"> & SessionChange,
    { registryLater = false } = {},
  ): Promise<SessionFile> {
    const change = changeAtStart(run, run, { nowMs: this.#nowMs() });
    const session = await this.#change(id, change, { last: true });
    if (!registryLater) await this.flushIndexes();
    return session;
  }

  /** Changes the summary of a session. With a new key it becomes the last one of that key. Throws `StorageError`. */
  async update(id: string, change: SessionChange): Promise<SessionFile> {
    const session = await this.#change(id, change, { last: change.key !== undefined });
    await this.flushIndexes();
    return session;
  }

  /**
   * Writes the missing updates to the registry: at once, or within the pace of this process. It never fails: a fault of
   * the registry is a notice.
   */
  async flushIndexes({ atOnce = false } = {}): Promise<void> {
    if (this.#registryPaceMs > 0 && !atOnce) {
      this.#registryTimer ??= setTimeout(() => this.flushIndexes({ atOnce: true }), this.#registryPaceMs);
      Deno.unrefTimer(this.#registryTimer);
      return;
    }
    clearTimeout(this.#registryTimer);
    this.#registryTimer = undefined;
    this.#updatingRegistry = this.#updatingRegistry.then(async () => {
      if (this.#pendingRemovals.length > 0) await this.#removeFromIndexes();
      if (this.#pendingIndexUpdates.length > 0) await this.#updateRegistry();
    });
    await this.#updatingRegistry;
  }

  /** Notes that the folder of a session is gone. The indexes follow with `flushIndexes`; until then they hide nothing. */
  forget(id: string): void {
    this.#pendingRemovals.push(id);
  }

  /**
   * Adds a session to the indexes, after `bringBack` has moved its folder here. If another one has its name by now, it
   * loses the name. A damaged file stays as it is: the next run makes it anew.
   */
  async readmit(id: string, bringBack: () => void): Promise<SessionFile> {
    const session = await this.#underLock(() => {
      bringBack();
      const found = this.get(id) ?? this.#withoutFile(id);
      const others = this.list().filter((other) => other.id !== id);
      const isNameTaken = found.name !== undefined && others.some(({ name }) => name === found.name);
      const { name: _, ...withoutName } = found;
      const file = isNameTaken ? withoutName : found;
      const stored = readSessionFile(this.#fs, this.folderOf(id), this.vault);
      if (isNameTaken) this.#writeSummary(file);
      else if (typeof stored === "object" && stored.id === id && !stored.newer) this.#listIndex.add(stored);
      const last = !others.some(({ key, runAt }) => key === file.key && runAt > file.runAt);
      this.#updateIndexes(file, { last });
      return file;
    });
    await this.flushIndexes();
    return session;
  }

  /** Runs `work` while no process changes the storage. */
  async exclusively<T>(work: () => T): Promise<T> {
    return await this.#underLock(work);
  }

  /** Notes that a message was posted to a session, for workers. */
  notePost(id: string): void {
    this.#listIndex.addPost(id);
  }

  /** Finds sessions for workers. It keeps its own memory of them. */
  protected workIndex(hasNews: WorkSource["hasNews"]): WorkIndex {
    return new WorkIndex({
      stored: (id) => this.#stored(id),
      storedAll: () => this.#storedAll(),
      isFree: (id) => isLeaseFree(this.folderOf(id)),
      makeIndex: () => void this.#makeListIndex(),
      hasNews,
    }, this.#listIndex.tail());
  }

  /** It never fails: an index that cannot be made only costs time. */
  async #makeListIndex(): Promise<void> {
    try {
      await this.#underLock(() => this.#listIndex.tidy(() => this.#sound(), { isPoor: false }));
    } catch {
      // The next look tries again.
    }
  }

  /** A session as its own file describes it, unless the key does not open it: a worker must not take it. */
  #stored(id: string): SessionFile | undefined {
    const file = readSessionFile(this.#fs, this.folderOf(id), this.vault);
    return typeof file === "object" && file.id === id && !file.locked ? file : undefined;
  }

  #storedAll(): readonly SessionFile[] {
    const names = this.#names().filter(isSessionId);
    const known = this.#listIndex.read();
    return names.flatMap((id) => known.get(id) ?? this.#stored(id) ?? []).filter(({ locked }) => !locked);
  }

  /** The session of a key that was started or resumed last. */
  // deno-lint-ignore require-await -- other stores ask their index
  async lastFor(key: string): Promise<SessionFile | undefined> {
    const index = readJsonIndex(this.#fs, this.storagePath);
    const id = typeof index === "string" ? undefined : index.get(key);
    const session = id === undefined ? undefined : this.get(id);
    // A session whose file is damaged has lost its key: then only the index has it.
    if (session?.key === key || session?.key === "") return session;
    return this.list().find((session) => session.key === key);
  }

  /** A session by its full id. */
  get(id: string): SessionFile | undefined {
    if (!isSessionId(id)) return undefined;
    const folder = this.folderOf(id);
    const file = readSessionFile(this.#fs, folder, this.vault);
    if (typeof file === "object" && file.newer) return this.#withCurrentStatus({ ...file, id });
    if (typeof file === "object" && file.id === id) return this.#withCurrentStatus(file);
    if (file === undefined && !this.#hasJournal(folder)) return undefined;
    const what = file === undefined ? "is missing" : "cannot be read";
    this.#notice(
      `${folder}/${sessionFileName} ${what}; the session's journal is not affected, and a resume makes it anew`,
    );
    return this.#withCurrentStatus(this.#withoutFile(id));
  }

  /**
   * Checks whether a new session is encrypted, before anything is written. Throws `KeyError` without the right key.
   * Returns the work that prepares its encryption.
   */
  prepareEncryption(mustEncrypt: boolean): ((id: string) => void) | undefined {
    const otherHead = () => headAmong(this.#fs, this.list(), (id) => this.folderOf(id));
    if (!this.vault.encryptsNew(mustEncrypt, otherHead)) return undefined;
    return (id) => this.vault.begin(id, otherHead);
  }

  /** How the content of a session is stored. Throws `KeyError` if it is encrypted and the key does not fit. */
  codecOf(id: string): Codec {
    if (!this.vault.knows(id)) this.get(id);
    return this.vault.codec(id);
  }

  #withoutFile(id: string): SessionFile {
    return summaryWithoutFile(this.#fs, this.folderOf(id), { id, vault: this.vault });
  }

  /** Finds a session by id, part of an id, or name, perhaps with `@N`. */
  find(reference: string): FindResult {
    // A whole id is found without a look at the folder.
    checkFolder(this.storagePath);
    const exact = this.get(reference);
    return exact ? { kind: "found", session: exact } : findSession(this.list(), reference);
  }

  /** All sessions as their folders describe them, the last run first. */
  list(): readonly SessionFile[] {
    const names = this.#names();
    const known = this.#listIndex.read();
    this.#isIndexPoor = known.size < names.length - maxUnknown;
    return names
      .map((name) => {
        const session = known.get(name);
        return session ? this.#withCurrentStatus(session) : this.get(name);
      })
      .filter((session) => session !== undefined)
      .sort(byRun);
  }

  /**
   * The sessions that ran last, at most `limit`, by the list index alone; and the ids of all. It looks at no session's
   * own file, if no version without an index has changed the storage. For listings: what runs a session asks `get`.
   */
  newest(limit: number): NewestSessions {
    const names = this.#names().filter(isSessionId);
    const glance = this.#listIndex.glance(new Set(names), limit);
    if (!glance) {
      const all = this.list();
      return { sessions: all.slice(0, limit), ids: all.map(({ id }) => id) };
    }
    const others = names.filter((name) => !glance.known.has(name)).flatMap((name) => this.get(name) ?? []);
    const newest = glance.newest.map((file) => this.#withCurrentStatus(file));
    const unread = new Set(others.map(({ id }) => id));
    return {
      sessions: [...newest, ...others].sort(byRun).slice(0, limit),
      ids: names.filter((name) => glance.known.has(name) || unread.has(name)),
    };
  }

  /** Sessions whose own file describes them. */
  #sound(): readonly SessionFile[] {
    return this.#names().filter(isSessionId).flatMap((id) => {
      const file = readSessionFile(this.#fs, this.folderOf(id), this.vault);
      return typeof file === "object" && file.id === id && !file.newer ? [file] : [];
    });
  }

  #hasJournal(folder: string): boolean {
    try {
      return this.#fs.list(folder).includes(journalName);
    } catch {
      // An unreadable folder may hold a session. The error is reported when it is opened.
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

  #withCurrentStatus(file: SessionFile): SessionFile {
    const dead = file.status === "running" && isLeaseFree(this.folderOf(file.id));
    return dead ? { ...file, status: "stopped" } : file;
  }

  async #change(
    id: string,
    change: SessionChange,
    options: { readonly last: boolean },
  ): Promise<SessionFile> {
    return await this.#underLock(() => {
      const folder = this.folderOf(id);
      if (change.name !== undefined) checkNameIsFree(change.name, id, this.list());
      const before = readSessionFile(this.#fs, folder, this.vault);
      if (typeof before === "object") refuseNewer(before);
      if (typeof before === "object" && hasTexts(change)) refuseUnreadable(before);
      const isSound = typeof before === "object" && before.id === id;
      if (before !== undefined && !isSound) this.#setAside(folder);
      const known = isSound ? before : this.#withoutFile(id);
      const after = changed(known, change, { nowMs: this.#nowMs() });
      this.#writeSummary(after);
      this.#updateIndexes(after, options);
      return after;
    });
  }

  #writeSummary(session: SessionFile): void {
    this.#listIndex.announce(session.id);
    writeSessionFile(this.#fs, this.folderOf(session.id), session, this.vault);
    this.#listIndex.add(session);
  }

  /** Updates the JSON index for a session. The registry follows with the next `flushIndexes`. */
  #updateIndexes(session: SessionFile, options: { readonly last: boolean }): void {
    const last: ReadonlyMap<string, string> = options.last && isKey(session.key)
      ? new Map([[session.key, session.id]])
      : new Map();
    const index = readJsonIndex(this.#fs, this.storagePath);
    if (index === "damaged") this.#notice(`${jsonIndexName} could not be read and was made anew`);
    const lastByKey = typeof index === "string" ? this.#lastByKeyOfFolders() : index;
    this.#updateJsonIndex(index, new Map([...lastByKey, ...last]));
    this.#pendingIndexUpdates.push({ session, last });
  }

  /** Removes sessions from the indexes. The session before it is then the last of its key. */
  async #removeFromIndexes(): Promise<void> {
    await this.#underLock(async () => {
      const removed = new Set(this.#pendingRemovals.filter((id) => this.get(id) === undefined));
      this.#pendingRemovals = [];
      const index = readJsonIndex(this.#fs, this.storagePath);
      const last = typeof index === "string" ? new Map<string, string>() : index;
      const keys = [...last].flatMap(([key, id]) => removed.has(id) ? [key] : []);
      const others = keys.length > 0 ? this.#lastByKeyOfFolders() : new Map<string, string>();
      const before = new Map(keys.flatMap((key) => {
        const other = others.get(key);
        return other === undefined ? [] : [[key, other] as const];
      }));
      if (keys.length > 0) {
        const rest = [...last].filter(([, id]) => !removed.has(id));
        this.#writeJsonIndex(new Map([...rest, ...before]));
      }
      const wasTrusted = this.#listIndex.isTrusted();
      const result = await this.#usingRegistry(async (registry) => {
        await registry.remove(removed);
        if (before.size > 0) await registry.put([], before);
      });
      this.#tidyListIndex({ wasTrusted, isWritten: result.kind === "done" });
    });
  }

  /** Updates the registry. A new one is filled from the JSON index and the folders. */
  async #updateRegistry(): Promise<void> {
    await this.#underLock(async () => {
      const updates = this.#pendingIndexUpdates;
      this.#pendingIndexUpdates = [];
      this.#removeLeftovers(updates.map(({ session }) => session.id));
      const wasTrusted = this.#listIndex.isTrusted();
      const result = await this.#usingRegistry(async (registry) => {
        if (await registry.isNew()) {
          const index = readJsonIndex(this.#fs, this.storagePath);
          const lastByKey = this.#adopted(typeof index === "string" ? this.#lastByKeyOfFolders() : index);
          await registry.put(this.list(), lastByKey);
          this.#updateJsonIndex(index, lastByKey);
        }
        const newest = new Map(updates.map(({ session }) => [session.id, session]));
        await registry.put([...newest.values()], new Map(updates.flatMap(({ last }) => [...last])));
      });
      this.#tidyListIndex({ wasTrusted, isWritten: result.kind === "done" });
      if (result.kind !== "done") {
        this.#notice(
          `The registry cannot be used (${result.reason}); the sessions' folders serve in its place`,
        );
      }
    });
  }

  /** After a change of the registry. If a version without an index has changed sessions, makes the index anew. */
  #tidyListIndex(
    { wasTrusted, isWritten }: { readonly wasTrusted: boolean; readonly isWritten: boolean },
  ): void {
    if (wasTrusted || !isWritten) this.#listIndex.tidy(() => this.#sound(), { isPoor: this.#isIndexPoor });
    else this.#listIndex.remake(this.#sound());
    if (isWritten) this.#listIndex.trust();
  }

  #updateJsonIndex(
    before: ReturnType<typeof readJsonIndex>,
    next: ReadonlyMap<string, string>,
  ): void {
    if (typeof before === "string" || !sameMap(before, next)) this.#writeJsonIndex(next);
  }

  /** Opens the registry. If it is damaged, starts a new one. */
  async #usingRegistry<T>(work: (registry: Registry) => Promise<T>): Promise<RegistryResult<T>> {
    const result = await withRegistry(this.storagePath, work, this.vault);
    if (result.kind !== "damaged") return result;
    try {
      const aside = setRegistryAside(this.storagePath, this.#nowMs());
      this.#notice(
        `The registry was damaged and has been made anew from the sessions' folders; the old one is ${aside}`,
      );
    } catch (error) {
      return { kind: "unavailable", reason: diskTrouble(error) };
    }
    return await withRegistry(this.storagePath, work, this.vault);
  }

  /** The last session of each key: from the index if the session exists, else the folders, else the index. */
  #adopted(index: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
    const known = [...index].filter(([key, id]) => this.get(id)?.key === key);
    return new Map([...index, ...this.#lastByKeyOfFolders(), ...known]);
  }

  #lastByKeyOfFolders(): ReadonlyMap<string, string> {
    // The list is newest first, so the newest is added last and stays.
    const sessions = this.list().filter(({ key }) => isKey(key));
    return new Map(sessions.map(({ key, id }) => [key, id] as const).reverse());
  }

  /** Removes files of a process that died between writing a file aside and renaming it. No other process writes now. */
  #removeLeftovers(ids: readonly string[]): void {
    // The storage may have thousands of names, and its leftovers are those of processes that died before.
    const isFirst = !this.#hasLookedForLeftovers;
    this.#hasLookedForLeftovers = true;
    const folders = [
      ...isFirst ? [[this.storagePath, jsonIndexName] as const] : [],
      ...ids.map((id) => [this.folderOf(id), sessionFileName] as const),
    ] as const;
    for (const [folder, file] of folders) {
      try {
        const names = this.#fs.list(folder).filter((name) =>
          name.startsWith(`${file}.`) && name.endsWith(".tmp")
        );
        for (const name of names) this.#fs.remove(`${folder}/${name}`);
      } catch {
        // They only take space.
      }
    }
  }

  #writeJsonIndex(last: ReadonlyMap<string, string>): void {
    try {
      writeJsonIndex(this.#fs, this.storagePath, last);
    } catch (error) {
      this.#notice(`${jsonIndexName} could not be written: ${diskTrouble(error)}`);
      this.#removeOldIndex();
    }
  }

  /** Removes an index that cannot be updated: it might lead to an older session. The folders serve in its place. */
  #removeOldIndex(): void {
    try {
      this.#fs.remove(`${this.storagePath}/${jsonIndexName}`);
    } catch {
      // The failed write is reported already.
    }
  }

  #setAside(folder: string): void {
    const aside = `${sessionFileName}.damaged-${this.#nowMs()}`;
    try {
      this.#fs.rename(`${folder}/${sessionFileName}`, `${folder}/${aside}`);
    } catch (error) {
      throw storageError(`Cannot replace ${folder}/${sessionFileName}`, error, "resume");
    }
    this.#notice(`${folder}/${sessionFileName} was damaged and has been made anew; the old one is ${aside}`);
  }

  /** Changes of this process are made in the order of the calls. */
  async #underLock<T>(work: () => T | Promise<T>): Promise<T> {
    const path = `${this.storagePath}/.lock`;
    const underLock = () =>
      withFileLock(path, { waitMs: maxWaitMs }, async (locked) => {
        if (locked === "busy") {
          this.#notice(`The lock of ${this.storagePath} could not be taken; continuing without it`);
        } else if (locked === "unsupported") this.#notice(noLocksNotice(this.storagePath));
        return await work();
      });
    try {
      return await this.#changes.run("", underLock);
    } catch (error) {
      throw storageError(`Cannot take the lock ${path}`, error);
    }
  }

  #notice(notice: string): void {
    if (this.#noticed.has(notice)) return;
    this.#noticed.add(notice);
    this.#notices.add(notice);
  }
}

/** Whether a change has something that is encrypted. */
function hasTexts(change: SessionChange): boolean {
  return ["name", "programPaths", "programMark", "storage"].some((field) => field in change);
}

/** Reading so many summaries takes a tenth of a second. */
const maxUnknown = 500;
/** Much longer than any number of programs need if they start at once. */
const maxWaitMs = 10_000;

function noLocksNotice(storagePath: string): string {
  return `The file system of ${storagePath} has no locks: a session is protected only against processes of this machine; ` +
    "run a session on one machine at a time, or set storage_path to a folder on another file system";
}

/** Times and ids are ASCII, so no locale data needs to be loaded. */
function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The last run first. */
function byRun(a: SessionFile, b: SessionFile): number {
  return compareTexts(b.runAt, a.runAt) || compareTexts(b.id, a.id);
}

function sameMap(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...b].every(([key, id]) => a.get(key) === id);
}
