import type { LockReason } from "./session_summary.ts";

/** The result of checking a session; the check changed nothing. A session without faults is sound. */
export interface SessionVerification {
  readonly id: string;
  readonly name?: string;
  /** Why it is encrypted for this process: then nothing of it was checked. */
  readonly locked?: LockReason;
  /** Another process runs it, so the end of its journal was not checked. */
  readonly running: boolean;
  readonly entries: number;
  readonly checkpoints: number;
  readonly blobs: number;
  readonly faults: readonly StoredFault[];
  /** Facts that are not faults. */
  readonly remarks: readonly StoredRemark[];
}

/** Stored data that differs from what was written. `file` is the store's name of the place. */
export type StoredFault =
  & { readonly file: string }
  & (
    /** A newer version wrote the session, so nothing of it was checked. */
    | { readonly kind: "newer"; readonly reason: string }
    /** The journal is larger than `max_session_mb`, so nothing of the session was checked. */
    | { readonly kind: "large"; readonly reason: string }
    | { readonly kind: "blob" | "missing summary" | "damaged summary" }
    | { readonly kind: "outdated checkpoint" | "damaged checkpoint" | "foreign checkpoint" }
    /** A checkpoint does not hold the state that the entries lead to. */
    | { readonly kind: "wrong state"; readonly position: number }
    | { readonly kind: "foreign summary"; readonly owner: string }
    | JournalFault
  );

/** `forkPosition` is the last position whose state is still there. */
type JournalFault =
  & { readonly forkPosition: number | undefined }
  & (
    | { readonly kind: "missing journal" }
    /** With `canResume`, a resume reads nothing before `forkPosition`. */
    | { readonly kind: "damaged entry"; readonly canResume: boolean } & EntryFault
    /** An entry does not fit the entries before it. */
    | { readonly kind: "unfit entry" } & EntryFault
    /** A file, or a checkpoint, counts more entries than there are. */
    | { readonly kind: "short"; readonly last: number; readonly known: number; readonly knownBy?: string }
  );

interface EntryFault {
  readonly position: number;
  readonly byteOffset: number | undefined;
  readonly reason: string;
}

/** A fact about a session that is not a fault. */
export type StoredRemark =
  | { readonly kind: "newer checkpoint"; readonly reason: string }
  | { readonly kind: "saved journal"; readonly file: string; readonly journal: string }
  | { readonly kind: "torn tail"; readonly bytes: number; readonly last: number }
  | { readonly kind: "unsealed snapshot"; readonly file: string }
  | { readonly kind: "never begun" };

/** The result of comparing the indexes of a store with its sessions. */
export interface IndexVerification {
  /** Files that cannot be read as an index. */
  readonly damaged: readonly string[];
  readonly remarks: readonly IndexRemark[];
}

/** A fact about an index; the next run repairs it. A stale index names `pointed` in place of `newest`. */
export type IndexRemark =
  & { readonly file: string }
  & (
    | { readonly kind: "missing" }
    | { readonly kind: "unavailable"; readonly reason: string }
    | {
      readonly kind: "stale";
      readonly key: string;
      readonly pointed: string | undefined;
      readonly newest: string;
    }
  );
