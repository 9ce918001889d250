/** The default of `max_file_kb`. */
export const defaultMaxFileKb = 4096;

/** A session's settings from the configuration. The session keeps them, so that a resume can find added permissions. */
export interface RuntimeSettings {
  /** Sessions of older versions lack these bounds. */
  readonly limits: Partial<Bounds> & ToolLimits & {
    /** Per session, across resumes; `null` is no limit. */
    readonly maxLlmCalls: number;
    readonly maxCostUsd: number | null;
    readonly maxTokens: number | null;
    /** Seconds of running time over all runs of the session. */
    readonly maxSeconds: number | null;
    readonly maxRepairs: number;
    /** Seconds. */
    readonly messageBatchTimeout: number;
    readonly messageBatchMaxWait: number;
    /** Characters. */
    readonly artifactResultThreshold: number;
    /** The model's window. A prompt that nears it is condensed. */
    readonly contextTokens: number;
    /** Size of a file that `LoadFile` reads. Absent in sessions of older versions. */
    readonly maxFileKb?: number;
    /** Bounds of the network; see `defaultNetBounds` for the defaults. */
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

/** Bounds on the actions of all code. Each is a setting under `[limits]`. */
export interface Bounds {
  /** Effects of one turn of a model, or of one call of a code playbook. */
  readonly maxEffectsPerTurn: number;
  readonly maxEffectsPerCall: number;
  /** Sleeps under 10 ms in one turn or call. More of them are a loop that only wastes time. */
  readonly maxShortSleeps: number;
  /** Waits of a call that ended without words in a row. More of them are a loop that nothing ends. */
  readonly maxSilentWaits: number;
  /** Words shown to people in a minute. */
  readonly maxWordsPerMinute: number;
  /** Size of the journal and the blobs. */
  readonly maxSessionMb: number;
  readonly maxAgents: number;
  /** Messages in the inbox of one agent. */
  readonly maxInboxMessages: number;
  /** Turns of the rehearsal, which counts towards no other limit. */
  readonly maxRehearsalTurns: number;
  /** Running time without a wait. */
  readonly maxCodeSeconds: number;
  readonly maxCodeMemoryMb: number;
  readonly maxCodeStackKb: number;
}

/** Bounds on tool servers; absent in sessions of older versions. */
interface ToolLimits {
  readonly maxToolServers?: number;
  /** Tools of one server. */
  readonly maxTools?: number;
  readonly maxToolResultMb?: number;
}
