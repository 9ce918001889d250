/** How to start playbooks: the command and the arguments before its own. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** The compiled binary, or the source with the permissions of the `run` task. */
export function programOf(binary: string | undefined): Program {
  if (binary !== undefined) return { command: Deno.realPathSync(binary), args: [] };
  const tasks =
    (JSON.parse(Deno.readTextFileSync("deno.json")) as { tasks: { run: { command: string } } }).tasks;
  const flags = tasks.run.command.split(" ").filter((word) => word.startsWith("--"));
  return { command: Deno.execPath(), args: ["run", ...flags, Deno.realPathSync("main.ts")] };
}

/** Lines of 200 bytes that are appended and synced one by one, per second. */
export async function floor(steps: number): Promise<number> {
  await using folder = await temporaryFolder();
  using file = await Deno.open(`${folder.path}/floor.jsonl`, { create: true, append: true });
  const line = new TextEncoder().encode(`${JSON.stringify({ n: 1, value: "x".repeat(178) })}\n`);
  const begin = performance.now();
  for (let step = 0; step < steps; step++) {
    file.writeSync(line);
    file.syncDataSync();
  }
  return steps / (performance.now() - begin) * 1000;
}

/** Durable effects of a code playbook in sequence, each keeping 200 bytes, per second: by the times in the journal. */
export async function stepsPerSecond(program: Program, steps: number): Promise<number> {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/steps.pb`, stepsProgram(steps));
  const { code } = await start(program, ["run", "steps.pb", "--quiet"], folder.path).output();
  if (code !== 0) throw new Error(`playbooks ended with ${code}`);
  const times = effectTimes(folder.path);
  return (times.length - 1) / (times.at(-1)! - times[0]!) * 1000;
}

/** Milliseconds of a whole process. */
export async function startMs(program: Program, args: readonly string[]): Promise<number> {
  await using folder = await temporaryFolder();
  const files = args.map((arg) => arg.startsWith("examples/") ? Deno.realPathSync(arg) : arg);
  await Deno.writeTextFile(`${folder.path}/playbooks.toml`, "");
  const config = args[0] === "run" ? ["--config", `${folder.path}/playbooks.toml`] : [];
  const begin = performance.now();
  const { code } = await start(program, [...files, ...config], folder.path).output();
  if (code !== 0) throw new Error(`playbooks ended with ${code}`);
  return performance.now() - begin;
}

/** Milliseconds from the start of a resume to the next new effect, for a code playbook killed after `steps` effects. */
export async function resumeMs(program: Program, steps: number): Promise<number> {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/steps.pb`, stepsProgram(steps + 1));
  // Session, run, agent, thread, request, turn and call come before the first effect.
  const before = 7;
  const crashed = start(program, ["run", "steps.pb", "--quiet"], folder.path, {
    PLAYBOOKS_CRASH_AT: String(steps + before),
  });
  await crashed.output();
  const known = journalLines(folder.path).length;
  const begin = Date.now();
  const { code } = await start(program, ["run", "steps.pb", "--resume", "--quiet"], folder.path).output();
  if (code !== 0) throw new Error(`playbooks ended with ${code}`);
  const fresh = journalLines(folder.path).slice(known).find(({ e }) => e.type === "effect");
  if (!fresh) throw new Error("the resumed run did nothing new");
  return fresh.e.at - begin;
}

function stepsProgram(steps: number): string {
  return `# Bench

## Main
### Triggers
- At the beginning
### Steps
- Work
- End program

\`\`\`js
export async function Work() {
  const text = "x".repeat(200);
  for (let step = 0; step < ${steps}; step++) await SaveArtifact("a", "", text);
}
\`\`\`
`;
}

interface Line {
  readonly e: { readonly type: string; readonly at: number };
}

function journalLines(folder: string): Line[] {
  const storage = `${folder}/.checkpoints`;
  const [session] = [...Deno.readDirSync(storage)].filter((entry) => entry.isDirectory);
  const text = Deno.readTextFileSync(`${storage}/${session!.name}/journal.jsonl`);
  return text.trimEnd().split("\n").map((line) => JSON.parse(line) as Line);
}

function effectTimes(folder: string): number[] {
  return journalLines(folder).filter(({ e }) => e.type === "effect").map(({ e }) => e.at);
}

function start(
  { command, args }: Program,
  own: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Deno.Command {
  return new Deno.Command(command, {
    args: [...args, ...own],
    cwd,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  });
}

async function temporaryFolder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await Deno.makeTempDir();
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
