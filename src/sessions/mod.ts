export { executionKey, keyOfPaths, realPaths } from "./key.ts";
export { checkName, isSessionId, newSessionId, parseReference, type SessionReference } from "./session_id.ts";
export {
  refuseNewer,
  type SessionChange,
  type SessionFile,
  sessionFileName,
  type SessionStatus,
} from "./session_file.ts";
export { ageOf, isLeaseFree, type Lease, leaseHolder, takeLease } from "./lease.ts";
export type { LeaseHolder } from "./lease_file.ts";
export { type FindResult, findSession, notFoundError } from "./find.ts";
export { Sessions } from "./sessions.ts";
export { Storages } from "./storages.ts";
export {
  canGoOn,
  filesBesideStorage,
  findMoved,
  mayRelink,
  type MovedResult,
  type ProgramPlace,
  relinked,
} from "./moved.ts";
export {
  beginSession,
  newestToResume,
  type OpenSession,
  resumeSession,
  type ResumeTarget,
  resumeTarget,
  type Runner,
} from "./store.ts";
