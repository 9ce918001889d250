import { FileError } from "../../src/files/mod.ts";
import { parseProgram } from "../../src/language/mod.ts";
import type { Model } from "../../src/model/mod.ts";
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
import { loadSandbox } from "../../src/sandbox/mod.ts";
import { defaultSettings } from "./harness.ts";

const sandbox = await loadSandbox(sandboxBuiltins);

/** The inputs of a run in memory. Its clock jumps, but never while a model answers. */
export interface PatientRun {
  readonly model: Model;
  /** Answers raw playbooks; `model` if absent. */
  readonly rawModel?: Model;
  /** A person's next words; `undefined` ends the input. */
  readonly reply: (person: string) => string | undefined;
  /** Receives words to a person, before `reply` is asked again. */
  readonly onShow?: (person: string, text: string) => void;
  /** Arguments of the entry playbook. */
  readonly parameters?: Readonly<Record<string, string>>;
  /** Files that the program may read, by path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Stops the run after this many model calls. */
  readonly maxLlmCalls?: number;
}

/** The result of such a run. */
export interface PatientResult {
  readonly result: RunResult;
  /** Words to persons, in order; `(to Ann) …` for another person than the user. */
  readonly said: readonly string[];
  readonly entries: readonly Entry[];
  readonly events: readonly RuntimeEvent[];
  readonly state: State;
}

/** Runs a program with a model to its end. Throws if the program has errors. */
export async function runPatiently(text: string, run: PatientRun): Promise<PatientResult> {
  const source = sourceOf([{ path: "/program.pb", text }], []);
  const { problems } = await parseProgram(source.files, { builtins: reservedNames });
  const errors = problems.filter(({ severity }) => severity === "error");
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join("\n"));
  const programs = new Programs();
  await programs.add([source]);
  const { maxLlmCalls = defaultSettings.limits.maxLlmCalls } = run;
  const settings = {
    ...defaultSettings,
    limits: { ...defaultSettings.limits, maxLlmCalls },
    permissions: { net: [], read: ["/"], write: [], env: [] },
  };
  const clock = new PatientClock();
  const taken = beginSession({ id: "patient", source, parameters: run.parameters ?? {} }, {
    at: clock.now(),
    pid: 1,
    host: "test",
    model: run.model.id,
    settings,
  });
  const entries: Entry[] = [...taken.entries];
  const said: string[] = [];
  const events: RuntimeEvent[] = [];
  const watched = clock.watching(run.model);
  const watchedRaw = run.rawModel === undefined ? watched : clock.watching(run.rawModel);
  const session = new Session({
    state: taken.state,
    log: memoryLog(entries),
    world: worldWith(clock, run.files ?? {}),
    ui: {
      event: (event) => void events.push(event),
      show: ({ to, text }) => {
        run.onShow?.(to, text);
        said.push(to === "user" ? text : `(to ${to}) ${text}`);
      },
      ask: ({ person }) => {
        const text = run.reply(person);
        return Promise.resolve(text === undefined ? undefined : { text });
      },
      decide: () => Promise.resolve(undefined),
    },
    models: { pick: (answer) => answer === "text" ? watchedRaw : watched },
    programs,
    sandbox,
  });
  const result = await session.run({ signal: new AbortController().signal });
  await clock.rest();
  return { result, said, entries, events, state: session.state };
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
