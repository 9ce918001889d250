import { childOf, kill, killBelow, spawn } from "./children.ts";
import { bytesBelow, temporaryFolder } from "./temporary.ts";

/** How to start a program: the command and the arguments before its own. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
}

/** The compiled binary, or the source with the permissions of the `run` task. */
export function playbooks(binary: string | undefined): Program {
  if (binary !== undefined) return { command: Deno.realPathSync(binary), args: [] };
  return fromSource(new URL("../main.ts", import.meta.url).pathname);
}

/**
 * A program that does nothing, to compare a start with: compiled, when it is given; else run from its source as we are.
 * `undefined` when we are compiled and it is not.
 */
export function emptyProgram(
  options: { readonly binary: string | undefined; readonly empty: string | undefined },
): Program | undefined {
  if (options.empty !== undefined) return { command: Deno.realPathSync(options.empty), args: [] };
  if (options.binary !== undefined) return undefined;
  return fromSource(new URL("empty.ts", import.meta.url).pathname);
}

/** What a process did. */
export interface Finished {
  readonly code: number;
  readonly startedAt: number;
  /** Whole process, in ms. */
  readonly ms: number;
  /** Bytes of all its writes, where the system tells (Linux). */
  readonly writtenBytes?: number;
  /** The most memory it held, in bytes, where the system tells (Linux); looked at every few ms. */
  readonly peakBytes?: number;
}

/** What a process is started with. */
export interface StartOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are no failure. */
  readonly allowed?: readonly number[];
  /** `piped` stays open, as a terminal does: a session that waits for a person then waits on. */
  readonly stdin?: "null" | "piped";
  readonly stdout?: "null" | "piped";
}

/** What a program's whole run takes, in a folder of its own, in ms. */
export async function wholeMs(program: Program, args: readonly string[]): Promise<number> {
  await using folder = await temporaryFolder();
  return (await run(program, args, { cwd: folder.path })).ms;
}

/** Runs a program to its end; throws, with its last words, when it fails. */
export async function run(
  program: Program,
  args: readonly string[],
  options: StartOptions,
): Promise<Finished> {
  const startedAt = Date.now();
  const begin = performance.now();
  const child = spawn(command(program, args, options));
  using deadline = new Deadline(() => kill(child));
  const { code, stderr } = await child.output();
  const ms = performance.now() - begin;
  deadline.check(args);
  if (!(options.allowed ?? [0]).includes(code)) throw failed(program, args, { code, stderr });
  return { code, startedAt, ms };
}

/** As {@linkcode run}, by a shell that tells what the process wrote; not for times of a whole process. */
export async function runCounted(
  program: Program,
  args: readonly string[],
  options: StartOptions,
): Promise<Finished> {
  if (Deno.build.os !== "linux") return await run(program, args, options);
  const counts = await Deno.makeTempFile({ prefix: "playbooks_bench_" });
  try {
    // What a child that has ended wrote counts as its parent's.
    const script = '"$@"; code=$?; cat "/proc/$$/io" > "$0"; exit "$code"';
    const shell: Program = { command: "sh", args: ["-c", script, counts, program.command, ...program.args] };
    const startedAt = Date.now();
    const begin = performance.now();
    const child = spawn(command(shell, args, options));
    using deadline = new Deadline(() => killBelow(child));
    const peak = watchPeak(child.pid);
    const { code, stderr } = await child.output();
    const ms = performance.now() - begin;
    const peakBytes = peak();
    deadline.check(args);
    if (!(options.allowed ?? [0]).includes(code)) throw failed(program, args, { code, stderr });
    const written = /^wchar: (\d+)$/m.exec(await Deno.readTextFile(counts))?.[1];
    return {
      code,
      startedAt,
      ms,
      ...(written === undefined ? {} : { writtenBytes: Number(written) }),
      ...(peakBytes === undefined ? {} : { peakBytes }),
    };
  } finally {
    await Deno.remove(counts);
  }
}

/** A process to be started. */
export function command(
  { command, args }: Program,
  own: readonly string[],
  options: StartOptions,
): Deno.Command {
  return new Deno.Command(command, {
    args: [...args, ...own],
    cwd: options.cwd,
    // What the environment says of a model or of settings is no part of what is measured.
    clearEnv: true,
    env: { ...inherited(), ...options.env },
    stdin: options.stdin ?? "null",
    stdout: options.stdout ?? "null",
    stderr: options.stdin === "piped" ? "null" : "piped",
  });
}

