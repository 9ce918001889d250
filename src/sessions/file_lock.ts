/**
 * Does a piece of work while holding the system's lock on a file, which is made if need be.
 *
 * Waits for others at most `waitMs`; then, or if the file cannot be opened, the work is done all the same and is told
 * so, as what is guarded here is an index that can be made anew.
 */
export async function withFileLock<T>(
  path: string,
  options: { readonly waitMs: number },
  work: (locked: boolean) => T | Promise<T>,
): Promise<T> {
  const file = openLock(path);
  if (file === undefined) return await work(false);
  using _ = file;
  const deadline = performance.now() + options.waitMs;
  let pauseMs = 1;
  // Not `lock()`: one that waits cannot be taken back, and would hold up the end of the process.
  while (!file.tryLockSync(true)) {
    if (performance.now() >= deadline) return await work(false);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    pauseMs = Math.min(longestPauseMs, pauseMs * 2);
  }
  return await work(true);
}

/** Short beside the few milliseconds that a change to the registry takes. */
const longestPauseMs = 8;

function openLock(path: string): Deno.FsFile | undefined {
  try {
    return Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  } catch {
    return undefined;
  }
}
