import type { Input, Output } from "../frontends/streams.ts";

/** Everything outside the process that the command line uses; built in main.ts, replaced in tests. */
export interface World {
  /** The name or path under which we were started: `playbooks`, or `pb`. */
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
  /** Width of the terminal; throws when there is none. */
  readonly columns: () => number;
  /** The process belongs to this command line, so a sentinel may end it. */
  readonly ownsProcess?: boolean;
}
