import type { Lookup } from "../net/mod.ts";
import type {
  appendPlace,
  appendToFile,
  BoundedRead,
  overwriteFile,
  readBoundedFolder,
} from "../files/mod.ts";
import type { Tools } from "../tools/mod.ts";

/** The functions of `src/files` that code uses, and the files that it must not write. */
export interface EngineDisk {
  readonly readFolder: typeof readBoundedFolder;
  readonly overwriteFile: typeof overwriteFile;
  readonly appendToFile: typeof appendToFile;
  readonly appendPlace: typeof appendPlace;
  /** Folders that code never writes: the storage of sessions. */
  readonly closed: readonly string[];
  /** The files of the program and its settings. Code writes them only if a permission names exactly them. */
  readonly guarded: readonly string[];
}

/** The environment variables. */
interface EngineEnvironment {
  readonly get: (name: string) => string | undefined;
  /** Variables that `*` does not permit: keys of model providers. */
  readonly secrets: readonly string[];
}

/** The world outside the engine. `main.ts` builds it; tests replace it. */
export interface EngineWorld {
  /** ms since 1970. */
  readonly now: () => number;
  /** A monotonic clock in ms. It bounds how long one task delays others. */
  readonly elapsed: () => number;
  /** Resolves after some time, or at once when `signal` aborts. */
  readonly wait: (ms: number, options: { readonly signal: AbortSignal }) => Promise<void>;
  /** Yields to the event loop once, so that signals and answers come in. */
  readonly pause: () => Promise<void>;
  readonly fetch: typeof fetch;
  /** Resolves a host name; the system's resolver if absent. */
  readonly lookup?: Lookup;
  /** The text of a file within bounds. Throws a `FileError` if it cannot be read. */
  readonly readFile: (path: string, read: BoundedRead) => string;
  /** The tool servers of the program. Absent: it has none. */
  readonly tools?: Tools;
  /** The folder that relative paths of `LoadFile` start from. */
  readonly programFolder: string;
  /** Folders and files beside the text of a file. Code cannot use them if absent. */
  readonly disk?: EngineDisk;
  /** The environment. Code cannot read it if absent. */
  readonly environment?: EngineEnvironment;
}
