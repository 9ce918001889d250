import { exitCodes, PlaybooksError } from "../../errors.ts";
import type {
  EntryPlace,
  HeldSession,
  Inbox,
  LeasedSession,
  LoadedSession,
  NewSession,
  SessionStore,
  StateChecks,
  StoredEntry,
  StoreProcess,
} from "../session_store.ts";
import { beginFromState } from "./checkpoint.ts";
import { FileSession, loadedFrom } from "./file_session.ts";
import type { FileSystem } from "./file_system.ts";
import { FileInbox } from "./inbox.ts";
import { mayMatch } from "./may_match.ts";
import { refuseUnreadable } from "./session_file.ts";
import { storageError } from "../storage_error.ts";
import { checkLease, leaseHolder, takeLease } from "./lease.ts";
import { sizeOfPath } from "./path_size.ts";
import type { CheckedJournal } from "../session_store.ts";
import { readChecked } from "./read_checked.ts";
import { realFileSystem } from "./real_file_system.ts";
import { readEntries, recover, recoverAt } from "./recover.ts";
import type { LeaseHolder, SessionChange, SessionFile } from "../session_summary.ts";
import { Sessions } from "./sessions.ts";
import { exists } from "./exists.ts";
import { beginFolderSession, type OpenSession, resumeFolderSession } from "./store.ts";
import { pollUntil } from "../poll_until.ts";
import type { RunnableSession } from "../runnable.ts";
import { isSessionId } from "../session_id.ts";
import type { WorkIndex } from "./work_index.ts";
import { removeOldStaging, removeStaging, stagingPath } from "./staging.ts";
import { checkFolder } from "./trusted_path.ts";
import { FileTrash } from "./trash.ts";
import type { IndexVerification, SessionVerification } from "../verification.ts";
import { lockedVerification, verifyFolder } from "./verify.ts";
import { type Encryption, KeyError, type Vault } from "./vault.ts";
import { verifyIndexes } from "./verify_index.ts";

/** Sessions in folders of a storage folder, which may be missing. Calls answer at once, except on indexes. */
export class FileStore extends Sessions implements SessionStore {
  readonly #fs: FileSystem;
  readonly #nowMs: () => number;
  readonly #work: WorkIndex;
  readonly trash: FileTrash;
  /** `max_session_mb`: a larger journal is not read. A resume sets it when it knows the program's settings. */
  maxSessionMb: number;

