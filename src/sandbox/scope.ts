import type { QuickJSContext, QuickJSHandle } from "quickjs-emscripten-core";
import { disposeRealm, isEngineFault, type Realm } from "./engine.ts";
import { placeholderText, plainText } from "./display.ts";
import type { GuestControl, GuestSetup } from "./guest.ts";
import type {
  CodeError,
  Delivery,
  EffectRequest,
  Finish,
  Note,
  Progress,
  Scope,
  ScopeOptions,
  TurnEnd,
} from "./sandbox.ts";
import { type PreparedScope, prepareScope } from "./prepare.ts";
import { locate, type RawError } from "./places.ts";
import type { Encoded } from "./values.ts";

/** Makes a realm into a scope, which takes it over. */
export function openScope(
  realm: Realm,
  options: ScopeOptions,
  events: { readonly onBroken: () => void },
): Scope {
  return new QuickJsScope(realm, options, events.onBroken);
}

/** The text of `GuestControl.collect`, parsed. */
interface RawProgress {
  readonly requests: readonly (Omit<EffectRequest, "line"> & { readonly stack: string })[];
  readonly patch: Progress["patch"];
  readonly notes: readonly { readonly kind: Note["kind"]; readonly values: readonly Encoded[] }[];
  readonly end?: RawEnd;
  /** With `end`: nothing that the code does from here on has an effect. */
  readonly closed?: boolean;
}

type RawEnd =
  | Exclude<TurnEnd, { kind: "threw" }>
  | { readonly kind: "threw"; readonly error: RawError; readonly expression?: string };

/** The text of `GuestControl.finish`, parsed. */
type RawFinish =
  | { readonly ok: true; readonly locals: Readonly<Record<string, Encoded>> }
  | { readonly ok: false; readonly local?: string; readonly error: RawError };

const nothing: Progress = { requests: [], patch: {}, notes: [] };
const nothingRaw: RawProgress = { requests: [], patch: {}, notes: [] };

/** Jobs between two looks at the time: the engine may swallow its own interruption of a job that always begets the next. */
const jobsAtOnce = 10_000;

/** Time for collecting what code did that may have used up all of its own. */
const collectMs = 1_000;

class QuickJsScope implements Scope {
  readonly #realm: Realm;
  readonly #context: QuickJSContext;
  readonly #options: ScopeOptions;
  readonly #prepared: PreparedScope;
  readonly #onBroken: () => void;
  #control: QuickJSHandle | undefined;
  #deadline = 0;
  /** The code said that nothing after this matters: it returned, exited, or met a limit that the guest keeps. */
  #halted = false;
  #collecting = false;
  /** The limit at which the host stopped the code, if it did. */
  #stopped: "time" | "memory" | undefined;
  /** Nothing runs any more. */
  #over = false;
  #broken = false;
  readonly #memoryLimit: number;
  #disposed = false;

