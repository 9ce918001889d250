import type { Lookup } from "../net/mod.ts";
import type { BoundedRead } from "../files/mod.ts";
import type { Tools } from "../tools/mod.ts";

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
}
