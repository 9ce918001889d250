import { errorCode } from "../storage_error.ts";
import { openTrusted, UntrustedPathError } from "./trusted_path.ts";

/** The result of a lock attempt; `"unsupported"` if the file system has no locks. */
type Locked = "locked" | "busy" | "unsupported";

/**
 * Runs `work` under the system's lock on a file, which is created if it is missing.
 *
 * Waits for other processes at most `waitMs`. If the lock is not free by then, or the file cannot be opened or locked,
 * `work` runs anyway and gets that result. That is safe: the lock guards an index that can be rebuilt. Throws
 * {@linkcode UntrustedPathError} and the disk's errors about the open file.
 */
export async function withFileLock<T>(
  path: string,
  options: { readonly waitMs: number },
  work: (locked: Locked) => T | Promise<T>,
): Promise<T> {
  const file = openLock(path);
  if (file === undefined) return await work("busy");
  using _ = file;
  const deadline = performance.now() + options.waitMs;
  let pauseMs = 1;
  // Do not use `lock()`: it cannot be cancelled, and would delay the end of the process.
  for (;;) {
    const locked = tryLock(file);
    if (locked !== "busy" || performance.now() >= deadline) return await work(locked);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(maxPauseMs, pauseMs * 2);
  }
}

/** Takes the system's lock on an open file if it is free. Throws the disk's errors. */
export function tryLock(file: Deno.FsFile): Locked {
  try {
    return file.tryLockSync(true) ? "locked" : "busy";
  } catch (error) {
    if (noLocks.has(errorCode(error) ?? "")) return "unsupported";
    throw error;
  }
}

/** Error codes of file systems without locks: some network and user-space file systems. */
const noLocks: ReadonlySet<string> = new Set(["ENOLCK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EINVAL"]);

/** Short compared with a change of the registry, which takes a few milliseconds. */
const maxPauseMs = 8;

function openLock(path: string): Deno.FsFile | undefined {
  try {
    return openTrusted(path, { create: true });
  } catch (error) {
    if (error instanceof UntrustedPathError) throw error;
    return undefined;
  }
}
