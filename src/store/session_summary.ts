import { formats, type NewerFormat } from "./format.ts";

/**
 * The status of a session. `queued`: any worker may take it. `stopped`: interrupted or crashed. `waiting`: for a person
 * or a timer, with no process.
 */
export type SessionStatus = typeof sessionStatuses[number];

/** The summary of a session: the content of `session.json`. Times are ISO 8601 in UTC. */
export interface SessionFile {
  readonly version: 1;
  readonly id: string;
  /** The key of its program files; `""` if a damaged file lost it. */
  readonly key: string;
  readonly name?: string;
  /** Absolute and real, at the last start or resume. */
  readonly programPaths: readonly string[];
  /** Real path of its storage at that time. Together with `programPaths` it finds the files after a move. */
  readonly storage?: string;
  /** The user's own mark of `programPaths`: another user's session must not name files that this user never ran. */
  readonly programMark?: string;
  readonly status: SessionStatus;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The time of the last start or resume. The newest of a key is its last session. */
  readonly runAt: string;
  /** The newest checkpoint file. */
  readonly checkpoint: number;
  /** Number of journal entries when this was written. */
  readonly position: number;
  readonly turns: number;
  readonly calls: number;
  readonly tokens: number;
  readonly costUsd: number;
  /** The host of its last run. */
  readonly host: string;
  readonly pid: number;
  /** The token of its last lease; versions before 0.3 wrote none. */
  readonly token?: number;
  /** The exit code of its last run, if the run ended by itself. */
  readonly exit?: number;
  /**
   * ISO 8601, UTC. A waiting session goes on by itself at this time, because a timer passes. No worker takes a queued
   * one before it, or a running one whose process dies.
   */
  readonly dueAt?: string;
  /** The number of the last inbox message that was no news to the session at the end of its last run. */
  readonly heard?: number;
  /** Its last run was one of several in its process, so a signal to that process is not meant for it alone. */
  readonly hosted?: true;
  /** Runs by workers in a row that died or failed, and had not got further than the one before. */
  readonly failures?: RunFailures;
  /** The newest notification for people who are elsewhere, if `[notify]` asks for them. */
  readonly notification?: SessionNotification;
  /** The key of the last notification that was sent. */
  readonly notified?: string;
  /** The collector of telemetry has the spans of this many entries; absent if `[telemetry]` was never on. */
  readonly traced?: number;
  readonly forkedFrom?: ForkOrigin;
  /** The session that an exported file held, and its entries. */
  readonly importedFrom?: ImportedFrom;
  /** The request of a client that made the session. A repeated one gets this session. */
  readonly request?: SessionRequest;
  /** Requests of clients that were carried out on the session, the newest ones. A repeated one changes nothing. */
  readonly handled?: readonly HandledRequest[];
  /** Not stored: `sealed` shows it. The session is encrypted, except the counts, times and ids of this summary. */
  readonly encrypted?: true;
  /** Not stored. Why the key does not open the session; its name and its program's paths are then missing here. */
  readonly locked?: LockReason;
  /** The encrypted part of the file. Present here only if the session is locked. */
  readonly sealed?: string;
  /** Not stored. The file has a newer format, and only its valid fields are here. */
  readonly newer?: NewerFormat;
}

/** Failed runs in a row. */
export interface RunFailures {
  readonly count: number;
  /** The number of entries when the last of them began. */
  readonly position: number;
}

/** Why an encrypted session cannot be read: there is no key, or another one. */
export type LockReason = "no key" | "wrong key";

/** Why a person should look at a session. It is to be sent until `notified` is its key. */
export interface SessionNotification {
  /** The same for the same reason in each run, so that a receiver can ignore a repeated notification. */
  readonly key: string;
  /** `decision`: about an uncertain effect, or an edited call. `failed`: the program, or its last run. */
  readonly event: typeof notificationEvents[number];
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Why it failed or needs a decision. */
  readonly error?: string;
}

/** The events of {@linkcode SessionNotification}. */
export const notificationEvents = ["waiting", "decision", "failed", "completed"] as const;

/** The session that another one was forked from, and the position there. */
interface ForkOrigin {
  readonly id: string;
  readonly position: number;
  /** The number of entries after `position` that set values. */
  readonly edits?: number;
  /** The session was rewound to this position, and the fork keeps what it was before. */
  readonly rewoundTo?: number;
}

/** A request of a client, for which a repeated request is known. */
export interface SessionRequest {
  /** Chosen by the client: its `Idempotency-Key`. */
  readonly key: string;
  /** SHA-256 of its content in hex. */
  readonly hash: string;
}

/** A request that changed a session. */
export interface HandledRequest extends SessionRequest {
  /** The token of the session's last lease at that time; 0 before the first one. */
  readonly token: number;
}

/** The origin of an imported session. */
interface ImportedFrom {
  readonly id: string;
  readonly position: number;
  /** Texts were removed when it was exported, so it can be read but not run. */
  readonly redacted?: true;
}

/** The facts about a session that are known before it begins. */
export type GivenSession = Pick<
  SessionFile,
  | "key"
  | "programPaths"
  | "programMark"
  | "storage"
  | "name"
  | "forkedFrom"
  | "importedFrom"
  | "request"
  | "encrypted"
>;

/** A change of a summary; `undefined` removes a field. */
export type SessionChange = {
  readonly [K in Exclude<keyof SessionFile, Unchanged>]?:
    | SessionFile[K]
    | undefined;
};

type Unchanged =
  | "version"
  | "id"
  | "createdAt"
  | "updatedAt"
  | "encrypted"
  | "locked"
  | "sealed"
  | "newer";

/** The values of {@linkcode SessionStatus}. */
export const sessionStatuses = ["queued", "running", "stopped", "waiting", "completed", "failed"] as const;

/** The change of a summary when a process takes a session. */
export function changeAtStart(
  change: SessionChange | undefined,
  holder: Pick<SessionFile, "host" | "pid">,
  options: { readonly nowMs: number },
): SessionChange {
  const { host, pid } = holder;
  const runAt = new Date(options.nowMs).toISOString();
  return {
    exit: undefined,
    dueAt: undefined,
    hosted: undefined,
    ...change,
    host,
    pid,
    status: "running",
    runAt,
  };
}

/** The process that holds a lease, or held it when it died. */
export interface LeaseHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** The summary of a new session. */
export function newSessionFile(
  given: GivenSession & Pick<SessionFile, "id" | "host" | "pid">,
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

export function changed(
  file: SessionFile,
  change: SessionChange,
  options: { readonly nowMs: number },
): SessionFile {
  // Another name or place is no news of the session itself.
  const isNews = Object.keys(change).some((field) => !labels.has(field));
  const updatedAt = isNews ? new Date(options.nowMs).toISOString() : file.updatedAt;
  const all = { ...file, ...change, updatedAt };
  return Object.fromEntries(
    Object.entries(all).filter(([, value]) => value !== undefined),
  ) as unknown as SessionFile;
}

const labels: ReadonlySet<string> = new Set(
  ["name", "key", "programPaths", "handled"] satisfies (keyof SessionChange)[],
);

/** Compares sessions for a sorted list: the last started or resumed first. */
export function byRun(a: Pick<SessionFile, "id" | "runAt">, b: Pick<SessionFile, "id" | "runAt">): number {
  return compareAscii(b.runAt, a.runAt) || compareAscii(b.id, a.id);
}

/** Times and ids are ASCII, so no locale data needs to be loaded. */
export function compareAscii(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
