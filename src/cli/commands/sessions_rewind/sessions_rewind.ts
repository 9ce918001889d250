import { type ExitCode, exitCodes } from "../../../errors.ts";
import { counted } from "../../../frontends/counted.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { tell } from "../../../frontends/tell.ts";
import { previewRewind, rewindSession } from "../../../session/mod.ts";
import { refuseUnreadable, shortId } from "../../../store/mod.ts";
import { cleanLine, jsonText } from "../../../text/mod.ts";
import { confirmed } from "../../confirm.ts";
import { requireIdle } from "../../idle_session.ts";
import { findAnywhere, printNotices, storedSessions } from "../../stored_sessions.ts";
import { usageError } from "../../usage_error.ts";
import type { World } from "../../world.ts";

/** `playbooks sessions rewind`: takes a session back to an earlier entry, and keeps all entries in a fork. */
export async function sessionsRewind(
  command: {
    readonly session: string;
    readonly yes: boolean;
    readonly json: boolean;
    readonly config?: string;
  },
  world: World,
): Promise<ExitCode> {
  const stored = storedSessions(command, world);
  const { sessions, session, position } = await findAnywhere(command.session, stored, world);
  printNotices(sessions, world);
  if (position === undefined) {
    throw usageError(`sessions rewind needs the entry to go back to, as in ${command.session}@12`);
  }
  refuseUnreadable(session);
  await requireIdle(sessions, session, "rewind", world);
  const { words, effects } = await previewRewind(sessions, { session, position });
  if (words > 0) {
    tell(
      world.stderr,
      `ℹ ${counted(words, "message")} shown after entry ${position} will be shown again\n`,
    );
  }
  for (const effect of effects) {
    tell(world.stderr, `⚠️  Done before, at entry ${effect.position}: ${cleanLine(effect.what)}\n`);
  }
  const question = `${counted(effects.length, "outside effect")} may be done again. Go back?`;
  if (effects.length > 0 && !await confirmed(question, command, world)) {
    tell(world.stderr, "Nothing was changed\n");
    return exitCodes.ok;
  }
  const kept = await rewindSession(
    sessions,
    { session, position },
    { pid: Deno.pid, host: Deno.hostname(), sync: "always" },
  );
  await sessions.flushIndexes();
  const goOn = `playbooks resume ${shortId(session.id)}`;
  if (command.json) {
    writeAll(
      world.stdout,
      `${jsonText({ id: session.id, position, kept, wordsShownAgain: words, effects, resume: goOn }, 2)}\n`,
    );
    return exitCodes.ok;
  }
  writeAll(world.stdout, `${kept}\n`);
  tell(
    world.stderr,
    `ℹ ${session.id} is at entry ${position} again; ${kept} keeps all entries; go on with: ${goOn}\n`,
  );
  return exitCodes.ok;
}
