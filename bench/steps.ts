import { bytesOfSessions, type Entry, journalOf, killed, type Program, run, runCounted } from "./program.ts";
import { effectsProgram, settings, type Shape } from "./programs.ts";
import { type Costs, costsOf } from "./statistics.ts";
import { temporaryFolder } from "./temporary.ts";

/** The cost of a number of steps in sequence, for one system. */
export interface StepsRun extends Costs {
  /** From the start of a process after `kill -9`, with these steps done, to the next new step. */
  readonly resumeMs?: number;
  /** The same after its server was killed, too. */
  readonly resumeWithServerMs?: number;
  /** Bytes on disk at the kill, and at the end of the program. */
  readonly killedBytes?: number;
  readonly leftBytes?: number;
  /** All bytes written up to the kill. */
  readonly writtenBytes?: number;
  readonly peakBytes?: number;
}

/** Steps that remain for a program when it is killed. */
export const stepsAfterKill = 10;

/** Runs a code playbook, kills it after `steps` of its effects, resumes it, and lets it end. */
export async function effects(program: Program, steps: number, shape: Shape): Promise<StepsRun> {
  await using folder = await temporaryFolder();
  const { path } = folder;
  await Deno.writeTextFile(`${path}/x.pb`, effectsProgram(steps + stepsAfterKill, shape));
  await Deno.writeTextFile(`${path}/playbooks.toml`, settings());
  const before = await entriesBefore(program, shape);
  const first = await runCounted(program, ["run", "x.pb", "--quiet"], {
    cwd: path,
    env: { PLAYBOOKS_CRASH_AT: String(before + steps) },
    allowed: [killed],
  });
  const known = journalOf(path);
  const killedBytes = bytesOfSessions(path);
  const { startedAt } = await run(program, ["run", "x.pb", "--resume", "--quiet"], { cwd: path });
  const fresh = journalOf(path).slice(known.length).find(isStep);
  if (fresh === undefined) throw new Error("The resumed run took no new step");
  return {
    ...costsOf(known.filter(isStep).map(({ at }) => at)),
    resumeMs: fresh.at - startedAt,
    killedBytes,
    leftBytes: bytesOfSessions(path),
    ...(first.writtenBytes === undefined ? {} : { writtenBytes: first.writtenBytes }),
    ...(first.peakBytes === undefined ? {} : { peakBytes: first.peakBytes }),
  };
}

const known = new Map<string, number>();

/** The number of entries before the first step, which describe the session and its program. */
async function entriesBefore(program: Program, shape: Shape): Promise<number> {
  const key = `${shape} ${program.command}`;
  const found = known.get(key);
  if (found !== undefined) return found;
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/x.pb`, effectsProgram(1, shape));
  await run(program, ["run", "x.pb", "--quiet"], { cwd: folder.path });
  const before = journalOf(folder.path).findIndex(isStep);
  known.set(key, before);
  return before;
}

function isStep({ type }: Entry): boolean {
  return type === "effect";
}
