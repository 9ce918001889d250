// deno-lint-ignore-file no-console
import { type KilledProgram, programs } from "../kills/programs.ts";
import { binary, folderWith, twoAtATime } from "../support/playbooks_process.ts";
import { lines } from "../kills/journey.ts";
import { type Fault, injectOnce } from "./fault.ts";

/** System calls on files in a run, with the errors that a disk or a system can give. */
const calls: Readonly<Record<string, readonly string[]>> = {
  fdatasync: ["EIO", "ENOSPC"],
  fsync: ["EIO", "EINVAL"],
  pwrite64: ["ENOSPC", "EIO"],
  write: ["ENOSPC", "EIO"],
  rename: ["EACCES", "EIO"],
  flock: ["EIO", "ENOLCK"],
  mkdir: ["ENOSPC", "EACCES"],
  openat: ["EMFILE", "EIO", "EACCES"],
  ftruncate: ["EIO"],
  unlink: ["EACCES"],
  lseek: ["EIO"],
};

/** After this many calls in a row without a file of ours, the search ends. The system's loader opens about 30. */
const maxQuietCalls = (call: string) => call === "openat" || call === "write" ? 40 : 6;

const only = valueAfter("--call");
const chosen = programs.filter(({ name }) => (valueAfter("--program") ?? "tax").split(",").includes(name));
console.log(`Injecting errors into ${binary ?? "the program, run from its source"}`);
let injected = 0;
const exits = new Map<number, number>();
const failures: string[] = [];
for (const program of chosen) {
  const said = await wordsOf(program);
  const jobs = Object.entries(calls)
    .filter(([call]) => only === undefined || call === only)
    .flatMap(([call, errors]) => errors.map((error) => ({ call, error })));
  await twoAtATime(jobs, (job) => everyCall(program, job, said));
}
for (const failure of failures) console.log(`\n== ${failure}`);
const byExit = [...exits].map(([exit, count]) => `${count} with exit ${exit}`).join(", ");
console.log(`${injected} errors injected: ${byExit}; ${failures.length} failures`);
Deno.exit(failures.length === 0 ? 0 : 1);

/** Fails the first call, the second, and so on, until no call is left. */
async function everyCall(program: KilledProgram, job: Omit<Fault, "nth">, said: string): Promise<void> {
  let count = 0;
  for (let nth = 1, quiet = 0; quiet < maxQuietCalls(job.call); nth++) {
    try {
      const { where, exit } = await injectOnce(program, { ...job, nth }, said);
      quiet = where.length === 0 ? quiet + 1 : 0;
      if (where.length === 0) continue;
      exits.set(exit, (exits.get(exit) ?? 0) + 1);
    } catch (error) {
      failures.push(error instanceof Error ? error.message : String(error));
      quiet = 0;
    }
    injected++;
    count++;
  }
  console.log(`${program.name}: ${job.call} ${job.error}: ${count} injected`);
}

async function wordsOf(program: KilledProgram): Promise<string> {
  await using folder = await folderWith({ "program.pb": program.source("") });
  const run = await folder.run(["run", "program.pb"], { input: lines(program.answers) });
  if (run.code !== 0) throw new Error(run.stderr);
  return run.stdout;
}

function valueAfter(flag: string): string | undefined {
  const at = Deno.args.indexOf(flag);
  return at < 0 ? undefined : Deno.args[at + 1];
}
