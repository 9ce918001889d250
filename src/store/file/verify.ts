import { NewerFormatError } from "../format.ts";
import { StateVerifier } from "../state_verifier.ts";
import type { SessionVerification, StoredFault, StoredRemark } from "../verification.ts";
import { BlobStore } from "./blobs.ts";
import { type Codec, plainCodec } from "./codec.ts";
import { checkpointName, listCheckpoints, readCheckpoint } from "./checkpoint.ts";
import { cursorFileName, parseCursor } from "./delivery_cursor.ts";
import { loadedFrom } from "./file_session.ts";
import type { FileSystem } from "./file_system.ts";
import { journalName, savedJournalName } from "./journal.ts";
import { LargeJournalError } from "../storage_error.ts";
import { isLeaseFree } from "./lease.ts";
import type { CheckedJournal, StateChecks } from "../session_store.ts";
import { readChecked } from "./read_checked.ts";
import { recoverAt } from "./recover.ts";
import { readSessionFile, refuseNewer, sessionFileName } from "./session_file.ts";
import type { LockReason } from "../session_summary.ts";
import { storedSnapshots } from "./snapshots.ts";
import type { Vault } from "./vault.ts";

/** Checks all that a session's folder holds: each record, each blob by its hash, each checkpoint against the entries. */
export function verifyFolder(
  fs: FileSystem,
  folder: string,
  { id, checks, codec = plainCodec, vault }: {
    readonly id: string;
    readonly checks: StateChecks;
    readonly codec?: Codec;
    readonly vault?: Vault;
  },
): SessionVerification {
  const about = {
    fs,
    folder,
    id,
    codec,
    checks,
    summary: readSessionFile(fs, folder, vault),
    running: !isLeaseFree(folder),
    checkpoints: listCheckpoints(fs, folder, id),
    faults: [],
    remarks: [],
  };
  try {
    return verifyEach(about);
  } catch (error) {
    if (error instanceof LargeJournalError) {
      return unchecked(about, { kind: "large", file: journalName, reason: error.trouble });
    }
    // The formats of a newer version cannot be checked here, so nothing is called damaged.
    if (!(error instanceof NewerFormatError || checks.isNewer(error))) throw error;
    const file = typeof about.summary === "object" && about.summary.newer ? sessionFileName : journalName;
    return unchecked(about, { kind: "newer", file, reason: error.message });
  }
}

/** The result for a session that the key does not open. */
export function lockedVerification(
  fs: FileSystem,
  folder: string,
  { id, locked }: { readonly id: string; readonly locked: LockReason },
): SessionVerification {
  const { length: checkpoints } = listCheckpoints(fs, folder, id);
  const running = !isLeaseFree(folder);
  return { id, locked, running, entries: 0, checkpoints, blobs: 0, faults: [], remarks: [] };
}

function unchecked(about: VerifiedFolder, fault: StoredFault): SessionVerification {
  const { length: blobs } = about.fs.list(`${about.folder}/blobs`);
  return { ...resultOf(about), blobs, faults: [fault], remarks: [] };
}

/** A session's folder under check. */
interface VerifiedFolder {
  readonly fs: FileSystem;
  readonly folder: string;
  readonly id: string;
  readonly codec: Codec;
  readonly checks: StateChecks;
  readonly summary: ReturnType<typeof readSessionFile>;
  readonly running: boolean;
  readonly checkpoints: readonly number[];
  readonly faults: StoredFault[];
  readonly remarks: StoredRemark[];
}

function resultOf(about: VerifiedFolder, name?: string): SessionVerification {
  const { id, running, checkpoints: { length: checkpoints }, faults, remarks } = about;
  return {
    id,
    ...(name !== undefined && { name }),
    running,
    entries: 0,
    checkpoints,
    blobs: 0,
    faults,
    remarks,
  };
}

function verifyEach(about: VerifiedFolder): SessionVerification {
  const { fs, folder, id, codec, summary } = about;
  if (typeof summary === "object") refuseNewer({ ...summary, id });
  const journal = readChecked(fs, folder, { session: id, codec });
  const blobs = verifyBlobs(about);
  const forkPosition = verifyCheckpoints(about, journal);
  verifyJournal(about, journal, forkPosition);
  verifySnapshots(about);
  verifySummary(about, journal);
  if (!journal.damage) verifyCounts(about, journal.last, forkPosition);
  const name = typeof summary === "object" ? summary.name : undefined;
  return { ...resultOf(about, name), entries: journal.last, blobs };
}

