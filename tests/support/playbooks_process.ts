import { dirname, join } from "@std/path";
import configuration from "../../deno.json" with { type: "json" };
import { decodeEntry, type Entry } from "../../src/engine/mod.ts";

/** The compiled program to test; absent for a run from source. */
export const binary = Deno.env.get("PLAYBOOKS_BINARY");

/** A test of the compiled program. There is no such test without one; `.ci/run` fails if it cannot build one. */
export function testOfBinary(name: string, fn: () => void | Promise<void>): void {
  if (binary !== undefined) Deno.test(name, fn);
}

/** After this time a process counts as hanging. */
const maxRunMs = 90_000;

/** The inputs of a process. */
export interface ProcessOptions {
  /** All of standard input. `"open"` leaves it open, like a terminal or a pipe with a live writer. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After this time it counts as hanging; 90 s by default. */
  readonly maxRunMs?: number;
  /** Relative to the test's folder. */
  readonly cwd?: string;
  /** The process kills itself with SIGKILL as soon as this many entries are durable. */
  readonly crashAt?: number;
  /** A command that starts the program, such as a shell that sets limits. It gets the program's command line. */
  readonly by?: readonly string[];
}

/** The result of a process. */
export interface Finished {
  /** Exit code; 128 plus the signal's number if a signal ended it. */
  readonly code: number;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A line of a journal on disk. */
export interface JournalLine {
  readonly n: number;
  readonly e: Entry;
}

/** Creates a folder with `files` (by relative path) to run the program in. Disposing removes it. */
export async function folderWith(files: Readonly<Record<string, string | Uint8Array>>): Promise<TestFolder> {
  const folder = new TestFolder(
    await Deno.realPath(await Deno.makeTempDir({ prefix: "playbooks_process_" })),
  );
  for (const [path, content] of Object.entries(files)) await folder.write(path, content);
  return folder;
}

/** A folder with programs and their stored sessions. */
export class TestFolder implements AsyncDisposable {
  readonly path: string;
  readonly #running = new Set<PlaybooksProcess>();

  constructor(path: string) {
    this.path = path;
  }

  /** Writes a file and creates its parent folders. */
  async write(path: string, content: string | Uint8Array): Promise<void> {
    const whole = join(this.path, path);
    await Deno.mkdir(dirname(whole), { recursive: true });
    await Deno.writeFile(whole, typeof content === "string" ? new TextEncoder().encode(content) : content);
  }

  /** Runs the program to its end. */
  run(args: readonly string[], options: ProcessOptions = {}): Promise<Finished> {
    const process = this.start(args, options);
    process.closeInput();
    return process.finished;
  }

  /** Starts the program, and leaves its standard input open. */
  start(args: readonly string[], options: ProcessOptions = {}): PlaybooksProcess {
    const process = new PlaybooksProcess(this.path, args, options);
    this.#running.add(process);
    return process;
  }

  /** Ids of the stored sessions, the oldest first. */
  sessions(storage = ".checkpoints"): string[] {
    try {
      return [...Deno.readDirSync(join(this.path, storage))]
        .filter(({ isDirectory, name }) => isDirectory && !name.startsWith("."))
        .map((entry) => entry.name)
        .sort();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  /** The path of a session's file; by default of the only session. */
  sessionFile(name: string, session = this.onlySession()): string {
    return join(this.path, ".checkpoints", session, name);
  }

  /** The id of the only stored session. */
  onlySession(): string {
    const sessions = this.sessions();
    if (sessions.length !== 1) throw new Error(`There are ${sessions.length} sessions, not one`);
    return sessions[0]!;
  }

  /** The complete entries of a session on disk. */
  journal(session?: string): Entry[] {
    return this.journalLines(session).map((line) => decodeEntry(line.e));
  }

  /** The entries of the only session during its start; empty before there is a journal. */
  journalSoFar(): Entry[] {
    try {
      return this.sessions().length === 0 ? [] : this.journal();
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return [];
      throw error;
    }
  }

  /** The complete lines of a session's journal. */
  journalLines(session?: string): JournalLine[] {
    const text = Deno.readTextFileSync(this.sessionFile("journal.jsonl", session));
    return text.split("\n").slice(0, -1).filter((line) => line.startsWith("{")).map((line) =>
      JSON.parse(line)
    );
  }

  /** Every path below the folder with a digest of its content, to check that nothing was created or changed. */
  async listing(): Promise<Record<string, string>> {
    const listing: Record<string, string> = {};
    const visit = async (path: string): Promise<void> => {
      for await (const entry of Deno.readDir(path)) {
        const whole = join(path, entry.name);
        const name = whole.slice(this.path.length + 1);
        const info = await Deno.lstat(whole);
        if (entry.isDirectory) {
          listing[name] = `folder ${info.mode?.toString(8)}`;
          await visit(whole);
        } else if (entry.isSymlink) {
          listing[name] = `link to ${await Deno.readLink(whole)}`;
        } else {
          const digest = await crypto.subtle.digest("SHA-256", await Deno.readFile(whole));
          listing[name] = `${info.size} bytes ${new Uint8Array(digest).toHex()}`;
        }
      }
    };
    await visit(this.path);
    return listing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.#running) {
      process.kill("SIGKILL");
      process.closeInput();
      await process.finished.catch(() => {});
    }
    await Deno.remove(this.path, { recursive: true });
  }
}

/** The program as a separate process. */
export class PlaybooksProcess {
  /** Rejects if the process hangs, and kills it then. */
  readonly finished: Promise<Finished>;
  readonly pid: number;
  readonly #child: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Set<() => void>();
  readonly #texts = { stdout: "", stderr: "" };
  #ended = false;
  #inputClosed = false;

