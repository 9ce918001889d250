import { basename, resolve } from "@std/path";
import { defaultMaxFileKb } from "../../../engine/fold/settings.ts";
import { restoreState } from "../../../engine/mod.ts";
import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import {
  executionKey,
  realPaths,
  refuseUnreadable,
  type SessionFile,
  type SessionStore,
} from "../../../store/mod.ts";
import { cleanLine } from "../../../text/mod.ts";
import { expandPaths, readFiles } from "../../read_files.ts";
import { requireIdle } from "../../idle_session.ts";
import { realPath } from "../../load_config.ts";
import { quoted } from "../../quoted.ts";
import { sessionLabel } from "../../session_label.ts";
import { findWhole, printNotices, storedSessions } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";
import { markedPrograms } from "../run/job.ts";

/** `playbooks sessions relink`: gives a session new paths of its program, so that a run of these files finds it. */
export async function sessionsRelink(
  command: { readonly session: string; readonly files: readonly string[]; readonly config?: string },
  world: World,
): Promise<ExitCode> {
  const { sessions, session } = await findWhole(command.session, storedSessions(command, world), world);
  refuseUnreadable(session);
  const files = expandPaths(command.files, world.cwd);
  const paths = realPaths(files.map((file) => resolve(world.cwd, file)));
  const key = await executionKey(paths);
  const last = await sessions.lastFor(key);
  if (session.key === key && last?.id === session.id) {
    writeAll(world.stdout, `Session ${sessionLabel(session)} belongs to these files already\n`);
    return exitCodes.ok;
  }
  await requireIdle(sessions, session, "relink", world);
  const why = await sameProgram(sessions, session, paths);
  const isHidden = last !== undefined && last.id !== session.id && last.runAt > session.runAt;
  await sessions.update(session.id, {
    key,
    ...markedPrograms(paths, world),
    ...(sessions.folder === undefined ? {} : { storage: realPath(sessions.folder) }),
    // The newest session of a key is its last one.
    ...(isHidden && { runAt: new Date(world.now()).toISOString() }),
  });
  printNotices(sessions, world);
  const [before, now] = [session.programPaths, paths].map((each) => each.map(cleanLine).join(", "));
  writeAll(
    world.stdout,
    `Session ${sessionLabel(session)} now belongs to ${now}, which has ${why}\n` +
      (before === "" ? "" : `Before: ${before}\n`) +
      (isHidden
        ? `It is now the last session of these files; before, that was ${sessionLabel(last)}\n`
        : "") +
      `Go on with: playbooks run ${command.files.map(quoted).join(" ")} --resume\n`,
  );
  return exitCodes.ok;
}

/** Checks that the files are the session's program. Returns the reason; throws a `PlaybooksError` (exit 2) if they are not. */
async function sameProgram(
  sessions: SessionStore,
  session: SessionFile,
  paths: readonly string[],
): Promise<"the same names" | "the same text"> {
  const names = (all: readonly string[]) => all.map((path) => basename(path)).sort().join(", ");
  if (session.programPaths.length > 0 && names(session.programPaths) === names(paths)) {
    return "the same names";
  }
  const read = readFiles(paths, "/", { maxFileKb: defaultMaxFileKb });
  const source = restoreState(await sessions.load(session.id)).sources;
  const texts = read.map(({ text }) => text).sort().join("\0");
  const isSame = Object.values(source).some(({ files }) =>
    files.map(({ text }) => text).sort().join("\0") === texts
  );
  if (isSame) return "the same text";
  throw new PlaybooksError(
    `Cannot relink session ${sessionLabel(session)}: it runs ${
      cleanLine(names(session.programPaths)) || "other files"
    }, ` +
      `and ${cleanLine(names(paths))} has another name and another text; give the files of its program`,
    { exitCode: exitCodes.usage },
  );
}