/** The exit code of a process that was killed. */
export const killed = 128 + 9;

/** Memory of a process in bytes, by `VmRSS` (now) or `VmHWM` (at most); `undefined` where the system does not tell. */
export function memoryBytes(pid: number, what: "VmRSS" | "VmHWM"): number | undefined {
  const text = read(`/proc/${pid}/status`);
  const found = text === undefined ? null : new RegExp(`^${what}:\\s*(\\d+) kB$`, "m").exec(text);
  return found === null ? undefined : Number(found[1]) * 1024;
}

/** Ids of the sessions that a folder holds. */
export function sessionsOf(folder: string): string[] {
  return [...Deno.readDirSync(`${folder}/.checkpoints`)]
    .filter((entry) => entry.isDirectory).map((entry) => entry.name).sort();
}

/** Bytes that the sessions of a folder take. */
export function bytesOfSessions(folder: string): number {
  return sessionsOf(folder).reduce((sum, id) => sum + bytesBelow(`${folder}/.checkpoints/${id}`), 0);
}

/** What we use of an entry of a journal. */
export interface Entry {
  readonly type: string;
  readonly at: number;
  /** The frame it belongs to; of a thread, the frame that comes into being. */
  readonly frame?: string | { readonly id: string };
}

/** The entries of a session, the only one if none is named. */
export function journalOf(folder: string, session = sessionsOf(folder)[0]): Entry[] {
  const bytes = Deno.readFileSync(`${folder}/.checkpoints/${session}/journal.jsonl`);
  const entries: Entry[] = [];
  const decoder = new TextDecoder();
  // Line by line: a journal of 100,000 entries is longer than a string may be.
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(10, start);
    if (end < 0) break;
    // Line feeds at the end are room for more.
    if (end > start) {
      const { e } = JSON.parse(decoder.decode(bytes.subarray(start, end))) as { e: Entry };
      // Nothing else is kept: texts of 100,000 turns would fill our own memory.
      entries.push({ type: e.type, at: e.at, ...(e.frame === undefined ? {} : { frame: e.frame }) });
    }
    start = end + 1;
  }
  return entries;
}

function fromSource(file: string): Program {
  const configuration = new URL("../deno.json", import.meta.url).pathname;
  const { tasks } = JSON.parse(Deno.readTextFileSync(configuration)) as {
    tasks: { run: { command: string } };
  };
  const flags = tasks.run.command.split(" ").filter((word) => word.startsWith("-"));
  return { command: Deno.execPath(), args: ["run", "--quiet", `--config=${configuration}`, ...flags, file] };
}

function inherited(): Record<string, string> {
  const names = ["PATH", "HOME", "DENO_DIR", "XDG_CACHE_HOME", "DENO_TLS_CA_STORE", "TMPDIR"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}

function failed(
  { command }: Program,
  args: readonly string[],
  { code, stderr }: { readonly code: number; readonly stderr: Uint8Array },
): Error {
  const words = new TextDecoder().decode(stderr).trim().split("\n").slice(-20).join("\n");
  return new Error(`${command} ${args.join(" ")} ended with ${code}\n${words}`);
}

/** Longer than anything of ours should take; what takes longer is given up, and said. */
const longestMs = 300_000;

/** Kills a process that takes too long. */
class Deadline implements Disposable {
  #passed = false;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(kill: () => void) {
    this.#timer = setTimeout(() => {
      this.#passed = true;
      kill();
    }, longestMs);
  }

  /** Throws when the process was killed for that. */
  check(args: readonly string[]): void {
    if (this.#passed) throw new Error(`${args.join(" ")} took longer than ${longestMs / 1000} s`);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** Looks at the memory of a shell's child again and again; the function returned ends that and tells the most. */
function watchPeak(shell: number): () => number | undefined {
  let peak: number | undefined;
  const look = () => {
    const pid = childOf(shell);
    if (pid !== undefined) peak = memoryBytes(pid, "VmHWM") ?? peak;
  };
  const timer = setInterval(look, 20);
  return () => {
    clearInterval(timer);
    return peak;
  };
}

function read(path: string): string | undefined {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}
