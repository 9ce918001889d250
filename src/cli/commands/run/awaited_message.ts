import { exitCodes, PlaybooksError } from "../../../errors.ts";
import { SessionHandle } from "../../../session/mod.ts";
import type { Target } from "../../choose_session.ts";
import { messageReply } from "./message.ts";

/**
 * Checks that an agent of a session waits for the person who speaks, so that a `--message` has a reader. Reads the journal and changes
 * nothing. Otherwise throws a `PlaybooksError` (exit 2) that names the waiting sessions of the storage.
 */
export async function checkMessageIsAwaited(
  target: Target,
  { fork, message }: { readonly fork: boolean; readonly message: string },
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
  if (!snapshot) return;
  const { person } = messageReply(message, snapshot.people);
  const isAwaited = (name: string) => person === undefined || person === name;
  const asked = snapshot.end ? [] : snapshot.people.filter(({ questions }) => questions.length > 0);
  if (asked.some(({ name }) => isAwaited(name))) return;
  const status = snapshot.end?.status ?? session.status;
  const others = asked.length === 0
    ? "a person"
    : `${person} (one waits for ${asked.map(({ name }) => name).join(", ")})`;
  throw new PlaybooksError(
    `Cannot give the message to session "${session.id}" (${status}): no agent there waits for ${others}; ` +
      `nothing was done${await waitingElsewhere(target)}`,
    { exitCode: exitCodes.usage },
  );
}

/** Other sessions of the storage that wait for a person, by id and name, at most `maxNamed`. */
export async function othersThatWait({ sessions, session }: Target): Promise<readonly string[]> {
  const waiting = (await sessions.list()).filter(({ status, id }) =>
    status === "waiting" && id !== session.id
  );
  return waiting.slice(0, maxNamed).map(({ id, name }) => name === undefined ? id : `${id} (${name})`);
}

async function waitingElsewhere(target: Target): Promise<string> {
  const ids = await othersThatWait(target);
  if (ids.length === 0) return "; playbooks sessions lists the sessions";
  return `. Waiting here: ${ids.join(", ")}; name the one to answer: playbooks resume ID --message TEXT`;
}

const maxNamed = 3;
