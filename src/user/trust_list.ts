import { createHash } from "node:crypto";
import { join } from "@std/path";
import { exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import { readStateFile, replaceStateFile } from "./state_folder.ts";

/** The settings of one file that the user may trust. */
export interface TrustRequest {
  /** Real path of the file with the settings. */
  readonly file: string;
  /** SHA-256 of the settings in hex. Changed settings need a new request. */
  readonly hash: string;
  /** The settings, each as a line for people. */
  readonly lines: readonly string[];
}

/** A granted request. */
interface Trusted extends TrustRequest {
  /** ISO 8601 in UTC. */
  readonly at: string;
}

/**
 * The files with settings that this user trusts. The folder `trust/` of the state folder has one record for each file.
 * The hash of the path names the record, so that processes with different files write different records.
 */
export class TrustList {
  readonly #folder: string | undefined;

  constructor(stateFolder: string | undefined) {
    this.#folder = stateFolder === undefined ? undefined : join(stateFolder, "trust");
  }

  /** Whether the user trusts exactly these settings of this file. */
  has({ file, hash }: TrustRequest): boolean {
    const known = this.#read(nameOf(file));
    return known !== undefined && known.file === file && known.hash === hash;
  }

  /** Stores a grant. Throws a `PlaybooksError` (exit code 6) if that fails. */
  add(request: TrustRequest, nowMs: number): void {
    if (this.#folder === undefined) {
      throw stateError(
        "there is no state folder; set HOME or PLAYBOOKS_STATE_DIR, or say --trust for one run",
      );
    }
    const { file, hash, lines } = request;
    const kept = { version, file, hash, lines, at: new Date(nowMs).toISOString() };
    try {
      const bytes = new TextEncoder().encode(`${JSON.stringify(kept, null, 2)}\n`);
      replaceStateFile(join(this.#folder, nameOf(file)), bytes);
    } catch (error) {
      throw stateError(`${messageOf(error)}; set PLAYBOOKS_STATE_DIR, or say --trust for one run`, error);
    }
  }

  /** Removes the grant of a file; returns whether there was one. */
  remove(file: string): boolean {
    if (this.#folder === undefined) return false;
    try {
      Deno.removeSync(join(this.#folder, nameOf(file)));
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
      throw stateError(messageOf(error), error);
    }
  }

  /** All grants, sorted by path. */
  list(): readonly Trusted[] {
    if (this.#folder === undefined) return [];
    try {
      return [...Deno.readDirSync(this.#folder)]
        .flatMap(({ name }) => name.endsWith(".json") ? this.#read(name) ?? [] : [])
        .sort((a, b) => a.file < b.file ? -1 : 1);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw stateError(messageOf(error), error);
    }
  }

  /** Reads a record. An unreadable record, or one of a newer version, grants nothing. */
  #read(name: string): Trusted | undefined {
    if (this.#folder === undefined) return undefined;
    try {
      const bytes = readStateFile(join(this.#folder, name), maxBytes);
      if (bytes === undefined) return undefined;
      const value = JSON.parse(new TextDecoder().decode(bytes));
      return isTrusted(value) ? value : undefined;
    } catch {
      return undefined;
    }
  }
}

const version = 1;
const maxBytes = 1024 * 1024;

function nameOf(file: string): string {
  return `${createHash("sha256").update(file).digest("hex")}.json`;
}

function isTrusted(value: unknown): value is Trusted & { readonly version: 1 } {
  if (typeof value !== "object" || value === null) return false;
  const record = value as Partial<Record<keyof Trusted | "version", unknown>>;
  return record.version === version && typeof record.file === "string" && typeof record.hash === "string" &&
    typeof record.at === "string" && Array.isArray(record.lines) &&
    record.lines.every((line) => typeof line === "string");
}

function stateError(reason: string, cause?: unknown): PlaybooksError {
  return new PlaybooksError(`Cannot change the list of trusted files: ${reason}`, {
    exitCode: exitCodes.storage,
    cause,
  });
}
