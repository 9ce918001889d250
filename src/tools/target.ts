/** A server with everything that is needed to reach it: paths are absolute, and variables have their values. */
export type ToolTarget = StdioTarget | HttpTarget;

interface TargetBase {
  /** The agent class, or the name in `[mcp.servers]`. */
  readonly name: string;
  /** Without an answer or progress. */
  readonly timeoutMs: number;
  /** For a whole call, whatever its progress. Waits for a person do not count, and a task has no such bound. */
  readonly totalTimeoutMs: number;
}

export interface StdioTarget extends TargetBase {
  readonly kind: "stdio";
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the process. */
  readonly env: Readonly<Record<string, string>>;
}

export interface HttpTarget extends TargetBase {
  readonly kind: "http";
  readonly transport: "auto" | "streamable-http" | "sse";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly oauth?: {
    readonly clientId: string;
    readonly clientSecret: string;
    readonly scope?: string;
    readonly issuer?: string;
  };
}

/** Bounds on tool servers; settings under `[limits]`. */
export interface ToolBounds {
  readonly maxToolServers: number;
  /** Tools of one server. */
  readonly maxTools: number;
  readonly maxToolResultMb: number;
}

export const defaultToolBounds: ToolBounds = { maxToolServers: 20, maxTools: 200, maxToolResultMb: 16 };

/** Seconds without an answer, and for a whole call, if a server's `timeout:` and `total_timeout:` do not say otherwise. */
export const defaultToolTimeouts = { timeoutSeconds: 60, totalTimeoutSeconds: 4 * 3600 };
