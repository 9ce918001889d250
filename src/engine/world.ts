import type { Lookup } from "../net/mod.ts";

import type { BoundedRead } from "../files/mod.ts";

/** What the runtime asks of the world; built in `main.ts`, replaced in tests. */
export interface World {
  /** ms since 1970. */
  readonly now: () => number;
  /** ms since some moment, never going back: bounds for how long one thing may keep others waiting. */
  readonly elapsed: () => number;
  /** Resolves after some time, or at once when `signal` aborts. */
  readonly wait: (ms: number, options: { readonly signal: AbortSignal }) => Promise<void>;
  /** Lets in what has happened meanwhile, signals and answers, and comes back at once. */
  readonly pause: () => Promise<void>;
  readonly fetch: typeof fetch;
  /** The addresses of a name; the system's when absent. */
  readonly lookup?: Lookup;
  /** The text of a file within bounds. Throws a `FileError` if it cannot be read. */
  readonly readFile: (path: string, read: BoundedRead) => string;
  /** The folder that relative paths of `LoadFile` start from. */
  readonly programFolder: string;
}
