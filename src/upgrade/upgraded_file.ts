/** A file before and after its upgrade. */
export interface UpgradedFile {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** What was changed, and what a person must look at, in the order of the lines. */
  readonly notes: readonly UpgradeNote[];
}

/** A remark about a place of the file as it was. Lines and columns count from 1. */
export interface UpgradeNote {
  readonly line: number;
  readonly column: number;
  readonly message: string;
  /** Whether a person must look at it. */
  readonly needsPerson: boolean;
}
