/** Processes that were started and may still run. */
const living = new Set<Deno.ChildProcess>();

/** Starts a process that will not outlive us. */
export function spawn(command: Deno.Command): Deno.ChildProcess {
  const child = command.spawn();
  living.add(child);
  child.status.then(() => living.delete(child));
  return child;
}

/** Kills a process that we started; one that has ended takes no notice. */
export function kill(child: Deno.ChildProcess): void {
  if (living.has(child)) unlessGone(() => child.kill("SIGKILL"));
}

/** Kills what a shell that we started runs; the shell then ends by itself. */
export function killBelow(shell: Deno.ChildProcess): void {
  const pid = living.has(shell) ? childOf(shell.pid) : undefined;
  if (pid !== undefined) unlessGone(() => Deno.kill(pid, "SIGKILL"));
}

/** The process that a shell runs, where the system tells (Linux). */
export function childOf(shell: number): number | undefined {
  try {
    const pids = Deno.readTextFileSync(`/proc/${shell}/task/${shell}/children`).trim().split(" ");
    return pids[0] ? Number(pids[0]) : undefined;
  } catch {
    return undefined;
  }
}

/** When somebody stops us, what we started is stopped before, and then `tidy` is called. */
export function stopTogether(tidy: () => void): void {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => {
      for (const child of living) {
        killBelow(child);
        kill(child);
      }
      tidy();
      Deno.exit(code);
    });
  }
}

/** A process may end before we know of it. */
function unlessGone(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}
