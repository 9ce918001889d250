/** Something that is not as it was written. */
export interface Finding {
  /** In the session's folder, or in the storage folder. */
  readonly file: string;
  readonly what: string;
  /** What could be lost. */
  readonly lost: string;
  /** What a person can do about it. */
  readonly mend: string;
}

/** What was found out about a session; it is sound when there are no findings. */
export interface SessionReport {
  readonly id: string;
  readonly name?: string;
  /** Another process runs it, so its end was not looked at. */
  readonly running: boolean;
  readonly entries: number;
  readonly checkpoints: number;
  readonly blobs: number;
  readonly findings: readonly Finding[];
  /** What a person may want to know, though nothing is wrong. */
  readonly notes: readonly string[];
}

/** What was found out about registry and mirror. */
export interface IndexReport {
  readonly findings: readonly Finding[];
  readonly notes: readonly string[];
}
