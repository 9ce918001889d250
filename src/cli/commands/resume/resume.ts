import { basename, dirname, join } from "@std/path";
import type { ExitCode } from "../../../errors.ts";
import { printFact } from "../../../frontends/mod.ts";
import { sessionToResume } from "../../choose_session.ts";
import { isTrustedByShell, userSeal } from "../../load_config.ts";
import { accessOf, requireProgram } from "../../read_program.ts";
import { requireOwnProgram, requireTrustInStorage } from "../../trust.ts";
import type { World } from "../../world.ts";
import { continueSession } from "../run/continue.ts";
import { type Front, withFront } from "../run/front.ts";
import { checkServers, configFor, requireStorageOf, trustedConfig } from "../run/job.ts";
import { sessionsOf } from "../../stored_sessions.ts";
import { withMessage } from "../run/message.ts";
import type { ResumeCommand } from "../run/options.ts";

/** `playbooks resume [ID]`: continues a session, from any folder. */
export function resume(command: ResumeCommand, world: World): Promise<ExitCode> {
  return withFront(command, world, (front) => resumeSession(command, world, front));
}

async function resumeSession(
  given: ResumeCommand,
  world: World,
  { ui, interrupts }: Front,
): Promise<ExitCode> {
  const command = await withMessage(given, { world, ui });
  const config = configFor(command, undefined, world);
  requireTrustInStorage(config);
  const target = await sessionToResume(command, sessionsOf(config, world), world);
  const { sessions } = target;
  const paths = target.session.programPaths;
  const isPresent = arePresent(paths);
  const programFile = isPresent && command.config === undefined ? paths[0] : undefined;
  const sessionConfig = await trustedConfig(command, programFile, { world, ui });
  const file = sessionConfig.files.find((path) => !config.files.includes(path));
  if (file !== undefined) printFact(ui, { type: "configuration", path: file });
  await requireStorageOf({ command, config: sessionConfig, ui, world }, target);
  if (isPresent) {
    await requireOwnProgram({ ...target.session, storagePath: sessions.storagePath }, {
      isTrusted: command.trust || isTrustedByShell(world),
      seal: userSeal(world),
      confirm: (question) => ui.confirm(question),
    });
  }
  // A session can be resumed without the program's files. It then runs its own source.
  const source = isPresent
    ? await requireProgram(paths, world, { ...accessOf(sessionConfig), use: "continue" })
    : undefined;
  printFact(ui, { type: "loading", paths: source ? source.paths : paths });
  if (source) await checkServers({ command, config: sessionConfig, ui, world, paths }, source.program);
  return await continueSession(
    {
      command,
      world,
      config: { ...sessionConfig, storagePath: sessions.storagePath },
      ui,
      interrupts,
      // If the files are gone, a stranger's session must not open another folder.
      paths: source ? paths : [join(dirname(sessions.storagePath), basename(paths[0] ?? "program.pb"))],
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
