import type { FileSystem, JournalFile } from "../../src/store/file/file_system.ts";

/**
 * The unsynced bytes that survive a power loss: none; all; their first half; their length
 * with the old content or zeros; that, then their second half (disks write in any order). Disks also reorder across files,
 * so also: all of the journal and nothing of other files, or the reverse.
 */
export type Survivors = "none" | "all" | "half" | "zeros" | "second half" | "journal" | "others";

/** All kinds, for tests that try each. */
export const allSurvivors: readonly Survivors[] = [
  "none",
  "all",
  "half",
  "zeros",
  "second half",
  "journal",
  "others",
];

/** A power loss: thrown by the current operation and by all later ones. */
export class PowerLoss extends Error {
  override readonly name = "PowerLoss";
}

interface Node {
  /** The bytes that a process sees. */
  bytes: Uint8Array;
  /** The synced bytes. */
  durable: Uint8Array;
}

type Names = Map<string, Node>;

/**
 * A disk in memory that separates durable from written data. It loses power at the n-th operation that
 * changes something (`crashAt`), or fails that operation and later ones of the same name (`failAt`).
 *
 * Names of files and folders are durable after a sync of their folder. Other names survive only
 * if `survivors` is "all". A lost folder takes its contents with it. A rename is atomic, and durable like any other name.
 * `survivors` also decides whether the operation at the power loss has its effect.
 */
export class SimulatedDisk implements FileSystem {
  crashed = false;
  failed = false;
  /** Operations that change something, so far. */
  operations = 0;
  readonly #options: DiskOptions;
  #names: Names = new Map();
  #durableNames: Names = new Map();
  /** Created folders. All others count as existing and durable from the start. */
  #folders = new Set<string>();
  #durableFolders = new Set<string>();
  #brokenOperation: string | undefined;

  constructor(options: DiskOptions = {}) {
    this.#options = options;
  }

