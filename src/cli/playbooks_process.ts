import { join } from "@std/path";
import configuration from "../../deno.json" with { type: "json" };
import { decodeEntry, type Entry } from "../engine/mod.ts";
import { messageOf } from "../errors.ts";
import { FileStore, settled } from "../store/mod.ts";
import type { World } from "./world.ts";

/** Words of a process for the user. */
export interface Words {
  readonly klass: string;
  readonly text: string;
}

/** The report of a finished process, from its standard output. */
export interface Ran {
  readonly said: readonly Words[];
  /** Requests that were sent to the model. */
  readonly modelCalls: number;
  readonly tokens: number;
  readonly costUsd: number;
  readonly exit: number;
  readonly signal: string | null;
  readonly stderr: string;
}

/** A child process that plays a program. */
export interface PlaybooksProcess {
  readonly pid: number;
  /** Resolves when the process has ended, for any reason. */
  readonly finished: Promise<Ran>;
  /** Ends the process with SIGKILL. Has no effect after its end. */
  kill(): void;
}

/**
 * Starts `playbooks …args --json` as a child process. Calls `onWords` for each of its messages at once.
 *
 * The process gets the PLAYBOOKS_ variables of `settings`, and none of the user's.
 */
export function startPlaybooks(
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly environment: World["environment"];
    readonly onWords: (words: Words) => void;
    /** Additional environment variables. */
    readonly settings?: Readonly<Record<string, string>>;
    /** Its whole standard input; none if absent. */
    readonly input?: string;
  },
): PlaybooksProcess {
  const [command, ...before] = ownCommand();
  const child = new Deno.Command(command!, {
    args: [...before, ...args, "--json", "--no-stream"],
    cwd: options.cwd,
    clearEnv: true,
    env: {
      ...Object.fromEntries(
        Object.entries(options.environment).filter(([name]) => !name.startsWith("PLAYBOOKS_")),
      ),
      // Its sessions are looked for in the folder that the settings name.
      PLAYBOOKS_DURABILITY__URL: "",
      ...options.settings,
    },
    stdin: options.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  if (options.input !== undefined) writeInput(child, options.input);
  let ended = false;
  child.status.then(() => {
    ended = true;
  });
  const kill = () => {
    if (!ended) child.kill("SIGKILL");
  };
  const finished = collect(child, options.onWords).catch(async (error) => {
    kill();
    await child.status;
    throw error;
  });
  return { pid: child.pid, finished, kill };
}

/** The durable entries of the only session below `storage`. Empty if there is no session yet. `key` opens encrypted ones. */
export function readJournal(storage: string, key?: string): readonly Entry[] {
  const store = new FileStore(storage, { nowMs: Date.now, encryption: { key, encrypt: false } });
  const [session] = store.list();
  return session ? [...store.read(session.id)].map(({ entry }) => decodeEntry(entry)) : [];
}

/** The texts of a storage's only session that persons have said: those in the journal, and those in the inbox. */
export function readHeardWords(storage: string, key?: string): readonly string[] {
  const store = new FileStore(storage, { nowMs: Date.now, encryption: { key, encrypt: false } });
  const [session] = store.list();
  if (!session) return [];
  const heard = readJournal(storage, key).flatMap((entry) =>
    entry.type === "message" ? [entry.message.text] : []
  );
  const kept = settled(store.inbox(session.id).read()).flatMap(({ message }) => {
    const { text } = message as { readonly text?: unknown };
    return typeof text === "string" ? [text] : [];
  });
  return [...heard, ...kept];
}

/** The command that starts this program: the binary, or the source with the permissions of its task. */
function ownCommand(): string[] {
  if (Deno.build.standalone) return [Deno.execPath()];
  const root = join(import.meta.dirname!, "..", "..");
  const flags = configuration.tasks.run.command.split(" ").filter((word) => word.startsWith("-"));
  const config = join(root, "deno.json");
  return [Deno.execPath(), "run", `--config=${config}`, ...flags, join(root, "main.ts")];
}

/** Writes standard input. A process may end before it has read everything. */
function writeInput(child: Deno.ChildProcess, text: string): void {
  const writer = child.stdin.getWriter();
  writer.write(new TextEncoder().encode(text)).catch(() => {});
  writer.close().catch(() => {});
}

async function collect(child: Deno.ChildProcess, onWords: (words: Words) => void): Promise<Ran> {
  const said: Words[] = [];
  const spent = { modelCalls: 0, tokens: 0, costUsd: 0 };
  const readEvents = async () => {
    for await (const line of linesOf(child.stdout)) {
      const event = parseEvent(line);
      switch (event["type"]) {
        case "say": {
          const words = { klass: String(event["klass"]), text: String(event["text"]) };
          said.push(words);
          onWords(words);
          break;
        }
        case "turn":
          spent.modelCalls++;
          break;
        case "completion":
          spent.tokens += Number(event["inputTokens"] ?? 0) + Number(event["outputTokens"] ?? 0);
          spent.costUsd += Number(event["costUsd"] ?? 0);
      }
    }
  };
  const [stderr, status] = await Promise.all([
    new Response(child.stderr).text(),
    child.status,
    readEvents(),
  ]);
  return { said, ...spent, exit: status.code, signal: status.signal, stderr };
}

/** Parses an event. A line that a kill cut off becomes words, so that it is not lost. */
function parseEvent(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line);
  } catch (error) {
    return { type: "say", klass: "?", text: `${line} (${messageOf(error)})` };
  }
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
  if (rest !== "") yield rest;
}
