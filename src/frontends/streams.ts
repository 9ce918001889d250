import { exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import { cleanText } from "../text/mod.ts";
import type { TerminalText } from "./terminal_text.ts";

/** A source of bytes, in the shape of `Deno.stdin`. */
export interface Input {
  /** Resolves to the number of bytes read, or `null` at the end. */
  read(buffer: Uint8Array): Promise<number | null>;
  isTerminal(): boolean;
  setRaw(on: boolean, options?: { cbreak: boolean }): void;
}

/** A sink for bytes, in the shape of `Deno.stdout`. */
export interface Output {
  /** Blocks. May write fewer bytes than given; returns their number. */
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/** The reader of our output has closed its end of the pipe. */
export class ClosedOutputError extends PlaybooksError {
  override readonly name: string = "ClosedOutputError";

  constructor(cause: unknown) {
    super("Cannot write to standard output: its reader has closed it", { exitCode: exitCodes.failed, cause });
  }
}

/**
 * Writes all of `text`, in as many writes as needed. On return the system has it. For a terminal, control sequences are
 * removed; a pipe or a file gets the text unchanged.
 *
 * Throws `ClosedOutputError` if the reader has gone. Throws a `PlaybooksError` with exit code 6 if the disk behind the
 * output is full or fails.
 */
export function writeAll(output: Output, text: string | TerminalText): void {
  const safe = typeof text === "string" && output.isTerminal() ? cleanText(text) : String(text);
  writeBytes(output, new TextEncoder().encode(safe));
}

/** Writes all bytes of a file, unchanged; otherwise as `writeAll`. */
export function writeBytes(output: Output, given: Uint8Array): void {
  let bytes = given;
  while (bytes.length > 0) bytes = bytes.subarray(writeSome(output, bytes));
}

/** Reads into `buffer`. Returns the number of bytes, or `null` at the end. Throws a `PlaybooksError` if the read fails. */
export async function readSome(input: Input, buffer: Uint8Array): Promise<number | null> {
  try {
    return await input.read(buffer);
  } catch (error) {
    throw new PlaybooksError(`Cannot read standard input: ${messageOf(error)}`, {
      exitCode: exitCodes.failed,
      cause: error,
    });
  }
}

function writeSome(output: Output, bytes: Uint8Array): number {
  try {
    return output.writeSync(bytes);
  } catch (error) {
    // A parent may have given us a pipe in non-blocking mode that is full: its reader needs a moment.
    if (error instanceof Deno.errors.WouldBlock) {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
      return 0;
    }
    if (error instanceof Deno.errors.BrokenPipe) throw new ClosedOutputError(error);
    if (!(error instanceof Error)) throw error;
    throw new PlaybooksError(`Cannot write to standard output: ${error.message}`, {
      exitCode: exitCodes.storage,
      cause: error,
    });
  }
}

/** Long enough not to spin, short enough not to be noticed. */
const retryMs = 2;
