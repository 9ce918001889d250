import type { Snapshots } from "../session_store.ts";
import type { FileSystem } from "./file_system.ts";
import type { Journal } from "./journal.ts";
import { StorageError } from "../storage_error.ts";

/** Snapshots in files `scopes/<name>.image` of a session's folder. They are a cache, so the folder is not synced. */
export class FileSnapshots implements Snapshots {
  readonly #fs: FileSystem;
  readonly #journal: Journal;
  readonly #folder: string;

  constructor(fs: FileSystem, journal: Journal) {
    this.#fs = fs;
    this.#journal = journal;
    this.#folder = folderOf(journal.folder);
  }

  static has(fs: FileSystem, sessionFolder: string, name: string): boolean {
    return fs.list(folderOf(sessionFolder)).includes(`${name}${ending}`);
  }

  put(name: string, bytes: Uint8Array): void {
    this.#journal.useFenced((fs) => {
      fs.makeFolder(this.#folder);
      fs.replace(this.#path(name), bytes);
    });
  }

  get(name: string): Uint8Array | undefined {
    return this.#fs.read(this.#path(name));
  }

  prune(keep: ReadonlySet<string>): void {
    this.#journal.useFenced((fs) => {
      for (const file of fs.list(this.#folder)) {
        if (!keep.has(file.split(".")[0]!)) fs.remove(`${this.#folder}/${file}`);
      }
    });
  }

  #path(name: string): string {
    // A forged checkpoint may name a frame like a path.
    if (!/^\w+$/.test(name)) throw new StorageError(`Cannot keep the state of frame ${JSON.stringify(name)}`);
    return `${this.#folder}/${name}${ending}`;
  }
}

/** The snapshots of a session, for verification: file name, frame and bytes. */
export function* storedSnapshots(
  fs: FileSystem,
  sessionFolder: string,
): Generator<{ readonly file: string; readonly name: string; readonly bytes: Uint8Array }> {
  const folder = folderOf(sessionFolder);
  for (const file of fs.list(folder)) {
    if (!file.endsWith(ending)) continue;
    const bytes = fs.read(`${folder}/${file}`);
    if (bytes !== undefined) yield { file, name: file.slice(0, -ending.length), bytes };
  }
}

const ending = ".image";

function folderOf(sessionFolder: string): string {
  return `${sessionFolder}/scopes`;
}
