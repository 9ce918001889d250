import { dirname } from "@std/path";
import { FileError, readBoundedText } from "../files/mod.ts";
import { maxRecordingBytes } from "../model/mod.ts";
import { openOwnFile, UntrustedPathError } from "../store/mod.ts";
import { exitCodes, PlaybooksError } from "../errors.ts";
import { writeTrouble } from "./write_error.ts";

/** The file of `--record`, open for appending lines. */
interface RecordingFile extends Disposable {
  write(line: string): void;
}

/**
 * Opens the file of a recording. A new session empties it; a resumed session appends to it. Throws a `PlaybooksError` (exit
 * code 2) if it cannot be written, or if it holds something else; such a file stays unchanged.
 */
export function openRecordingFile(path: string, options: { readonly append: boolean }): RecordingFile {
  checkContent(path);
  const file = open(path, options);
  return {
    write(line) {
      let bytes = new TextEncoder().encode(line);
      while (bytes.length > 0) bytes = bytes.subarray(file.writeSync(bytes));
    },
    [Symbol.dispose]: () => file.close(),
  };
}

function open(path: string, { append }: { readonly append: boolean }): Deno.FsFile {
  try {
    const file = openOwnFile(path, { create: true });
    if (append) file.seekSync(0, Deno.SeekMode.End);
    else file.truncateSync(0);
    return file;
  } catch (error) {
    if (error instanceof UntrustedPathError) {
      throw recordError(path, `it ${error.trouble}; name another file`);
    }
    throw recordError(path, `${writeTrouble(error)}; name a file that can be written`);
  }
}

/** Checks, before a session exists, that a recording can be made. Throws a `PlaybooksError` (exit code 2). */
export function checkRecording(path: string): void {
  checkContent(path);
  try {
    if (Deno.statSync(dirname(path)).isDirectory) return;
  } catch (error) {
    throw recordError(path, `${writeTrouble(error)}; name a file that can be written`);
  }
  throw recordError(path, "its folder is a file; name a file that can be written");
}

/** Protects a user's file from a slip such as `--record story.pb`. */
function checkContent(path: string): void {
  let text: string;
  try {
    text = readBoundedText(path, { maxBytes: maxRecordingBytes });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.fault === "missing") return;
    throw recordError(path, `it ${error.message}; name a file that can be written`);
  }
  const first = text.trimStart().split("\n")[0]!;
  if (first !== "" && !(first.startsWith("{") && first.includes('"answer"'))) {
    throw recordError(path, "there is a file of that name that is no recording; name another");
  }
}

function recordError(path: string, reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot record into ${path}: ${reason}`, { exitCode: exitCodes.usage });
}
