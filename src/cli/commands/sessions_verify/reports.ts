/** Stored data that differs from what was written. */
export interface Finding {
  /** In the session's folder, or in the storage folder. */
  readonly file: string;
  readonly what: string;
  /** What could be lost. */
  readonly lost: string;
  /** What a person can do about it. */
  readonly mend: string;
}

/** The report on a session; a session without findings is sound. */
export interface SessionReport {
  readonly id: string;
  readonly name?: string;
  /** Another process runs it, so the end of its journal was not checked. */
  readonly running: boolean;
  readonly entries: number;
  readonly checkpoints: number;
  readonly blobs: number;
  readonly findings: readonly Finding[];
  /** Facts that are no faults. */
  readonly notes: readonly string[];
}

/** The report on registry and mirror. */
export interface IndexReport {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}
