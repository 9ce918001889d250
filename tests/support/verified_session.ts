import { sessionReport } from "../../src/cli/commands/sessions_verify/session_report.ts";
import { stateChecks } from "../../src/engine/mod.ts";
import { FileStore, realFileSystem } from "../../src/store/mod.ts";

/** What `sessions verify` reports on a session. */
export function verifiedSession(storagePath: string, id: string, fs = realFileSystem()) {
  return sessionReport(new FileStore(storagePath, { fs, nowMs: Date.now }).verify(id, stateChecks()));
}
