/** `max_file_kb` where nothing else is said. */
export const defaultMaxFileKb = 4096;

/** What a session runs under, from the configuration; kept in the session, so that a resume can tell what is looser. */
export interface RuntimeSettings {
  /** Sessions of versions that had no such bounds name none of them. */
  readonly limits: Partial<Bounds> & {
    /** Per session, across resumes; `null` is no limit. */
    readonly maxLlmCalls: number;
    readonly maxCostUsd: number | null;
    readonly maxTokens: number | null;
    /** Seconds of running, all runs of the session together. */
    readonly maxSeconds: number | null;
    readonly maxRepairs: number;
    /** Seconds. */
    readonly messageBatchTimeout: number;
    readonly messageBatchMaxWait: number;
    /** Characters. */
    readonly artifactResultThreshold: number;
    /** The model's window: a prompt that nears it is condensed. */
    readonly contextTokens: number;
    /** Size of a file that `LoadFile` reads. Absent in sessions of versions that had no such bound. */
    readonly maxFileKb?: number;
    /** Bounds of the network, as `defaultNetBounds` has them where they are absent. */
    readonly maxAnswerKb?: number;
    readonly maxBodyMb?: number;
    readonly maxErrorBodyKb?: number;
    readonly maxRequestSeconds?: number;
  };
  readonly durability: {
    readonly sync: "always" | "batch" | "off";
    readonly keepLastN: number;
    readonly maxCheckpointSizeMb: number;
    readonly uncertain: "ask" | "retry" | "fail" | "skip";
  };
  readonly permissions: {
    readonly net: readonly string[];
    /** Absolute folders. */
    readonly read: readonly string[];
    readonly write: readonly string[];
    readonly env: readonly string[];
  };
}

/** Bounds on what code may use and do, whoever wrote it. Each is a setting under `[limits]`. */
export interface Bounds {
  /** Effects that one turn of a model may ask for, and one call of a code playbook. */
  readonly maxEffectsPerTurn: number;
  readonly maxEffectsPerCall: number;
  /** Sleeps under 10 ms that one turn or call may ask for: more are a loop that only burns time. */
  readonly maxShortSleeps: number;
  /** Words shown to people. */
  readonly maxWordsPerMinute: number;
  /** Journal and blobs. */
  readonly maxSessionMb: number;
  readonly maxAgents: number;
  /** Messages that wait in the inbox of one agent. */
  readonly maxInboxMessages: number;
  /** Turns of the rehearsal, which counts for no other limit. */
  readonly maxRehearsalTurns: number;
  /** Running without a wait. */
  readonly maxCodeSeconds: number;
  readonly maxCodeMemoryMb: number;
  readonly maxCodeStackKb: number;
}
