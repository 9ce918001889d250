import { basename, dirname, relative, resolve, SEPARATOR } from "@std/path";
import { exitCodes, PlaybooksError } from "../../errors.ts";
import { label } from "../find.ts";
import { canGoOn } from "../resume_target.ts";
import { executionKey } from "./key.ts";
import type { SessionFile } from "../session_summary.ts";

/** A program's files and the storage that a run uses; all are absolute real paths. */
export interface ProgramPlace {
  readonly paths: readonly string[];
  /** `undefined` for a store that is not a folder. */
  readonly storage: string | undefined;
}

/** The result of the search, when no session has the key of these files. */
type MovedResult =
  | { readonly kind: "moved"; readonly session: SessionFile }
  /** Nothing is resumed; `notices` name sessions of files with the same names. */
  | { readonly kind: "none"; readonly notices: readonly string[] };

/**
 * Looks for the unfinished session of a program folder that was moved together with its storage.
 *
 * A session fits if it has the same file names at the same place relative to the storage. It is resumed if its recorded
 * files are gone, or are the same files under another path. If its recorded files still exist, this folder is a copy.
 * Then the user must choose, because both copies could do the same work. Throws a `PlaybooksError` (exit 3) that lists
 * the sessions if several fit, or if this is a copy.
 */
export function findMoved(sessions: readonly SessionFile[], here: ProgramPlace): MovedResult {
  const fitting = sessions.filter((session) => isAtSamePlace(session, here));
  const unfinished = fitting.filter((session) => canGoOn(session));
  const [first] = unfinished;
  if (first === undefined) return { kind: "none", notices: noticesOf(sessions, here) };
  const moved = unfinished.filter((session) => stateOfFiles(session, here) !== "there");
  if (unfinished.length === 1 && moved.length === 1) return { kind: "moved", session: first };
  throw new PlaybooksError(moved.length === 0 ? copyMessage(first, here) : severalMessage(unfinished, here), {
    exitCode: exitCodes.noSuchSession,
  });
}

function copyMessage(session: SessionFile, here: ProgramPlace): string {
  return `Cannot tell whether this folder was moved or copied: session ${label(session)} was made at ` +
    `${
      placeOf(session)
    }, where its files still are. Two copies would do the same work twice, so nothing was done. ` +
    `Go on with it here by: ${commandOf(here)} --resume=${session.id}; start anew by: ${commandOf(here)}`;
}

function severalMessage(sessions: readonly SessionFile[], here: ProgramPlace): string {
  const list = sessions.map((session) => `${label(session)}, made at ${placeOf(session)}`).join("; ");
  return `Cannot tell which session to resume: ${sessions.length} unfinished ones fit these files: ${list}. ` +
    `Nothing was done. Go on with one by: ${commandOf(here)} --resume=ID; start anew by: ${commandOf(here)}`;
}

/** Whether a session that the user names may continue with these files, although its key differs. */
export function mayRelink(session: SessionFile, here: ProgramPlace): boolean {
  if (isAtSamePlace(session, here)) return true;
  return haveSameNames(session, here) && stateOfFiles(session, here) !== "there";
}

/** The session with the paths of these files. */
export async function relinked(session: SessionFile, here: ProgramPlace): Promise<SessionFile> {
  const { storage: _, ...rest } = session;
  const storage = here.storage === undefined ? {} : { storage: here.storage };
  return { ...rest, key: await executionKey(here.paths), programPaths: here.paths, ...storage };
}

/** The session's files, if its storage was moved or copied with them; `undefined` if they are missing. */
export function filesBesideStorage(session: SessionFile, storage: string): readonly string[] | undefined {
  const recorded = session.storage;
  if (recorded === undefined || recorded === storage || session.programPaths.length === 0) return undefined;
  const paths = session.programPaths.map((path) => resolve(storage, relative(recorded, path)));
  return paths.every(isFile) ? paths : undefined;
}

/** Whether the session's files had these names at the same place relative to the storage. */
function isAtSamePlace(session: SessionFile, here: ProgramPlace): boolean {
  const { storage } = here;
  if (!haveSameNames(session, here) || storage === undefined) return false;
  if (session.storage !== undefined) {
    return tails(session.programPaths, session.storage) === tails(here.paths, storage);
  }
  // Version 0.1 did not record the storage: compare the rest of the paths.
  const [before, now] = [commonFolder(session.programPaths), commonFolder(here.paths)];
  if (tails(session.programPaths, before) !== tails(here.paths, now)) return false;
  const below = relative(storage, now).split(SEPARATOR).filter((part) => part !== ".." && part !== "");
  return below.length === 0 || before.endsWith(`${SEPARATOR}${below.join(SEPARATOR)}`);
}

function haveSameNames(session: SessionFile, here: ProgramPlace): boolean {
  const names = (paths: readonly string[]) => paths.map((path) => basename(path)).sort().join("\n");
  return session.programPaths.length > 0 && names(session.programPaths) === names(here.paths);
}

function tails(paths: readonly string[], folder: string): string {
  return paths.map((path) => relative(folder, path)).sort().join("\n");
}

function commonFolder(paths: readonly string[]): string {
  return paths.map((path) => dirname(path)).reduce((common, folder) => {
    while (
      folder !== common && !folder.startsWith(common.endsWith(SEPARATOR) ? common : common + SEPARATOR)
    ) {
      common = dirname(common);
    }
    return common;
  });
}

/**
 * `gone`: no recorded file exists. `same`: the recorded paths lead to these files, for example through a mount or on a
 * disk that ignores case. `there`: other files exist, or cannot be read.
 */
function stateOfFiles(session: SessionFile, here: ProgramPlace): "gone" | "same" | "there" {
  const recorded = session.programPaths.map(lookAt);
  if (recorded.every((file) => file === "gone")) return "gone";
  const ours = new Set(here.paths.map((path) => idOf(lookAt(path))));
  return recorded.every((file) => idOf(file) !== undefined && ours.has(idOf(file))) ? "same" : "there";
}

function lookAt(path: string): Deno.FileInfo | "gone" | "unknown" {
  try {
    return Deno.statSync(path);
  } catch (error) {
    const isGone = error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
    return isGone ? "gone" : "unknown";
  }
}

function isFile(path: string): boolean {
  const found = lookAt(path);
  return typeof found !== "string" && found.isFile;
}

/** Device and inode; `undefined` if the system has none. */
function idOf(file: ReturnType<typeof lookAt>): string | undefined {
  return typeof file === "string" || !file.ino ? undefined : `${file.dev}/${file.ino}`;
}

/** Notices that a new session starts although sessions of files with these names exist. */
function noticesOf(sessions: readonly SessionFile[], here: ProgramPlace): readonly string[] {
  const alike = sessions.filter((session) =>
    haveSameNames(session, here) && stateOfFiles(session, here) === "gone"
  );
  return alike.slice(0, maxNotices).map((session) =>
    canGoOn(session)
      ? `Session ${label(session)} of files with these names was made at ${
        placeOf(session)
      }, which is gone; ` +
        `go on with it by: ${commandOf(here)} --resume=${session.id}`
      : `Session ${label(session)} of files with these names, made at ${
        placeOf(session)
      }, has ${session.status}`
  );
}

const maxNotices = 3;

function placeOf(session: SessionFile): string {
  return session.programPaths.join(", ");
}

function commandOf(here: ProgramPlace): string {
  return `playbooks run ${here.paths.map((path) => /[^\w./@:+-]/.test(path) ? `'${path}'` : path).join(" ")}`;
}