  constructor(folder: string, args: readonly string[], options: ProcessOptions) {
    const [command, ...before] = [...options.by ?? [], ...commandLine()];
    this.#child = new Deno.Command(command!, {
      args: [...before, ...args],
      cwd: join(folder, options.cwd ?? "."),
      clearEnv: true,
      env: {
        ...inheritedEnvironment(),
        // A test trusts the folders that it writes; set it to "" to run as in a stranger's folder.
        PLAYBOOKS_TRUST: "1",
        ...options.env,
        ...(options.crashAt === undefined ? {} : { PLAYBOOKS_CRASH_AT: String(options.crashAt) }),
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.pid = this.#child.pid;
    this.#input = this.#child.stdin.getWriter();
    this.#input.closed.catch(() => {});
    if (options.input !== undefined) this.send(options.input);
    this.finished = this.#finish(args, options.maxRunMs ?? maxRunMs);
    this.finished.catch(() => {});
  }

  get stdout(): string {
    return this.#texts.stdout;
  }

  get stderr(): string {
    return this.#texts.stderr;
  }

  /** Writes to standard input; does nothing if the process has ended. */
  send(text: string): void {
    this.#input.write(new TextEncoder().encode(text)).catch(() => {});
  }

  closeInput(): void {
    if (this.#inputClosed) return;
    this.#inputClosed = true;
    this.#input.close().catch(() => {});
  }

  /** Sends a signal; does nothing if the process has ended. */
  kill(signal: Deno.Signal): void {
    if (this.#ended) return;
    try {
      this.#child.kill(signal);
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error;
    }
  }

  /** Waits until `text` appears on one of the outputs; throws if the process ends first. */
  async until(text: string, output: "stdout" | "stderr" = "stdout"): Promise<void> {
    while (!this.#texts[output].includes(text)) {
      if (this.#ended) {
        throw new Error(`The process ended without "${text}"\n${this.stdout}\n${this.stderr}`);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      await promise;
    }
  }

  /** Checks every `everyMs` until `condition` is true; gives false if the process ends first. */
  async untilTrue(condition: () => boolean, everyMs = 2): Promise<boolean> {
    while (!condition()) {
      if (this.#ended) return false;
      await new Promise((resolve) => setTimeout(resolve, everyMs));
    }
    return true;
  }

  async #finish(args: readonly string[], maxMs: number): Promise<Finished> {
    let hangs = false;
    const timer = setTimeout(() => {
      hangs = true;
      this.kill("SIGKILL");
    }, maxMs);
    const [status] = await Promise.all([
      this.#child.status,
      this.#collect("stdout", this.#child.stdout),
      this.#collect("stderr", this.#child.stderr),
    ]);
    clearTimeout(timer);
    this.#ended = true;
    this.closeInput();
    await this.#input.closed.catch(() => {});
    this.#wake();
    if (hangs) {
      throw new Error(`playbooks ${args.join(" ")} hangs\n${this.stdout}\n${this.stderr}`);
    }
    return { code: status.code, signal: status.signal, stdout: this.stdout, stderr: this.stderr };
  }

  async #collect(output: "stdout" | "stderr", stream: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of stream) {
      this.#texts[output] += decoder.decode(chunk, { stream: true });
      this.#wake();
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Does `work` for each item, two at a time, because the smallest machines have two processors. */
export async function twoAtATime<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all([worker(), worker()]);
}

/** The program's usual command line; from source with the permissions of its task. */
export function commandLine(): string[] {
  if (binary !== undefined) return [binary];
  const root = new URL("../../", import.meta.url).pathname;
  const flags = configuration.tasks.run.command.split(" ").filter((word) => word.startsWith("-"));
  return [Deno.execPath(), "run", `--config=${root}deno.json`, ...flags, `${root}main.ts`];
}

/** A binary gets no variables, not even a path. Deno must find its cache. */
function inheritedEnvironment(): Record<string, string> {
  if (binary !== undefined) return { PATH: "" };
  const names = ["HOME", "DENO_DIR", "XDG_CACHE_HOME", "DENO_TLS_CA_STORE"];
  return Object.fromEntries(names.flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
