import { dirname, join } from "@std/path";
import type { PlaybooksError } from "../../../errors.ts";
import { realFileSystem } from "../../../store/mod.ts";
import { cannotWrite, writeError } from "../../write_error.ts";

/** A file that is written under another name, and gets its own when it is whole and durable. */
export class OutputFile implements Disposable {
  readonly path: string;
  readonly #aside: string;
  readonly #file: Deno.FsFile;
  readonly #replace: boolean;
  #isPlaced = false;

  /** Throws a `PlaybooksError` (exit 2) if the file cannot be written there. */
  constructor(path: string, { replace }: { readonly replace: boolean }) {
    this.path = path;
    this.#replace = replace;
    const before = infoOf(path);
    if (before?.isDirectory) throw cannotWrite(path, "it is a folder; name a file");
    if (before && !replace) throw alreadyThere(path);
    this.#aside = join(dirname(path), `.${crypto.randomUUID()}.tmp`);
    try {
      this.#file = Deno.openSync(this.#aside, { write: true, createNew: true, mode: 0o600 });
    } catch (error) {
      throw writeError(`Cannot write ${path}`, error);
    }
  }

  write(bytes: Uint8Array): void {
    try {
      for (let written = 0; written < bytes.length;) written += this.#file.writeSync(bytes.subarray(written));
    } catch (error) {
      throw writeError(`Cannot write ${this.path}`, error);
    }
  }

  /** Gives the file its name. Without `replace`, an existing file stays, and a `PlaybooksError` (exit 2) says so. */
  place(): void {
    try {
      this.#file.syncSync();
      if (this.#replace) Deno.renameSync(this.#aside, this.path);
      else {
        Deno.linkSync(this.#aside, this.path);
        Deno.removeSync(this.#aside);
      }
      this.#isPlaced = true;
      realFileSystem().syncFolder(dirname(this.path));
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) throw alreadyThere(this.path);
      throw writeError(`Cannot write ${this.path}`, error);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
    if (this.#isPlaced) return;
    try {
      Deno.removeSync(this.#aside);
    } catch {
      // The first failure is reported.
    }
  }
}

function infoOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}

function alreadyThere(path: string): PlaybooksError {
  return cannotWrite(path, "it is already there; name the file with -o to replace it");
}
