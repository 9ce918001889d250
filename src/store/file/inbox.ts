import { assert } from "@std/assert";
import type { Inbox, PostedMessage } from "../session_store.ts";
import { type Codec, plainCodec } from "./codec.ts";
import type { FileSystem } from "./file_system.ts";
import { formats, NewerFormatError, newerFormatOf } from "../format.ts";
import type { Journal } from "./journal.ts";
import { StorageError, storageError } from "../storage_error.ts";

/*
 * I1. A message is one file, `inbox/<SHA-256 of its key>.json`, created exclusively and synced. So a key is used at
 *     most once, even if processes post at the same time. In an encrypted session the name is an HMAC-SHA-256.
 * I2. A message that was taken has an empty file `inbox/<SHA-256>.taken` beside it. Both stay, so the key stays used.
 * I3. `number` orders the messages. Two processes that post at once may choose the same number; then the key decides.
 */

/** The inbox in a session's folder. Reading and posting need no lease; taking does. */
export class FileInbox implements Inbox {
  readonly #fs: FileSystem;
  readonly #folder: string;
  readonly #sessionFolder: string;
  readonly #id: string;
  readonly #nowMs: () => number;
  readonly #journal: Journal | undefined;
  readonly #codec: Codec;
  /** The files whose numbers are known: a post reads only the others. They are never changed or removed. */
  readonly #numbered = new Set<string>();
  #maxNumber = 0;

  constructor(
    fs: FileSystem,
    sessionFolder: string,
    options: {
      readonly id: string;
      readonly nowMs: () => number;
      readonly journal?: Journal;
      /** That of the journal by default. */
      readonly codec?: Codec;
    },
  ) {
    this.#fs = fs;
    this.#sessionFolder = sessionFolder;
    this.#folder = `${sessionFolder}/inbox`;
    this.#id = options.id;
    this.#nowMs = options.nowMs;
    this.#journal = options.journal;
    this.#codec = options.codec ?? options.journal?.blobs.codec ?? plainCodec;
  }

  post(key: string, message: unknown): { readonly number: number; readonly isNew: boolean } {
    return this.#onDisk("Cannot post a message to", () => {
      const file = this.#fileOf(key);
      const before = this.#read(file);
      if (before) return { number: before.number, isNew: false };
      const number = 1 + this.#lastNumber();
      const stored = { version: formats.inbox, key, number, postedAtMs: this.#nowMs(), message };
      this.#fs.makeFolder(this.#folder);
      this.#fs.syncFolder(this.#sessionFolder);
      const text = new TextEncoder().encode(`${JSON.stringify(stored)}\n`);
      const bytes = this.#codec.sealBytes(placeOf(file), text);
      const isNew = this.#fs.create(`${this.#folder}/${file}`, bytes);
      this.#fs.syncFolder(this.#folder);
      const first = isNew ? number : this.#read(file)?.number;
      if (first !== undefined) return { number: first, isNew };
      throw new StorageError(
        `Cannot post a message to session "${this.#id}": ${this.#folder}/${file} is damaged; remove that file, then post again`,
      );
    });
  }

  read(): readonly PostedMessage[] {
    return this.#onDisk("Cannot read the messages of", () => {
      const names = new Set(this.#fs.list(this.#folder));
      return this.#all().filter(({ key }) => !names.has(takenOf(this.#fileOf(key))));
    });
  }

  take(keys: readonly string[]): void {
    assert(this.#journal, "Only the holder of the lease takes messages");
    this.#journal.useFenced((fs) => {
      const names = new Set(fs.list(this.#folder));
      const taken = keys.map((key) => this.#fileOf(key)).filter((file) =>
        names.has(file) && !names.has(takenOf(file))
      );
      for (const file of taken) fs.create(`${this.#folder}/${takenOf(file)}`, new Uint8Array());
      if (taken.length > 0) fs.syncFolder(this.#folder);
    });
  }

  #lastNumber(): number {
    for (const name of this.#fs.list(this.#folder)) {
      if (!name.endsWith(ending) || this.#numbered.has(name)) continue;
      const message = this.#read(name);
      if (!message) continue;
      this.#numbered.add(name);
      this.#maxNumber = Math.max(this.#maxNumber, message.number);
    }
    return this.#maxNumber;
  }

  /** All messages, in order. */
  #all(): readonly PostedMessage[] {
    return this.#fs.list(this.#folder)
      .filter((name) => name.endsWith(ending))
      .map((name) => this.#read(name))
      .filter((message) => message !== undefined)
      .sort((a, b) => a.number - b.number || (a.key < b.key ? -1 : 1));
  }

  #read(file: string): PostedMessage | undefined {
    const bytes = this.#fs.read(`${this.#folder}/${file}`);
    const text = bytes && this.#codec.openBytes(placeOf(file), bytes);
    if (text === undefined) return undefined;
    const stored = parse(text);
    const newer = newerFormatOf(stored, formats.inbox);
    if (newer) throw new NewerFormatError(`A message to session "${this.#id}"`, newer, formats.inbox);
    // A file that does not match its name comes from another program and is not a message.
    return isMessage(stored) && this.#fileOf(stored.key) === file
      ? { key: stored.key, number: stored.number, message: stored.message }
      : undefined;
  }

  #fileOf(key: string): string {
    return `${this.#codec.nameOf(key)}${ending}`;
  }

  #onDisk<T>(failed: string, work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw storageError(`${failed} session "${this.#id}"`, error);
    }
  }
}

const ending = ".json";

function placeOf(file: string): string {
  return `message ${file}`;
}

function takenOf(file: string): string {
  return file.replace(ending, ".taken");
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function isMessage(value: unknown): value is PostedMessage {
  if (typeof value !== "object" || value === null) return false;
  const { key, number } = value as Partial<Record<keyof PostedMessage, unknown>>;
  return typeof key === "string" && typeof number === "number" && Number.isSafeInteger(number);
}
