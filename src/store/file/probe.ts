import fs from "node:fs";
import { dirname, join } from "@std/path";
import { tryLock } from "./file_lock.ts";
import { realFileSystem } from "./real_file_system.ts";
import { openTrusted } from "./trusted_path.ts";

/** Measured facts about the place of a storage folder. */
export interface FolderProbe {
  /** The storage folder, or the nearest folder above it if it does not exist yet. */
  readonly folder: string;
  readonly exists: boolean;
  /** `ineffective`: two holders get the same lock. */
  readonly locks: "work" | "ineffective" | "unsupported";
  /** Whether a file takes the place of another, and a new name is never taken twice. */
  readonly replaces: boolean;
  readonly syncsFolders: boolean;
  /** The median time of an append with its sync. */
  readonly syncMs: number;
  readonly freeBytes: number;
  /** The kind of file system, such as `ext4`; `undefined` if it is not known. */
  readonly fileSystem?: string;
  /** Files are gone after a restart of the machine. */
  readonly isVolatile: boolean;
  /** Another machine keeps the files. Locks and syncs work as well as that machine. */
  readonly isRemote: boolean;
  /** The owner's number and the permissions; absent on Windows. */
  readonly owner?: number;
  readonly mode?: number;
}

/**
 * Measures whether sessions can be kept at `path`: it writes a few small files into a new folder there, and removes them.
 * Throws `UntrustedPathError` and the system's errors.
 */
export function probeFolder(path: string): FolderProbe {
  const folder = nearestFolder(path);
  const disk = realFileSystem();
  const exists = folder === path;
  // The storage itself must belong to this user alone. The folders above it may be shared.
  if (exists) disk.makeFolder(path);
  const own = join(folder, `.playbooks-probe-${crypto.randomUUID()}`);
  Deno.mkdirSync(own, { mode: 0o700 });
  try {
    const { bavail, bsize, type } = fs.statfsSync(folder);
    const { uid, mode } = Deno.statSync(folder);
    const kind = Deno.build.os === "linux" ? fileSystems[type] : undefined;
    return {
      folder,
      exists,
      locks: locksIn(own),
      replaces: replacesIn(own),
      syncsFolders: syncsFoldersIn(own),
      syncMs: syncTimeIn(own),
      freeBytes: bavail * bsize,
      ...kind === undefined ? {} : { fileSystem: kind },
      isVolatile: volatileKinds.includes(kind ?? ""),
      isRemote: remoteKinds.includes(kind ?? ""),
      ...uid === null || Deno.build.os === "windows" ? {} : { owner: uid, mode: mode! & 0o777 },
    };
  } finally {
    Deno.removeSync(own, { recursive: true });
  }
}

function nearestFolder(path: string): string {
  for (let at = path;; at = dirname(at)) {
    try {
      Deno.statSync(at);
      return at;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound) || dirname(at) === at) throw error;
    }
  }
}

function locksIn(folder: string): FolderProbe["locks"] {
  const path = join(folder, "lock");
  using first = openTrusted(path, { create: true });
  if (tryLock(first) !== "locked") return "unsupported";
  using second = openTrusted(path, { create: false });
  return tryLock(second) === "busy" ? "work" : "ineffective";
}

function replacesIn(folder: string): boolean {
  const disk = realFileSystem();
  const path = join(folder, "file");
  const [old, now] = ["old", "new"].map((text) => new TextEncoder().encode(text));
  if (!disk.create(path, old!) || disk.create(path, now!)) return false;
  disk.replace(path, now!);
  return new TextDecoder().decode(disk.read(path)) === "new";
}

function syncsFoldersIn(folder: string): boolean {
  const disk = realFileSystem();
  disk.syncFolder(folder);
  return (disk.takeNotices?.() ?? []).length === 0;
}

function syncTimeIn(folder: string): number {
  using file = realFileSystem().open(join(folder, "journal"), { create: true });
  const entry = new TextEncoder().encode(`${"x".repeat(entryBytes - 1)}\n`);
  const times = Array.from({ length: syncs }, (_, index) => {
    const began = performance.now();
    file.write(entry, index * entry.length);
    file.sync();
    return performance.now() - began;
  });
  return times.sort((a, b) => a - b)[Math.floor(syncs / 2)]!;
}

const syncs = 9;
/** About the size of an entry. */
const entryBytes = 300;

/** Kinds of file systems by the number that Linux gives them. */
const fileSystems: Readonly<Record<number, string>> = {
  0xef53: "ext4",
  0x9123683e: "btrfs",
  0x58465342: "xfs",
  0x2fc12fc1: "zfs",
  0xf2f52010: "f2fs",
  0xca451a4e: "bcachefs",
  0x794c7630: "overlay",
  0x01021994: "tmpfs",
  0x858458f6: "ramfs",
  0x6969: "nfs",
  0xff534d42: "cifs",
  0xfe534d42: "smb",
  0x01021997: "9p",
  0x65735546: "fuse",
  0x4d44: "vfat",
  0x2011bab0: "exfat",
};

const volatileKinds: readonly string[] = ["tmpfs", "ramfs"];
const remoteKinds: readonly string[] = ["nfs", "cifs", "smb", "9p"];
