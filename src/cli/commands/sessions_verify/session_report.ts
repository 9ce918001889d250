import { messageOf } from "../../../errors.ts";
import {
  BlobStore,
  type CheckedJournal,
  cursorFileName,
  type FileSystem,
  journalName,
  listCheckpoints,
  loadedFrom,
  parseCursor,
  readChecked,
  readCheckpoint,
  recoverAt,
  savedJournalName,
  storedSnapshots,
} from "../../../store/file/mod.ts";
import { type DamagedJournalError, formats, isLeaseFree, NewerFormatError } from "../../../store/mod.ts";
import {
  foldEntries,
  isSealed,
  loadHistories,
  restoredState,
  restoreState,
  type SnapshotSeal,
  type State,
  UnknownEntryError,
} from "../../../engine/mod.ts";
import { readSessionFile, refuseNewer, sessionFileName } from "../../../store/file/session_file.ts";
import type { Finding, SessionReport } from "./reports.ts";

/**
 * Checks one session and changes nothing:
 * - each record of the journal;
 * - each blob, by its hash;
 * - each checkpoint, against the fold of the entries before it;
 * - `session.json` and the delivery cursor, against the journal;
 * - with `seal`, whether snapshots of scopes are this user's own.
 */
export function verifySession(
  fs: FileSystem,
  folder: string,
  id: string,
  seal?: SnapshotSeal,
): SessionReport {
  try {
    return verifyEach(fs, folder, { id, seal });
  } catch (error) {
    // The formats of a newer version cannot be checked here, so nothing is called damaged.
    if (!(error instanceof NewerFormatError || error instanceof UnknownEntryError)) throw error;
    return newerReport(fs, folder, id, error);
  }
}

function newerReport(fs: FileSystem, folder: string, id: string, error: Error): SessionReport {
  const stored = readSessionFile(fs, folder);
  const isFile = typeof stored === "object" && stored.newer !== undefined;
  return {
    id,
    running: !isLeaseFree(folder),
    entries: 0,
    checkpoints: listCheckpoints(fs, folder, id).length,
    blobs: fs.list(`${folder}/blobs`).length,
    findings: [{
      file: isFile ? sessionFileName : journalName,
      what: `was not checked: ${error.message}`,
      lost: "nothing",
      mend: "install the newer version, and verify again",
    }],
    notes: [],
  };
}

function verifyEach(
  fs: FileSystem,
  folder: string,
  { id, seal }: { readonly id: string; readonly seal: SnapshotSeal | undefined },
): SessionReport {
  const file = readSessionFile(fs, folder);
  if (typeof file === "object") refuseNewer({ ...file, id });
  const findings: Finding[] = [];
  const notes: string[] = [];
  const running = !isLeaseFree(folder);
  const journal = readChecked(fs, folder, { session: id });
  const { damage, torn } = journal;
  const blobs = verifyBlobs(fs, folder, findings);
  const checkpoints = listCheckpoints(fs, folder, id);
  const folded = verifyCheckpoints(fs, folder, { id, checkpoints, journal, findings, notes });
  const { last } = journal;

  if (damage) findings.push(damaged(fs, folder, { id, damage, forkPosition: folded.forkPosition }));
  else if (!journal.present) {
    const lost = "everything that the session did";
    if (checkpoints.length > 0) {
      findings.push({
        file: journalName,
        what: "is missing",
        lost,
        mend: recoveryHint(id, folded.forkPosition),
      });
    }
  }
  if (!journal.present && fs.list(folder).includes(savedJournalName)) {
    notes.push(
      `${savedJournalName} holds what a running process knew when ${journalName} was removed: rename it to ` +
        `${journalName}, then resume`,
    );
  }
  if (torn && !running) {
    notes.push(
      `The journal's last ${torn.bytes} bytes, after entry ${
        torn.position - 1
      }, are torn: a crash cut them off before ` +
        "they were acknowledged, and the next resume drops them",
    );
  }
  for (const { file: image, name, bytes } of seal ? storedSnapshots(fs, folder) : []) {
    if (isSealed(seal, id, name, bytes)) continue;
    notes.push(
      `scopes/${image} does not have your own mark, so it is damaged or somebody else wrote it; ` +
        "it is ignored, and a resume runs the code again from the journal",
    );
  }
  if (file === undefined && !journal.present && checkpoints.length === 0) {
    notes.push(
      "The session has no entries: its process died before the first one; you can remove the folder",
    );
  } else if (typeof file !== "object") {
    findings.push({
      file: sessionFileName,
      what: file === undefined ? "is missing" : "is damaged",
      lost: "the session's name, and its times and counts",
      mend: `playbooks resume ${id} writes it again`,
    });
  } else if (file.id !== id) {
    findings.push({
      file: sessionFileName,
      what: `is that of session ${file.id}`,
      lost: "nothing, but the session is not found by its name or key",
      mend: `rename the folder to ${file.id}, or remove the file`,
    });
  }
  const counts = [
    [sessionFileName, typeof file === "object" && !running ? file.position : 0],
    [cursorFileName, running ? 0 : markIn(fs, folder, id)],
  ] as const;
  for (const [name, count] of counts) {
    if (damage || count <= last) continue;
    findings.push({
      file: journalName,
      what: `ends at entry ${last}, and ${name} knows of ${count}`,
      lost: `entries ${last + 1} to ${count}: what they did may be done again`,
      mend: recoveryHint(id, folded.forkPosition),
    });
  }
  return {
    id,
    ...(typeof file === "object" && file.name !== undefined ? { name: file.name } : {}),
    running,
    entries: last,
    checkpoints: checkpoints.length,
    blobs,
    findings,
    notes,
  };
}

