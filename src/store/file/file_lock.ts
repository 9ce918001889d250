import { errorCode } from "../storage_error.ts";
import { openTrusted, UntrustedPathError } from "./trusted_path.ts";

/** Whether the lock was had; `"unsupported"` where the file system has no locks. */
type Locked = "locked" | "busy" | "unsupported";

/**
 * Does a piece of work while holding the system's lock on a file, which is made if need be.
 *
 * Waits for others at most `waitMs`; then, or if the file cannot be opened or locked, the work is done all the same and is
 * told so, as what is guarded here is an index that can be made anew. Throws {@linkcode UntrustedPathError}, and what the
 * disk says of a file that it holds.
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
  // Not `lock()`: one that waits cannot be taken back, and would hold up the end of the process.
  for (;;) {
    const locked = tryLock(file);
    if (locked !== "busy" || performance.now() >= deadline) return await work(locked);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
}

/** Takes the system's lock on an open file, if nobody has it. Throws what the disk says. */
export function tryLock(file: Deno.FsFile): Locked {
  try {
    return file.tryLockSync(true) ? "locked" : "busy";
  } catch (error) {
    if (noLocks.has(errorCode(error) ?? "")) return "unsupported";
    throw error;
  }
}

/** What file systems without locks say: some of the network, and some in user space. */
const noLocks: ReadonlySet<string> = new Set(["ENOLCK", "ENOSYS", "ENOTSUP", "EOPNOTSUPP", "EINVAL"]);

/** Short beside the few milliseconds that a change to the registry takes. */
const longestPauseMs = 8;

function openLock(path: string): Deno.FsFile | undefined {
  try {
    return openTrusted(path, { create: true });
  } catch (error) {
    if (error instanceof UntrustedPathError) throw error;
    return undefined;
  }
}
