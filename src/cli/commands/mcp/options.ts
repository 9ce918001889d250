import type { ServeOptions } from "../serve/options.ts";

/** Options of `playbooks mcp`. */
export interface McpOptions extends Pick<ServeOptions, "concurrency" | "trust"> {
  readonly files: readonly string[];
  readonly config?: string;
  readonly model?: string;
  /** Calls that may be open at the same time. */
  readonly maxCalls: number;
  /** Listen for HTTP; absent: the standard streams. */
  readonly http?: Pick<ServeOptions, "port" | "host" | "tokenFile" | "names">;
  /** A flag of HTTP that was given without `--http`. */
  readonly needless?: string;
  /** Tell people what the sessions do. */
  readonly verbose: boolean;
}