  constructor(realm: Realm, options: ScopeOptions, onBroken: () => void) {
    this.#realm = realm;
    this.#context = realm.context;
    this.#options = options;
    this.#onBroken = onBroken;
    this.#prepared = prepareScope(options);
    const { runtime } = realm;
    this.#memoryLimit = realm.engine.budget.usedBytes + options.limits.memoryBytes;
    runtime.setMaxStackSize(options.limits.stackBytes);
    runtime.setInterruptHandler(() => this.#shouldStop());
  }

  start(): Progress {
    const prepared = this.#prepared;
    if (prepared.kind === "failed") {
      this.#over = true;
      return { ...nothing, end: { kind: "threw", error: prepared.error } };
    }
    return this.#step(() => {
      const { code, module } = this.#options;
      this.#control = this.#createGuest(prepared.setup);
      if (prepared.module !== undefined) {
        using loaded = this.#evaluate(prepared.module.source, "code.js");
        this.#invoke("load", [loaded], [JSON.stringify(module?.helpers ?? [])]).dispose();
      }
      if (code.kind === "function") {
        this.#invoke("runFunction", [], [code.implementation, JSON.stringify(code.args)]).dispose();
      } else {
        using main = this.#evaluate(prepared.source, "turn.js");
        this.#invoke(code.kind === "turn" ? "runTurn" : "runExpressions", [main], []).dispose();
      }
    });
  }

  deliver(delivery: Delivery): Progress {
    if (this.#over) return nothing;
    return this.#step(() => this.#invoke("deliver", [], [JSON.stringify(delivery)]).dispose());
  }

  replay(deliveries: readonly Delivery[]): Progress {
    const requests: EffectRequest[] = [];
    for (const delivery of deliveries) {
      const progress = this.deliver(delivery);
      requests.push(...progress.requests);
      if (progress.end !== undefined) return { ...nothing, requests, end: progress.end };
    }
    return { ...nothing, requests };
  }

  finish(): Finish {
    const { code } = this.#options;
    const carried = code.kind === "turn" ? code.locals : {};
    if (this.#over || this.#control === undefined) return { ok: true, locals: carried, patch: {} };
    const { patch, end } = this.#step(() => this.#invoke("settle", [], []).dispose());
    if (end?.kind === "threw") return { ok: false, error: end.error };
    let result: RawFinish;
    this.#deadline = performance.now() + this.#options.limits.runMs;
    try {
      result = JSON.parse(this.#callForText("finish"));
    } catch (failure) {
      return {
        ok: false,
        error: this.#stopped === undefined ? this.#errorOf(failure) : this.#limitError(this.#stopped),
      };
    }
    if (result.ok) return { ok: true, locals: { ...carried, ...result.locals }, patch };
    const { name, message, line: thrownAt } = this.#located(result.error);
    const line = (result.local === undefined ? undefined : this.#lineOfLocal(result.local)) ?? thrownAt;
    return { ok: false, error: line === undefined ? { name, message } : { name, message, line } };
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#over = true;
    // Freeing what a broken engine holds would only make it fail once more.
    if (this.#broken) return;
    try {
      this.#control?.dispose();
      disposeRealm(this.#realm);
    } catch (error) {
      if (!isEngineFault(error)) throw error;
      this.#break();
    }
  }

  /** Runs something in the guest, then all that follows from it, and tells what happened. */
  #step(run: () => void): Progress {
    this.#deadline = performance.now() + this.#options.limits.runMs;
    this.#realm.engine.budget.limit(this.#memoryLimit);
    let failure: unknown;
    try {
      run();
      this.#drain();
    } catch (error) {
      failure = error;
    }
    return this.#collect(failure);
  }

  #drain(): void {
    const { runtime } = this.#realm;
    while (!this.#halted && this.#stopped === undefined && runtime.hasPendingJob()) {
      const { error } = runtime.executePendingJobs(jobsAtOnce);
      if (error !== undefined) throw new GuestFault(readError(this.#context, error));
      this.#shouldStop();
    }
  }

  #collect(failure: unknown): Progress {
    let raw = nothingRaw;
    if (this.#realm.engine.budget.exceeded) this.#stopped ??= "memory";
    // The guest does not know when it was stopped: all that it did in this step may have come after that.
    if (this.#stopped === undefined && this.#control !== undefined && !isEngineFault(failure)) {
      this.#collecting = true;
      this.#deadline = performance.now() + collectMs;
      this.#realm.engine.budget.limit(Infinity);
      try {
        raw = JSON.parse(this.#callForText("collect"));
      } catch (error) {
        failure ??= error;
      }
      this.#collecting = false;
    }
    const end = this.#endOf(raw, failure);
    if (end !== undefined && (raw.closed === true || raw.end === undefined)) this.#over = true;
    const progress: Progress = {
      requests: raw.requests.map((request) => this.#requestOf(request)),
      patch: raw.patch,
      notes: raw.notes.map(({ kind, values }) => ({ kind, text: values.map(plainText).join(" ") })),
    };
    return end === undefined ? progress : { ...progress, end };
  }

  #endOf({ end, closed }: RawProgress, failure: unknown): TurnEnd | undefined {
    if (this.#stopped !== undefined && !this.#broken && !isEngineFault(failure)) {
      return { kind: "threw", error: this.#limitError(this.#stopped) };
    }
    // Being halted shows itself as an error in whatever was running.
    if (failure !== undefined && !(this.#halted && end !== undefined && closed === true)) {
      return { kind: "threw", error: this.#errorOf(failure) };
    }
    if (end === undefined) return undefined;
    if (end.kind === "threw") {
      if (isOutOfMemory(end.error)) this.#over = true;
      const error = this.#located(end.error);
      const { expression } = end;
      return {
        kind: "threw",
        error: expression === undefined
          ? error
          : { name: error.name, message: `{${expression}}: ${error.message}` },
      };
    }
    if (end.kind !== "returned" || this.#options.code.kind !== "expressions") return end;
    return { ...end, value: (end.value as Encoded[]).map(placeholderText) };
  }

  /** The engine notes where it is only when it calls something, so the line of a loop is not known. */
  #limitError(limit: "time" | "memory"): CodeError {
    const message = limit === "memory"
      ? this.#memoryMessage()
      : `ran for more than ${this.#options.limits.runMs / 1000} s without waiting`;
    return { name: "LimitError", message };
  }

  #errorOf(failure: unknown): CodeError {
    if (failure instanceof GuestFault) {
      if (isOutOfMemory(failure.raw)) this.#over = true;
      return this.#located(failure.raw);
    }
    if (!isEngineFault(failure)) throw failure;
    const isMemory = this.#realm.engine.budget.exceeded;
    this.#break();
    const message = isMemory ? this.#memoryMessage() : "used more of the stack than the sandbox has";
    return { name: "LimitError", message };
  }

  #located(raw: RawError): CodeError {
    if (!isOutOfMemory(raw)) return locate(raw, this.#prepared);
    return locate({ ...raw, name: "LimitError", message: this.#memoryMessage() }, this.#prepared);
  }

  #memoryMessage(): string {
    return `used more than ${Math.round(this.#options.limits.memoryBytes / 1024 / 1024)} MB of memory`;
  }

  #requestOf({ ordinal, name, args, stack }: RawProgress["requests"][number]): EffectRequest {
    const { line } = locate({ name, message: "", stack }, this.#prepared);
    return line === undefined ? { ordinal, name, args } : { ordinal, name, args, line };
  }

  #lineOfLocal(name: string): number | undefined {
    return this.#prepared.kind === "ready" ? this.#prepared.declared.get(name) : undefined;
  }

  #createGuest(setup: GuestSetup): QuickJSHandle {
    const context = this.#context;
    using text = context.newString(JSON.stringify(setup));
    using halt = context.newFunction("halt", () => {
      this.#halted = true;
    });
    return this.#unwrap(context.callFunction(this.#realm.create, context.undefined, text, halt));
  }

  #evaluate(source: string, file: string): QuickJSHandle {
    return this.#unwrap(this.#context.evalCode(source, file, { type: "global", strict: true }));
  }

  #callForText(name: keyof GuestControl): string {
    using result = this.#invoke(name, [], []);
    return this.#context.getString(result);
  }

  #invoke(
    name: keyof GuestControl,
    handles: readonly QuickJSHandle[],
    texts: readonly string[],
  ): QuickJSHandle {
    const context = this.#context;
    using method = context.getProp(this.#control!, name);
    const strings = texts.map((text) => context.newString(text));
    try {
      return this.#unwrap(context.callFunction(method, context.undefined, ...handles, ...strings));
    } finally {
      for (const string of strings) string.dispose();
    }
  }

  #unwrap(result: ReturnType<QuickJSContext["evalCode"]>): QuickJSHandle {
    if (result.error === undefined) return result.value;
    throw new GuestFault(readError(this.#context, result.error));
  }

  #shouldStop(): boolean {
    if (this.#halted && !this.#collecting) return true;
    if (this.#realm.engine.budget.exceeded) this.#stopped ??= "memory";
    else if (performance.now() > this.#deadline) this.#stopped ??= "time";
    return this.#stopped !== undefined;
  }

  #break(): void {
    this.#broken = true;
    this.#over = true;
    this.#onBroken();
  }
}

/** An error of the guest's that reached the host. */
class GuestFault extends Error {
  readonly raw: RawError;

  constructor(raw: RawError) {
    super(raw.message);
    this.raw = raw;
  }
}

function isOutOfMemory({ name, message }: RawError): boolean {
  return name === "InternalError" && message === "out of memory";
}

/** Reads an error's fields and frees it; getters of the code's own may throw while we do. */
function readError(context: QuickJSContext, error: QuickJSHandle): RawError {
  using _error = error;
  const field = (key: string): string | undefined => {
    try {
      using value = context.getProp(error, key);
      return context.typeof(value) === "string" ? context.getString(value).slice(0, 10_000) : undefined;
    } catch (failure) {
      if (isEngineFault(failure)) throw failure;
      return undefined;
    }
  };
  const stack = field("stack");
  const raw = { name: field("name") ?? "Error", message: field("message") ?? "unknown error" };
  return stack === undefined ? raw : { ...raw, stack };
}
