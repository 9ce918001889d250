import { exitCodes, PlaybooksError } from "../errors.ts";
import { openQuestions, personNames, Programs, restoreState, type State } from "../engine/mod.ts";
import type { FileStore } from "../store/mod.ts";
import type { Target } from "./choose_session.ts";

/**
 * Checks that an agent of a session waits for a person, so that a `--message` has a reader. Reads the journal and changes
 * nothing. Throws a `PlaybooksError` (exit 2) that names the sessions of the storage that wait.
 */
export async function checkMessageIsAwaited(
  target: Target,
  options: { readonly fork: boolean },
): Promise<void> {
  const { session } = target;
  // The lease decides about a session that runs elsewhere, and says so.
  if (session.status === "running" && !options.fork) return;
  const state = await stateOf(target, options);
  if (state !== undefined && !state.end && await waitsForPerson(state)) return;
  // A session without entries begins anew: then the message is the first words of the user.
  if (state === undefined) return;
  const status = state.end?.status ?? session.status;
  throw new PlaybooksError(
    `Cannot give the message to session "${session.id}" (${status}): no agent there waits for a person; ` +
      `nothing was done${waitingElsewhere(target)}`,
    { exitCode: exitCodes.usage },
  );
}

async function stateOf(
  { sessions, session, position }: Target,
  { fork }: { readonly fork: boolean },
): Promise<State | undefined> {
  const read = async (at: number | undefined) => {
    const loaded = await sessions.load(session.id, at === undefined ? {} : { position: at });
    return loaded.position === 0 ? undefined : restoreState(loaded);
  };
  const state = await read(position);
  // A fork of a session that has ended leaves its end out.
  return fork && position === undefined && state?.end ? await read(state.position - 1) : state;
}

async function waitsForPerson(state: State): Promise<boolean> {
  const programs = new Programs();
  await programs.add(Object.values(state.sources));
  return openQuestions(state, personNames(state, programs)).length > 0;
}

function waitingElsewhere(
  { sessions, session }: Pick<Target, "session"> & { readonly sessions: FileStore },
): string {
  const waiting = sessions.list().filter(({ status, id }) => status === "waiting" && id !== session.id);
  if (waiting.length === 0) return "; playbooks sessions lists the sessions";
  const ids = waiting.slice(0, maxNamed).map(({ id, name }) => name === undefined ? id : `${id} (${name})`);
  return `. Waiting here: ${ids.join(", ")}; name the one to answer: playbooks resume ID --message TEXT`;
}

const maxNamed = 3;
