import {
  newQuickJSWASMModuleFromVariant,
  type QuickJSContext,
  type QuickJSHandle,
  type QuickJSRuntime,
  type QuickJSWASMModule,
} from "quickjs-emscripten-core";
import { createCodec } from "./codec.ts";
import { placeholderText, plainText } from "./display.ts";
import { createGuest, type GuestSetup } from "./guest.ts";
import { createState } from "./guest_state.ts";
import { createWorld } from "./guest_world.ts";
import type {
  CodeError,
  Delivery,
  EffectRequest,
  Finish,
  Note,
  Progress,
  Sandbox,
  Scope,
  ScopeOptions,
  TurnEnd,
} from "./sandbox.ts";
import { type PreparedScope, prepareScope } from "./prepare.ts";
import { locate, type RawError } from "./places.ts";
import type { Encoded } from "./values.ts";

/** Loads the engine, which takes some 30 ms the first time; scopes open in about a millisecond from then on. */
export function loadSandbox(): Promise<Sandbox> {
  sandbox ??= QuickJsSandbox.load();
  return sandbox;
}

let sandbox: Promise<Sandbox> | undefined;

async function loadEngine(): Promise<QuickJSWASMModule> {
  const { default: variant } = await import("@jitl/quickjs-singlefile-mjs-release-sync");
  return await newQuickJSWASMModuleFromVariant(variant);
}

class QuickJsSandbox implements Sandbox {
  #engine: QuickJSWASMModule;
  #broken = new WeakSet<QuickJSWASMModule>();

  private constructor(engine: QuickJSWASMModule) {
    this.#engine = engine;
  }

  static async load(): Promise<Sandbox> {
    return new QuickJsSandbox(await loadEngine());
  }

