import { diskTrouble } from "../storage_error.ts";
import { isSessionId } from "../session_id.ts";
import { byRun, type SessionFile } from "../session_summary.ts";
import type { FileSystem } from "./file_system.ts";
import { isKey } from "./key.ts";
import { jsonIndexName, lastInJsonIndex, readJsonIndex, writeJsonIndex } from "./json_index.ts";
import type { ListIndex } from "./list_index.ts";
import {
  type Registry,
  type RegistryResult,
  setRegistryAside,
  trustRegistry,
  withRegistry,
} from "./registry.ts";
import { sessionFileName } from "./session_file.ts";
import type { Vault } from "./vault.ts";

/** The storage whose sessions the indexes name. */
interface IndexedStorage {
  readonly storagePath: string;
  readonly fs: FileSystem;
  readonly vault: Vault;
  readonly listIndex: ListIndex;
  /** A clock, ms since 1970. */
  readonly nowMs: () => number;
  readonly notice: (text: string) => void;
  /** A session by its id; `undefined` if there is none. */
  readonly get: (id: string) => SessionFile | undefined;
  /** All sessions, the last run first. */
  readonly list: () => readonly SessionFile[];
  /** All sessions, in no order. One at a time, because all of them need much memory. */
  readonly each: () => Iterable<SessionFile>;
  /** Names in the storage folder. */
  readonly names: () => readonly string[];
  /** A session whose own file describes it. */
  readonly sound: (id: string) => SessionFile | undefined;
  /** All such sessions. One at a time, because all of them need much memory. */
  readonly allSound: () => Iterable<SessionFile>;
}

/**
 * The indexes of a storage: the JSON index, the list index and the registry. They can be rebuilt from the sessions' folders.
 * The caller of each method holds the lock of the storage.
 *
 * A change writes the JSON index at once, and the registry with the next `flush`. A `flush` that finds the registry or the
 * list index incomplete completes them. It reads as much in a storage of ten thousand sessions as in one of a single
 * session, unless names in the storage folder came or went.
 */
export class Indexes {
  readonly #storage: IndexedStorage;
  /** Updates that the registry still lacks, in order. */
  #updates: { readonly session: SessionFile; readonly last: ReadonlyMap<string, string> }[] = [];
  /** Ids of removed sessions that the indexes may still have. */
  #removals: string[] = [];
  #hasLookedForLeftovers = false;

  constructor(storage: IndexedStorage) {
    this.#storage = storage;
  }

  /** Whether the registry lacks a change. */
  get isPending(): boolean {
    return this.#updates.length + this.#removals.length > 0;
  }

  /** Notes that the folder of a session is gone. */
  forget(id: string): void {
    this.#removals.push(id);
  }

  /** Notes a change of a session, and makes it the last one of its key if `last` is set. */
  update(session: SessionFile, { last }: { readonly last: boolean }): void {
    const { fs, storagePath, notice } = this.#storage;
    const { key, id } = session;
    const pointer: ReadonlyMap<string, string> = last && isKey(key) ? new Map([[key, id]]) : new Map();
    this.#updates.push({ session, last: pointer });
    const known = isKey(key) ? lastInJsonIndex(fs, storagePath, key) : undefined;
    if (known !== undefined && (!last || known === id)) return;
    const index = readJsonIndex(fs, storagePath);
    if (index === "damaged") notice(`${jsonIndexName} could not be read and was made anew`);
    const lastByKey = typeof index === "string" ? this.#lastByKeyOfFolders() : index;
    this.#updateJsonIndex(index, new Map([...lastByKey, ...pointer]));
  }

