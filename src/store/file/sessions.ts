import type { Codec } from "./codec.ts";
import { headAmong, summaryWithoutFile } from "./encrypted_sessions.ts";
import type { FileSystem } from "./file_system.ts";
import { journalName } from "./journal.ts";
import { storageError } from "../storage_error.ts";
import { withFileLock } from "./file_lock.ts";
import { InOrder } from "../in_order.ts";
import { checkNameIsFree, type FindResult, findSession } from "../find.ts";
import { isLeaseFree } from "./lease.ts";
import { Indexes } from "./indexes.ts";
import { ListIndex } from "./list_index.ts";
import { lastInJsonIndex, readJsonIndex } from "./json_index.ts";
import {
  readSessionFile,
  refuseNewer,
  refuseUnreadable,
  sessionFileName,
  writeSessionFile,
} from "./session_file.ts";
import { canGoOn } from "../resume_target.ts";
import type { NewestSessions } from "../session_store.ts";
import { byRun, changeAtStart, changed } from "../session_summary.ts";
import type { SessionChange, SessionFile } from "../session_summary.ts";
import { isSessionId } from "../session_id.ts";
import { checkFolder, requireFolder } from "./trusted_path.ts";
import { type Encryption, Vault } from "./vault.ts";
import { WorkIndex, type WorkSource } from "./work_index.ts";

/*
 * Invariants:
 * S1. The folders are the truth: a session's folder says what the session is. The JSON index only speeds up the search
 *     for the last session of a key, and is checked against the folder. A faulty index hides no session and stops no
 *     run.
 * S2. All changes, here and in other processes, are made one after another, under the lock on `.lock`.
 * S3. Reading changes nothing on disk, except that `completeIndexes` completes the indexes.
 * S4. A summary of the list index counts only if it is that of the folder: see `list_index.ts`.
 * S5. The registry (Deno KV) is written after the JSON index, and not read. Opening it takes longer than all other
 *     steps together, so it may be written later, while the session runs.
 * S6. A resume finds its session by its key or at the end of the list index, and reads nothing that grows with the number
 *     of sessions.
 */

