import { cleanLine, jsonText } from "../../../text/mod.ts";
import { type ExitCode, exitCodes } from "../../../errors.ts";
import { restoreState } from "../../../engine/mod.ts";
import { ageOf, type FileStore, formats, newerSentence, type SessionFile } from "../../../store/mod.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { thousands } from "../../../frontends/thousands.ts";
import {
  bytesInWords,
  costInWords,
  findAnywhere,
  printNotices,
  storedSessions,
} from "../../stored_sessions.ts";
import type { World } from "../../world.ts";

/** `playbooks sessions show`: prints a session's state, its cost, and how to resume it. */
export async function sessionsShow(
  command: { readonly session: string; readonly json: boolean; readonly config?: string },
  world: World,
): Promise<ExitCode> {
  const stored = storedSessions(command, world);
  const found = findAnywhere(command.session, stored, world);
  const { sessions } = found;
  printNotices(sessions, world);
  const folder = sessions.folderOf(found.session.id);
  const bytes = sessions.sizeOf(found.session.id);
  const { session, background } = await withJournal(sessions, found.session);
  const text = command.json
    ? jsonText({ ...session, folder, bytes, background, resume: howToResume(session) }, 2)
    : asText(session, { folder, bytes, background, nowMs: world.now() });
  writeAll(world.stdout, `${text}\n`);
  return exitCodes.ok;
}

/** An answer that a provider makes in the background. */
interface BackgroundAnswer {
  readonly model: string;
  readonly id: string;
}

/**
 * The summary with the numbers of the journal, and the answers that a resume fetches. A killed process left the summary of
 * its last checkpoint. `sessions verify` reports a session that cannot be read.
 */
async function withJournal(
  sessions: FileStore,
  session: SessionFile,
): Promise<{ readonly session: SessionFile; readonly background: readonly BackgroundAnswer[] }> {
  if (session.status === "completed" || session.status === "failed") return { session, background: [] };
  try {
    const { frames, position, at, spent } = restoreState(await sessions.load(session.id));
    const background = Object.values(frames).flatMap(({ accepted }) =>
      accepted ? [{ model: accepted.model, id: accepted.id }] : []
    );
    if (position <= session.position) return { session, background };
    const { turns, calls, costUsd } = spent;
    return {
      session: {
        ...session,
        position,
        updatedAt: new Date(at).toISOString(),
        turns,
        calls,
        tokens: spent.inputTokens + spent.outputTokens,
        costUsd,
      },
      background,
    };
  } catch {
    return { session, background: [] };
  }
}

function asText(
  session: SessionFile,
  { folder, bytes, background, nowMs }: {
    readonly folder: string;
    readonly bytes: number;
    readonly background: readonly BackgroundAnswer[];
    readonly nowMs: number;
  },
): string {
  const when = (time: string) => `${time} (${ageOf(time, nowMs)} ago)`;
  const { forkedFrom } = session;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Session", session.id],
    ["Name", session.name],
    ["Status", statusInWords(session)],
    ["Format", session.newer && newerSentence("It", session.newer, formats.session)],
    ["Program", session.programPaths.join(", ") || "not known"],
    ["Started", when(session.createdAt)],
    ["Last run", when(session.runAt)],
    ["Last entry", when(session.updatedAt)],
    ["Forked from", forkedFrom && originInWords(forkedFrom)],
    ["Journal", `${session.position} entries, last checkpoint at ${session.checkpoint}`],
    ["Spent", spent(session)],
    ...background.map(({ model, id }) =>
      ["In flight", `${model} makes answer ${id} in the background; a resume fetches it`] as const
    ),
    ["Folder", `${folder} (${bytesInWords(bytes)})`],
    ["Resume", howToResume(session)],
  ];
  return rows.filter(([, value]) => value !== undefined)
    .map(([label, value]) => `${label.padEnd(12)} ${cleanLine(value!)}`).join("\n");
}

function originInWords(
  { id, position, edits = 0, rewoundTo }: NonNullable<SessionFile["forkedFrom"]>,
): string {
  const kept = rewoundTo === undefined ? "" : `; keeps what that was before its rewind to entry ${rewoundTo}`;
  return `${id} at entry ${position}${edits > 0 ? ", with other values" : ""}${kept}`;
}

function statusInWords({ status, host, pid, exit }: SessionFile): string {
  if (status === "running") return `running, as process ${pid} on ${host}`;
  const waits = status === "waiting" ? ", for a person or a timer" : "";
  return exit === undefined ? status + waits : `${status}${waits} (exit code ${exit})`;
}

function spent({ turns, calls, tokens, costUsd }: SessionFile): string {
  return `${turns} turns, ${calls} model calls, ${thousands(tokens)} tokens, ${costInWords(costUsd)}`;
}

/** The command that resumes a session. A session that ended, or that runs elsewhere, can only be forked. */
function howToResume({ id, status, position, newer }: SessionFile): string {
  if (newer) return `playbooks resume ${id}, with the newer version`;
  switch (status) {
    case "running":
      return `playbooks resume ${id} --fork, while it runs elsewhere`;
    case "completed":
    case "failed":
      return `playbooks resume ${id}@N --fork, from before entry ${position}, since it has ended`;
    case "waiting":
      return `playbooks resume ${id}, with --message TEXT to answer at once`;
    case "stopped":
      return `playbooks resume ${id}`;
  }
}
