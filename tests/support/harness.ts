import type { Model, ModelRequest } from "../../src/model/mod.ts";
import { openModel } from "../../src/model/mod.ts";
import "./local_models.ts";
import { parseProgram } from "../../src/language/mod.ts";
import {
  beginSession,
  type EngineWorld,
  type Entry,
  foldEntries,
  memoryLog,
  type PersonAnswer,
  Programs,
  type Question,
  resumeSession,
  type RunResult,
  type RuntimeEvent,
  type RuntimeSettings,
  Session,
  type SessionLog,
  sourceOf,
  type State,
  type Ui,
} from "../../src/engine/mod.ts";
import type { ScopeSnapshots } from "../../src/engine/turn/scope_snapshots.ts";
import { reservedNames, sandboxBuiltins } from "../../src/engine/builtins/table.ts";
import { loadSandbox } from "../../src/sandbox/mod.ts";
import type { Reply } from "../../src/engine/event.ts";
import { VirtualTime } from "./virtual_time.ts";

/** The settings of a session without configuration. */
export const defaultSettings: RuntimeSettings = {
  limits: {
    maxLlmCalls: 1000,
    maxCostUsd: null,
    maxTokens: null,
    maxSeconds: null,
    maxRepairs: 3,
    messageBatchTimeout: 0.5,
    messageBatchMaxWait: 2,
    artifactResultThreshold: 500,
    contextTokens: 150_000,
  },
  durability: { sync: "always", keepLastN: 10, maxCheckpointSizeMb: 100, uncertain: "fail" },
  permissions: { net: [], read: [], write: [], env: [] },
};

/** A run in memory, in virtual time, with a person's given answers. */
export interface Played {
  readonly result: RunResult;
  /** Words to persons, in order. */
  readonly said: string[];
  /** All entries, including those it was resumed from. */
  readonly entries: Entry[];
  readonly events: RuntimeEvent[];
  /** Turn lines of the requests that reached the model. */
  readonly requests: ModelRequest[];
  readonly state: State;
  readonly asked: number;
  /** The duration of this run, in virtual ms. */
  readonly tookMs: number;
}

/** Options of a run. */
export interface PlayOptions {
  /** The name of the program's file; `test.pb` if absent. */
  readonly path?: string;
  readonly model?: Model;
  /** Chooses among several models; replaces `model`. */
  readonly pick?: (answer: "code" | "text", line?: string) => Model;
  /** A person's answers. After the last one the person cannot be asked. */
  readonly replies?: readonly string[];
  /** Answers a question, in place of `replies`; `undefined`: this question stays open for now. */
  readonly answer?: (question: Question) => PersonAnswer | undefined;
  /** Entries to resume from. */
  readonly from?: readonly Entry[];
  readonly settings?: RuntimeSettings;
  readonly pin?: boolean;
  readonly redo?: boolean;
  readonly maxLiveScopes?: number;
  readonly call?: { readonly playbook: string; readonly args: readonly [] };
  readonly parameters?: Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
  readonly lookup?: EngineWorld["lookup"];
  readonly decide?: Ui["decide"];
  /** Answers from the command line, like `--message`. */
  readonly given?: readonly (string | Reply)[];
  /** Interrupts the run at the first event of this type. */
  readonly stopAt?: RuntimeEvent["type"];
  /** The clock's reading at a virtual time, for clocks that jump. */
  readonly clock?: (now: number) => number;
  /** Time of a model for an answer and of a person for a reply; zero by default. */
  readonly modelMs?: number | ((request: ModelRequest) => number);
  readonly personMs?: number;
  /** Computing time that passes at each reading. It must not change the result of a program. */
  readonly computerMs?: number;
  /** Time between the last entry of `from` and this run. */
  readonly awayMs?: number;
  /** The store of snapshots, and the number of results between two of them. */
  readonly snapshots?: ScopeSnapshots;
  readonly resultsPerSnapshot?: number;
  /** Called for each append. */
  readonly onAppend?: (entries: readonly Entry[]) => void;
  /** Wraps the log of the session. */
  readonly log?: (inner: SessionLog) => SessionLog;
  /** Called with words when they are shown. */
  readonly onShow?: (text: string) => void;
  /** Replaces parts of the world. */
  readonly world?: Partial<EngineWorld>;
  /** The entries of `from` up to this position are those of another session. */
  readonly forkedAt?: number;
  /** Called before code runs, with the number of model requests so far. */
  readonly onSandbox?: (requests: number) => void;
}

