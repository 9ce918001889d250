import { cleanLine, jsonText } from "../../../text/mod.ts";
import { type ExitCode, exitCodes } from "../../../errors.ts";
import { stateChecks } from "../../../engine/mod.ts";
import { type FileStore, notFoundError } from "../../../store/mod.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { thousands } from "../../../frontends/thousands.ts";
import { userSeal } from "../../load_config.ts";
import { refusePosition } from "../../session_reference.ts";
import { storedSessions } from "../../stored_sessions.ts";
import { indexReport } from "./index_report.ts";
import { type Finding, type SessionReport, sessionReport } from "./session_report.ts";
import type { World } from "../../world.ts";

/** `playbooks sessions verify`: checks all that is stored of one session or of all; exit code 6 when something is wrong. */
export async function sessionsVerify(
  command: { readonly session?: string; readonly json: boolean; readonly config?: string },
  world: World,
): Promise<ExitCode> {
  const sessions = storedSessions(command, world);
  const checks = stateChecks(userSeal(world));
  const verified = command.session === undefined
    ? await sessions.verifyAll(checks)
    : { sessions: [sessions.verify(requiredId(sessions, command.session), checks)] };
  const reports = verified.sessions.map(sessionReport);
  const index = "index" in verified ? indexReport(verified.index) : undefined;
  const sound = [...reports, ...(index ? [index] : [])].every(({ findings }) => findings.length === 0);
  const { storagePath } = sessions;
  writeAll(
    world.stdout,
    command.json
      ? `${jsonText({ storagePath, sound, sessions: reports, ...(index && { index }) }, 2)}\n`
      : asText(reports, index, storagePath),
  );
  return sound ? exitCodes.ok : exitCodes.storage;
}

function requiredId(sessions: FileStore, reference: string): string {
  const found = sessions.find(reference);
  if (found.kind !== "found") throw notFoundError(reference, found);
  refusePosition(reference, found.position);
  return found.session.id;
}

function asText(
  reports: readonly SessionReport[],
  index: ReturnType<typeof indexReport> | undefined,
  storagePath: string,
): string {
  const lines: string[] = [];
  for (const report of reports) {
    const { id, name, running, entries, checkpoints, blobs, findings, notes } = report;
    const counts = `${counted(entries, "entry", "entries")}, ${counted(checkpoints, "checkpoint")}, ${
      counted(blobs, "blob")
    }`;
    lines.push(
      `${mark(findings)} ${id}${name === undefined ? "" : ` (${cleanLine(name)})`}: ${counts}, ${
        findings.length === 0 ? "sound" : "not sound"
      }${running ? ", as far as it is not being written" : ""}`,
      ...details(findings, notes),
    );
  }
  if (index && (reports.length > 0 || index.findings.length > 0)) {
    const verdict = index.findings.length === 0 ? "agree with the folders" : "are not sound";
    lines.push(
      `${mark(index.findings)} Registry and JSON index ${verdict}`,
      ...details(index.findings, index.notes),
    );
  }
  if (reports.length === 0) lines.push(`There are no sessions in ${storagePath}`);
  return lines.map((line) => `${line}\n`).join("");
}

function details(findings: readonly Finding[], notes: readonly string[]): readonly string[] {
  return [
    ...findings.flatMap(({ file, what, lost, fix }) => [
      `   ${cleanLine(`${file}: ${what}`)}`,
      `     What could be lost: ${lost}`,
      `     What to do: ${fix}`,
    ]),
    ...notes.map((note) => `   ℹ ${note}`),
  ];
}

function mark(findings: readonly Finding[]): string {
  return findings.length === 0 ? "✅" : "❌";
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${thousands(count)} ${count === 1 ? one : many}`;
}
