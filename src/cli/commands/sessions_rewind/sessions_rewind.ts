import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { openUi } from "../../../frontends/mod.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { tell } from "../../../frontends/tell.ts";
import { previewRewind, rewindSession } from "../../../session/mod.ts";
import { refuseNewer } from "../../../store/mod.ts";
import { cleanLine, jsonText } from "../../../text/mod.ts";
import { findAnywhere, printNotices, storedSessions } from "../../stored_sessions.ts";
import { usageError } from "../../usage_error.ts";
import type { World } from "../../world.ts";

/** `playbooks sessions rewind`: takes a session back to an earlier entry, and keeps what it was as a fork. */
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
  const { sessions, session, position } = findAnywhere(command.session, stored, world);
  printNotices(sessions, world);
  if (position === undefined) {
    throw usageError(`sessions rewind needs the entry to go back to, as in ${command.session}@12`);
  }
  refuseNewer(session);
  const { words, effects } = await previewRewind(sessions, { session, position });
  if (words > 0) {
    tell(
      world.stderr,
      `ℹ ${counted(words, "word", "words")} shown after entry ${position} will be shown again\n`,
    );
  }
  for (const effect of effects) {
    tell(world.stderr, `⚠️  Done before, at entry ${effect.position}: ${cleanLine(effect.what)}\n`);
  }
  if (effects.length > 0 && !command.yes && !await isConfirmed(effects.length, world)) {
    throw new PlaybooksError(
      `Session "${session.id}" stays as it is: ${
        counted(effects.length, "outside effect", "outside effects")
      } ` +
        `after entry ${position} may be done again; say --yes to rewind all the same`,
      { exitCode: exitCodes.choiceNeeded },
    );
  }
  const kept = await rewindSession(
    sessions,
    { session, position },
    { pid: Deno.pid, host: Deno.hostname(), sync: "always" },
  );
  await sessions.flushIndexes();
  const goOn = `playbooks resume ${session.id.slice(-8)}`;
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
    `ℹ ${session.id} is at entry ${position} again; ${kept} keeps what it was; go on with: ${goOn}\n`,
  );
  return exitCodes.ok;
}

/** Asks on a terminal. Without one, the answer is no. */
async function isConfirmed(effects: number, world: World): Promise<boolean> {
  const { stdin, stdout, stderr, now, columns, environment } = world;
  using ui = await openUi({
    stdin,
    stdout,
    stderr,
    now,
    columns,
    environment,
    json: false,
    stream: false,
    nonInteractive: false,
    snoop: false,
    verbose: false,
    quiet: false,
    interrupt: () => {},
  });
  return await ui.confirm(
    `${counted(effects, "outside effect", "outside effects")} may be done again; go back all the same?`,
  );
}

function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}