/** Reads each blob; returns how many there are. */
function verifyBlobs({ fs, folder, codec, faults }: VerifiedFolder): number {
  const store = new BlobStore(fs, folder, codec);
  const names = fs.list(`${folder}/blobs`).filter((name) => !name.endsWith(".tmp"));
  for (const name of names) {
    if (!store.isWhole(name)) faults.push({ kind: "blob", file: `blobs/${name}` });
  }
  return names.length;
}

/** Compares the checkpoints with the entries; returns the last position whose state is still there. */
function verifyCheckpoints(about: VerifiedFolder, journal: CheckedJournal): number | undefined {
  const { fs, folder, id, codec, faults } = about;
  const isDamaged = journal.damage !== undefined;
  const states = new StateVerifier({ ...about, ...journal, file: journalName, isDamaged });
  const blobs = new BlobStore(fs, folder, codec);
  for (const position of about.checkpoints) {
    const file = checkpointName(id, position);
    const read = readCheckpoint(fs, folder, { session: id, position, blobs });
    if ("checkpoint" in read) {
      states.checkpoint(file, { ...read.checkpoint, crc: read.checkpoint.journal.crc });
    } else if (read.newer) about.remarks.push({ kind: "newer checkpoint", reason: read.newer.message });
    else faults.push({ kind: read.isOutdated ? "outdated checkpoint" : "damaged checkpoint", file });
  }
  states.finish();
  return states.forkPosition;
}

function verifyJournal(
  about: VerifiedFolder,
  { damage, present, torn }: CheckedJournal,
  forkPosition: number | undefined,
): void {
  const { faults, remarks } = about;
  const file = journalName;
  if (damage) {
    const { position, byteOffset, trouble: reason } = damage;
    const resumable = resumablePosition(about);
    const way = { canResume: resumable !== undefined, forkPosition: resumable ?? forkPosition };
    faults.push({ kind: "damaged entry", file, position, byteOffset, reason, ...way });
  } else if (!present && about.checkpoints.length > 0) {
    faults.push({ kind: "missing journal", file, forkPosition });
  }
  if (!present && about.fs.list(about.folder).includes(savedJournalName)) {
    remarks.push({ kind: "saved journal", file: savedJournalName, journal: journalName });
  }
  if (torn && !about.running) {
    remarks.push({ kind: "torn tail", bytes: torn.bytes, last: torn.position - 1 });
  }
}

/** The last position of the session, if a resume would continue from there without repair. */
function resumablePosition({ fs, folder, id, codec, checks }: VerifiedFolder): number | undefined {
  try {
    const loaded = loadedFrom(fs, folder, { id, codec, ...recoverAt(fs, folder, { session: id, codec }) });
    checks.restore(loaded);
    return loaded.position;
  } catch {
    return undefined;
  }
}

function verifySnapshots({ fs, folder, id, codec, checks, remarks }: VerifiedFolder): void {
  if (!checks.isOwnSnapshot) return;
  for (const { file, name, bytes } of storedSnapshots(fs, folder, codec)) {
    if (checks.isOwnSnapshot(id, name, bytes)) continue;
    remarks.push({ kind: "unsealed snapshot", file: `scopes/${file}` });
  }
}

function verifySummary(about: VerifiedFolder, { present }: CheckedJournal): void {
  const { id, summary, checkpoints, faults, remarks } = about;
  const file = sessionFileName;
  if (summary === undefined && !present && checkpoints.length === 0) remarks.push({ kind: "never begun" });
  else if (typeof summary !== "object") faults.push({ kind: `${summary ?? "missing"} summary`, file });
  else if (summary.id !== id) faults.push({ kind: "foreign summary", file, owner: summary.id });
}

/** Other files must not know of entries that the journal lacks; a running process may be writing them. */
function verifyCounts(about: VerifiedFolder, last: number, forkPosition: number | undefined): void {
  const { fs, folder, id, summary, running, faults } = about;
  if (running) return;
  const cursor = parseCursor(fs.read(`${folder}/${cursorFileName}`) ?? new Uint8Array(), id);
  const counts = [
    [sessionFileName, typeof summary === "object" ? summary.position : 0],
    [cursorFileName, cursor !== "damaged" && cursor.isChecked ? cursor.position : 0],
  ] as const;
  for (const [knownBy, known] of counts) {
    if (known > last) faults.push({ kind: "short", file: journalName, last, known, knownBy, forkPosition });
  }
}
