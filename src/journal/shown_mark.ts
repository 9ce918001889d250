import { openTrusted } from "./trusted_path.ts";

/**
 * The position up to which words to persons have been shown, in a small file beside the journal.
 *
 * It is synced when it is new and never again: a killed process leaves it exact, since the system keeps what was written.
 * After a power loss it may lag, and then the last words are shown again rather than lost.
 */
export interface Mark extends Disposable {
  /** The mark, or `undefined` when the file is new or says nothing one can read. */
  read(): number | undefined;
  write(position: number): void;
  /** On return what was written is durable; the folder is not synced. */
  sync(): void;
}

/** The mark on the real disk. */
export class ShownMark implements Mark {
  readonly #file: Deno.FsFile;
  readonly #bytes = new Uint8Array(width);

  /** Opens or makes the file, with mode 0600. */
  constructor(path: string) {
    this.#file = openTrusted(path, { create: true });
  }

  read(): number | undefined {
    this.#file.seekSync(0, Deno.SeekMode.Start);
    const bytes = new Uint8Array(width);
    const count = this.#file.readSync(bytes) ?? 0;
    return parseMark(bytes.subarray(0, count));
  }

  write(position: number): void {
    new TextEncoder().encodeInto(`${position}\n`.padStart(width), this.#bytes);
    this.#file.seekSync(0, Deno.SeekMode.Start);
    let written = 0;
    while (written < width) written += this.#file.writeSync(this.#bytes.subarray(written));
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

/** What the bytes of the file say, if anything. */
export function parseMark(bytes: Uint8Array): number | undefined {
  const text = new TextDecoder().decode(bytes).trim();
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Bytes of the file: the largest safe integer, right-aligned, and a line feed. */
const width = 17;
