/** Options of `playbooks worker`. */
export interface WorkerOptions {
  readonly concurrency: number;
  readonly untilIdle: boolean;
  readonly json: boolean;
  /** Trust the settings of all folders. */
  readonly trust: boolean;
  readonly config?: string;
}