  open(path: string, options: Parameters<FileSystem["open"]>[1]): JournalFile {
    let node = this.#names.get(path);
    if (node === undefined) {
      if (!options.create) throw notFound(path);
      this.#checkFolder(path);
      node = this.#change("open", () => {
        const created = emptyNode();
        this.#names.set(path, created);
        return created;
      });
    }
    const file = node;
    return {
      size: () => this.#alive(() => file.bytes.length),
      write: (bytes, at) =>
        this.#change("append", (part) => {
          const written = bytes.subarray(0, part(bytes.length));
          const whole = concat(file.bytes.slice(0, at), new Uint8Array(Math.max(0, at - file.bytes.length)));
          file.bytes = concat(concat(whole, written), file.bytes.subarray(at + written.length));
        }),
      sync: () =>
        this.#change("sync", () => {
          if (!this.crashed) file.durable = file.bytes;
        }),
      truncate: (size) =>
        this.#change("truncate", () => {
          file.bytes = file.bytes.slice(0, size);
        }),
      bytes: (length, from = 0) => this.#alive(() => file.bytes.slice(from, from + length)),
      isInPlace: () => this.#alive(() => this.#names.get(path) === file),
      [Symbol.dispose]: () => {},
    };
  }

  read(path: string, options: { readonly from: number } = { from: 0 }): Uint8Array | undefined {
    return this.#alive(() => this.#names.get(path)?.bytes.slice(options.from));
  }

  /** Writes a whole file and syncs it; the folder is not synced. */
  write(path: string, bytes: Uint8Array): void {
    this.#checkFolder(path);
    this.#change("write", (part) => {
      const node = this.#names.get(path) ?? emptyNode();
      node.bytes = bytes.slice(0, part(bytes.length));
      if (!this.crashed) node.durable = node.bytes;
      this.#names.set(path, node);
    });
  }

  replace(path: string, bytes: Uint8Array): void {
    this.write(`${path}.tmp`, bytes);
    this.rename(`${path}.tmp`, path);
  }

  create(path: string, bytes: Uint8Array): boolean {
    if (this.#names.has(path)) return this.#alive(() => false);
    this.replace(path, bytes);
    return true;
  }

  rename(from: string, to: string): void {
    const node = this.#names.get(from);
    if (node === undefined) throw notFound(from);
    this.#checkFolder(to);
    this.#change("rename", () => {
      this.#names.delete(from);
      this.#names.set(to, node);
    });
  }

  remove(path: string): void {
    if (!this.#names.has(path)) throw notFound(path);
    this.#change("remove", () => {
      this.#names.delete(path);
    });
  }

  list(folder: string): readonly string[] {
    const below = [...this.#names.keys(), ...this.#folders].filter((path) => path.startsWith(`${folder}/`));
    const names = below.map((path) => path.slice(folder.length + 1).split("/")[0]!);
    return this.#alive(() => [...new Set(names)].sort());
  }

  makeFolder(path: string): void {
    if (this.#isFolder(path)) return this.#alive(() => {});
    this.#checkFolder(path);
    this.#change("makeFolder", () => {
      this.#folders.add(path);
    });
  }

  syncFolder(folder: string): void {
    this.#change("syncFolder", () => {
      if (this.crashed) return;
      for (const path of this.#durableNames.keys()) {
        if (folderOf(path) === folder) this.#durableNames.delete(path);
      }
      for (const [path, node] of this.#names) {
        if (folderOf(path) === folder) this.#durableNames.set(path, node);
      }
      for (const path of this.#folders) if (folderOf(path) === folder) this.#durableFolders.add(path);
    });
  }

  /** The disk after the power loss: only surviving data is left, and no operation fails any more. */
  restart(): SimulatedDisk {
    const { survivors = "none" } = this.#options;
    const disk = new SimulatedDisk(this.#withoutFailure());
    const isThere = (path: string, fate: Survivors) =>
      fate === "all" ||
      foldersAbove(path).every((folder) => !this.#folders.has(folder) || this.#durableFolders.has(folder));
    for (const path of new Set([...this.#names.keys(), ...this.#durableNames.keys()])) {
      const fate = fateOf(path, survivors);
      const node = (fate === "all" ? this.#names : this.#durableNames).get(path);
      if (node === undefined || !isThere(path, fate)) continue;
      const bytes = survive(node, fate);
      disk.#names.set(path, { bytes, durable: bytes });
    }
    disk.#durableNames = new Map(disk.#names);
    for (const path of this.#folders) {
      if (survivors === "all" || isThere(`${path}/`, survivors)) disk.#folders.add(path);
    }
    disk.#durableFolders = new Set(disk.#folders);
    return disk;
  }

  /** The disk for a new process after a kill without a power loss; no operation fails any more. */
  afterKill(): SimulatedDisk {
    const disk = new SimulatedDisk(this.#withoutFailure());
    disk.#names = this.#names;
    disk.#durableNames = this.#durableNames;
    disk.#folders = this.#folders;
    disk.#durableFolders = this.#durableFolders;
    return disk;
  }

  /** The bytes of a file after a power loss; empty if it is missing. */
  readAfterRestart(path: string): Uint8Array {
    return this.restart().read(path) ?? new Uint8Array();
  }

  /** Changes a file durably, like another process. */
  corrupt(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const node = this.#names.get(path);
    if (node === undefined) throw notFound(path);
    node.bytes = node.durable = change(node.bytes.slice());
  }

  #isFolder(path: string): boolean {
    if (this.#folders.has(path)) return true;
    const { folders } = this.#options;
    return folders
      ? folders.includes(path)
      : [...this.#names.keys()].some((name) => name.startsWith(`${path}/`));
  }

  /** Throws if the folder for a name is missing. */
  #checkFolder(path: string): void {
    if (this.#options.folders && !this.#isFolder(folderOf(path))) throw notFound(folderOf(path));
  }

  #withoutFailure(): DiskOptions {
    const { folders } = this.#options;
    return folders ? { folders } : {};
  }

  #alive<T>(work: () => T): T {
    if (this.crashed) throw new PowerLoss();
    return work();
  }

  #change<T>(operation: string, work: (part: (length: number) => number) => T): T {
    if (this.crashed) throw new PowerLoss();
    this.operations++;
    if (this.operations === this.#options.crashAt) {
      this.crashed = true;
      work((length) => length);
      throw new PowerLoss();
    }
    const { failAt } = this.#options;
    if (this.operations === failAt?.operation) this.#brokenOperation = operation;
    if (this.#brokenOperation === operation) {
      this.failed = true;
      // A full disk accepts the bytes that still fit.
      if (operation === "append" || operation === "write") work((length) => length >> 1);
      throw Object.assign(new Error(`simulated ${failAt!.code}`), { code: failAt!.code });
    }
    return work((length) => length);
  }
}

/** The failing operation of a simulated disk. Only operations that change something count, from 1. */
export interface DiskOptions {
  /** Folders that exist from the start; if absent, every folder exists. */
  readonly folders?: readonly string[];
  readonly crashAt?: number;
  readonly survivors?: Survivors;
  readonly failAt?: { readonly operation: number; readonly code: "ENOSPC" | "EIO" | "EACCES" | "EMFILE" };
}

/** The fate of one file if files differ. */
function fateOf(path: string, survivors: Survivors): Survivors {
  if (survivors !== "journal" && survivors !== "others") return survivors;
  return path.endsWith("/journal.jsonl") === (survivors === "journal") ? "all" : "none";
}

function survive(node: Node, survivors: Survivors): Uint8Array {
  const { bytes, durable } = node;
  if (survivors === "all") return bytes;
  // An unsynced truncation is lost.
  if (survivors === "none" || bytes.length < durable.length) return durable;
  const from = firstDifference(bytes, durable);
  const to = lastDifference(bytes, durable) + 1;
  const half = from + ((to - from) >> 1);
  // The old content, or zeros in the grown part.
  const old = concat(durable, new Uint8Array(bytes.length - durable.length));
  switch (survivors) {
    case "half":
      return concat(bytes.subarray(0, half), durable.subarray(half));
    case "zeros":
      return old;
    default:
      return concat(old.subarray(0, half), bytes.subarray(half));
  }
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  let index = 0;
  while (index < a.length && a[index] === b[index]) index++;
  return index;
}

function lastDifference(a: Uint8Array, b: Uint8Array): number {
  let index = a.length - 1;
  while (index >= 0 && a[index] === b[index]) index--;
  return index;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(a.length + b.length);
  bytes.set(a);
  bytes.set(b, a.length);
  return bytes;
}

function emptyNode(): Node {
  return { bytes: new Uint8Array(), durable: new Uint8Array() };
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

/** The parent folders of a path, the innermost first. */
function foldersAbove(path: string): string[] {
  const folders: string[] = [];
  for (let folder = folderOf(path); folder !== ""; folder = folderOf(folder)) folders.push(folder);
  return folders;
}

function notFound(path: string): Error {
  return Object.assign(new Error(`No such file: ${path}`), { code: "ENOENT" });
}
