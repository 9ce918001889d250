import { type CheckedExport, checkExport } from "../../../session/mod.ts";
import { cleanLine, jsonText } from "../../../text/mod.ts";
import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { stateChecks } from "../../../engine/mod.ts";
import { notFoundError, type SessionStore } from "../../../store/mod.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { counted } from "../../../frontends/counted.ts";
import { thousands } from "../../../frontends/thousands.ts";
import { type ExportFile, openExport } from "../../export_bytes.ts";
import { userSeal } from "../../load_config.ts";
import { refusePosition } from "../../session_reference.ts";
import { storedSessions } from "../../stored_sessions.ts";
import { indexReport } from "./index_report.ts";
import { type Finding, type SessionReport, sessionReport } from "./session_report.ts";
import type { World } from "../../world.ts";

/** `playbooks sessions verify`: checks all that is stored of one session or of all; exit code 6 when something is wrong. */
export async function sessionsVerify(
  command: {
    readonly session?: string;
    readonly file?: string;
    readonly identity?: string;
    readonly json: boolean;
    readonly config?: string;
  },
  world: World,
): Promise<ExitCode> {
  if (command.file !== undefined) return await verifyFile(command.file, command, world);
  const sessions = storedSessions(command, world);
  const checks = stateChecks(userSeal(world));
  const verified = command.session === undefined
    ? await sessions.verifyAll(checks)
    : { sessions: [await sessions.verify(await requiredId(sessions, command.session), checks)] };
  const reports = verified.sessions.map(sessionReport);
  const index = "index" in verified ? indexReport(verified.index) : undefined;
  const sound = [...reports, ...(index ? [index] : [])].every(({ findings }) => findings.length === 0);
  const notChecked = reports.filter(({ locked }) => locked !== undefined).length;
  const { location: storagePath } = sessions;
  writeAll(
    world.stdout,
    command.json
      ? `${jsonText({ storagePath, sound, notChecked, sessions: reports, ...(index && { index }) }, 2)}\n`
      : asText(reports, index, sessions),
  );
  return sound ? exitCodes.ok : exitCodes.storage;
}

/** Checks an exported session. A fault is thrown, with its place. */
async function verifyFile(
  name: string,
  { json, ...keys }: { readonly json: boolean; readonly identity?: string },
  world: World,
): Promise<ExitCode> {
  using file = await openExport(name, keys, world);
  const checked = checkedOrFault(file);
  if (checked instanceof PlaybooksError) {
    if (!json) throw checked;
    writeAll(world.stdout, `${jsonText({ file: name, sound: false, reason: checked.message }, 2)}\n`);
    return checked.exitCode;
  }
  const { header, position, lines, blobs, messages, program, hash } = checked;
  const { session, exportedAt, redacted = false } = header;
  const facts = {
    file: name,
    sound: true,
    session: session.id,
    exportedAt,
    redacted,
    entries: position,
    blobs,
  };
  const counts = `${counted(position, "entry", "entries")}, ${counted(blobs, "blob")}, ${
    counted(program.length, "program file")
  }, ${counted(messages, "waiting message")}`;
  writeAll(
    world.stdout,
    json
      ? `${jsonText({ ...facts, messages, programFiles: program.length, lines, hash }, 2)}\n`
      : `✅ ${file.name}: session ${session.id}, exported at ${cleanLine(exportedAt)}: ${counts}, ${
        redacted ? "redacted, " : ""
      }whole\n   SHA-256 of the chain: ${hash}\n`,
  );
  return exitCodes.ok;
}

function checkedOrFault(file: ExportFile): CheckedExport | PlaybooksError {
  try {
    return checkExport(file);
  } catch (error) {
    if (error instanceof PlaybooksError) return error;
    throw error;
  }
}

async function requiredId(sessions: SessionStore, reference: string): Promise<string> {
  const found = await sessions.find(reference);
  if (found.kind !== "found") throw notFoundError(reference, found);
  refusePosition(reference, found.position);
  return found.session.id;
}

function asText(
  reports: readonly SessionReport[],
  index: ReturnType<typeof indexReport> | undefined,
  { folder, location }: SessionStore,
): string {
  const lines: string[] = [];
  for (const report of reports) {
    if (report.locked !== undefined) {
      lines.push(`🔒 ${report.id}: not checked, because it is encrypted and ${lockWords[report.locked]}`);
      continue;
    }
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
  if (index && folder !== undefined && (reports.length > 0 || index.findings.length > 0)) {
    const verdict = index.findings.length === 0 ? "agree with the folders" : "are not sound";
    lines.push(
      `${mark(index.findings)} Registry and JSON index ${verdict}`,
      ...details(index.findings, index.notes),
    );
  }
  const { length: locked } = reports.filter((report) => report.locked !== undefined);
  if (locked > 0) {
    lines.push(
      `ℹ ${counted(locked, "session")} of ${
        thousands(reports.length)
      } not checked: set PLAYBOOKS_KEY in the shell`,
    );
  }
  if (reports.length === 0) lines.push(`There are no sessions in ${location}`);
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

const lockWords = {
  "no key": "PLAYBOOKS_KEY is not set",
  "wrong key": "PLAYBOOKS_KEY is another key",
} as const;

function mark(findings: readonly Finding[]): string {
  return findings.length === 0 ? "✅" : "❌";
}