/** Plays a program to its end or to its stop. */
export async function play(text: string, options: PlayOptions = {}): Promise<Played> {
  const source = sourceOf([{ path: options.path ?? "test.pb", text }], []);
  const { program, problems } = await parseProgram(source.files, { builtins: reservedNames });
  const errors = problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((error) => error.message).join("\n"));
  void program;
  const lastMs = options.from?.at(-1)?.at;
  const startMs = lastMs === undefined ? 1_700_000_000_000 : lastMs + (options.awayMs ?? 0);
  const time = new VirtualTime(startMs);
  const programs = new Programs();
  const process = {
    at: options.clock?.(startMs) ?? startMs,
    pid: 1,
    host: "test",
    model: "test",
    settings: options.settings ?? defaultSettings,
  };
  const entries: Entry[] = structuredClone([...options.from ?? []]);
  let taken;
  if (entries.length === 0) {
    await programs.add([source]);
    taken = beginSession({
      id: "test-session",
      source,
      parameters: options.parameters ?? {},
      ...(options.call ? { call: options.call } : {}),
    }, process);
  } else {
    const state = foldEntries(undefined, structuredClone(entries));
    await programs.add([...Object.values(state.sources), source]);
    taken = resumeSession(state, process, {
      source,
      pin: options.pin ?? false,
      redo: options.redo ?? false,
      programs,
      confirmed: false,
    });
  }
  entries.push(...taken.entries);
  const said: string[] = [];
  const events: RuntimeEvent[] = [];
  const requests: ModelRequest[] = [];
  const replies = [...options.replies ?? []];
  let asked = 0;
  const interrupt = new AbortController();
  const ui: Ui = {
    event: (event) => {
      events.push(event);
      if (event.type === options.stopAt) interrupt.abort();
    },
    show: (message) => {
      options.onShow?.(message.text);
      said.push(message.to === "user" ? message.text : `(to ${message.to}) ${message.text}`);
    },
    ask: async (question, { signal }) => {
      asked++;
      if (options.answer) {
        const answer = options.answer(question);
        if (options.personMs !== undefined) await time.later(options.personMs, signal);
        return answer ??
          await new Promise<never>((_, reject) =>
            signal.addEventListener("abort", () => reject(signal.reason), { once: true })
          );
      }
      const reply = replies.shift();
      if (options.personMs !== undefined) await time.later(options.personMs, signal);
      return reply === undefined ? undefined : { text: reply };
    },
    decide: options.decide ?? (() => Promise.resolve(undefined)),
  };
  let elapsedMs = 0;
  const world: EngineWorld = {
    now: () => options.clock?.(time.now) ?? time.now,
    wait: (ms, { signal }) => time.later(ms, signal),
    ...(options.lookup ? { lookup: options.lookup } : {}),
    fetch: options.fetch ?? (() => Promise.reject(new Error("no network in tests"))),
    readFile: () => {
      throw new Error("no files in tests");
    },
    // A jump of the wall clock does not change this one.
    elapsed: () => (elapsedMs += options.computerMs ?? 0) + time.now - startMs,
    pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
    programFolder: "/",
    ...options.world,
  };
  const inner = options.model ?? await rehearsal();
  const model: Model = {
    id: inner.id,
    ...(inner.terms ? { terms: inner.terms } : {}),
    ...(inner.cancel ? { cancel: inner.cancel } : {}),
    async *stream(request, streamOptions) {
      requests.push(request);
      const { modelMs } = options;
      const takesMs = typeof modelMs === "function" ? modelMs(request) : modelMs;
      if (takesMs !== undefined) await time.later(takesMs, streamOptions.signal);
      yield* inner.stream(request, streamOptions);
    },
  };
  const memory = memoryLog(entries);
  memory.markShown(entries.length);
  const log = {
    ...memory,
    ...(options.snapshots === undefined ? {} : { snapshots: options.snapshots }),
    append: (fresh: readonly Entry[]) => {
      options.onAppend?.(fresh);
      memory.append(fresh);
    },
  };
  const session = new Session({
    state: taken.state,
    log: options.log?.(log) ?? log,
    world,
    ui,
    models: { pick: options.pick ?? (() => model) },
    programs,
    sandbox: () => {
      options.onSandbox?.(requests.length);
      return loadSandbox(sandboxBuiltins);
    },
    redo: options.redo ?? false,
    replies: (options.given ?? []).map((each) => typeof each === "string" ? { text: each } : each),
    ...(options.forkedAt === undefined ? {} : { forkedAt: options.forkedAt }),
    ...(options.resultsPerSnapshot === undefined ? {} : { resultsPerSnapshot: options.resultsPerSnapshot }),
    ...(options.maxLiveScopes === undefined ? {} : { maxLiveScopes: options.maxLiveScopes }),
  });
  const result = await session.run({ signal: interrupt.signal });
  const tookMs = time.now - startMs;
  // Abandoned work must end before the test does.
  await time.settled();
  return { result, said, entries, events, requests, state: session.state, asked, tookMs };
}

/** The rehearsal model. */
export function rehearsal(): Promise<Model> {
  return openModel({
    provider: "rehearsal",
    name: "",
    baseUrl: "",
    apiKeyEnv: "",
    temperature: 0,
    maxOutputTokens: 8000,
  }, { env: () => undefined });
}
