import { crc32 } from "node:zlib";
import type { DeliveryCursor } from "../session_store.ts";
import type { Journal } from "./journal.ts";
import { openTrusted } from "./trusted_path.ts";
import { exists } from "./exists.ts";

/**
 * The file of a delivery cursor: the position up to which words were shown to persons.
 *
 * The file is synced once, when it is new. After a kill it is exact, because the system keeps written bytes. After a
 * power loss it may lag; then the last words are shown again instead of lost.
 *
 * The file is one line of 26 bytes, `<crc> <position>`. The CRC-32, in 8 hexadecimal digits, covers the session, a
 * space and the position. The position is right-aligned in 16 characters. Version 0.1.0 wrote only the position,
 * right-aligned in 16 characters.
 */
export interface CursorFile extends Disposable {
  /** The cursor; `undefined` if the file is new, `"damaged"` if it cannot be read. Throws the disk's errors. */
  read(): StoredCursor | "damaged" | undefined;
  write(position: number): void;
  /** Makes the file durable, but not its name in the folder. */
  sync(): void;
}

/** The content of the file. */
interface StoredCursor {
  readonly position: number;
  /** Whether its checksum proves that it belongs to this session. Version 0.1.0 wrote no checksum. */
  readonly isChecked: boolean;
}

/** The delivery cursor of a session that this process may write to. */
export class FileCursor implements DeliveryCursor, Disposable {
  #found: DeliveryCursor["found"];
  readonly #journal: Journal;
  readonly #file: CursorFile;
  #position = 0;

  /** A new session gets a durable cursor at once. */
  constructor(journal: Journal, file?: CursorFile) {
    this.#journal = journal;
    this.#file = journal.use(() => file ?? new RealCursorFile(journal.folder, journal.session));
    try {
      const stored = journal.use(() => this.#file.read());
      this.#found = foundIn(stored, journal.position);
      // Unless the sync mode is `always`, a power loss can take entries whose words were shown.
      if (typeof this.#found === "number") this.#position = Math.min(this.#found, journal.position);
      else if (journal.position === 0) this.replace(0);
    } catch (error) {
      this.#file[Symbol.dispose]();
      throw error;
    }
  }

  get found(): DeliveryCursor["found"] {
    return this.#found;
  }

  get position(): number {
    return this.#position;
  }

  advance(position: number): void {
    if (position <= this.#position) return;
    this.#journal.useFenced(() => this.#file.write(position));
    this.#position = position;
  }

  replace(position: number): void {
    this.#journal.use((fs) => {
      this.#file.write(position);
      this.#file.sync();
      fs.syncFolder(this.#journal.folder);
    });
    this.#found = this.#position = position;
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}

/** A position beyond the journal is believed only with a checksum: the journal may have lost unsynced entries. */
function foundIn(stored: ReturnType<CursorFile["read"]>, last: number): DeliveryCursor["found"] {
  if (stored === undefined) return "missing";
  if (stored === "damaged") return "damaged";
  return stored.isChecked || stored.position <= last ? stored.position : "too high";
}

/** The file on the real disk. */
class RealCursorFile implements CursorFile {
  readonly #file: Deno.FsFile;
  readonly #session: string;
  readonly #isNew: boolean;

  /** Opens or makes the file, with mode 0600. */
  constructor(folder: string, session: string) {
    this.#session = session;
    const path = `${folder}/${cursorFileName}`;
    this.#isNew = !exists(path);
    this.#file = openTrusted(path, { create: true });
  }

  read(): StoredCursor | "damaged" | undefined {
    this.#file.seekSync(0, Deno.SeekMode.Start);
    const bytes = new Uint8Array(width + 1);
    const count = this.#file.readSync(bytes) ?? 0;
    if (count === 0 && this.#isNew) return undefined;
    return parseCursor(bytes.subarray(0, count), this.#session);
  }

  write(position: number): void {
    const bytes = encodeCursor(position, this.#session);
    this.#file.seekSync(0, Deno.SeekMode.Start);
    let written = 0;
    while (written < width) written += this.#file.writeSync(bytes.subarray(written));
  }

  sync(): void {
    this.#file.syncDataSync();
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/** The name of the file in a session's folder. */
export const cursorFileName = "shown";

/** Parses the bytes of the file. */
export function parseCursor(bytes: Uint8Array, session: string): StoredCursor | "damaged" {
  const text = new TextDecoder().decode(bytes);
  const old = /^ *(\d{1,15})\n$/.exec(text);
  if (old !== null && bytes.length === oldWidth) return { position: Number(old[1]), isChecked: false };
  const found = /^[0-9a-f]{8} +(\d{1,15})\n$/.exec(text);
  const position = Number(found?.[1]);
  if (found === null || text !== lineOf(position, session)) return "damaged";
  return { position, isChecked: true };
}

/** The bytes of the file for a position. */
export function encodeCursor(position: number, session: string): Uint8Array {
  return new TextEncoder().encode(lineOf(position, session));
}

const width = 26;
const oldWidth = 17;

function lineOf(position: number, session: string): string {
  const crc = crc32(`${session} ${position}`).toString(16).padStart(8, "0");
  return `${crc} ${String(position).padStart(16)}\n`;
}
