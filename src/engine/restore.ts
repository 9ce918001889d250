import { PlaybooksError } from "../errors.ts";
import { formats, type LoadedSession, settled } from "../store/mod.ts";
import { version } from "../version.ts";
import { applyEntry } from "./fold/apply.ts";
import { checkEntry } from "./fold/check_entry.ts";
import type { Entry, KeptModels, RunEntry, SessionEntry, Source } from "./fold/entry.ts";
import { planEdit, planPin, planUnpin } from "./edit.ts";
import { type Programs } from "./programs.ts";
import { type RuntimeSettings } from "./fold/settings.ts";
import { restoredState } from "./fold/stored_state.ts";
import { initialState, latestTime, type State } from "./fold/state.ts";
import { upcastEntry } from "./fold/upcast.ts";
import { addedPermissions, settingsForResume } from "./permission_changes.ts";
import { UnfitEntryError } from "./unfit_entry.ts";

/** The process that begins or resumes a session. */
export interface ProcessInfo {
  readonly at: number;
  readonly pid: number;
  readonly host: string;
  readonly model: string;
  readonly models?: KeptModels;
  readonly settings: RuntimeSettings;
}

/** A session that is ready to run: its state, and the entries to append before the run. */
export interface RestoredSession {
  readonly state: State;
  readonly entries: readonly Entry[];
  /** Lines for a person, about an edited program and added permissions. */
  readonly notices: readonly string[];
}

/** A new session: its first two entries. */
export function beginSession(
  session: Omit<SessionEntry, "type" | "version" | "at" | "model" | "settings">,
  process: ProcessInfo,
): RestoredSession {
  const { at, model, settings } = process;
  const { journal } = formats;
  const first: SessionEntry = {
    type: "session",
    version: journal,
    playbooks: version,
    at,
    ...session,
    model,
    settings,
  };
  const run: RunEntry = { type: "run", version: journal, playbooks: version, token: 1, ...process };
  const state = initialState();
  const entries = [first, run];
  for (const entry of entries) applyEntry(state, entry);
  return { state, entries, notices: [] };
}

/**
 * The state of a session from a store. Deferred histories of turns with a snapshot are read when they are needed.
 * Others are read now, so that an unreadable one is reported before the run. Throws `DamagedJournalError`,
 * `StorageError`, and `UnfitEntryError` for an entry that does not fit what came before.
 */
export function restoreState(
  loaded: Pick<LoadedSession, "checkpoint" | "entries" | "read" | "hasSnapshot"> & {
    /** Names the session in errors. */
    readonly id?: string;
  },
): State {
  const { id = "", checkpoint, entries } = loaded;
  const state = checkpoint ? stateOfCheckpoint({ ...loaded, checkpoint }) : initialState();
  try {
    return foldEntries(state, entries);
  } catch (error) {
    if (error instanceof PlaybooksError) throw error;
    throw new UnfitEntryError(id, state.position, error);
  }
}

function stateOfCheckpoint(
  loaded: Pick<LoadedSession, "read" | "hasSnapshot"> & {
    readonly checkpoint: NonNullable<LoadedSession["checkpoint"]>;
  },
): State {
  const { checkpoint } = loaded;
  const state = restoredState(
    checkpoint,
    (after) => settled(loaded.read({ ...(after ? { after } : {}), atLeast: checkpoint.position })),
  );
  for (const { id, running, endedTurn } of Object.values(state.frames)) {
    if (!loaded.hasSnapshot(id)) running?.history.load();
    endedTurn?.history.load();
  }
  return state;
}

/**
 * Applies entries, in stored or full form, to a state, or to the initial state. Throws `UnknownEntryError` for an entry
 * of a newer version, and another error for one that does not fit the state. The state then has the position of that entry.
 */
export function foldEntries(from: State | undefined, entries: readonly unknown[]): State {
  const state = from ?? initialState();
  for (const stored of entries) {
    const { position } = state;
    try {
      const entry = upcastEntry(stored, state);
      checkEntry(state, entry);
      applyEntry(state, entry);
    } catch (error) {
      state.position = position + 1;
      throw error;
    }
  }
  return state;
}

/**
 * Resumes a session, perhaps with another source or other settings. If its program has ended, no entry is added: at
 * most some words are still to be shown.
 *
 * `programs` must hold the session's sources and `source`. Added permissions take effect only if `confirmed`. Changed
 * limits take effect at once, because a user raises a limit to get past it.
 */
export function resumeSession(
  state: State,
  process: ProcessInfo,
  options: {
    readonly source?: Source;
    readonly pin: boolean;
    readonly redo?: boolean;
    readonly programs: Programs;
    readonly confirmed: boolean;
  },
): RestoredSession {
  if (state.end) return { state, entries: [], notices: [] };
  const notices: string[] = [];
  const added = addedPermissions(state.settings, process.settings);
  if (added.length > 0) {
    notices.push(
      options.confirmed
        ? `The configuration adds permissions to the session: ${added.join(", ")}`
        : `The session keeps its own permissions; the configuration would add ${added.join(", ")} ` +
          "(resume on a terminal to allow it)",
    );
  }
  const removed = addedPermissions(process.settings, state.settings);
  if (removed.length > 0) {
    notices.push(
      `This run lacks permissions that the session had: ${removed.join(", ")}; ` +
        "to keep them, resume with the same --allow-… flags or settings",
    );
  }
  const settings = settingsForResume(state.settings, process.settings, options.confirmed);
  const edited = options.source && options.source.hash !== state.source ? options.source : undefined;
  const pinnable = Object.values(state.frames).some((frame) => frame.priorSource !== undefined);
  const edit = edited
    ? planEdit(state, edited, options)
    : options.pin && pinnable
    ? planPin()
    : options.redo
    ? planUnpin(state, options.programs)
    : undefined;
  if (edit) notices.push(...edit.notices);
  const run: RunEntry = {
    type: "run",
    version: formats.journal,
    playbooks: version,
    token: state.token + 1,
    ...process,
    at: Math.max(process.at, latestTime(state)),
    settings,
    ...(edited ? { source: edited } : {}),
    ...(edit?.pin ? { pin: true } : {}),
    ...(edit && edit.moves.length > 0 ? { moves: edit.moves } : {}),
    ...(edit?.stays && edit.stays.length > 0 ? { stays: edit.stays } : {}),
  };
  applyEntry(state, run);
  return { state, entries: [run], notices };
}
