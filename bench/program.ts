import { childOf, kill, killBelow, spawn } from "./children.ts";
import { bytesBelow, temporaryFolder } from "./temporary.ts";

/** The command that starts a program, with the arguments before the program's own. */
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
 * A program that does nothing, to compare a start with: the given compiled one, else its source. `undefined` if we are
 * compiled and no compiled one is given.
 */
export function emptyProgram(
  options: { readonly binary: string | undefined; readonly empty: string | undefined },
): Program | undefined {
  if (options.empty !== undefined) return { command: Deno.realPathSync(options.empty), args: [] };
  if (options.binary !== undefined) return undefined;
  return fromSource(new URL("empty.ts", import.meta.url).pathname);
}

/** The result of a process. */
export interface Finished {
  readonly code: number;
  readonly startedAt: number;
  /** Whole process, in ms. */
  readonly ms: number;
  /** Bytes of all its writes (Linux only). */
  readonly writtenBytes?: number;
  /** Its maximum memory in bytes, read every few ms (Linux only). */
  readonly peakBytes?: number;
}

/** The options for starting a process. */
export interface StartOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Exit codes that are not failures. */
  readonly allowed?: readonly number[];
  /** `piped` stays open, as a terminal does, so a session that waits for a person keeps waiting. */
  readonly stdin?: "null" | "piped";
  readonly stdout?: "null" | "piped";
}

/** The time of a program's whole run, in its own folder, in ms. */
export async function wholeMs(program: Program, args: readonly string[]): Promise<number> {
  await using folder = await temporaryFolder();
  return (await run(program, args, { cwd: folder.path })).ms;
}

/** Runs a program to its end. If it fails, throws an error with its last words. */
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

/** Like {@linkcode run}, through a shell that counts the process's writes. Do not use it for times of a whole process. */
export async function runCounted(
  program: Program,
  args: readonly string[],
  options: StartOptions,
): Promise<Finished> {
  if (Deno.build.os !== "linux") return await run(program, args, options);
  const counts = await Deno.makeTempFile({ prefix: "playbooks_bench_" });
  try {
    // The writes of an ended child count as its parent's.
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

/** A process to start. */
export function command(
  { command, args }: Program,
  own: readonly string[],
  options: StartOptions,
): Deno.Command {
  return new Deno.Command(command, {
    args: [...args, ...own],
    cwd: options.cwd,
    // The user's environment for models and settings must not change the measurement.
    clearEnv: true,
    env: { ...inherited(), ...options.env },
    stdin: options.stdin ?? "null",
    stdout: options.stdout ?? "null",
    stderr: options.stdin === "piped" ? "null" : "piped",
  });
}

/** The exit code of a process that was killed. */
export const killed = 128 + 9;

/** Memory of a process in bytes, from `VmRSS` (now) or `VmHWM` (maximum). `undefined` if the system does not report it. */
export function memoryBytes(pid: number, what: "VmRSS" | "VmHWM"): number | undefined {
  const text = read(`/proc/${pid}/status`);
  const found = text === undefined ? null : new RegExp(`^${what}:\\s*(\\d+) kB$`, "m").exec(text);
  return found === null ? undefined : Number(found[1]) * 1024;
}

/** Ids of the sessions in a folder. */
export function sessionsOf(folder: string): string[] {
  return [...Deno.readDirSync(`${folder}/.checkpoints`)]
    .filter((entry) => entry.isDirectory).map((entry) => entry.name).sort();
}

/** Bytes of all sessions in a folder. */
export function bytesOfSessions(folder: string): number {
  return sessionsOf(folder).reduce((sum, id) => sum + bytesBelow(`${folder}/.checkpoints/${id}`), 0);
}

/** The fields of a journal entry that the benchmarks use. */
export interface Entry {
  readonly type: string;
  readonly at: number;
  /** The entry's frame, or the new frame of a thread. */
  readonly frame?: string | { readonly id: string };
}

/** The entries of a session, of the only one if no id is given. */
export function journalOf(folder: string, session = sessionsOf(folder)[0]): Entry[] {
  const bytes = Deno.readFileSync(`${folder}/.checkpoints/${session}/journal.jsonl`);
  const entries: Entry[] = [];
  const decoder = new TextDecoder();
  // Line by line, because a journal of 100,000 entries exceeds the maximum length of a string.
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(10, start);
    if (end < 0) break;
    // Line feeds at the end are preallocated space.
    if (end > start) {
      const { e } = JSON.parse(decoder.decode(bytes.subarray(start, end))) as { e: Entry };
      // Keep nothing else: texts of 100,000 turns would fill our own memory.
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
  return { command: Deno.execPath(), args: ["run", `--config=${configuration}`, ...flags, file] };
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

/** Longer than any of our processes should take. A longer one is ended and reported. */
const maxMs = 300_000;

/** Kills a process that takes too long. */
class Deadline implements Disposable {
  #passed = false;
  readonly #timer: ReturnType<typeof setTimeout>;

  constructor(kill: () => void) {
    this.#timer = setTimeout(() => {
      this.#passed = true;
      kill();
    }, maxMs);
  }

  /** Throws if the process was killed for its time. */
  check(args: readonly string[]): void {
    if (this.#passed) throw new Error(`${args.join(" ")} took longer than ${maxMs / 1000} s`);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}

/** Polls the memory of a shell's child. The returned function stops that and returns the maximum. */
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
