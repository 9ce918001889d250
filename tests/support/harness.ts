import type { Model, ModelRequest } from "../../src/model/mod.ts";
import { openModel } from "../../src/model/mod.ts";
import { parseProgram } from "../../src/program/mod.ts";
import {
  beginSession,
  type Entry,
  foldEntries,
  memoryLog,
  Programs,
  resumeSession,
  type RunResult,
  type RuntimeEvent,
  type RuntimeSettings,
  Session,
  sourceOf,
  type State,
  type Ui,
  type World,
} from "../../src/runtime/mod.ts";
import { loadSandbox } from "../../src/sandbox/mod.ts";

/** Settings as an unconfigured session has them. */
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

/** A run in memory, with a clock that jumps and a person whose answers are given. */
export interface Played {
  readonly result: RunResult;
  /** Words to persons, in order. */
  readonly said: string[];
  /** All entries, those it was resumed from included. */
  readonly entries: Entry[];
  readonly events: RuntimeEvent[];
  /** Turn lines of the requests that reached the model. */
  readonly requests: ModelRequest[];
  readonly state: State;
  readonly asked: number;
}

/** How to play. */
export interface PlayOptions {
  readonly model?: Model;
  /** Chooses among several models, in place of `model`. */
  readonly pick?: (answer: "code" | "text", line?: string) => Model;
  /** A person's answers; when they are used up, nobody can be asked. */
  readonly replies?: readonly string[];
  /** Entries to resume from. */
  readonly from?: readonly Entry[];
  readonly settings?: RuntimeSettings;
  readonly pin?: boolean;
  readonly redo?: boolean;
  readonly mostLiveScopes?: number;
  readonly call?: { readonly playbook: string; readonly args: readonly [] };
  readonly parameters?: Readonly<Record<string, string>>;
  readonly fetch?: typeof fetch;
  readonly decide?: Ui["decide"];
  /** What the clock shows at a time: for clocks that jump. */
  readonly clock?: (now: number) => number;
  /** Is told when code is about to run, how many requests have reached the model until then. */
  readonly onSandbox?: (requests: number) => void;
}

/** Plays a program to its end, or to where it must stop. */
export async function play(text: string, options: PlayOptions = {}): Promise<Played> {
  const source = sourceOf([{ path: "test.pb", text }], []);
  const { program, problems } = await parseProgram(source.files, {});
  const errors = problems.filter((problem) => problem.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((error) => error.message).join("\n"));
  void program;
  const clock = { now: 1_700_000_000_000 };
  const programs = new Programs();
  const taker = {
    at: clock.now,
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
    }, taker);
  } else {
    const state = foldEntries(undefined, structuredClone(entries));
    await programs.add([...Object.values(state.sources), source]);
    taken = resumeSession(state, { ...taker, at: state.at }, {
      source,
      pin: options.pin ?? false,
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
  const ui: Ui = {
    event: (event) => {
      events.push(event);
    },
    show: (message) => {
      said.push(message.to === "user" ? message.text : `(to ${message.to}) ${message.text}`);
    },
    ask: () => {
      asked++;
      return Promise.resolve(replies.shift());
    },
    decide: options.decide ?? (() => Promise.resolve(undefined)),
  };
  const waits: Promise<void>[] = [];
  const world: World = {
    now: () => options.clock?.(clock.now) ?? clock.now,
    // The clock jumps only when nothing else is under way: answers of the model come first.
    wait: (ms, { signal }) => {
      const wait = (async () => {
        for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
        if (!signal.aborted) clock.now += ms;
      })();
      waits.push(wait);
      return wait;
    },
    fetch: options.fetch ?? (() => Promise.reject(new Error("no network in tests"))),
    readFile: () => {
      throw new Error("no files in tests");
    },
    // Time that passes for the computer alone must not change what happens in which order.
    elapsed: () => 0,
    pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
    programFolder: "/",
  };
  const inner = options.model ?? await rehearsal();
  const model: Model = {
    id: inner.id,
    stream: (request, streamOptions) => {
      requests.push(request);
      return inner.stream(request, streamOptions);
    },
  };
  const log = memoryLog(entries);
  log.markShown(entries.length);
  const session = new Session({
    state: taken.state,
    log,
    world,
    ui,
    models: { pick: options.pick ?? (() => model) },
    programs,
    sandbox: () => {
      options.onSandbox?.(requests.length);
      return loadSandbox();
    },
    redo: options.redo ?? false,
    ...(options.mostLiveScopes === undefined ? {} : { mostLiveScopes: options.mostLiveScopes }),
  });
  const result = await session.run({ signal: new AbortController().signal });
  // A wait that was given up goes on for a moment, and must not outlive the test.
  await Promise.all(waits);
  return { result, said, entries, events, requests, state: session.state, asked };
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