/** The position of the delivery cursor; 0 without a valid cursor. */
function markIn(fs: FileSystem, folder: string, id: string): number {
  const mark = parseCursor(fs.read(`${folder}/${cursorFileName}`) ?? new Uint8Array(), id);
  return mark !== "damaged" && mark.isChecked ? mark.position : 0;
}

/** Checks each blob and returns their number. */
function verifyBlobs(fs: FileSystem, folder: string, findings: Finding[]): number {
  const store = new BlobStore(fs, folder);
  const names = fs.list(`${folder}/blobs`).filter((name) => !name.endsWith(".tmp"));
  for (const name of names) {
    if (store.isWhole(name)) continue;
    findings.push({
      file: `blobs/${name}`,
      what: "is not what its name says",
      lost: "the one value that it held",
      mend: "restore the file from a copy; what needs it is named as well, if anything does",
    });
  }
  return names.length;
}

/** Folds the entries once, and compares the state with that of each checkpoint on the way. */
function verifyCheckpoints(
  fs: FileSystem,
  folder: string,
  given: {
    readonly id: string;
    readonly checkpoints: readonly number[];
    readonly journal: CheckedJournal;
    readonly findings: Finding[];
    readonly notes: string[];
  },
): { readonly forkPosition: number | undefined } {
  const { id, checkpoints, journal, findings, notes } = given;
  const blobs = new BlobStore(fs, folder);
  const fault = (position: number, what: string) =>
    findings.push({
      file: `${id}_program_ckpt_${position}.json`,
      what,
      lost: "nothing, as long as the journal is whole: a checkpoint only saves reading it",
      mend: "remove the file",
    });
  let forkPosition: number | undefined = journal.base === 0 && journal.last >= 2 ? journal.last : undefined;
  let state: State | undefined = journal.base === 0 ? foldEntries(undefined, []) : undefined;
  let applied = journal.base;
  const foldTo = (position: number): string | undefined => {
    try {
      for (const { entry } of journal.entries.slice(applied - journal.base, position - journal.base)) {
        state = foldEntries(state, [structuredClone(entry)]);
        applied++;
      }
      return canonical(state);
    } catch (error) {
      const byteOffset = journal.entries[applied - journal.base]?.byteOffset;
      if (error instanceof UnknownEntryError) throw error;
      findings.push({
        file: journalName,
        what: `has an entry ${applied + 1}, at byte ${byteOffset}, that does not fit what came before: ${
          messageOf(error)
        }`,
        lost: "all from that entry on",
        mend: recoveryHint(id, applied),
      });
      state = undefined;
      return undefined;
    }
  };
  for (const position of checkpoints) {
    const read = readCheckpoint(fs, folder, { session: id, position, blobs });
    if ("notice" in read && read.newer) {
      notes.push(`${read.newer.message}; a resume reads the journal instead`);
      continue;
    }
    if ("notice" in read) {
      fault(position, read.isOutdated ? "was written by an older version" : "is damaged");
      continue;
    }
    const { checkpoint } = read;
    const stateThere = () => {
      const state = restoredState(structuredClone(checkpoint), () => journal.entries);
      try {
        loadHistories(state);
      } catch {
        // The checkpoint refers to entries that the journal does not have.
        return undefined;
      }
      return state;
    };
    const there = stateThere();
    if (there !== undefined && position > (forkPosition ?? 0)) forkPosition = position;
    if (state === undefined && position === journal.base) {
      state = there;
      forkPosition = Math.max(forkPosition ?? 0, journal.last);
      continue;
    }
    if (position > journal.last) {
      if (journal.damage) continue;
      findings.push({
        file: journalName,
        what: `ends at entry ${journal.last}, and checkpoint ${position} was made after entry ${position}`,
        lost: `entries ${journal.last + 1} to ${position}, but not what they led to: the checkpoint has that`,
        mend: recoveryHint(id, position),
      });
      continue;
    }
    if (state === undefined) continue;
    const own = journal.entries[position - journal.base - 1]?.crc;
    if (position > 0 && own !== checkpoint.journal.crc) {
      fault(position, "is not of this journal");
      continue;
    }
    const folded = foldTo(position);
    // An older format holds words in place of some facts.
    if (checkpoint.format < formats.checkpoint) continue;
    if (folded !== undefined && folded !== canonical(there)) {
      fault(position, `does not hold the state that the first ${position} entries lead to`);
    }
  }
  if (state !== undefined) foldTo(journal.last);
  return { forkPosition };
}

