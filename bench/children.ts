/** Processes that we started and that may still run. */
const living = new Set<Deno.ChildProcess>();

/** Starts a process that will not outlive us. */
export function spawn(command: Deno.Command): Deno.ChildProcess {
  const child = command.spawn();
  living.add(child);
  child.status.then(() => living.delete(child));
  return child;
}

/** Kills a process that we started. Has no effect after its end. */
export function kill(child: Deno.ChildProcess): void {
  if (living.has(child)) unlessGone(() => child.kill("SIGKILL"));
}

/** Kills the process of a shell that we started; the shell then ends by itself. */
export function killBelow(shell: Deno.ChildProcess): void {
  const pid = living.has(shell) ? childOf(shell.pid) : undefined;
  if (pid !== undefined) unlessGone(() => Deno.kill(pid, "SIGKILL"));
}

/** The process that a shell runs (Linux only). */
export function childOf(shell: number): number | undefined {
  try {
    const pids = Deno.readTextFileSync(`/proc/${shell}/task/${shell}/children`).trim().split(" ");
    return pids[0] ? Number(pids[0]) : undefined;
  } catch {
    return undefined;
  }
}

/** On a stop signal, first stops our processes, then calls `tidy`. */
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

/** The process may have ended already. */
function unlessGone(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
  }
}
