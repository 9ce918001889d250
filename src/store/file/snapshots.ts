import type { Snapshots } from "../session_store.ts";
import { type Codec, plainCodec } from "./codec.ts";
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
      fs.replace(this.#path(name), this.#journal.blobs.codec.sealBytes(placeOf(name), bytes));
    });
  }

  get(name: string): Uint8Array | undefined {
    const stored = this.#fs.read(this.#path(name));
    return stored && this.#journal.blobs.codec.openBytes(placeOf(name), stored);
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

/** The snapshots of a session, for verification: file name, frame and bytes, which are empty if it does not open. */
export function* storedSnapshots(
  fs: FileSystem,
  sessionFolder: string,
  codec: Codec = plainCodec,
): Generator<{ readonly file: string; readonly name: string; readonly bytes: Uint8Array }> {
  const folder = folderOf(sessionFolder);
  for (const file of fs.list(folder)) {
    if (!file.endsWith(ending)) continue;
    const stored = fs.read(`${folder}/${file}`);
    if (stored === undefined) continue;
    const name = file.slice(0, -ending.length);
    yield { file, name, bytes: codec.openBytes(placeOf(name), stored) ?? new Uint8Array() };
  }
}

const ending = ".image";

function placeOf(name: string): string {
  return `snapshot ${name}`;
}

function folderOf(sessionFolder: string): string {
  return `${sessionFolder}/scopes`;
}
