import { type Model, openModel } from "../../src/model/mod.ts";
import { FileError } from "../../src/files/mod.ts";
import { parseProgram } from "../../src/language/mod.ts";
import {
  beginSession,
  type EngineWorld,
  type Entry,
  memoryLog,
  Programs,
  type RunResult,
  type RuntimeEvent,
  Session,
  sourceOf,
  type State,
} from "../../src/engine/mod.ts";
import { reservedNames, sandboxBuiltins } from "../../src/engine/builtins/table.ts";
import { decode, loadSandbox } from "../../src/sandbox/mod.ts";
import type { Dialect } from "../support/dialect.ts";
import { defaultSettings } from "../support/harness.ts";
import { RecordedServer } from "./recorded_server.ts";
import type { Recording } from "./recording.ts";

const sandbox = await loadSandbox(sandboxBuiltins);

/** The result of a played recording. */
export interface Staged {
  readonly result: RunResult;
  readonly said: readonly string[];
  readonly entries: readonly Entry[];
  readonly events: readonly RuntimeEvent[];
  readonly state: State;
  readonly unused: readonly string[];
}

/** The provider and the form of its answers. */
export interface Staging {
  readonly dialect: Dialect;
  readonly stream: boolean;
  /** Files that the program may read, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Plays a recording: the real runtime uses a real provider's client, which sends requests to a test server. */
export async function stage(text: string, recording: Recording, staging: Staging): Promise<Staged> {
  const { dialect, stream } = staging;
  await using server = new RecordedServer(dialect, recording.answers);
  const model = await openModel({
    provider: dialect.provider,
    name: "tiny",
    baseUrl: server.baseUrl,
    apiKeyEnv: "",
    temperature: 0.2,
    maxOutputTokens: 4_000,
    stream,
  }, { env: (name) => name === dialect.keyEnv ? "secret" : undefined, sendsKeyTo: () => true });
  return { ...await perform(text, recording, { model, ...staging }), unused: server.unused };
}

async function perform(
  text: string,
  recording: Recording,
  options: { readonly model: Model; readonly files?: Readonly<Record<string, string>> },
): Promise<Omit<Staged, "unused">> {
  const source = sourceOf([{ path: "/program.pb", text }], []);
  const { problems } = await parseProgram(source.files, { builtins: reservedNames });
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
  const programs = new Programs();
  await programs.add([source]);
  const settings = { ...defaultSettings, permissions: { net: [], read: ["/"], write: [], env: [] } };
  const clock = new PatientClock();
  const taken = beginSession({ id: "answers", source, parameters: recording.parameters }, {
    at: clock.now(),
    pid: 1,
    host: "test",
    model: options.model.id,
    settings,
  });
  const entries: Entry[] = [...taken.entries];
  const said: string[] = [];
  const events: RuntimeEvent[] = [];
  const replies = [...recording.replies];
  const watched = clock.watching(options.model);
  const session = new Session({
    state: taken.state,
    log: memoryLog(entries),
    world: worldWith(clock, options.files ?? {}),
    ui: {
      event: (event) => void events.push(event),
      show: ({ to, text }) => void said.push(to === "user" ? text : `(to ${to}) ${text}`),
      ask: () => {
        const text = replies.shift();
        return Promise.resolve(text === undefined ? undefined : { text });
      },
      decide: () => Promise.resolve(undefined),
    },
    models: { pick: () => watched },
    programs,
    sandbox,
  });
  const result = await session.run({ signal: new AbortController().signal });
  await clock.rest();
  return { result, said, entries, events, state: session.state };
}

/** The variables of an agent, as code sees them. */
export function variablesOf(state: State, agent: string): Readonly<Record<string, unknown>> {
  const variables = state.agents[agent]?.state ?? {};
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, decode(value)]));
}

function worldWith(clock: PatientClock, files: Readonly<Record<string, string>>): EngineWorld {
  return {
    now: () => clock.now(),
    wait: (ms, { signal }) => clock.wait(ms, signal),
    fetch: () => Promise.reject(new Error("no network in tests")),
    readFile: (path) => {
      const text = files[path.slice(1)];
      if (text === undefined) throw new FileError("missing", "is not there");
      return text;
    },
    // Computing time must not change the order of events.
    elapsed: () => 0,
    pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
    programFolder: "/",
  };
}

/** A clock that jumps to the next timer, but only if no model request is open, so the order of events is fixed. */
class PatientClock {
  #now = 1_700_000_000_000;
  #asked = 0;
  readonly #waits: Promise<void>[] = [];
  #answered = Promise.withResolvers<void>();

  now(): number {
    return this.#now;
  }

  watching(model: Model): Model {
    const begin = () => void this.#asked++;
    const end = () => {
      this.#asked--;
      this.#answered.resolve();
      this.#answered = Promise.withResolvers<void>();
    };
    return {
      id: model.id,
      async *stream(request, options) {
        begin();
        try {
          yield* model.stream(request, options);
        } finally {
          end();
        }
      },
    };
  }

  /** Resolves when no wait is open, including abandoned ones. */
  async rest(): Promise<void> {
    await Promise.all(this.#waits);
  }

  wait(ms: number, signal: AbortSignal): Promise<void> {
    const wait = this.#wait(ms, signal);
    this.#waits.push(wait);
    return wait;
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    do {
      if (this.#asked > 0) await Promise.race([this.#answered.promise, aborted]);
      // The session handles the new answer first.
      for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    } while (this.#asked > 0 && !signal.aborted);
    if (!signal.aborted) this.#now += ms;
  }
}
