export { executionKey, keyOfPaths, realPaths } from "./file/key.ts";
export {
  checkName,
  isSessionId,
  newSessionId,
  parseReference,
  type SessionReference,
} from "./file/session_id.ts";
export {
  refuseNewer,
  type SessionChange,
  type SessionFile,
  sessionFileName,
  type SessionStatus,
} from "./file/session_file.ts";
export { ageOf, isLeaseFree, type Lease, leaseHolder, takeLease } from "./file/lease.ts";
export type { LeaseHolder } from "./file/lease_file.ts";
export { type FindResult, findSession, notFoundError } from "./file/find.ts";
export { Sessions } from "./file/sessions.ts";
export { Storages } from "./file/storages.ts";
export {
  canGoOn,
  filesBesideStorage,
  findMoved,
  mayRelink,
  type MovedResult,
  type ProgramPlace,
  relinked,
} from "./file/moved.ts";
export {
  beginSession,
  newestToResume,
  type OpenSession,
  resumeSession,
  type ResumeTarget,
  resumeTarget,
  type Runner,
} from "./file/store.ts";
