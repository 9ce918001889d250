import { cleanLine, cleanText, cutText, jsonText } from "../../../text/mod.ts";
import { type ExitCode, exitCodes, messageOf, PlaybooksError } from "../../../errors.ts";
import {
  openQuestions,
  Programs,
  restoreState,
  type RuntimeSettings,
  type Source,
} from "../../../engine/mod.ts";
import { localDate, localTime } from "../../../frontends/local_time.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { counted } from "../../../frontends/counted.ts";
import { wrapWords } from "../../../frontends/wrap.ts";
import { reportPast, reportState, SessionHandle } from "../../../session/mod.ts";
import {
  ageOf,
  canGoOn,
  formats,
  newerSentence,
  type SessionFile,
  type SessionStore,
  UntrustedPathError,
} from "../../../store/mod.ts";
import { allowArguments } from "../../allow_flags.ts";
import { loadConfig } from "../../load_config.ts";
import { quoted } from "../../quoted.ts";
import { bytesInWords, findAnywhere, printNotices, storedSessions } from "../../stored_sessions.ts";
import { spentText } from "../../spent_text.ts";
import { terminalColumns } from "../../terminal_columns.ts";
import { checkPosition } from "../../session_reference.ts";
import type { World } from "../../world.ts";
import { type SessionDetails, stateSections } from "./state_sections.ts";

/** `playbooks sessions show`: prints a session's state, its cost, and how to resume it. */
export async function sessionsShow(
  command: {
    readonly session: string;
    readonly full: boolean;
    readonly json: boolean;
    readonly config?: string;
  },
  world: World,
): Promise<ExitCode> {
  const stored = storedSessions(command, world);
  const found = await findAnywhere(command.session, stored, world);
  const { sessions, position } = found;
  printNotices(sessions, world);
  const place = sessions.placeOf(found.session.id);
  const bytes = await sessions.sizeOf(found.session.id);
  const { session, background, permissions } = await withJournal(sessions, found.session);
  const resume = howToResume(session, missingFlags(session, permissions, command, world));
  checkPosition(session.id, position, session.position);
  const maxCharacters = command.full || command.json ? Infinity : maxValueCharacters;
  const details = await detailsOf(sessions, session, { position, maxCharacters });
  if (command.json) {
    const more = "error" in details ? { error: details.error } : details;
    const { sealed: _, ...shown } = session;
    writeAll(
      world.stdout,
      `${jsonText({ ...shown, folder: place, bytes, background, resume, ...more }, 2)}\n`,
    );
    return exitCodes.ok;
  }
  const summary = asText(session, {
    place: [sessions.folder === undefined ? "Database" : "Folder", `${place} (${bytesInWords(bytes)})`],
    background,
    resume,
    nowMs: world.now(),
    columns: terminalColumns(world, Infinity),
  });
  const columns = terminalColumns(world, command.full ? Infinity : undefined);
  writeAll(world.stdout, `${summary}\n${detailText(details, columns, command.full)}`);
  return exitCodes.ok;
}

/** Enough to recognise a value; `--full` shows it whole. */
const maxValueCharacters = 200;

/** The sections below the summary. */
function detailText(
  details: SessionDetails | { readonly error: string },
  columns: number,
  isFull: boolean,
): string {
  if ("error" in details) return `\nThe rest cannot be read: ${cleanLine(details.error)}\n`;
  const sections = stateSections(details).filter(({ lines }) => lines.length > 0);
  const title = `State after ${counted(details.state.position, "entry", "entries")}`;
  const shortened = (line: string) => isFull ? line : cutText(line, { maxCharacters: maxLineCharacters });
  const parts = sections.map(({ title, lines }) =>
    [title, ...lines.flatMap((line) => indented(cleanText(shortened(line)), columns))].join("\n")
  );
  const hint = isFull || !parts.join("").includes("…") ? [] : ["--full shows long values whole"];
  return `\n${[title, ...parts, ...hint].join("\n\n")}\n`;
}