/** The sessions of one storage folder, which need not exist. */
export class Sessions {
  readonly storagePath: string;
  /** Knows which sessions are encrypted, and has the key. */
  readonly vault: Vault;
  readonly #fs: FileSystem;
  readonly #listIndex: ListIndex;
  readonly #indexes: Indexes;
  readonly #nowMs: () => number;
  readonly #notices = new Set<string>();
  readonly #noticed = new Set<string>();
  /** A listing has found that an index lacks sessions, as in a storage that was copied together. */
  #isIncomplete = false;
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
    this.#indexes = new Indexes({
      storagePath,
      fs: this.#fs,
      vault: this.vault,
      listIndex: this.#listIndex,
      nowMs: this.#nowMs,
      notice: (text) => this.#notice(text),
      get: (id) => this.get(id),
      list: () => this.list(),
      each: () => this.#each(),
      names: () => this.#names(),
      sound: (id) => this.#sound(id),
      allSound: () => this.#allSound(),
    });
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
      this.#indexes.update(session, { last: true });
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
      this.#indexes.update(session, { last: true });
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
      if (this.#indexes.isPending) await this.#underLock(() => this.#indexes.flush());
    });
    await this.#updatingRegistry;
  }

  /** Notes that the folder of a session is gone. The indexes follow with `flushIndexes`; until then they hide nothing. */
  forget(id: string): void {
    this.#indexes.forget(id);
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
      this.#indexes.update(file, { last });
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
      await this.#underLock(() => this.#listIndex.tidy(() => this.#allSound()));
    } catch {
      // The next look tries again.
    }
  }

  /** A session as its own file describes it, unless the key does not open it: a worker must not take it. */
  #stored(id: string): SessionFile | undefined {
    const file = readSessionFile(this.#fs, this.folderOf(id), this.vault);
    return typeof file === "object" && file.id === id && !file.locked ? file : undefined;
  }

  *#storedAll(): Iterable<SessionFile> {
    const known = this.#listIndex.read();
    for (const id of this.#names().filter(isSessionId)) {
      const session = known(id) ?? this.#stored(id);
      if (session && !session.locked) yield session;
    }
  }

  /** The session of a key that was started or resumed last. */
  // deno-lint-ignore require-await -- other stores ask their index
  async lastFor(key: string): Promise<SessionFile | undefined> {
    const id = lastInJsonIndex(this.#fs, this.storagePath, key) ?? this.#lastInUnsortedIndex(key);
    const session = id === undefined ? undefined : this.get(id);
    // A session whose file is damaged has lost its key: then only the index has it.
    if (session?.key === key || session?.key === "") return session;
    return this.list().find((session) => session.key === key);
  }

  #lastInUnsortedIndex(key: string): string | undefined {
    const index = readJsonIndex(this.#fs, this.storagePath);
    return typeof index === "string" ? undefined : index.get(key);
  }

  /**
   * The session of any program that ran last and can go on. It reads no more in a storage of thousands of sessions, if the
   * indexes are complete and that session is one of the last that changed.
   */
  newestToGoOn(): SessionFile | undefined {
    const atEnd = this.#listIndex.newestAtEnd((file) => canGoOn(file) && this.get(file.id) !== undefined);
    const own = atEnd && this.get(atEnd.id);
    if (own && canGoOn(own) && own.runAt === atEnd.runAt) return own;
    return this.list().find(canGoOn);
  }

  /**
   * Completes the registry and the list index, if a listing has found that they lack sessions; with `look`, also if there
   * was no listing. It never fails, and leaves the work to another process that holds the lock. The time is bounded by that
   * of the registry; the next call goes on.
   */
  async completeIndexes({ look = false }: { readonly look?: boolean } = {}): Promise<void> {
    if (!this.#isIncomplete && !look) return;
    this.#isIncomplete = false;
    try {
      await this.#changes.run("", () =>
        withFileLock(this.#lockPath, { waitMs: 0 }, async (locked) => {
          if (locked !== "busy") await this.#indexes.complete();
        }));
    } catch {
      // On a storage that cannot be written, each listing takes longer.
    }
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
    if (exact) return { kind: "found", session: exact };
    const likely = this.#listIndex.idsFor(reference).flatMap((id) => this.get(id) ?? []);
    const found = findSession(likely.sort(byRun), reference);
    return found.kind === "missing" ? findSession(this.list(), reference) : found;
  }

  /** All sessions as their folders describe them, the last run first. */
  list(): readonly SessionFile[] {
    return [...this.#each()].sort(byRun);
  }

  /** All sessions, in no order. One at a time, because thousands of them need much memory. */
  *#each(): Iterable<SessionFile> {
    const known = this.#listIndex.read();
    for (const name of this.#names()) {
      const listed = known(name);
      if (!listed && isSessionId(name)) this.#isIncomplete = true;
      const session = listed ? this.#withCurrentStatus(listed) : this.get(name);
      if (session) yield session;
    }
  }

  /**
   * The sessions that ran last, at most `limit`, by the list index alone; and the ids of all. It looks at no session's
   * own file, if no version without an index has changed the storage. For listings: what runs a session asks `get`.
   */
  newest(limit: number): NewestSessions {
    const names = this.#names().filter(isSessionId);
    const glance = this.#listIndex.glance(new Set(names), limit);
    this.#isIncomplete = names.length > 0 && !glance?.isComplete;
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

  /** A session whose own file describes it. */
  #sound(id: string): SessionFile | undefined {
    const file = readSessionFile(this.#fs, this.folderOf(id), this.vault);
    return typeof file === "object" && file.id === id && !file.newer ? file : undefined;
  }

  *#allSound(): Iterable<SessionFile> {
    for (const id of this.#names().filter(isSessionId)) {
      const session = this.#sound(id);
      if (session) yield session;
    }
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
      const names = this.#fs.list(this.storagePath);
      if (names.length === 0) requireFolder(this.storagePath);
      return names;
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
      this.#indexes.update(after, options);
      return after;
    });
  }

  #writeSummary(session: SessionFile): void {
    this.#listIndex.announce(session.id, this.#nowMs());
    writeSessionFile(this.#fs, this.folderOf(session.id), session, this.vault);
    this.#listIndex.add(session);
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

  get #lockPath(): string {
    return `${this.storagePath}/.lock`;
  }

  /** Changes of this process are made in the order of the calls. */
  async #underLock<T>(work: () => T | Promise<T>): Promise<T> {
    const path = this.#lockPath;
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

/** Much longer than any number of programs need if they start at once. */
const maxWaitMs = 10_000;

function noLocksNotice(storagePath: string): string {
  return `The file system of ${storagePath} has no locks: a session is protected only against processes of this machine; ` +
    "run a session on one machine at a time, or set storage_path to a folder on another file system";
}
