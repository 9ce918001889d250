import { assert } from "@std/assert";
import { join } from "@std/path";
import { exitCodes, PlaybooksError } from "../../../errors.ts";
import type { Entry } from "../../../engine/mod.ts";
import type { Way } from "./compare.ts";
import {
  type PlaybooksProcess,
  type Ran,
  readHeardWords,
  readJournal,
  startPlaybooks,
} from "../../playbooks_process.ts";
import { storageKey } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";

/** Facts that all runs of a crash test share. */
export interface CrashTestRuns {
  readonly world: World;
  /** A folder in which each run gets its own storage. */
  readonly folder: string;
  /** The command line without `run` and `--resume`: flags, files and the program's parameters. */
  readonly args: readonly string[];
  /** A person's answers, in order. */
  readonly replies: readonly string[];
  /** The program takes the whole standard input as `$startup_message`. */
  readonly startup: boolean;
  readonly signal: AbortSignal;
}

/** A run through the program with one kill. */
export interface KilledWay extends Way {
  /** The journal at the kill. */
  readonly killed: readonly Entry[];
  /** Whether a resume reported an uncertain effect, which was then repeated. */
  readonly uncertain: boolean;
}

/** Runs the program to its end without a kill. */
export async function runWhole(
  runs: CrashTestRuns,
  name: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<Way & { readonly ms: number }> {
  const startedMs = performance.now();
  const storage = join(runs.folder, name);
  const ran = await toItsEnd(runs, start(runs, storage, { args: [], input: runs.replies, settings }));
  if (ran.exit !== exitCodes.ok && ran.exit !== exitCodes.failed && ran.exit !== exitCodes.waiting) {
    throw cannotRun(ran);
  }
  const entries = readJournal(storage, storageKey(runs.world));
  assert(entries.length > 0, "A run keeps its session in the storage of the test");
  return {
    entries,
    said: ran.said,
    modelCalls: ran.modelCalls,
    exit: ran.exit,
    ms: performance.now() - startedMs,
  };
}

/** Runs the program again, kills it when entry `position` is durable, and resumes it until its end. */
export async function runKilled(runs: CrashTestRuns, position: number): Promise<KilledWay> {
  const storage = join(runs.folder, `killed at ${position}`);
  const all: Ran[] = [];
  const first = await toItsEnd(
    runs,
    start(runs, storage, {
      args: [],
      input: runs.replies,
      settings: { PLAYBOOKS_CRASH_AT: String(position) },
    }),
  );
  all.push(first);
  const killed = readJournal(storage, storageKey(runs.world));
  const input = runs.startup
    ? []
    : withoutHeard(runs.replies, readHeardWords(storage, storageKey(runs.world)));
  let uncertain = false;
  for (const extra of [[], ["--on-uncertain", "retry"]]) {
    const resumed = await toItsEnd(runs, start(runs, storage, { args: ["--resume", ...extra], input }));
    all.push(resumed);
    if (resumed.exit !== exitCodes.choiceNeeded) break;
    uncertain = true;
  }
  return {
    entries: readJournal(storage, storageKey(runs.world)),
    said: all.flatMap(({ said }) => said),
    modelCalls: all.reduce((sum, { modelCalls }) => sum + modelCalls, 0),
    exit: all.at(-1)!.exit,
    killed,
    uncertain,
  };
}

/** The answers that a killed run has not kept. A kept text lacks the mark of its line, `@Ann`. */
function withoutHeard(replies: readonly string[], heard: readonly string[]): readonly string[] {
  const left = [...replies];
  for (const text of heard) {
    const same = left.indexOf(text);
    const index = same >= 0 ? same : left.findIndex((reply) => reply.startsWith("@") && reply.endsWith(text));
    if (index >= 0) left.splice(index, 1);
  }
  return left;
}

/** Does the work for each item, two at a time, because the smallest machines have two processors. */
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

/** A longer run is ended: it hangs. */
const maxRunMs = 300_000;

function start(
  { world, args, folder }: CrashTestRuns,
  storage: string,
  options: {
    readonly args: readonly string[];
    readonly input: readonly string[];
    readonly settings?: Readonly<Record<string, string>>;
  },
): PlaybooksProcess {
  return startPlaybooks(["run", ...options.args, ...args], {
    cwd: world.cwd,
    environment: world.environment,
    settings: {
      ...settingsIn(world.environment),
      ...options.settings,
      // A test must not change the user's list of storage folders.
      XDG_STATE_HOME: folder,
      PLAYBOOKS_DURABILITY__ENABLED: "true",
      PLAYBOOKS_DURABILITY__STORAGE_PATH: storage,
      // A test must not use the user's database.
      PLAYBOOKS_DURABILITY__URL: "",
    },
    input: options.input.map((line) => `${line}\n`).join(""),
    onWords: () => {},
  });
}

/** The user's own settings apply as in a run, and the key of encrypted sessions. */
function settingsIn(environment: World["environment"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => /^PLAYBOOKS_(\w+__\w+|KEY)$/.test(name)),
  );
}

async function toItsEnd({ signal }: CrashTestRuns, process: PlaybooksProcess): Promise<Ran> {
  const kill = () => process.kill();
  signal.addEventListener("abort", kill, { once: true });
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    kill();
  }, maxRunMs);
  if (signal.aborted) kill();
  try {
    const ran = await process.finished;
    signal.throwIfAborted();
    if (hangs) {
      throw new PlaybooksError(
        `Cannot test the program: a run of it took longer than ${maxRunMs / 1000} s and was ended; ` +
          "shorten its waits for the test",
        { exitCode: exitCodes.failed },
      );
    }
    return ran;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", kill);
  }
}

function cannotRun({ exit, stderr }: Ran): PlaybooksError {
  const codes: readonly number[] = Object.values(exitCodes);
  const exitCode = codes.includes(exit) ? exit as PlaybooksError["exitCode"] : exitCodes.failed;
  const why = stderr.trim().split("\n").at(-1) ?? "";
  return new PlaybooksError(
    `Cannot test the program: without any kill it ends with exit code ${exit} (${why}); fix that first`,
    { exitCode },
  );
}
