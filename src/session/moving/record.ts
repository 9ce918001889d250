import type { SessionFile } from "../../store/mod.ts";

/** The records of an exported session, in this order. docs/format.md describes them. */
export type ExportRecord =
  | ExportHeader
  | ProgramRecord
  | BaseRecord
  | BlobRecord
  | EntryRecord
  | MessageRecord
  | EndRecord;

/** The first record. */
export interface ExportHeader {
  readonly type: "export";
  /** Format of the file. */
  readonly version: number;
  /** The version that wrote it. */
  readonly playbooks: string;
  /** ISO 8601, UTC. */
  readonly exportedAt: string;
  readonly session: Pick<
    SessionFile,
    "id" | "name" | "status" | "dueAt" | "createdAt" | "runAt" | "turns" | "calls" | "tokens" | "costUsd"
  >;
  /** The number of the program's files that a user names; the other ones are imports. */
  readonly programFiles: number;
  /** The folder of the program's files, from the folder in which they were named; absent if it is not below that. */
  readonly programFolder?: string;
  readonly redacted?: true;
}

/** A file of the program. The files that a user names come first, in order. */
export interface ProgramRecord {
  readonly type: "program";
  /** Below the program's folder, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** The state before the first entry, if the entries that led to it cannot be read. */
export interface BaseRecord {
  readonly type: "base";
  readonly position: number;
  /** Format of the state. */
  readonly format: number;
  readonly state: unknown;
}

/** A long string of the records after it. */
export interface BlobRecord {
  readonly type: "blob";
  readonly sha256: string;
  readonly text: string;
}

/** An entry of the journal. */
export interface EntryRecord {
  readonly type: "entry";
  readonly n: number;
  readonly e: unknown;
}

/** A message that was posted to the session and is not yet in an entry. */
export interface MessageRecord {
  readonly type: "message";
  readonly key: string;
  readonly message: unknown;
}

/** The last record. */
export interface EndRecord {
  readonly type: "end";
  /** The position of the last entry. */
  readonly position: number;
  /** The number of lines before this one. */
  readonly lines: number;
}
