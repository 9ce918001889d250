import { Programs, restoreState, type State } from "../../../engine/mod.ts";
import { exitCodes, PlaybooksError } from "../../../errors.ts";
import {
  type PastReport,
  reportMoment,
  reportPast,
  reportSource,
  SessionHandle,
} from "../../../session/mod.ts";
import type { SessionFile, SessionStore } from "../../../store/mod.ts";
import { checkPosition } from "../../session_reference.ts";

/** Where a session stands, or stood after its first `position` entries, and its counts there. */
export async function sessionDetails(
  store: SessionStore,
  session: SessionFile,
  { position, maxCharacters, withPast }: {
    readonly position: number | undefined;
    readonly maxCharacters: number;
    /** Also the spend by model, and the failure: that reads the whole session. */
    readonly withPast: boolean;
  },
): Promise<{ readonly report: object; readonly counts: Partial<SessionFile> }> {
  const { state, programs } = await stateOf(store, session, position);
  const report = reportMoment(state, programs, { status: session.status, maxCharacters });
  const { turns, tokens, costUsd } = report.spent;
  return {
    report: { ...report, ...(withPast ? await pastOf(store, session, position) : {}) },
    // A killed process left the summary of its last checkpoint.
    counts: position === undefined ? { position: state.position, turns, tokens, costUsd } : {},
  };
}

/** The spend by model, and the failure; absent for a moment of the past, and for a session that takes long to read. */
async function pastOf(
  store: SessionStore,
  { id }: SessionFile,
  position: number | undefined,
): Promise<Partial<PastReport>> {
  if (position !== undefined || await store.sizeOf(id) > maxReadBytes) return {};
  return await reportPast(new SessionHandle(store, id).story({ maxCharacters: 200 }));
}

/** Reading this takes about a second. */
const maxReadBytes = 30e6;

/** The text of a session's program, and its steps. */
export async function sessionSource(
  store: SessionStore,
  session: SessionFile,
  position: number | undefined,
): Promise<object> {
  const { state, programs } = await stateOf(store, session, position);
  return reportSource(state, programs);
}

async function stateOf(
  store: SessionStore,
  session: SessionFile,
  position: number | undefined,
): Promise<{ readonly state: State; readonly programs: Programs }> {
  const loaded = await store.load(session.id, position === undefined ? {} : { position });
  checkPosition(session.id, position, loaded.position);
  if (loaded.position === 0) throw notBegun(session);
  const state = restoreState(loaded);
  const programs = new Programs();
  await programs.add(Object.values(state.sources));
  return { state, programs };
}

function notBegun({ id }: SessionFile): PlaybooksError {
  return new PlaybooksError(`Session "${id}" has no entries yet; ask again when it has begun`, {
    exitCode: exitCodes.noSuchSession,
  });
}
