import { exitCodes, PlaybooksError } from "../../errors.ts";
import { isSessionId } from "../session_id.ts";
import type { SessionFile } from "../session_summary.ts";
import type { Trash, TrashedSession } from "../session_store.ts";
import { storageError } from "../storage_error.ts";
import type { FileSystem } from "./file_system.ts";
import { sizeOfPath } from "./path_size.ts";
import { damagedSessionFile, readSessionFile } from "./session_file.ts";
import type { Sessions } from "./sessions.ts";

/** The folder of removed sessions in the storage folder. */
const trashName = ".trash";

/**
 * The trash of a storage folder: `.trash/<time>-<id>`, where the time is that of the removal.
 *
 * Each change is one rename. So a killed process leaves a session in one place or the other. A folder is renamed to
 * `deleting-…` before its files are removed, so that half a session cannot be restored.
 */
export class FileTrash implements Trash {
  readonly #fs: FileSystem;
  readonly #sessions: Sessions;
  readonly #nowMs: () => number;

  constructor(fs: FileSystem, sessions: Sessions, nowMs: () => number) {
    this.#fs = fs;
    this.#sessions = sessions;
    this.#nowMs = nowMs;
  }

  /** Moves the folder of a session here. The caller holds its lease. */
  take(id: string): void {
    const name = `${new Date(this.#nowMs()).toISOString().replaceAll(":", "")}-${id}`;
    this.#onDisk(`Cannot remove session "${id}"`, () => {
      this.#fs.makeFolder(this.#path);
      this.#fs.rename(this.#sessions.folderOf(id), `${this.#path}/${name}`);
      this.#syncBoth();
    });
  }

  list(): readonly TrashedSession[] {
    return this.#entries().map(({ id, removedAt, path }) => {
      const file = readSessionFile(this.#fs, path, this.#sessions.vault);
      const found = typeof file === "object" ? { ...file, id } : damagedSessionFile(id);
      const session = found.status === "running" ? { ...found, status: "stopped" as const } : found;
      return { session, removedAt, bytes: sizeOfPath(path) };
    });
  }

  async restore(id: string): Promise<SessionFile> {
    this.#required(id);
    return await this.#sessions.readmit(id, () => {
      // Under the lock again: another process may have deleted or restored it meanwhile.
      const { path } = this.#required(id);
      if (this.#sessions.get(id)) {
        throw new PlaybooksError(`Cannot restore session "${id}": it is in the storage already`, {
          exitCode: exitCodes.usage,
        });
      }
      this.#onDisk(`Cannot restore session "${id}"`, () => {
        this.#fs.rename(path, this.#sessions.folderOf(id));
        this.#syncBoth();
      });
    });
  }

  async delete(id: string): Promise<void> {
    this.#required(id);
    await this.#sessions.exclusively(() => {
      const { path } = this.#required(id);
      this.#onDisk(`Cannot delete session "${id}"`, () => {
        this.#fs.rename(path, `${this.#path}/${deleting}${crypto.randomUUID()}`);
        // This includes folders that a killed process left.
        const leftovers = this.#fs.list(this.#path).filter((name) => name.startsWith(deleting));
        for (const name of leftovers) Deno.removeSync(`${this.#path}/${name}`, { recursive: true });
      });
    });
  }

  get #path(): string {
    return `${this.#sessions.storagePath}/${trashName}`;
  }

  #entries(): readonly { readonly id: string; readonly removedAt: string; readonly path: string }[] {
    return this.#onDisk("Cannot read the trash", () => this.#fs.list(this.#path)).toReversed().flatMap(
      (name) => {
        const match = /^(\d{4}-\d\d-\d\dT)(\d\d)(\d\d)(\d\d\.\d{3}Z)-(.+)$/.exec(name);
        if (!match || !isSessionId(match[5]!)) return [];
        const removedAt = `${match[1]}${match[2]}:${match[3]}:${match[4]}`;
        return [{ id: match[5]!, removedAt, path: `${this.#path}/${name}` }];
      },
    );
  }

  #required(id: string): { readonly path: string } {
    const found = this.#entries().find((each) => each.id === id);
    if (found) return found;
    throw new PlaybooksError(`Session "${id}" is not in the trash`, { exitCode: exitCodes.noSuchSession });
  }

  #syncBoth(): void {
    this.#fs.syncFolder(this.#path);
    this.#fs.syncFolder(this.#sessions.storagePath);
  }

  #onDisk<T>(failed: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storageError(failed, error);
    }
  }
}

const deleting = "deleting-";
