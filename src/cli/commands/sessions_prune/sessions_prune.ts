import { type ExitCode, exitCodes } from "../../../errors.ts";
import { counted } from "../../../frontends/counted.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { ageOf, canGoOn, type SessionFile, type SessionStore, shortId } from "../../../store/mod.ts";
import { jsonText } from "../../../text/mod.ts";
import { confirmed } from "../../confirm.ts";
import { hasColour, nameCell, statusText, widthOf } from "../../session_columns.ts";
import { filterOf, programNames } from "../../session_filter.ts";
import { bytesInWords, printNotices, storedSessions } from "../../stored_sessions.ts";
import { terminalTable } from "../../table.ts";
import type { World } from "../../world.ts";
import { emptyTrash } from "../sessions_rm/sessions_rm.ts";
import type { PruneOptions } from "./options.ts";

type Sized = SessionFile & { readonly bytes: number };

/** `playbooks sessions prune`: shows which sessions would go, and moves them to the trash after a question or with `--yes`. */
export async function sessionsPrune(command: PruneOptions, world: World): Promise<ExitCode> {
  const sessions = storedSessions(command, world);
  if (command.trash) return await emptyTrash(sessions, command, world);
  const chosen = await sessionsToPrune(sessions, command, world);
  const bytes = chosen.reduce((sum, each) => sum + each.bytes, 0);
  const answer = chosen.length > 0 ? await isWanted(chosen, bytes, command, world) : "not asked";
  const removes = answer === "yes";
  const removed: Sized[] = [];
  if (removes) {
    for (const session of chosen) {
      // A session that was resumed meanwhile stays.
      if (await sessions.holder(session.id)) continue;
      await sessions.remove(session.id);
      removed.push(session);
    }
    await sessions.flushIndexes();
  }
  printNotices(sessions, world);
  writeAll(world.stdout, command.json ? asJson(chosen, removed) : verdict(chosen, bytes, removed, answer));
  return exitCodes.ok;
}

async function isWanted(
  chosen: readonly Sized[],
  bytes: number,
  { yes, json }: PruneOptions,
  world: World,
): Promise<Answer> {
  if (!json) writeAll(world.stdout, asTable(chosen, world));
  if (yes) return "yes";
  if (json || !world.stdin.isTerminal() || !world.stderr.isTerminal()) return "not asked";
  const what = `${counted(chosen.length, "session")} (${bytesInWords(bytes)})`;
  return await confirmed(`Move ${what} to the trash?`, { yes }, world) ? "yes" : "no";
}

/** A person's answer to the question whether the chosen sessions go. */
type Answer = "yes" | "no" | "not asked";

async function sessionsToPrune(
  sessions: SessionStore,
  { filter, olderThanMs, keep = 0, maxBytes, unfinished }: PruneOptions,
  world: World,
): Promise<readonly Sized[]> {
  const nowMs = world.now();
  const matches = filterOf(filter, { nowMs, cwd: world.cwd });
  const all = (await sessions.list()).filter(matches);
  const isOld = ({ runAt }: SessionFile) =>
    olderThanMs === undefined || Date.parse(runAt) < nowMs - olderThanMs;
  const mayGo = (session: SessionFile) => !canGoOn(session) || unfinished && session.status !== "running";
  const chosen: Sized[] = [];
  let totalBytes = 0;
  const sized: Sized[] = [];
  for (const [index, session] of all.entries()) {
    const isCandidate = index >= keep && isOld(session) && mayGo(session);
    if (!isCandidate && maxBytes === undefined) continue;
    const bytes = await sessions.sizeOf(session.id);
    totalBytes += bytes;
    if (isCandidate) sized.push({ ...session, bytes });
  }
  // The list is newest first, and the oldest go first.
  for (const session of sized.toReversed()) {
    if (maxBytes !== undefined && totalBytes <= maxBytes) break;
    totalBytes -= session.bytes;
    chosen.push(session);
  }
  return chosen;
}

function verdict(
  chosen: readonly Sized[],
  bytes: number,
  removed: readonly Sized[],
  answer: Answer,
): string {
  if (chosen.length === 0) return "Nothing to remove\n";
  if (answer === "no") return "No: nothing was changed\n";
  if (answer === "not asked") {
    return `${counted(chosen.length, "session")} would go to the trash and free ${
      bytesInWords(bytes)
    }; nothing was changed. Add --yes to move them\n`;
  }
  const freed = bytesInWords(removed.reduce((sum, each) => sum + each.bytes, 0));
  return `Moved ${counted(removed.length, "session")} (${freed}) to the trash; ` +
    "playbooks sessions rm --restore ID brings one back, playbooks sessions prune --trash deletes all for ever\n";
}

function asJson(chosen: readonly Sized[], removed: readonly Sized[]): string {
  const sessions = chosen.map((session) => {
    const { id, name, status, runAt, bytes } = session;
    return { id, name, status, runAt, bytes, removed: removed.includes(session) };
  });
  return `${jsonText({ sessions, bytes: sessions.reduce((sum, { bytes }) => sum + bytes, 0) }, 2)}\n`;
}

function asTable(chosen: readonly Sized[], world: World): ReturnType<typeof terminalTable> {
  const nowMs = world.now();
  const colour = hasColour(world);
  const rows = chosen.map((session) => [
    shortId(session.id),
    nameCell(session),
    statusText(session.status, { colour }),
    programNames(session),
    ageOf(session.runAt, nowMs),
    bytesInWords(session.bytes),
  ]);
  return terminalTable(["ID", "NAME", "STATUS", "PROGRAM", "AGE", "SIZE"], rows, {
    width: widthOf(world),
    shrinks: ["PROGRAM", "NAME"],
  });
}
