import type { FileSystem } from "../../src/store/file/file_system.ts";
import type { JournalFile } from "../../src/store/file/file_system.ts";
import { PowerLoss, SimulatedDisk, type Survivors } from "../support/simulated_disk.ts";

/** A requested change of a disk. */
export type DiskOperation =
  | { readonly name: "create" | "sync" | "remove" | "makeFolder" | "syncFolder"; readonly path: string }
  | { readonly name: "write"; readonly path: string; readonly bytes: Uint8Array }
  | { readonly name: "append"; readonly path: string; readonly bytes: Uint8Array; readonly at: number }
  | { readonly name: "truncate"; readonly path: string; readonly size: number }
  | { readonly name: "rename"; readonly path: string; readonly to: string };

/** The files of a disk, by path. */
export type Files = ReadonlyMap<string, Uint8Array>;

/** A disk that calls `onChange` after each change. */
export function tapedDisk(disk: SimulatedDisk, onChange: (change: DiskOperation) => void): FileSystem {
  const taped: FileSystem = {
    open: (path, options) => {
      const isNew = disk.read(path) === undefined;
      const file = disk.open(path, options);
      if (isNew) onChange({ name: "create", path });
      const tapedFile: JournalFile = {
        size: () => file.size(),
        write: (bytes, at) => {
          file.write(bytes, at);
          onChange({ name: "append", path, bytes: bytes.slice(), at });
        },
        sync: () => {
          file.sync();
          onChange({ name: "sync", path });
        },
        truncate: (size) => {
          file.truncate(size);
          onChange({ name: "truncate", path, size });
        },
        bytes: (...range) => file.bytes(...range),
        isInPlace: () => file.isInPlace(),
        [Symbol.dispose]: () => file[Symbol.dispose](),
      };
      return tapedFile;
    },
    read: (path, options) => disk.read(path, options),
    replace: (path, bytes) => {
      const aside = `${path}.tmp`;
      disk.write(aside, bytes);
      onChange({ name: "write", path: aside, bytes: bytes.slice() });
      disk.rename(aside, path);
      onChange({ name: "rename", path: aside, to: path });
    },
    create: (path, bytes) => {
      const isFree = disk.read(path) === undefined;
      if (isFree) taped.replace(path, bytes);
      return isFree;
    },
    rename: (from, to) => {
      disk.rename(from, to);
      onChange({ name: "rename", path: from, to });
    },
    remove: (path) => {
      disk.remove(path);
      onChange({ name: "remove", path });
    },
    list: (folder) => disk.list(folder),
    makeFolder: (path) => {
      const { operations } = disk;
      disk.makeFolder(path);
      if (disk.operations > operations) onChange({ name: "makeFolder", path });
    },
    syncFolder: (path) => {
      disk.syncFolder(path);
      onChange({ name: "syncFolder", path });
    },
  };
  return taped;
}

/** A disk that holds these files, durably. */
export function diskWith(files: Files): SimulatedDisk {
  const disk = new SimulatedDisk();
  fill(disk, files);
  return disk;
}

/** The files in a session's folder. Blobs and snapshots have their own folders. */
export function filesOf(disk: FileSystem, folder: string): Files {
  const paths = [folder, `${folder}/blobs`, `${folder}/scopes`]
    .flatMap((each) => disk.list(each).map((name) => `${each}/${name}`));
  return new Map(paths.flatMap((path) => {
    const bytes = disk.read(path);
    return bytes ? [[path, bytes]] : [];
  }));
}

/**
 * The contents of a disk with `files` after these changes and a power loss at the last one, if `survivors`
 * is given; otherwise after a kill of the process.
 */
export function diskAfter(
  files: Files,
  changes: readonly DiskOperation[],
  survivors: Survivors | undefined,
): SimulatedDisk {
  if (survivors === undefined || changes.length === 0) {
    const disk = diskWith(files);
    for (const change of changes) make(disk, change);
    return disk.afterKill();
  }
  const before = files.size + foldersOf(files).length;
  const disk = new SimulatedDisk({ crashAt: before + changes.length, survivors });
  fill(disk, files);
  try {
    for (const change of changes) make(disk, change);
  } catch (error) {
    if (!(error instanceof PowerLoss)) throw error;
  }
  return disk.restart();
}

function fill(disk: SimulatedDisk, files: Files): void {
  for (const [path, bytes] of files) disk.write(path, bytes);
  for (const folder of foldersOf(files)) disk.syncFolder(folder);
}

function foldersOf(files: Files): string[] {
  return [...new Set([...files.keys()].map((path) => path.slice(0, path.lastIndexOf("/"))))];
}

function make(disk: SimulatedDisk, change: DiskOperation): void {
  switch (change.name) {
    case "create":
      disk.open(change.path, { create: true });
      return;
    case "append":
      disk.open(change.path, { create: false }).write(change.bytes, change.at);
      return;
    case "sync":
      disk.open(change.path, { create: false }).sync();
      return;
    case "truncate":
      disk.open(change.path, { create: false }).truncate(change.size);
      return;
    case "write":
      disk.write(change.path, change.bytes);
      return;
    case "rename":
      disk.rename(change.path, change.to);
      return;
    case "remove":
      disk.remove(change.path);
      return;
    case "makeFolder":
      disk.makeFolder(change.path);
      return;
    case "syncFolder":
      disk.syncFolder(change.path);
  }
}
