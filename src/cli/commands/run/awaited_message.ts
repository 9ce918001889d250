import { exitCodes, PlaybooksError } from "../../../errors.ts";
import { SessionHandle } from "../../../session/mod.ts";
import type { Target } from "../../choose_session.ts";

/**
 * Checks that an agent of a session waits for a person, so that a `--message` has a reader. Reads the journal and changes
 * nothing. Otherwise throws a `PlaybooksError` (exit 2) that names the waiting sessions of the storage.
 */
export async function checkMessageIsAwaited(
  target: Target,
  { fork }: { readonly fork: boolean },
): Promise<void> {
  const { session, sessions, position } = target;
  // If the session runs elsewhere, opening its lease reports that.
  if (session.status === "running" && !fork) return;
  const snapshot = await new SessionHandle(sessions, session.id).snapshot({
    ...(position === undefined ? {} : { position }),
    // A fork of an ended session leaves the end out.
    withoutEnd: fork && position === undefined,
  });
  // A session without entries starts again. The message is then the user's first words.
  if (!snapshot || (!snapshot.end && snapshot.questions.length > 0)) return;
  const status = snapshot.end?.status ?? session.status;
  throw new PlaybooksError(
    `Cannot give the message to session "${session.id}" (${status}): no agent there waits for a person; ` +
      `nothing was done${waitingElsewhere(target)}`,
    { exitCode: exitCodes.usage },
  );
}

/** Other sessions of the storage that wait for a person, by id and name, at most `maxNamed`. */
export function othersThatWait({ sessions, session }: Target): readonly string[] {
  const waiting = sessions.list().filter(({ status, id }) => status === "waiting" && id !== session.id);
  return waiting.slice(0, maxNamed).map(({ id, name }) => name === undefined ? id : `${id} (${name})`);
}

function waitingElsewhere(target: Target): string {
  const ids = othersThatWait(target);
  if (ids.length === 0) return "; playbooks sessions lists the sessions";
  return `. Waiting here: ${ids.join(", ")}; name the one to answer: playbooks resume ID --message TEXT`;
}

const maxNamed = 3;
