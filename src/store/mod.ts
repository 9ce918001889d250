export { executionKey, keyOfPaths, realPaths } from "./file/key.ts";
export { checkName, maxNameLength } from "./session_id.ts";
export { shortId } from "./short_id.ts";
export { checkNameIsFree, findSession, notFoundError } from "./find.ts";
export type {
  GivenSession,
  HandledRequest,
  LeaseHolder,
  RunFailures,
  SessionChange,
  SessionFile,
  SessionNotification,
  SessionRequest,
  SessionStatus,
} from "./session_summary.ts";
export type { RunnableReason, RunnableSession } from "./runnable.ts";
export { sessionStatuses } from "./session_summary.ts";
export { formats, NewerFormatError, newerFormatOf, newerSentence } from "./format.ts";
export { packValue, unpackValue } from "./packed_value.ts";
export { DamagedJournalError, diskTrouble, errorCode, remedyFor, StorageError } from "./storage_error.ts";
export type {
  Awaitable,
  EntryPlace,
  LeasedSession,
  LoadedSession,
  NewestSessions,
  NewSession,
  SessionStore,
  StateChecks,
  StoredEntry,
  StoreProcess,
  TrashedSession,
} from "./session_store.ts";
export type {
  IndexRemark,
  IndexVerification,
  SessionVerification,
  StoredFault,
  StoredRemark,
} from "./verification.ts";
export { settled, whenSettled } from "./settled.ts";
export { refuseUnreadable } from "./file/session_file.ts";
export { Vault } from "./file/vault.ts";
export { ageOf, LostLeaseError, PositionConflictError } from "./lease_errors.ts";
export { Storages } from "./file/storages.ts";
export { filesBesideStorage, findMoved, mayRelink, type ProgramPlace, relinked } from "./file/moved.ts";
export { canGoOn, newestToResume, type ResumeTarget, resumeTarget } from "./resume_target.ts";
export { maskedDatabaseAddress } from "./postgres/address.ts";
export { defaultDatabaseTimes, PostgresStore } from "./postgres/postgres_store.ts";
export { FileStore } from "./file/file_store.ts";
export { GrowingList, withoutMarks } from "./growing_list.ts";
export type { CheckedJournal } from "./session_store.ts";
export { realFileSystem } from "./file/real_file_system.ts";
export { type FolderProbe, probeFolder } from "./file/probe.ts";
export { freeDescriptors } from "./file/descriptors.ts";
export { openOwnFile, UntrustedPathError } from "./file/trusted_path.ts";