function damaged(
  fs: FileSystem,
  folder: string,
  { id, damage, forkPosition }: {
    readonly id: string;
    readonly damage: DamagedJournalError;
    readonly forkPosition: number | undefined;
  },
): Finding {
  const { position, byteOffset, trouble } = damage;
  const finding = { file: journalName, what: `entry ${position}, at byte ${byteOffset}, ${trouble}` };
  const resumable = resumablePosition(fs, folder, id);
  if (resumable !== undefined) {
    return {
      ...finding,
      lost: "nothing yet: a checkpoint behind the damage is good, and a resume needs nothing before it",
      mend: `restore the file from a copy, or ${recoveryHint(id, resumable)}`,
    };
  }
  return {
    ...finding,
    lost: forkPosition !== undefined && forkPosition >= position
      ? `what came after entry ${forkPosition}: it may be done again`
      : `entries from ${position} on: what they did may be done again`,
    mend: `restore the file from a copy, or ${recoveryHint(id, forkPosition)}`,
  };
}

/** The last position from which a resume would continue without repair. */
function resumablePosition(fs: FileSystem, folder: string, session: string): number | undefined {
  try {
    const loaded = loadedFrom(fs, folder, { id: session, ...recoverAt(fs, folder, { session }) });
    // Load the histories, to fail if one cannot be read.
    loadHistories(restoreState(loaded));
    return loaded.position;
  } catch {
    return undefined;
  }
}

function recoveryHint(id: string, position: number | undefined): string {
  return position === undefined || position < 2
    ? "restore the file from a copy, or run the program anew"
    : `go on from the last good state with: playbooks resume ${id}@${position} --fork`;
}

/** JSON with sorted keys, so that the order of keys does not count. */
function canonical(value: unknown): string {
  return JSON.stringify(
    value,
    (_, item) =>
      typeof item === "object" && item !== null && !Array.isArray(item)
        ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => a < b ? -1 : a > b ? 1 : 0))
        : item,
  );
}
