/** Stored data that differs from what was written. */
export interface Finding {
  /** Path in the session's folder, or in the storage folder. */
  readonly file: string;
  readonly what: string;
  /** Possible loss. */
  readonly lost: string;
  /** The action to take. */
  readonly mend: string;
}

/** The report on a session. A sound session has no findings. */
export interface SessionReport {
  readonly id: string;
  readonly name?: string;
  /** Another process runs it, so the end of its journal was not checked. */
  readonly running: boolean;
  readonly entries: number;
  readonly checkpoints: number;
  readonly blobs: number;
  readonly findings: readonly Finding[];
  /** Facts that are not faults. */
  readonly notes: readonly string[];
}

/** The report on the registry and the JSON index. */
export interface IndexReport {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}
