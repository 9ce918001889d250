import { exitCodes, PlaybooksError } from "../errors.ts";
import {
  canGoOn,
  filesBesideStorage,
  findMoved,
  mayRelink,
  newestToResume,
  type ProgramPlace,
  relinked,
  type ResumeTarget,
  resumeTarget,
  type SessionFile,
  type SessionStore,
} from "../store/mod.ts";
import type { ResumeCommand, ResumeFlag } from "./commands/run/options.ts";
import { realPath } from "./load_config.ts";
import { findAnywhere, otherStorages } from "./stored_sessions.ts";
import type { World } from "./world.ts";

/** The session to resume, and the storage that holds it. */
export type Target = Extract<ResumeTarget, { kind: "resume" }> & {
  readonly sessions: SessionStore;
  /** The old paths of its files, if the session gets new ones. */
  readonly movedFrom?: readonly string[];
};

/** The choice of `run FILES --resume`: a session, or notices to show before a new one begins. */
type RunTarget =
  | { readonly kind: "target"; readonly target: Target }
  | { readonly kind: "none"; readonly notices: readonly string[] };

/**
 * Chooses the session of `run FILES --resume`: the named one, else the last one of these files, else the one of a moved
 * folder. Throws a `PlaybooksError` if the named session belongs to other files, or if several sessions match.
 */
export async function sessionToRun(
  resume: ResumeFlag,
  sessions: SessionStore,
  program: { readonly key: string; readonly paths: readonly string[] },
  world: World,
): Promise<RunTarget> {
  if (resume.kind === "session") {
    const found = await findAnywhere(resume.reference, sessions, world);
    const target: Target = { kind: "resume", explicit: true, ...found };
    const { session } = target;
    if (session.key === "" || session.key === program.key) return { kind: "target", target };
    const here = placeOf(target.sessions, program.paths);
    if (!mayRelink(session, here)) throw otherProgramError(session, program.paths);
    return { kind: "target", target: await moved(target, here) };
  }
  const last = await resumeTarget(sessions, { key: program.key });
  if (last.kind === "resume") return { kind: "target", target: { ...last, sessions } };
  // A database does not move with a folder.
  if (sessions.folder === undefined) return { kind: "none", notices: [] };
  const here = placeOf(sessions, program.paths);
  const found = findMoved(await sessions.list(), here);
  if (found.kind === "none") {
    return { kind: "none", notices: [...found.notices, ...await lockedNotice(sessions)] };
  }
  const target: Target = { kind: "resume", explicit: false, session: found.session, sessions };
  return { kind: "target", target: await moved(target, here) };
}

/**
 * Chooses the session of `playbooks resume`: the named one, else the newest resumable one, here or in any other storage of
 * this user. If no session can be resumed, chooses the newest one here, so that the user reads how it ended.
 */
export async function sessionToResume(
  { resume }: ResumeCommand,
  sessions: SessionStore,
  world: World,
): Promise<Target> {
  if (resume.kind === "session") {
    const found = await findAnywhere(resume.reference, sessions, world);
    return await besideStorage({ kind: "resume", explicit: true, ...found });
  }
  const here = await newestToResume(sessions);
  if (here) return await besideStorage({ kind: "resume", explicit: false, session: here, sessions });
  // To know whether other storages are used, their folders are listed.
  const others = otherStorages(sessions, world);
  for (const each of others) {
    const session = await newestToResume(each);
    if (session) return await besideStorage({ kind: "resume", explicit: false, session, sessions: each });
  }
  for (const each of [sessions, ...others]) {
    const [session] = await each.list();
    if (session) return { kind: "resume", explicit: false, session, sessions: each };
  }
  throw new PlaybooksError("There is no session to resume; say playbooks run FILE to begin one", {
    exitCode: exitCodes.noSuchSession,
  });
}

/** A moved or copied storage: the program's files beside it belong to its sessions. */
async function besideStorage(target: Target): Promise<Target> {
  const { folder } = target.sessions;
  if (folder === undefined || !canGoOn(target.session)) return target;
  const storage = realPath(folder);
  const paths = filesBesideStorage(target.session, storage);
  return paths ? await moved(target, { paths, storage }) : target;
}

/** The place of a program's files, as the store of a session sees it. */
function placeOf({ folder }: SessionStore, paths: readonly string[]): ProgramPlace {
  return { paths, storage: folder === undefined ? undefined : realPath(folder) };
}

async function moved(target: Target, here: ProgramPlace): Promise<Target> {
  return { ...target, session: await relinked(target.session, here), movedFrom: target.session.programPaths };
}

/** Says that a moved folder's session may be among those that the key does not open. */
async function lockedNotice(sessions: SessionStore): Promise<readonly string[]> {
  const isLocked = (await sessions.list()).some((session) => session.locked && canGoOn(session));
  return isLocked
    ? [
      "Some sessions here are encrypted, and PLAYBOOKS_KEY does not open them; one may belong to these files",
    ]
    : [];
}

/** Refuses to run a session of another program with these files. */
function otherProgramError(session: SessionFile, paths: readonly string[]): PlaybooksError {
  return new PlaybooksError(
    `Cannot resume session "${session.id}" with ${paths.join(", ")}: it runs ${
      session.programPaths.join(", ")
    }; say playbooks resume ${session.id}`,
    { exitCode: exitCodes.usage },
  );
}
