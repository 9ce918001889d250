import { crc32 } from "./crc32.ts";
import { openTrusted } from "./trusted_path.ts";

/**
 * The position up to which words to persons have been shown, in a small file beside the journal.
 *
 * It is synced when it is new and never again: a killed process leaves it exact, since the system keeps what was written.
 * After a power loss it may lag, and then the last words are shown again rather than lost.
 *
 * The file is one line of 26 bytes, `<crc> <position>`: the CRC-32, in 8 hexadecimal digits, of the session, a space and
 * the position; and the position, right-aligned in 16. Version 0.1.0 wrote the position alone, right-aligned in 16.
 */
export interface Mark extends Disposable {
  /** The mark; `undefined` if the file is new, `"damaged"` if it cannot be understood. Throws what the disk says. */
  read(): FoundMark | "damaged" | undefined;
  write(position: number): void;
  /** On return what was written is durable; the folder is not synced. */
  sync(): void;
}

/** What a mark says. */
export interface FoundMark {
  readonly position: number;
  /** Whether its checksum shows that it was written for this session; version 0.1.0 wrote none. */
  readonly isChecked: boolean;
}

/** The mark on the real disk. */
export class ShownMark implements Mark {
  readonly #file: Deno.FsFile;
  readonly #session: string;
  readonly #isNew: boolean;

  /** Opens or makes the file, with mode 0600. */
  constructor(folder: string, session: string) {
    this.#session = session;
    const path = `${folder}/${shownName}`;
    this.#isNew = !exists(path);
    this.#file = openTrusted(path, { create: true });
  }

  read(): FoundMark | "damaged" | undefined {
    this.#file.seekSync(0, Deno.SeekMode.Start);
    const bytes = new Uint8Array(width + 1);
    const count = this.#file.readSync(bytes) ?? 0;
    if (count === 0 && this.#isNew) return undefined;
    return parseMark(bytes.subarray(0, count), this.#session);
  }

  write(position: number): void {
    const bytes = encodeMark(position, this.#session);
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
export const shownName = "shown";

/** What the bytes of the file say. */
export function parseMark(bytes: Uint8Array, session: string): FoundMark | "damaged" {
  const text = new TextDecoder().decode(bytes);
  const old = /^ *(\d{1,15})\n$/.exec(text);
  if (old !== null && bytes.length === oldWidth) return { position: Number(old[1]), isChecked: false };
  const found = /^[0-9a-f]{8} +(\d{1,15})\n$/.exec(text);
  const position = Number(found?.[1]);
  if (found === null || text !== textOf(position, session)) return "damaged";
  return { position, isChecked: true };
}

/** The bytes of the file for a position. */
export function encodeMark(position: number, session: string): Uint8Array {
  return new TextEncoder().encode(textOf(position, session));
}

const width = 26;
const oldWidth = 17;

function textOf(position: number, session: string): string {
  const crc = crc32(new TextEncoder().encode(`${session} ${position}`)).toString(16).padStart(8, "0");
  return `${crc} ${String(position).padStart(16)}\n`;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
