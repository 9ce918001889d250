import type { Input, Output } from "../frontends/streams.ts";

/** The outside of the process, as the command line uses it. Built in main.ts, replaced in tests. */
export interface World {
  /** The name or path by which the program was started: `playbooks`, or `pb`. */
  readonly programName: string;
  /** Absolute; relative paths of a command line resolve against it. */
  readonly cwd: string;
  /** The process's environment variables. */
  readonly environment: Readonly<Record<string, string>>;
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly fetch: typeof fetch;
  /** Width of the terminal; throws if there is none. */
  readonly columns: () => number;
  /** Height of the terminal; throws if there is none. Absent: unknown. */
  readonly rows?: () => number;
  /** The process belongs to this command line, so a sentinel may end it. */
  readonly ownsProcess?: boolean;
}
