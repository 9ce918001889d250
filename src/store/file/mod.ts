export type { FileSystem, JournalFile } from "./file_system.ts";
export { realFileSystem } from "./real_file_system.ts";
export { decodeJournal, encodeRecord, type TornTail } from "./record.ts";
export { crc32 } from "./crc32.ts";
export { freeDescriptors } from "./descriptors.ts";
export { BlobStore, longestInlineString } from "./blobs.ts";
export { continueList, GrowingList } from "./growing_list.ts";
export { batchSyncMs, Journal, journalName, type Place, type RecordPlace, type SyncMode } from "./journal.ts";
export {
  beginFromState,
  type Checkpoint,
  checkpointName,
  type CheckpointResult,
  listCheckpoints,
  pruneCheckpoints,
  readCheckpoint,
  writeCheckpoint,
} from "./checkpoint.ts";
export { CheckpointSchedule, leastTailBytes } from "./checkpoint_schedule.ts";
export { type CheckedEntry, type CheckedJournal, readChecked } from "./read_checked.ts";
export { readEntries, recover, recoverAt, type Recovered } from "./recover.ts";
export {
  DamagedJournalError,
  diskTrouble,
  errorCode,
  remedyFor,
  StorageError,
  storageError,
} from "./storage_error.ts";
export {
  checkFileAt,
  checkFolder,
  createTrusted,
  openOwnFile,
  openTrusted,
  UntrustedPathError,
} from "./trusted_path.ts";
export { encodeMark, type FoundMark, type Mark, parseMark, ShownMark, shownName } from "./shown_mark.ts";
export {
  formats,
  type NewerFormat,
  NewerFormatError,
  newerFormatOf,
  newerSentence,
  UnknownEntryError,
  writerOf,
} from "./format.ts";
