/**
 * The few file operations that durability rests on, as a seam: the real disk, or a simulated one that fails on purpose.
 *
 * All calls block: an append and its sync take a third of a millisecond, and awaiting them takes twice that. Each throws
 * what the system says; nothing is retried or swallowed here.
 */
export interface FileSystem {
  /** Opens for reading and writing; creates with mode 0600 when `create` is set. */
  open(path: string, options: { readonly create: boolean }): JournalFile;
  /** The file from byte `from` (0) to its end, or `undefined` when there is no file. */
  read(path: string, options?: { readonly from: number }): Uint8Array | undefined;
  /**
   * Puts a whole file with mode 0600 in place of any that is there, at once: written under another name that ends with
   * `.tmp`, synced, renamed. The folder is not synced.
   */
  replace(path: string, bytes: Uint8Array): void;
  /** As `replace`, unless there is a file: then nothing changes, and it returns false. */
  create(path: string, bytes: Uint8Array): boolean;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Names in a folder, sorted; `[]` when there is no such folder. */
  list(folder: string): readonly string[];
  /** Makes the folder, and those above it, with mode 0700. */
  makeFolder(path: string): void;
  /** Makes renames, creations and removals in the folder durable. */
  syncFolder(path: string): void;
  /** What a person should know about the disk, each thing once for a process. */
  takeNotices?(): readonly string[];
}

/** An open file. */
export interface JournalFile extends Disposable {
  /** Bytes that the file holds. */
  size(): number;
  /**
   * Writes all of `bytes` from offset `at` on, however many writes that takes; the file grows where it has to. On return the
   * bytes are the caller's again, who may write others into the same memory.
   */
  write(bytes: Uint8Array, at: number): void;
  /** `fdatasync`: on return all that was written is durable. */
  sync(): void;
  truncate(size: number): void;
  /** Its first bytes. */
  bytes(length: number): Uint8Array;
  /** Whether the path still leads to this file: somebody may have removed or replaced it. */
  isInPlace(): boolean;
}
