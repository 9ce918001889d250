import { basename, dirname, join } from "@std/path";
import type { ExitCode } from "../../../errors.ts";
import type { Target } from "../../choose_session.ts";
import { isTrustedByShell, userSeal } from "../../load_config.ts";
import { accessOf, requireProgram } from "../../read_program.ts";
import { requireOwnProgram } from "../../trust.ts";
import { continueSession } from "../run/continue.ts";
import { checkServers, type Job, requireStorageOf, trustedConfig } from "../run/job.ts";

/** How a stored session is continued, wherever its program lies. */
interface Continuing extends Pick<Job, "command" | "world" | "ui" | "process"> {
  /** The session continues with its own source, even if its program's files have changed. */
  readonly isPinned: boolean;
  /** Configuration files that need not be reported. */
  readonly knownFiles: readonly string[];
}

/** Continues a session under the configuration of its program's folder, as far as the user trusts that. */
export async function continueTarget(target: Target, continuing: Continuing): Promise<ExitCode> {
  const { command, world, ui, process, knownFiles, isPinned } = continuing;
  const { session, sessions } = target;
  const paths = session.programPaths;
  const isPresent = arePresent(paths);
  const programFile = isPresent && command.config === undefined ? paths[0] : undefined;
  const config = await trustedConfig(command, programFile, { world, ui });
  const file = config.files.find((path) => !knownFiles.includes(path));
  if (file !== undefined) ui.fact({ type: "configuration", path: file });
  const storagePath = sessions.folder ?? config.storagePath;
  await requireStorageOf({ command, config, ui, world }, target);
  if (isPresent) {
    await requireOwnProgram({ ...session, place: sessions.location, folder: sessions.folder }, {
      isTrusted: command.trust || isTrustedByShell(world),
      seal: userSeal(world),
      confirm: (question) => ui.confirm(question),
    });
  }
  // Without its files, a session runs its own source.
  const source = isPresent && !isPinned
    ? await requireProgram(paths, world, { ...accessOf(config), use: "continue" })
    : undefined;
  ui.fact({ type: "loading", paths: source ? source.paths : paths });
  if (source) await checkServers({ command, config, ui, world, paths }, source.program);
  return await continueSession(
    {
      command,
      world,
      config: { ...config, storagePath },
      ui,
      process,
      // If the files are gone, a stranger's session must not open another folder.
      paths: isPresent ? paths : [join(dirname(storagePath), basename(paths[0] ?? "program.pb"))],
      ...(source ? { source } : {}),
    },
    target,
  );
}

function arePresent(paths: readonly string[]): boolean {
  return paths.length > 0 && paths.every((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}
