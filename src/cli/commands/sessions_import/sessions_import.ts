import { basename, extname, join, resolve } from "@std/path";
import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { tell } from "../../../frontends/tell.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { counted } from "../../../frontends/counted.ts";
import { type CheckedExport, checkExport, type ExportBytes, importSession } from "../../../session/mod.ts";
import {
  checkName,
  checkNameIsFree,
  executionKey,
  keyOfPaths,
  realPaths,
  type SessionFile,
  type SessionStore,
  shortId,
} from "../../../store/mod.ts";
import { cleanLine } from "../../../text/mod.ts";
import { type ExportFile, openExport } from "../../export_bytes.ts";
import { fileNameOf } from "../../file_name.ts";
import { printNotices, rememberStorage, storedSessions } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";
import { programFolder, writeProgram, type WrittenFiles } from "./program_files.ts";

interface ImportCommand {
  readonly file: string;
  readonly as?: string;
  readonly into?: string;
  readonly identity?: string;
  readonly config?: string;
}

/** `playbooks sessions import`: makes a session from an exported file, and prints its id. */
export async function sessionsImport(command: ImportCommand, world: World): Promise<ExitCode> {
  const sessions = storedSessions(command, world);
  const as = command.as === undefined ? undefined : checkName(command.as);
  if (as !== undefined) checkNameIsFree(as, "", await sessions.list());
  using file = await openExport(command.file, command, world);
  checkSize(file, sessions);
  const checked = checkExport(file);
  const name = as ?? await freeName(checked.header.session.name, sessions);
  const program = placeProgram(checked, { command, name, sessions: await sessions.list(), world });
  let session;
  try {
    session = await makeSession({ sessions, file, checked, program, name, world });
  } catch (error) {
    program?.written.undo();
    throw error;
  }
  rememberStorage(sessions, world);
  printNotices(sessions, world);
  writeAll(world.stdout, `${session.id}\n`);
  tellResult(session, { checked, program, world });
  return exitCodes.ok;
}

/** Twice the bound: each line of the file has a hash. */
function checkSize({ name, size }: ExportFile, { maxSessionMb }: SessionStore): void {
  if (size <= 2 * maxSessionMb * 1024 * 1024) return;
  throw new PlaybooksError(
    `Cannot import ${name}: it is larger than a session of max_session_mb = ${maxSessionMb}; ` +
      "raise that under [limits] in playbooks.toml",
    { exitCode: exitCodes.storage },
  );
}

/** The name that the session had, if it can have it here. */
async function freeName(
  name: string | undefined,
  sessions: SessionStore,
): Promise<string | undefined> {
  if (name === undefined) return undefined;
  try {
    const checked = checkName(name);
    checkNameIsFree(checked, "", await sessions.list());
    return checked;
  } catch (error) {
    if (error instanceof PlaybooksError) return undefined;
    throw error;
  }
}

/** The program's files on disk. */
interface PlacedProgram {
  readonly folder: string;
  readonly paths: readonly string[];
  readonly written: WrittenFiles;
}

/** Finds or writes the program's files; `undefined` if the exported file has none. */
function placeProgram(
  { header, program }: CheckedExport,
  { command, name, sessions, world }: {
    readonly command: ImportCommand;
    readonly name: string | undefined;
    readonly sessions: readonly SessionFile[];
    readonly world: World;
  },
): PlacedProgram | undefined {
  // A redacted program is not the one that ran.
  if (program.length === 0 || header.redacted) return undefined;
  const { programFolder: recorded, programFiles, session } = header;
  const first = basename(program[0]!.path);
  const wanted = fileNameOf(name ?? session.name) ??
    fileNameOf(first.slice(0, -extname(first).length || undefined)) ??
    shortId(session.id);
  const folder = programFolder(program, {
    into: command.into === undefined ? undefined : resolve(world.cwd, command.into),
    places: [
      ...(isBelowHere(recorded) ? [join(world.cwd, recorded)] : []),
      world.cwd,
      ...foldersInUse(sessions, program[0]!.path, world.cwd),
    ],
    wanted: join(world.cwd, wanted),
  });
  const written = writeProgram(folder, program);
  const paths = realPaths(program.slice(0, Math.max(1, programFiles)).map(({ path }) => join(folder, path)));
  return { folder, paths, written };
}

/** Folders below `cwd` that hold the programs of sessions: an earlier import may have written this program. */
function foldersInUse(sessions: readonly SessionFile[], file: string, cwd: string): ReadonlySet<string> {
  const [start, end] = [join(realPaths([cwd])[0]!, "/"), join("/", file)];
  return new Set(
    sessions.flatMap(({ programPaths: [first] }) =>
      first?.startsWith(start) && first.endsWith(end) ? [first.slice(0, -end.length)] : []
    ),
  );
}

function isBelowHere(folder: string | undefined): folder is string {
  return folder !== undefined && !/^[/\\]|^[A-Za-z]:|(^|[/\\])\.\.([/\\]|$)/.test(folder) &&
    !folder.includes("\0");
}

async function makeSession(
  { sessions, file, checked, program, name, world }: {
    readonly sessions: SessionStore;
    readonly file: ExportBytes;
    readonly checked: CheckedExport;
    readonly program: PlacedProgram | undefined;
    readonly name: string | undefined;
    readonly world: World;
  },
): Promise<SessionFile> {
  // Without files, the session has names of files that need not exist, beside its storage.
  const named = checked.source?.files.map(({ path }) => basename(path)) ?? ["program.pb"];
  const beside = sessions.folder === undefined ? world.cwd : join(sessions.folder, "..");
  const absent = named.map((each) => join(beside, fileNameOf(each) ?? "program.pb"));
  const place = program
    ? { key: await executionKey(program.paths), programPaths: program.paths }
    : { key: await keyOfPaths(absent), programPaths: absent };
  return await importSession(sessions, file, {
    checked,
    place: { ...place, ...(name === undefined ? {} : { name }) },
    process: { pid: Deno.pid, host: Deno.hostname(), sync: "always" },
  });
}

function tellResult(
  session: SessionFile,
  { checked, program, world }: {
    readonly checked: CheckedExport;
    readonly program: PlacedProgram | undefined;
    readonly world: World;
  },
): void {
  const say = (text: string) => tell(world.stderr, `${cleanLine(text)}\n`);
  const { header, position, messages } = checked;
  const given = header.session.name;
  say(
    `ℹ Imported ${counted(position, "entry", "entries")} of session ${header.session.id}` +
      (session.name === undefined ? "" : ` as ${session.name}`),
  );
  if (given !== undefined && session.name === undefined) {
    say(
      `ℹ It has no name, because "${given}" means another session here; give it one with: ` +
        `playbooks sessions rename ${shortId(session.id)} NAME`,
    );
  }
  if (messages > 0) say(`ℹ ${counted(messages, "message waits", "messages wait")} for it`);
  if (program && program.written.count > 0) say(`ℹ Its program is in ${program.folder}`);
  if (program && program.written.count === 0) say(`ℹ Its program was already in ${program.folder}`);
  if (header.redacted) say("ℹ Texts were removed from it, so it can be read, but not run");
  else {
    if (!program) say("ℹ Its program's files are not in the file: it runs their text in the journal");
    say(`ℹ Read it with: playbooks sessions show ${shortId(session.id)}`);
    say(`ℹ Continue it with: playbooks resume ${shortId(session.id)}`);
  }
}
