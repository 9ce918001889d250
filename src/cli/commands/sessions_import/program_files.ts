import { dirname, join, resolve } from "@std/path";
import { FileError, readBoundedText } from "../../../files/mod.ts";
import { isThere } from "../../is_there.ts";
import { cannotWrite, writeError } from "../../write_error.ts";

/** A file of the program, with its path below the program's folder. */
interface ProgramFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Chooses the folder of an imported program: one of `places` that has all files with the same text, else the first free
 * name like `wanted`. Throws a `PlaybooksError` (exit 2) if the user's own folder `into` has another file in a place.
 */
export function programFolder(
  files: readonly ProgramFile[],
  { into, places, wanted }: {
    readonly into: string | undefined;
    readonly places: readonly string[];
    readonly wanted: string;
  },
): string {
  if (into !== undefined) {
    const other = files.find((file) => stateOf(into, file) === "other");
    if (!other) return into;
    throw cannotWrite(
      join(into, other.path),
      "another file is there, which stays; name another folder with --into",
    );
  }
  const found = places.find((folder) => files.every((file) => stateOf(folder, file) === "same"));
  if (found !== undefined) return found;
  for (let count = 1;; count++) {
    const folder = count === 1 ? wanted : `${wanted}-${count}`;
    if (!isThere(folder) || files.every((file) => stateOf(folder, file) === "same")) return folder;
  }
}

/** Files that this process wrote. `undo` removes them, and the folders that were made for them. */
export interface WrittenFiles {
  readonly count: number;
  undo(): void;
}

/** Writes the files that the folder lacks. An existing file is never replaced. If one fails, removes the others. */
export function writeProgram(folder: string, files: readonly ProgramFile[]): WrittenFiles {
  const made: string[] = [];
  const undo = () => {
    for (const path of made.reverse()) {
      try {
        Deno.removeSync(path);
      } catch {
        // Somebody else has put something there.
      }
    }
  };
  let count = 0;
  for (const file of files) {
    const path = join(folder, file.path);
    if (stateOf(folder, file) === "same") continue;
    try {
      makeFolders(dirname(path), made);
      checkIsBelow(dirname(path), folder);
      writeNew(path, file.text, () => made.push(path));
      count++;
    } catch (error) {
      undo();
      throw writeError(`Cannot write ${path}`, error);
    }
  }
  return { count, undo };
}

function writeNew(path: string, text: string, onCreated: () => void): void {
  using file = Deno.openSync(path, { write: true, createNew: true });
  onCreated();
  const bytes = new TextEncoder().encode(text);
  for (let written = 0; written < bytes.length;) written += file.writeSync(bytes.subarray(written));
  file.syncSync();
}

function makeFolders(path: string, made: string[]): void {
  if (isThere(path)) return;
  makeFolders(dirname(path), made);
  Deno.mkdirSync(path);
  made.push(path);
}

/** A link in the user's folder must not lead the file elsewhere. */
function checkIsBelow(path: string, folder: string): void {
  const [inner, outer] = [Deno.realPathSync(path), Deno.realPathSync(folder)];
  const end = outer.endsWith("/") || outer.endsWith("\\") ? "" : resolve("/").slice(-1);
  if (inner === outer || inner.startsWith(outer + end)) return;
  throw cannotWrite(path, `a link leads out of ${folder}`);
}

/** Whether the folder has the file with the same text, another file, or none. */
function stateOf(folder: string, { path, text }: ProgramFile): "same" | "other" | "none" {
  const whole = join(folder, path);
  if (!isThere(whole)) return "none";
  try {
    return readBoundedText(whole, { maxBytes: 4 * text.length + 16 }) === text ? "same" : "other";
  } catch (error) {
    if (error instanceof FileError) return "other";
    throw error;
  }
}
