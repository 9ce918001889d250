/**
 * The few file operations that durability needs: on the real disk, or on a simulated one that fails on purpose.
 *
 * All calls block: an append with its sync takes a third of a millisecond, and awaiting it takes twice as long. Each
 * call throws the system's errors; nothing is retried or swallowed here.
 */
export interface FileSystem {
  /** Opens for reading and writing, or only for reading; creates with mode 0600 when `create` is set. */
  open(path: string, options: { readonly create: boolean; readonly readOnly?: boolean }): JournalFile;
  /** The file from byte `from` (0 by default) to its end; `undefined` if there is no file. */
  read(path: string, options?: { readonly from: number }): Uint8Array | undefined;
  /**
   * Puts a whole file with mode 0600 in place, atomically, and replaces an old one. It writes another name that ends
   * with `.tmp`, syncs, and renames. The folder is not synced.
   */
  replace(path: string, bytes: Uint8Array): void;
  /** As `replace`, but returns false and changes nothing if the file exists. */
  create(path: string, bytes: Uint8Array): boolean;
  rename(from: string, to: string): void;
  remove(path: string): void;
  /** Names in a folder, sorted; `[]` if there is no such folder. */
  list(folder: string): readonly string[];
  /** Makes the folder and its missing parents with mode 0700. */
  makeFolder(path: string): void;
  /** Makes renames, creations and removals in the folder durable. */
  syncFolder(path: string): void;
  /** Notices about the disk, each at most once for a process. */
  takeNotices?(): readonly string[];
}

/** An open file. */
export interface JournalFile extends Disposable {
  size(): number;
  /**
   * Writes all of `bytes` at offset `at`, with as many writes as needed. The file grows if necessary. After the return
   * the caller may reuse the memory of `bytes`.
   */
  write(bytes: Uint8Array, at: number): void;
  /** `fdatasync`: on return all written bytes are durable. */
  sync(): void;
  truncate(size: number): void;
  /** At most `length` bytes, its first ones by default. */
  bytes(length: number, from?: number): Uint8Array;
  /** Whether the path still leads to this file. Another process may have removed or replaced it. */
  isInPlace(): boolean;
}
