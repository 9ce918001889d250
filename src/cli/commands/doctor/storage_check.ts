import { dirname } from "@std/path";
import { messageOf, PlaybooksError } from "../../../errors.ts";
import { counted } from "../../../frontends/counted.ts";
import { type FolderProbe, probeFolder, remedyFor, type SessionStore } from "../../../store/mod.ts";
import { bytesInWords } from "../../stored_sessions.ts";
import { writeTrouble } from "../../write_error.ts";
import { broken, type DoctorFinding, fine, warning } from "./finding.ts";

/** Checks the folder of the sessions with a small write. */
export function storageFindings(path: string): readonly DoctorFinding[] {
  let probe: FolderProbe;
  try {
    probe = probeFolder(path);
  } catch (error) {
    return [broken("storage", `${path}: ${writeTrouble(error)}`, fixFor(error, path), { path })];
  }
  const { exists, fileSystem, owner, mode, freeBytes, syncMs, locks, replaces } = probe;
  const facts = {
    path,
    exists,
    owner: owner ?? null,
    mode: mode === undefined ? null : mode.toString(8).padStart(4, "0"),
    file_system: fileSystem ?? null,
    free_bytes: freeBytes,
    sync_ms: Number(syncMs.toFixed(2)),
    locks,
    replaces,
    syncs_folders: probe.syncsFolders,
  };
  const kept = exists && owner !== undefined
    ? `mode ${facts.mode} of user ${owner}`
    : "not made yet: the first run makes it";
  const place = [kept, fileSystem, `${bytesInWords(freeBytes)} free`].filter((part) => part !== undefined);
  const works = `locks and atomic renames work, a sync takes ${syncMs.toFixed(1)} ms`;
  return [
    fine("storage", `${path} (${place.join(", ")})`, facts),
    ...faults(probe),
    ...locks === "work" && replaces ? [fine("disk", works)] : [],
  ];
}

function faults(
  { locks, replaces, syncsFolders, freeBytes, syncMs, fileSystem, isVolatile, isRemote }: FolderProbe,
): readonly DoctorFinding[] {
  const elsewhere = "set storage_path under [durability] to a folder on a local disk";
  const about = "disk";
  return [
    ...replaces
      ? []
      : [broken(about, "a rename or a link in the storage does not work as it must", elsewhere)],
    ...locks === "ineffective"
      ? [broken(about, "two processes can hold the same lock, so both could run one session", elsewhere)]
      : [],
    ...locks === "unsupported"
      ? [warning(about, "the file system has no locks, so a lease file takes their place", elsewhere)]
      : [],
    ...syncsFolders
      ? []
      : [warning(about, "the file system cannot sync folders: a power loss may remove new files", elsewhere)],
    ...freeBytes < minFreeBytes
      ? [warning(about, `only ${bytesInWords(freeBytes)} are free`, "remove old sessions or other files")]
      : [],
    ...syncMs > slowSyncMs
      ? [warning(about, `a sync takes ${Math.round(syncMs)} ms, and each turn waits for several`, elsewhere)]
      : [],
    ...isVolatile
      ? [
        warning(about, `${fileSystem} keeps files in memory: a restart of the machine loses them`, elsewhere),
      ]
      : [],
    ...isRemote
      ? [
        warning(
          about,
          `${fileSystem} is on another machine, so its locks may not keep two processes apart`,
          elsewhere,
        ),
      ]
      : [],
  ];
}

/** The index of the sessions. A fault of it is never worse than a warning: the folders are the truth. */
export async function indexFindings(sessions: SessionStore): Promise<readonly DoctorFinding[]> {
  const about = "index";
  try {
    const { damaged, remarks } = await sessions.verifyIndexes();
    const count = (await sessions.list()).length;
    const words = remarks.map((remark) =>
      remark.kind === "unavailable"
        ? `${remark.file} cannot be read: ${remark.reason}`
        : `${remark.file} is ${remark.kind}`
    );
    const troubles = [...new Set([...damaged.map((file) => `${file} is damaged`), ...words])];
    const facts = { sessions: count };
    return troubles.length === 0 ? [fine(about, `${counted(count, "session")}, all in the index`, facts)] : [
      warning(
        about,
        troubles.join("; "),
        "the next run repairs it; playbooks sessions verify says more",
        facts,
      ),
    ];
  } catch (error) {
    return [broken(about, messageOf(error), "playbooks sessions verify says more")];
  }
}

function fixFor(error: unknown, path: string): string {
  if (error instanceof Deno.errors.PermissionDenied) {
    return `let this user write to ${dirname(path)}, or set storage_path under [durability]`;
  }
  // Our own errors name what is wrong with the folder. Else its disk refused a small write.
  if (error instanceof PlaybooksError) {
    return "set storage_path under [durability] to a folder that belongs to you alone";
  }
  return `${remedyFor(error)}, or set storage_path under [durability] to a folder on another disk`;
}

const minFreeBytes = 200e6;
const slowSyncMs = 50;