/** The rows of a line of a section. A wrapped line stands out from the next one by a deeper indentation. */
function indented(line: string, columns: number): readonly string[] {
  const text = line.trimStart();
  const indent = " ".repeat(2 + line.length - text.length);
  const rows = wrapWords(text, Math.max(minTextColumns, columns - indent.length - 2));
  return rows.map((row, index) => `${indent}${index === 0 ? "" : "  "}${row}`);
}

/** On a narrower terminal, the terminal itself wraps. */
const minTextColumns = 20;

/** About four lines of a narrow terminal. */
const maxLineCharacters = 300;

/** The details, or the reason why the session cannot be read. */
async function detailsOf(
  sessions: SessionStore,
  session: SessionFile,
  { position, maxCharacters }: { readonly position: number | undefined; readonly maxCharacters: number },
): Promise<SessionDetails | { readonly error: string }> {
  const at = position === undefined ? {} : { position };
  try {
    const loaded = await sessions.load(session.id, at);
    if (loaded.position === 0) return { error: "it has no entries yet; a resume begins it" };
    const state = restoreState(loaded);
    const programs = new Programs();
    await programs.add(Object.values(state.sources));
    const source = state.sources[state.source];
    return {
      state: reportState(state, programs, { maxCharacters }),
      past: await reportPast(new SessionHandle(sessions, session.id).story({ ...at, maxCharacters: 200 })),
      questions: state.end ? [] : openQuestions(state, programs),
      changedFiles: source ? changedFiles(source, session.programPaths) : [],
    };
  } catch (error) {
    if (error instanceof UntrustedPathError) throw error;
    return { error: `${messageOf(error)}; playbooks sessions verify ${session.id} says more` };
  }
}

/** Program files that are gone, or whose text differs from the one that the session has. */
function changedFiles({ files }: Source, paths: readonly string[]): readonly string[] {
  return paths.flatMap((path) => {
    const kept = files.find((file) =>
      path === file.path || path.endsWith(`/${file.path.replace(/^(\.\.?\/)+/, "")}`)
    );
    if (!kept) return [];
    try {
      return Deno.readTextFileSync(path) === kept.text ? [] : [path];
    } catch {
      return [`${path} cannot be read`];
    }
  });
}

/** An answer that a provider makes in the background. */
interface BackgroundAnswer {
  readonly model: string;
  readonly id: string;
}

/** A session with the numbers of its journal. */
interface UnfinishedSession {
  readonly session: SessionFile;
  readonly background: readonly BackgroundAnswer[];
  /** The permissions of its code; absent if it has ended or cannot be read. */
  readonly permissions?: RuntimeSettings["permissions"];
}

/** Flags that give a resume the permissions of the session: its run had them from flags, or the settings changed. */
function missingFlags(
  { programPaths: [programFile] }: SessionFile,
  permissions: UnfinishedSession["permissions"],
  { config }: { readonly config?: string },
  world: World,
): readonly string[] {
  if (!permissions || programFile === undefined) return [];
  const options = { programFile, ...(config === undefined ? {} : { config }) };
  let given: RuntimeSettings["permissions"];
  try {
    given = loadConfig(options, world).runtime.permissions;
  } catch (error) {
    // A resume reports these settings.
    if (error instanceof PlaybooksError) return [];
    throw error;
  }
  const kinds = Object.keys(permissions) as (keyof typeof permissions)[];
  return allowArguments(
    Object.fromEntries(kinds.flatMap((kind) => {
      const missing = permissions[kind].filter((item) => !given[kind].includes(item));
      return missing.length === 0 ? [] : [[kind, missing]];
    })),
  ).map(quoted);
}

/**
 * The summary with the numbers of the journal, and the answers that a resume fetches. A killed process left the summary of
 * its last checkpoint. `sessions verify` reports a session that cannot be read.
 */
async function withJournal(
  sessions: SessionStore,
  session: SessionFile,
): Promise<UnfinishedSession> {
  if (!canGoOn(session)) return { session, background: [] };
  try {
    const { frames, position, at, spent, settings: { permissions } } = restoreState(
      await sessions.load(session.id),
    );
    const background = Object.values(frames).flatMap(({ accepted }) =>
      accepted ? [{ model: accepted.model, id: accepted.id }] : []
    );
    if (position <= session.position) return { session, background, permissions };
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
      permissions,
    };
  } catch (error) {
    // Another user may have written this session.
    if (error instanceof UntrustedPathError) throw error;
    return { session, background: [] };
  }
}

