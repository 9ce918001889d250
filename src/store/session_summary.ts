import { formats, type NewerFormat } from "./format.ts";

/** Where a session stands; `stopped` is interrupted or crashed, `waiting` for a person or a timer with no process left. */
export type SessionStatus = typeof sessionStatuses[number];

/** What `session.json` says of the session in whose folder it lies. Times are ISO 8601 in UTC. */
export interface SessionFile {
  readonly version: 1;
  readonly id: string;
  /** Of its program files; `""` when that was lost with a damaged file. */
  readonly key: string;
  readonly name?: string;
  /** Absolute and real, as they were when the session was last started or resumed. */
  readonly programPaths: readonly string[];
  /** Real path of its storage when `programPaths` was written: the two tell where the files are after a move. */
  readonly storage?: string;
  /** The user's own mark of `programPaths`: a stranger's session must not name files that this user never ran. */
  readonly programMark?: string;
  readonly status: SessionStatus;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** When it was last started or resumed: the newest of a key is its last session. */
  readonly runAt: string;
  /** The newest checkpoint file. */
  readonly checkpoint: number;
  /** Entries in the journal when this was written. */
  readonly position: number;
  readonly turns: number;
  readonly calls: number;
  readonly tokens: number;
  readonly costUsd: number;
  /** Where its last run is or was. */
  readonly host: string;
  readonly pid: number;
  /** The token of its last lease; versions before 0.3 wrote none. */
  readonly token?: number;
  /** The exit code of its last run, when that ended by itself. */
  readonly exit?: number;
  readonly forkedFrom?: { readonly id: string; readonly position: number };
  /** Not stored: the file is of a newer format, and only what is certain of it is here. */
  readonly newer?: NewerFormat;
}

/** What may be changed of a session; `undefined` takes a field away. */
export type SessionChange = {
  readonly [K in Exclude<keyof SessionFile, "version" | "id" | "createdAt" | "updatedAt" | "newer">]?:
    | SessionFile[K]
    | undefined;
};

/** The values of {@linkcode SessionStatus}. */
export const sessionStatuses = ["running", "stopped", "waiting", "completed", "failed"] as const;

/** Who holds a lease, or held it when it died. */
export interface LeaseHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** A session that has only just begun. */
export function newSessionFile(
  given: Pick<
    SessionFile,
    "id" | "key" | "programPaths" | "programMark" | "storage" | "host" | "pid" | "name" | "forkedFrom"
  >,
  options: { readonly nowMs: number },
): SessionFile {
  const now = new Date(options.nowMs).toISOString();
  return {
    version: formats.session,
    ...given,
    status: "running",
    createdAt: now,
    updatedAt: now,
    runAt: now,
    checkpoint: 0,
    position: 0,
    turns: 0,
    calls: 0,
    tokens: 0,
    costUsd: 0,
  };
}

/** The session with a change made to it. */
export function changed(
  file: SessionFile,
  change: SessionChange,
  options: { readonly nowMs: number },
): SessionFile {
  const all = { ...file, ...change, updatedAt: new Date(options.nowMs).toISOString() };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  ) as unknown as SessionFile;
}
