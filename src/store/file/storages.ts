import { dirname, join } from "@std/path";
import type { FileSystem } from "./file_system.ts";
import { stateFolder } from "../../user/mod.ts";

/** Number of storage folders in the list; older ones are dropped. */
const maxStorages = 500;

/**
 * The storage folders in which this user has kept sessions, so that a session's id is found from any folder.
 *
 * The list is only a convenience. If it is lost or cannot be written, only the current folder's storage is searched.
 */
export class Storages {
  readonly #fs: FileSystem;
  readonly #file: string | undefined;

  /** `environment` gives the place of a user's state on this system. */
  constructor(fs: FileSystem, environment: Readonly<Record<string, string>>, os: typeof Deno.build.os) {
    this.#fs = fs;
    const folder = stateFolder(environment, os);
    this.#file = folder === undefined ? undefined : join(folder, "storages");
  }

  /** Folders that exist, the last used first. */
  list(): readonly string[] {
    return this.#read().filter((path) => this.#isUsed(path));
  }

  /** Puts a folder first in the list. */
  remember(path: string): void {
    if (this.#file === undefined) return;
    try {
      const known = this.#read();
      if (known[0] === path) return;
      const kept = [path, ...known.filter((other) => other !== path && this.#isUsed(other))];
      this.#fs.makeFolder(dirname(this.#file));
      const text = kept.slice(0, maxStorages).map((each) => `${each}\n`).join("");
      this.#fs.replace(this.#file, new TextEncoder().encode(text));
    } catch {
      // An unwritable home folder must not stop a program.
    }
  }

  #isUsed(path: string): boolean {
    try {
      return this.#fs.list(path).length > 0;
    } catch {
      return false;
    }
  }

  #read(): readonly string[] {
    if (this.#file === undefined) return [];
    try {
      const bytes = this.#fs.read(this.#file);
      return bytes === undefined
        ? []
        : new TextDecoder().decode(bytes).split("\n").filter((line) => line !== "");
    } catch {
      return [];
    }
  }
}