function asText(
  session: SessionFile,
  { place, background, resume, nowMs, columns }: {
    readonly place: readonly [label: string, text: string];
    readonly background: readonly BackgroundAnswer[];
    readonly resume: string;
    readonly nowMs: number;
    readonly columns: number;
  },
): string {
  const when = (time: string) => {
    const ms = Date.parse(time);
    return `${localDate(ms)} ${localTime(ms)} (${ageOf(time, nowMs)} ago)`;
  };
  const { forkedFrom, importedFrom } = session;
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Session", session.id],
    ["Name", session.name],
    ["Status", statusInWords(session)],
    ["Format", session.newer && newerSentence("It", session.newer, formats.encryptedSession)],
    ["Program", session.programPaths.join(", ") || (session.locked ? "encrypted" : "not known")],
    [
      "Encrypted",
      session.encrypted && (session.locked ? `yes, and there is ${keyInWords(session.locked)}` : "yes"),
    ],
    ["Started", when(session.createdAt)],
    ["Last run", when(session.runAt)],
    ["Last entry", when(session.updatedAt)],
    ["Forked from", forkedFrom && originInWords(forkedFrom)],
    [
      "Imported",
      importedFrom &&
      `from ${importedFrom.id} at entry ${importedFrom.position}${
        importedFrom.redacted ? "; redacted: texts were removed, so it can only be read" : ""
      }`,
    ],
    ["Journal", `${counted(session.position, "entry", "entries")}, last checkpoint at ${session.checkpoint}`],
    ["Spent", spentText(session)],
    ...background.map(({ model, id }) =>
      ["In flight", `${model} makes answer ${id} in the background; a resume fetches it`] as const
    ),
    place,
    ["Resume", resume],
  ];
  return rows.flatMap(([label, value]) => value === undefined ? [] : labelled(label, value, columns)).join(
    "\n",
  );
}

/** A row of the summary. Its further lines stand below its text. */
function labelled(label: string, value: string, columns: number): readonly string[] {
  const start = labelColumns + 1;
  return wrapWords(cleanLine(value), Math.max(minTextColumns, columns - start))
    .map((line, index) => `${(index === 0 ? label : "").padEnd(labelColumns)} ${line}`);
}

const labelColumns = 12;

function keyInWords(reason: NonNullable<SessionFile["locked"]>): string {
  return reason === "no key" ? "no PLAYBOOKS_KEY" : "another PLAYBOOKS_KEY";
}

function originInWords(
  { id, position, edits = 0, rewoundTo }: NonNullable<SessionFile["forkedFrom"]>,
): string {
  const kept = rewoundTo === undefined ? "" : `; a copy from before its rewind to entry ${rewoundTo}`;
  return `${id} at entry ${position}${edits > 0 ? ", with other values" : ""}${kept}`;
}

function statusInWords({ status, host, pid, exit }: SessionFile): string {
  if (status === "running") return `running, as process ${pid} on ${host}`;
  const waits = status === "waiting"
    ? ", for a person or a timer"
    : status === "queued"
    ? ", for playbooks worker"
    : "";
  return exit === undefined ? status + waits : `${status}${waits} (exit code ${exit})`;
}

/** The command that resumes a session. A session that ended, or that runs elsewhere, can only be forked. */
function howToResume(
  { id, status, position, newer, importedFrom }: SessionFile,
  flags: readonly string[],
): string {
  if (importedFrom?.redacted) return "not possible, because it is redacted";
  const resume = ["playbooks resume", id, ...flags].join(" ");
  if (newer) return `${resume}, with the newer version`;
  switch (status) {
    case "running":
      return `${resume} --fork, while it runs elsewhere`;
    case "completed":
    case "failed":
      return `playbooks resume ${id}@N --fork, with an N below ${position}, because it has ended`;
    case "waiting":
      return `${resume}, with --message TEXT to answer at once`;
    case "queued":
      return `playbooks worker, or here: ${resume}`;
    case "stopped":
      return resume;
  }
}