  /** Writes the missing changes to the registry. A fault of the registry is a notice. */
  async flush(): Promise<void> {
    if (this.#removals.length > 0) await this.#removeSessions();
    if (this.#updates.length > 0) await this.#updateSessions();
  }

  /** Completes the indexes if they lack sessions. */
  async complete(): Promise<void> {
    const trust = this.#storage.listIndex.trust();
    if (trust === "complete") return;
    // A name came or went that is no session.
    if (trust === "right" && !this.#lacksSessions()) return this.#storage.listIndex.mark();
    await this.#usingRegistry(async () => {});
  }

  /** Removes sessions from the indexes. The session before it is then the last of its key. */
  async #removeSessions(): Promise<void> {
    const { fs, storagePath, get } = this.#storage;
    const removed = new Set(this.#removals.filter((id) => get(id) === undefined));
    this.#removals = [];
    const index = readJsonIndex(fs, storagePath);
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
    await this.#usingRegistry(async (registry) => {
      await registry.remove(removed);
      if (before.size > 0) await registry.put([], before);
    });
  }

  async #updateSessions(): Promise<void> {
    const updates = this.#updates;
    this.#updates = [];
    for (const { session } of updates) this.#removeLeftovers(`${this.#storage.storagePath}/${session.id}`);
    const result = await this.#usingRegistry(async (registry) => {
      const newest = new Map(updates.map(({ session }) => [session.id, session]));
      await registry.put([...newest.values()], new Map(updates.flatMap(({ last }) => [...last])));
    });
    if (result.kind === "done") return;
    this.#storage.notice(
      `The registry cannot be used (${result.reason}); the sessions' folders serve in its place`,
    );
  }

  /** Changes the registry, and then brings the list index up to date. Completes both if they lack sessions. */
  async #usingRegistry(change: (registry: Registry) => Promise<void>): Promise<RegistryResult<void>> {
    const { listIndex } = this.#storage;
    const trust = listIndex.trust();
    const isLacking = trust !== "complete" && this.#lacksSessions();
    const isComplete = trust !== "none" && !isLacking;
    if (trust !== "none") trustRegistry(this.#storage.storagePath);
    // First the list, because the registry is filled from its lines: each session's own file is read once.
    if (isLacking) listIndex.remake(this.#storage.allSound());
    const result = await this.#open(async (registry) => {
      if (!isComplete || await registry.isNew()) await this.#fill(registry);
      await change(registry);
    });
    // Without the registry there is no mark, so the next change would make the index again.
    const mayBeWrong = !isLacking && !isComplete && result.kind === "done";
    if (mayBeWrong) listIndex.remake(this.#storage.allSound());
    else listIndex.tidy(this.#storage.allSound);
    if (result.kind === "done") listIndex.mark();
    return result;
  }

  /** Whether the list index has no line for some session. */
  #lacksSessions(): boolean {
    const { listIndex, names, sound } = this.#storage;
    const known = listIndex.ids();
    return names().some((id) => isSessionId(id) && !known.has(id) && sound(id) !== undefined);
  }

  /** Gives the registry what it lacks of the folders and of the JSON index. */
  async #fill(registry: Registry): Promise<void> {
    const { fs, storagePath, each } = this.#storage;
    const index = readJsonIndex(fs, storagePath);
    const all = Array.from(each(), ({ id, key, runAt }) => ({ id, key, runAt })).sort(byRun);
    const lastByKey = this.#adopted(typeof index === "string" ? lastByKeyOf(all) : index, all);
    const { ids, last } = await registry.contents();
    await registry.put(
      lacking(each(), ids),
      new Map([...lastByKey].filter(([key, id]) => last.get(key) !== id)),
    );
    this.#updateJsonIndex(index, lastByKey);
  }

  /** Opens the registry. If it is damaged, starts a new one. */
  async #open<T>(work: (registry: Registry) => Promise<T>): Promise<RegistryResult<T>> {
    const { storagePath, vault, nowMs, notice } = this.#storage;
    const result = await withRegistry(storagePath, work, vault);
    if (result.kind !== "damaged") return result;
    try {
      const aside = setRegistryAside(storagePath, nowMs());
      notice(
        `The registry was damaged and has been made anew from the sessions' folders; the old one is ${aside}`,
      );
    } catch (error) {
      return { kind: "unavailable", reason: diskTrouble(error) };
    }
    return await withRegistry(storagePath, work, vault);
  }

  /** The last session of each key: from the index if the session exists, else the folders, else the index. */
  #adopted(
    index: ReadonlyMap<string, string>,
    all: readonly Pick<SessionFile, "id" | "key">[],
  ): ReadonlyMap<string, string> {
    const keys = new Map(all.map(({ id, key }) => [id, key]));
    const known = [...index].filter(([key, id]) => keys.get(id) === key);
    return new Map([...index, ...lastByKeyOf(all), ...known]);
  }

  #lastByKeyOfFolders(): ReadonlyMap<string, string> {
    return lastByKeyOf(this.#storage.list());
  }

  #updateJsonIndex(before: ReturnType<typeof readJsonIndex>, next: ReadonlyMap<string, string>): void {
    if (typeof before === "string" || !sameMap(before, next)) this.#writeJsonIndex(next);
  }

  #writeJsonIndex(last: ReadonlyMap<string, string>): void {
    const { fs, storagePath, notice } = this.#storage;
    this.#removeOldLeftovers();
    try {
      writeJsonIndex(fs, storagePath, last);
    } catch (error) {
      notice(`${jsonIndexName} could not be written: ${diskTrouble(error)}`);
      this.#removeOldIndex();
    }
  }

  /** Removes an index that cannot be updated: it might lead to an older session. The folders serve in its place. */
  #removeOldIndex(): void {
    const { fs, storagePath } = this.#storage;
    try {
      fs.remove(`${storagePath}/${jsonIndexName}`);
    } catch {
      // The failed write is reported already.
    }
  }

  /** The storage may have thousands of names, and its leftovers are those of processes that died before. */
  #removeOldLeftovers(): void {
    if (this.#hasLookedForLeftovers) return;
    this.#hasLookedForLeftovers = true;
    this.#removeLeftovers(this.#storage.storagePath);
  }

  /** Removes files of a process that died between writing a file aside and renaming it. No other process writes now. */
  #removeLeftovers(folder: string): void {
    const { fs, storagePath } = this.#storage;
    const file = folder === storagePath ? jsonIndexName : sessionFileName;
    try {
      const names = fs.list(folder).filter((name) => name.startsWith(`${file}.`) && name.endsWith(".tmp"));
      for (const name of names) fs.remove(`${folder}/${name}`);
    } catch {
      // They only take space.
    }
  }
}

function* lacking(sessions: Iterable<SessionFile>, known: ReadonlySet<string>): Iterable<SessionFile> {
  for (const session of sessions) if (!known.has(session.id)) yield session;
}

/** The last session of each key. The list is newest first, so the newest is added last and stays. */
function lastByKeyOf(sessions: readonly Pick<SessionFile, "id" | "key">[]): ReadonlyMap<string, string> {
  return new Map(sessions.filter(({ key }) => isKey(key)).map(({ key, id }) => [key, id] as const).reverse());
}

function sameMap(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...b].every(([key, id]) => a.get(key) === id);
}