  constructor(
    storagePath: string,
    options: {
      /** The disk of this machine by default. */
      readonly fs?: FileSystem;
      /** A clock, ms since 1970. */
      readonly nowMs: () => number;
      /** MiB; no bound by default. It holds for the disk of this machine. */
      readonly maxSessionMb?: number | undefined;
      /** The key, and whether new sessions are encrypted; they are not by default. */
      readonly encryption?: Encryption | undefined;
      /** That of another storage, in place of `encryption`. */
      readonly vault?: Vault | undefined;
      /** See `Sessions`. */
      readonly registryPaceMs?: number | undefined;
    },
  ) {
    const fs = options.fs ?? realFileSystem({ maxSessionMb: () => this.maxSessionMb });
    super(storagePath, { ...options, fs });
    this.#fs = fs;
    this.maxSessionMb = options.maxSessionMb ?? Infinity;
    this.#nowMs = options.nowMs;
    this.trash = new FileTrash(fs, this, options.nowMs);
    this.#work = this.workIndex(({ id, heard = 0 }) =>
      this.#inboxOf(id).read().some(({ number }) => number > heard)
    );
  }

  get location(): string {
    return this.storagePath;
  }

  get folder(): string {
    return this.storagePath;
  }

  placeOf(id: string): string {
    return this.folderOf(id);
  }

  async begin(given: NewSession, process: StoreProcess): Promise<LeasedSession> {
    const { base, ...session } = given;
    const opened = await beginFolderSession(this, session, {
      ...process,
      fs: this.#fs,
      nowMs: this.#nowMs,
      registryLater: true,
    });
    return this.#held(opened, process, () => {
      const { id } = opened.session;
      if (base) beginFromState(this.#fs, opened.folder, { ...base, session: id, codec: this.codecOf(id) });
    });
  }

  async insert(
    given: NewSession,
    process: StoreProcess,
    fill: (session: LeasedSession) => Promise<SessionChange>,
  ): Promise<SessionFile> {
    checkFolder(this.storagePath);
    this.prepareEncryption(given.encrypted ?? false);
    const isNew = !exists(this.storagePath);
    removeOldStaging(this.#fs, this.storagePath, this.#nowMs());
    const path = stagingPath(this.storagePath, this.#nowMs());
    const { vault } = this;
    const staging = new FileStore(path, { fs: this.#fs, nowMs: this.#nowMs, vault });
    try {
      const session = await staging.begin({ storage: this.realPath(), ...given }, process);
      let change;
      try {
        change = await fill(session);
      } finally {
        await session.close();
      }
      return await this.adopt(staging.folderOf(session.id), session.session, change);
    } finally {
      removeStaging(path);
      if (isNew) removeStaging(this.storagePath, { recursive: false });
    }
  }

  async open(
    id: string,
    process: StoreProcess & { readonly change?: SessionChange },
  ): Promise<LeasedSession> {
    const session = this.#required(id);
    refuseUnreadable(session);
    const opened = await resumeFolderSession(this, session, {
      ...process,
      fs: this.#fs,
      nowMs: this.#nowMs,
      registryLater: true,
    });
    try {
      return this.#held(opened, process);
    } catch (error) {
      const { status, exit, dueAt } = session;
      await this.update(id, { status, exit, dueAt }).catch(() => {
        // The first failure is reported.
      });
      throw error;
    }
  }

  // deno-lint-ignore require-await -- an error must reject the promise
  async load(id: string, options: { readonly position?: number } = {}): Promise<LoadedSession> {
    const folder = this.folderOf(id);
    const codec = this.codecOf(id);
    return loadedFrom(this.#fs, folder, {
      id,
      codec,
      ...recoverAt(this.#fs, folder, { ...options, session: id, codec }),
    });
  }

  read(
    id: string,
    options: { readonly after?: EntryPlace; readonly atLeast?: number } = {},
  ): Iterable<StoredEntry> {
    return readEntries(this.#fs, this.folderOf(id), { ...options, session: id, codec: this.codecOf(id) });
  }

  mayContain(id: string, pattern: RegExp): boolean {
    return mayMatch(this.#fs, this.folderOf(id), { pattern, codec: this.codecOf(id) });
  }

  /** Reads a session's journal as far as possible, and reports its damage. */
  checkJournal(id: string): CheckedJournal {
    return readChecked(this.#fs, this.folderOf(id), { session: id, codec: this.codecOf(id) });
  }

  verify(id: string, checks: StateChecks): SessionVerification {
    const { vault } = this;
    return verifyFolder(this.#fs, this.folderOf(id), { id, checks, codec: this.codecOf(id), vault });
  }

  async verifyAll(checks: StateChecks): ReturnType<SessionStore["verifyAll"]> {
    const ids = this.#fs.list(this.storagePath).filter(isSessionId);
    return {
      sessions: ids.map((id) => this.#verifiedIfOpen(id, checks)),
      index: await this.verifyIndexes(),
    };
  }

  /** One session without its key must not keep the others from their check. */
  #verifiedIfOpen(id: string, checks: StateChecks): SessionVerification {
    try {
      return this.verify(id, checks);
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      return lockedVerification(this.#fs, this.folderOf(id), { id, locked: error.reason });
    }
  }

  verifyIndexes(): Promise<IndexVerification> {
    return verifyIndexes(this.#fs, this);
  }

  sizeOf(id: string): number {
    return sizeOfPath(this.folderOf(id));
  }

  holder(id: string): LeaseHolder | undefined {
    const folder = this.folderOf(this.#required(id).id);
    try {
      if (checkLease(folder) === "free") return undefined;
    } catch (error) {
      throw storageError(`Cannot check whether a process runs session ${JSON.stringify(id)}`, error);
    }
    return leaseHolder(folder) ??
      { pid: 0, host: "an unknown machine", startedAt: new Date(0).toISOString() };
  }

  async remove(id: string): Promise<void> {
    const folder = this.folderOf(this.#required(id).id);
    const [pid, host] = [Deno.pid, Deno.hostname()];
    try {
      {
        using _ = await takeLease(folder, { session: id, pid, host, nowMs: this.#nowMs() });
        if (canRenameOpenFolders) this.trash.take(id);
      }
      if (!canRenameOpenFolders) this.trash.take(id);
    } catch (error) {
      throw storageError(`Cannot move session ${JSON.stringify(id)} to the trash`, error);
    }
    this.forget(id);
  }

  inbox(id: string): Pick<Inbox, "post" | "read"> {
    const inbox = this.#inboxOf(this.#required(id).id);
    return {
      read: () => inbox.read(),
      post: (key, message) => {
        const posted = inbox.post(key, message);
        this.notePost(id);
        return posted;
      },
    };
  }

  #inboxOf(id: string): FileInbox {
    return new FileInbox(this.#fs, this.folderOf(id), { id, nowMs: this.#nowMs, codec: this.codecOf(id) });
  }

  runnable(options: Parameters<SessionStore["runnable"]>[0]): readonly RunnableSession[] {
    return this.#work.runnable(options);
  }

  held(): readonly HeldSession[] {
    return this.#work.held();
  }

  nextDueMs(): number {
    return this.#work.nextDueMs();
  }

  changed({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    return pollUntil(() => this.#work.hasChanged(), { everyMs: changePollMs, signal });
  }

  /** Reads a session whose lease is held. If that fails, gives the lease back. */
  #held(opened: OpenSession, process: StoreProcess, prepare = () => {}): FileSession {
    const { session, folder, lease } = opened;
    try {
      prepare();
      const codec = this.codecOf(session.id);
      const { journal, schedule, ...found } = recover(this.#fs, folder, {
        session: session.id,
        codec,
        sync: process.sync,
        holdsLease: lease.isHeld,
      });
      try {
        const loaded = loadedFrom(this.#fs, folder, { id: session.id, codec, ...found });
        return new FileSession(this.#fs, { session, journal, schedule, loaded, lease, nowMs: this.#nowMs });
      } catch (error) {
        journal[Symbol.dispose]();
        throw error;
      }
    } catch (error) {
      lease[Symbol.dispose]();
      throw error;
    }
  }

  #required(id: string): SessionFile {
    const session = this.get(id);
    if (session) return session;
    throw new PlaybooksError(`Session "${id}" not found; list all with: playbooks sessions`, {
      exitCode: exitCodes.noSuchSession,
    });
  }
}

/** One look at a file; a worker hears of a new session within this time. */
const changePollMs = 100;

/** Windows renames no folder with an open file, such as the lock of a lease. */
const canRenameOpenFolders = Deno.build.os !== "windows";