  open(options: ScopeOptions): Scope {
    const engine = this.#engine;
    return new QuickJsScope(engine, options, () => {
      if (this.#broken.has(engine)) return;
      this.#broken.add(engine);
      void loadEngine().then((fresh) => void (this.#engine = fresh));
    });
  }
}

/** The source of the guest is the text of functions that are written, checked and tested as any other. */
const guestSource =
  `(function(setupText,halt){"use strict";return (${createGuest})(JSON.parse(setupText),halt,` +
  `{createCodec:${createCodec},createState:${createState},createWorld:${createWorld}})})`;

/** What the host reads after each step: the texts of `GuestControl.collect`, parsed. */
interface RawProgress {
  readonly requests: readonly (EffectRequest & { readonly stack: string })[];
  readonly patch: Progress["patch"];
  readonly notes: readonly { readonly kind: Note["kind"]; readonly values: readonly Encoded[] }[];
  readonly end?:
    | Exclude<TurnEnd, { kind: "threw" }>
    | { readonly kind: "threw"; readonly error: RawError; readonly expression?: string };
  readonly closed?: boolean;
}

const nothing: Progress = { requests: [], patch: {}, notes: [] };

/** Grace for collecting what a turn did before it met a limit. */
const collectMs = 1_000;

class QuickJsScope implements Scope {
  readonly #options: ScopeOptions;
  readonly #prepared: PreparedScope;
  readonly #onBroken: () => void;
  readonly #runtime: QuickJSRuntime | undefined;
  readonly #context: QuickJSContext | undefined;
  #control: QuickJSHandle | undefined;
  #deadline = 0;
  /** The code said that nothing after this matters: it returned, or met a limit of the guest's. */
  #halted = false;
  #collecting = false;
  #timedOut = false;
  /** Nothing runs any more: the code has returned or exited, or met a limit. */
  #over = false;
  #broken = false;
  #disposed = false;

  constructor(engine: QuickJSWASMModule, options: ScopeOptions, onBroken: () => void) {
    this.#options = options;
    this.#onBroken = onBroken;
    this.#prepared = prepareScope(options);
    if (this.#prepared.kind === "failed") return;
    try {
      this.#runtime = engine.newRuntime();
      this.#runtime.setMemoryLimit(options.limits.memoryBytes);
      this.#runtime.setMaxStackSize(options.limits.stackBytes);
      this.#runtime.setInterruptHandler(() => this.#shouldStop());
      this.#context = this.#runtime.newContext();
    } catch {
      this.#break();
    }
  }

  start(): Progress {
    const prepared = this.#prepared;
    if (prepared.kind === "failed") {
      this.#over = true;
      return { ...nothing, end: { kind: "threw", error: prepared.error } };
    }
    return this.#step(() => {
      const { code, module } = this.#options;
      this.#control = this.#openGuest(prepared.setup);
      if (prepared.module !== undefined) {
        this.#callWithFunction(
          "load",
          prepared.module.source,
          "code.js",
          JSON.stringify(module?.helpers ?? []),
        );
      }
      if (code.kind === "function") {
        this.#call("runFunction", code.implementation, JSON.stringify(code.args));
      } else {
        const name = code.kind === "turn" ? "runTurn" : "runExpressions";
        this.#callWithFunction(name, prepared.source, "turn.js");
      }
    });
  }

  deliver(delivery: Delivery): Progress {
    if (this.#over) return nothing;
    return this.#step(() => this.#call("deliver", JSON.stringify(delivery)));
  }

  finish(): Finish {
    const { code } = this.#options;
    const carried = code.kind === "turn" ? code.locals : {};
    if (this.#over || this.#control === undefined) return { ok: true, locals: carried, patch: {} };
    const patch = this.#step(() => this.#call("settle")).patch;
    if (this.#over) return { ok: false, error: { name: "LimitError", message: this.#limitMessage() } };
    let result: { ok: true; locals: Record<string, Encoded> } | {
      ok: false;
      local?: string;
      error: RawError;
    };
    try {
      result = JSON.parse(this.#callForText("finish"));
    } catch (fault) {
      return { ok: false, error: this.#errorOf(fault) };
    }
    if (result.ok) return { ok: true, locals: { ...carried, ...result.locals }, patch };
    const error = this.#located(result.error);
    const line = result.local === undefined ? error.line : this.#lineOfLocal(result.local) ?? error.line;
    const { name, message } = error;
    return { ok: false, error: line === undefined ? { name, message } : { name, message, line } };
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    // A broken engine's memory is beyond repair; freeing it would only abort it once more.
    if (this.#broken) return;
    try {
      this.#control?.dispose();
      this.#context?.dispose();
      this.#runtime?.dispose();
    } catch {
      this.#break();
    }
  }

  /** Runs something in the guest, then all that follows from it, and tells what happened. */
  #step(run: () => void): Progress {
    this.#deadline = performance.now() + this.#options.limits.runMs;
    let fault: unknown;
    try {
      run();
      this.#drain();
    } catch (error) {
      fault = error;
    }
    return this.#collect(fault);
  }

  #drain(): void {
    const runtime = this.#runtime!;
    while (!this.#halted && !this.#timedOut && runtime.hasPendingJob()) {
      const result = runtime.executePendingJobs();
      if (result.error === undefined) continue;
      const { error } = result;
      throw new GuestFault(readError(this.#context!, error));
    }
  }

  #collect(fault: unknown): Progress {
    let raw: RawProgress = { requests: [], patch: {}, notes: [] };
    let failure = fault;
    if (this.#control !== undefined && !this.#broken && !isEngineFault(failure)) {
      this.#collecting = true;
      this.#deadline = performance.now() + collectMs;
      try {
        raw = JSON.parse(this.#collectText());
      } catch (error) {
        failure ??= error;
      }
      this.#collecting = false;
    }
    const end = this.#endOf(raw, failure);
    if (raw.closed || (end !== undefined && raw.end === undefined)) this.#over = true;
    const progress: Progress = {
      requests: raw.requests.map((request) => this.#requestOf(request)),
      patch: raw.patch,
      notes: raw.notes.map(({ kind, values }) => ({ kind, text: values.map(plainText).join(" ") })),
    };
    return end === undefined ? progress : { ...progress, end };
  }

  /** Collecting takes memory of its own, which code that used up all of it must not deny us. */
  #collectText(): string {
    try {
      return this.#callForText("collect");
    } catch (error) {
      if (!(error instanceof GuestFault) || !isOutOfMemory(error.raw)) throw error;
      this.#runtime!.setMemoryLimit(-1);
      return this.#callForText("collect");
    }
  }

  #endOf(raw: RawProgress, failure: unknown): TurnEnd | undefined {
    const { end } = raw;
    const isLeft = end !== undefined && (end.kind === "returned" || end.kind === "exited");
    if (isLeft && raw.closed) return this.#shownEnd(end);
    if (this.#timedOut) {
      const at = failure instanceof GuestFault ? failure.raw : end?.kind === "threw" ? end.error : undefined;
      const { line } = at === undefined ? {} as CodeError : this.#located(at);
      const error = { name: "LimitError", message: this.#limitMessage() };
      return { kind: "threw", error: line === undefined ? error : { ...error, line } };
    }
    if (failure !== undefined && !this.#halted) return { kind: "threw", error: this.#errorOf(failure) };
    if (end === undefined) return undefined;
    if (end.kind !== "threw") return this.#shownEnd(end);
    if (isOutOfMemory(end.error)) this.#over = true;
    const error = this.#located(end.error);
    return {
      kind: "threw",
      error: end.expression === undefined ? error : inExpression(error, end.expression),
    };
  }

  #shownEnd(end: Exclude<TurnEnd, { kind: "threw" }>): TurnEnd {
    if (end.kind !== "returned" || this.#options.code.kind !== "expressions") return end;
    return { ...end, value: (end.value as Encoded[]).map(placeholderText) };
  }

  #limitMessage(): string {
    return `ran for more than ${this.#options.limits.runMs / 1000} s without waiting`;
  }

  #errorOf(failure: unknown): CodeError {
    if (failure instanceof GuestFault) {
      if (isOutOfMemory(failure.raw)) this.#over = true;
      return this.#located(failure.raw);
    }
    if (!isEngineFault(failure)) throw failure;
    this.#break();
    return { name: "LimitError", message: "used more stack or memory than the sandbox has" };
  }

  #located(raw: RawError): CodeError {
    if (isOutOfMemory(raw)) {
      const megabytes = Math.round(this.#options.limits.memoryBytes / 1024 / 1024);
      return locate(
        { ...raw, name: "LimitError", message: `used more than ${megabytes} MB of memory` },
        this.#prepared,
      );
    }
    return locate(raw, this.#prepared);
  }

  #requestOf({ ordinal, name, args, stack }: RawProgress["requests"][number]): EffectRequest {
    const { line } = locate({ name, message: "", stack }, this.#prepared);
    return line === undefined ? { ordinal, name, args } : { ordinal, name, args, line };
  }

  #lineOfLocal(name: string): number | undefined {
    return this.#prepared.kind === "ready" ? this.#prepared.declared.get(name) : undefined;
  }

  #openGuest(setup: GuestSetup): QuickJSHandle {
    const context = this.#context!;
    using create = this.#evaluate(guestSource, "guest.js");
    using text = context.newString(JSON.stringify(setup));
    using halt = context.newFunction("halt", () => {
      this.#halted = true;
    });
    return this.#unwrap(context.callFunction(create, context.undefined, text, halt));
  }

  #evaluate(source: string, file: string): QuickJSHandle {
    return this.#unwrap(this.#context!.evalCode(source, file, { type: "global", strict: true }));
  }

  #callWithFunction(name: string, source: string, file: string, ...texts: string[]): void {
    using code = this.#evaluate(source, file);
    this.#invoke(name, [code], texts).dispose();
  }

  #call(name: string, ...texts: string[]): void {
    this.#invoke(name, [], texts).dispose();
  }

  #callForText(name: string): string {
    using result = this.#invoke(name, [], []);
    return this.#context!.getString(result);
  }

  #invoke(name: string, handles: readonly QuickJSHandle[], texts: readonly string[]): QuickJSHandle {
    const context = this.#context!;
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
    throw new GuestFault(readError(this.#context!, result.error));
  }

  #shouldStop(): boolean {
    if (this.#halted && !this.#collecting) return true;
    if (performance.now() <= this.#deadline) return false;
    this.#timedOut = true;
    return true;
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

/** What WebAssembly throws when it is out of stack or memory, or aborts. */
function isEngineFault(error: unknown): boolean {
  return error instanceof RangeError || error instanceof WebAssembly.RuntimeError;
}

function isOutOfMemory({ name, message }: RawError): boolean {
  return name === "InternalError" && message === "out of memory";
}

function inExpression({ name, message }: CodeError, expression: string): CodeError {
  return { name, message: `{${expression}}: ${message}` };
}

/** Reads an error's fields and frees it; getters of the code's own may throw while we do. */
function readError(context: QuickJSContext, error: QuickJSHandle): RawError {
  using _error = error;
  const field = (key: string): string | undefined => {
    try {
      using value = context.getProp(error, key);
      return context.typeof(value) === "string" ? context.getString(value).slice(0, 10_000) : undefined;
    } catch (fault) {
      if (isEngineFault(fault)) throw fault;
      return undefined;
    }
  };
  const stack = field("stack");
  const raw = { name: field("name") ?? "Error", message: field("message") ?? "unknown error" };
  return stack === undefined ? raw : { ...raw, stack };
}
