/** What a run of the benchmarks found; all figures are medians. */
export interface Measured {
  readonly steps: number;
  readonly rounds: number;
  /** One JSON line of 200 bytes and one `fdatasync`, per second. */
  readonly floorPerSecond: number;
  /** Durable effects in sequence of a code playbook, per second. */
  readonly enginePerSecond: number;
  readonly versionMs: number;
  readonly helloMs: number;
  /** From the start of a resume, after `kill -9` with so many effects done, to the next new effect, whole process. */
  readonly resumes: readonly { readonly steps: number; readonly ms: number }[];
}

/** The figures as text: ratios first, since they hold when the machine's speed drifts. */
export function report(measured: Measured): string {
  const { steps, rounds, floorPerSecond, enginePerSecond, versionMs, helloMs, resumes } = measured;
  return [
    `Medians of ${rounds} rounds, workloads in turns (Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores)`,
    `durable effects in sequence, N = ${steps}: ${
      (enginePerSecond / floorPerSecond).toFixed(2)
    } of the floor ` +
    `(${enginePerSecond.toFixed(0)} beside ${floorPerSecond.toFixed(0)} a second)`,
    ...resumes.map(({ steps: taken, ms }) =>
      `resume after kill -9 in the middle of a code playbook, ${taken} effects done: ${
        (ms / versionMs).toFixed(1)
      } ` +
      `times --version (${ms.toFixed(0)} ms)`
    ),
    `hello on the rehearsal, start to end: ${(helloMs / versionMs).toFixed(1)} times --version ` +
    `(${helloMs.toFixed(0)} beside ${versionMs.toFixed(0)} ms)`,
  ].join("\n");
}

/** The middle value, or the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
