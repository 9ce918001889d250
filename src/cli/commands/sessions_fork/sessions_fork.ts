import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { tell } from "../../../frontends/tell.ts";
import { SessionHandle, type ValueEdit } from "../../../session/mod.ts";
import { checkName, refuseUnreadable, shortId } from "../../../store/mod.ts";
import { jsonText } from "../../../text/mod.ts";
import { personOf } from "../../person.ts";
import { findAnywhere, printNotices, storedSessions } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";
import { resume } from "../resume/resume.ts";
import type { RunOptions } from "../run/options.ts";
import { usageError } from "../../usage_error.ts";

/** `playbooks sessions fork`: makes a session from the first entries of another one. */
export async function sessionsFork(
  command: {
    readonly session: string;
    readonly name?: string;
    readonly set: readonly ValueEdit[];
    readonly run: boolean;
    readonly options: RunOptions;
  },
  world: World,
): Promise<ExitCode> {
  const { options } = command;
  if (!command.run) refuseRunOptions(options);
  const stored = storedSessions(options, world);
  const { sessions, session, position } = await findAnywhere(command.session, stored, world);
  printNotices(sessions, world);
  refuseUnreadable(session);
  const fork = await new SessionHandle(sessions, session.id).fork(
    { pid: Deno.pid, host: Deno.hostname(), sync: "always" },
    {
      ...(position === undefined ? {} : { position }),
      ...(command.name === undefined ? {} : { name: checkName(command.name) }),
      set: command.set,
      by: personOf(world),
      at: world.now(),
    },
  );
  await sessions.flushIndexes();
  const at = (await sessions.get(fork))?.forkedFrom?.position ?? 0;
  if (command.run) {
    if (!options.quiet) tell(world.stderr, `ℹ Forked ${session.id} after entry ${at}, as ${fork}\n`);
    return await resume({ ...options, resume: { kind: "session", reference: fork } }, world);
  }
  const goOn = `playbooks resume ${shortId(fork)}`;
  if (options.json) {
    writeAll(
      world.stdout,
      `${jsonText({ id: fork, forkedFrom: { id: session.id, position: at }, resume: goOn }, 2)}\n`,
    );
    return exitCodes.ok;
  }
  writeAll(world.stdout, `${fork}\n`);
  if (!options.quiet) tell(world.stderr, `ℹ Forked ${session.id} after entry ${at}; go on with: ${goOn}\n`);
  return exitCodes.ok;
}

/** A message that no run reads would be lost. */
function refuseRunOptions({ model, message, onUncertain, verbose, nonInteractive }: RunOptions): void {
  const given = { model, message, "on-uncertain": onUncertain, verbose, "non-interactive": nonInteractive };
  const flag = Object.entries(given).find(([, value]) => value !== undefined && value !== false)?.[0];
  if (flag !== undefined) throw usageError(`--${flag} needs --run: without it, nothing runs`);
}
