import { placeholderText, plainText } from "./display.ts";
import { type GuestInstance, hostCalls, isEngineFault, Overrun } from "./engine.ts";
import type { GuestControl, GuestEnd, GuestProgress, GuestSetup, RawError } from "../guest/protocol.ts";
import type { Instance } from "./instance.ts";
import { locate } from "./places.ts";
import { type BuiltinNames, type PreparedScope, prepareScope } from "./prepare.ts";
import type {
  CodeError,
  Delivery,
  EffectRequest,
  Finish,
  OpenWait,
  Outcome,
  Progress,
  Scope,
  ScopeOptions,
  TurnEnd,
} from "../sandbox.ts";
import type { Encoded } from "../values.ts";

/** The ties between a scope and the engine that its instance is of. */
interface ScopeEvents {
  /** Gives the instance back. Is not called for a broken one. */
  readonly onDone: () => void;
  readonly capture: () => Uint8Array | undefined;
  readonly names: BuiltinNames;
  /** Whether running code must stop at once; it is asked often. */
  readonly shouldInterrupt: () => boolean;
  /** This scope has been running in the instance. */
  readonly isRestored?: boolean;
}

/** Opens a scope in an instance. */
export function openScope(guest: GuestInstance, options: ScopeOptions, events: ScopeEvents): Scope {
  return new QuickJsScope(guest, options, events);
}

/** The text of `GuestControl.finish`, parsed. */
type RawFinish =
  | { readonly ok: true; readonly locals: Readonly<Record<string, Encoded>> }
  | { readonly ok: false; readonly local?: string; readonly error: RawError };

const nothing: Progress = { requests: [], patch: {}, notes: [] };
const nothingRaw: GuestProgress = [[], {}, []];

/** Jobs between two looks at the time: the engine may swallow its own interruption of a job that always begets the next. */
const jobsAtOnce = 10_000;

/** A step that is replayed was within its time once, perhaps on an instance that had less to do. */
const replayPatience = 4;

/** By then code that is not in one of the engine's own loops has been stopped between two instructions. */
const gentleStopMs = 200;

/** Time for collecting what code did that may have used up all of its own. */
const collectMs = 1_000;

/** Deliveries, and characters of them, that are handed over at once when a turn is replayed. */
const replayedAtOnce = { deliveries: 1_000, characters: 1_000_000 };

class QuickJsScope implements Scope {
  readonly #instance: Instance;
  readonly #control: GuestInstance["control"];
  readonly #options: ScopeOptions;
  readonly #prepared: PreparedScope;
  readonly #events: ScopeEvents;
  /** The guest is that of this scope. */
  #begun = false;
  #deadline = 0;
  /** The time when it was last looked at. */
  #nowMs = 0;
  /** The code said that nothing after this matters: it returned, exited, or met a limit that the guest keeps. */
  #halted = false;
  #collecting: "all" | "earlier" | undefined;
  /** The limit at which the host stopped the code, if it did. */
  #stopped: "time" | "memory" | undefined;
  #isInterrupted = false;
  /** Nothing runs any more. */
  #over = false;
  #broken = false;
  #disposed = false;

  constructor(guest: GuestInstance, options: ScopeOptions, events: ScopeEvents) {
    this.#instance = guest.instance;
    this.#control = guest.control;
    this.#options = options;
    this.#events = events;
    this.#begun = events.isRestored ?? false;
    this.#prepared = prepareScope(options, events.names);
    this.#instance.host = {
      call: (id, argument) => this.#answer(id, argument),
      shouldStop: () => this.#shouldStop(),
      checkTime: () => this.#checkTime(),
    };
    this.#instance.setMaxStackSize(options.limits.stackBytes);
  }

  get isInterrupted(): boolean {
    return this.#isInterrupted;
  }

  get isCut(): boolean {
    return this.#broken || this.#stopped !== undefined;
  }

  start(): Progress {
    const prepared = this.#prepared;
    if (prepared.kind === "failed") {
      this.#over = true;
      return { ...nothing, end: { kind: "threw", error: prepared.error } };
    }
    return this.#step(() => {
      const { code, module } = this.#options;
      this.#begin(prepared.setup);
      if (prepared.module !== undefined) {
        const loaded = this.#checked(this.#instance.evaluate(prepared.module.source, "code.js"));
        this.#free(
          this.#invoke("load", loaded, this.#instance.newString(JSON.stringify(module?.helpers ?? []))),
        );
      }
      if (code.kind === "function") {
        const name = this.#instance.newString(code.implementation);
        this.#free(this.#invoke("runFunction", name, this.#instance.newString(JSON.stringify(code.args))));
      } else {
        const main = this.#checked(this.#instance.evaluate(prepared.source, "turn.js"));
        this.#free(this.#invoke(code.kind === "turn" ? "runTurn" : "runExpressions", main));
      }
    });
  }

  deliver(delivery: Delivery): Progress {
    if (this.#over) return nothing;
    return this.#step(() => {
      const instance = this.#instance;
      const short = hasOnlyResult(delivery) ? shortOf(delivery.outcome) : undefined;
      if (short === undefined) {
        this.#free(this.#invoke("deliver", instance.newString(deliveryText(delivery))));
        return;
      }
      const [ordinal, nowMs] = [instance.newNumber(delivery.ordinal), instance.newNumber(delivery.nowMs)];
      this.#free(this.#invoke("give", ordinal, nowMs, instance.booleanOf(short === "asked")));
    });
  }

  replay(deliveries: readonly Delivery[]): Progress {
    const requests: EffectRequest[] = [];
    let given = 0;
    let handedOver = 0;
    while (given < deliveries.length && !this.#over) {
      const { requests: more, end } = this.#step(() => {
        if (given === handedOver) handedOver = this.#handOver(deliveries, given);
        for (; given < handedOver && !this.#halted && this.#stopped === undefined; given++) {
          this.#restartClock(replayPatience);
          const next = this.#invoke("next");
          const isFull = this.#instance.isTrue(next);
          this.#free(next);
          if (isFull) return;
          this.#drain();
        }
      });
      for (const request of more) requests.push(request);
      if (end !== undefined) return { ...nothing, requests, end };
    }
    return { ...nothing, requests };
  }

  /** Gives the guest as many deliveries as it takes at once, and tells up to which. */
  #handOver(deliveries: readonly Delivery[], from: number): number {
    let text = "";
    let end = from;
    const most = Math.min(deliveries.length, from + replayedAtOnce.deliveries);
    for (; end < most && text.length < replayedAtOnce.characters; end++) {
      text += (end === from ? "[" : ",") + deliveryText(deliveries[end]!);
    }
    this.#free(this.#invoke("replay", this.#instance.newString(text + "]")));
    return end;
  }

  get hasEnded(): boolean {
    return !this.#over && this.#begun && this.#isTrue("hasEnded");
  }

  isObserved(waits: readonly OpenWait[]): boolean {
    let isUnmoved = false;
    const results = JSON.stringify(waits.map(({ ordinal, sampleResult }) => [ordinal, sampleResult]));
    const { requests, patch, notes } = this.#step(() => {
      this.#free(this.#invoke("probe", this.#instance.newString(results)));
      this.#drain();
      isUnmoved = this.#isTrue("isUnmoved");
    });
    return !isUnmoved || requests.length > 0 || notes.length > 0 || !isEmpty(patch);
  }

  cancelWaits(): Progress {
    if (this.#over) return nothing;
    return this.#step(() => this.#free(this.#invoke("cancelWaits")));
  }

  #isTrue(name: "hasEnded" | "isUnmoved"): boolean {
    const answer = this.#invoke(name);
    const isTrue = this.#instance.isTrue(answer);
    this.#free(answer);
    return isTrue;
  }

  capture(): Uint8Array | undefined {
    const isRunning = this.#begun && !this.#over && !this.#halted && this.#stopped === undefined;
    return isRunning ? this.#events.capture() : undefined;
  }

  finish(): Finish {
    const { code } = this.#options;
    const carried = code.kind === "turn" ? code.locals : {};
    if (this.#over || !this.#begun) return { ok: true, locals: carried, patch: {} };
    const { patch, end } = this.#step(() => this.#free(this.#invoke("settle")));
    if (end?.kind === "threw") return { ok: false, error: end.error };
    let result: RawFinish;
    this.#deadline = performance.now() + this.#options.limits.runMs;
    try {
      result = JSON.parse(this.#callForText("finish"));
    } catch (failure) {
      if (isEngineFault(failure)) this.#break();
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
    if (!this.#broken) this.#events.onDone();
  }

  /** Runs something in the guest, then all that follows from it, and tells what happened. */
  #step(run: () => void): Progress {
    this.#restartClock();
    this.#instance.limitMemory(this.#options.limits.memoryBytes);
    let failure: unknown;
    try {
      run();
      this.#drain();
    } catch (error) {
      failure = error;
      if (isEngineFault(error)) this.#break();
    }
    if (this.isInterrupted) this.#break();
    return this.isInterrupted ? nothing : this.#collect(failure);
  }

  #restartClock(patience = 1): void {
    this.#nowMs = performance.now();
    this.#deadline = this.#nowMs + patience * this.#options.limits.runMs;
  }

  #drain(): void {
    const instance = this.#instance;
    while (!this.#halted && this.#stopped === undefined && instance.hasJobs) {
      const result = instance.runJobs(jobsAtOnce);
      if (instance.typeOf(result) !== "number") throw new GuestFault(readError(instance, result));
      this.#free(result);
      this.#shouldStop();
    }
  }

  #collect(failure: unknown): Progress {
    let raw = nothingRaw;
    const instance = this.#instance;
    if (instance.exceededMemory) this.#stopped ??= "memory";
    if (this.#begun && !this.#broken) {
      // The guest does not know when it was stopped: all that it did in this step may have come after that.
      this.#collecting = this.#stopped === undefined ? "all" : "earlier";
      // The engine was made to look at the time while it ran, or has not run for long.
      this.#deadline = this.#nowMs + collectMs;
      instance.limitMemory(Infinity);
      try {
        raw = parseProgress(this.#callForText(this.#collecting === "all" ? "collect" : "salvage"));
      } catch (error) {
        failure ??= error;
        if (isEngineFault(error)) this.#break();
      }
      this.#collecting = undefined;
    }
    const [requests, patch, notes, rawEnd = null, closed = false] = raw;
    const end = this.#endOf(rawEnd, closed, failure);
    if (end !== undefined && (closed || rawEnd === null)) this.#over = true;
    const progress: Progress = {
      requests: requests.map((request) => this.#requestOf(request)),
      patch,
      notes: notes.map(({ kind, values }) => ({ kind, text: values.map(plainText).join(" ") })),
    };
    return end === undefined ? progress : { ...progress, end };
  }

  #endOf(end: GuestEnd | null, closed: boolean, failure: unknown): TurnEnd | undefined {
    if (this.#stopped === "time" || this.#stopped !== undefined && !isEngineFault(failure)) {
      return { kind: "threw", error: this.#limitError(this.#stopped) };
    }
    // Being halted shows itself as an error in whatever was running.
    if (failure !== undefined && !(this.#halted && end !== null && closed)) {
      return { kind: "threw", error: this.#errorOf(failure) };
    }
    if (end === null) return undefined;
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
    const message = this.#stopped === "memory" || this.#instance.exceededMemory
      ? this.#memoryMessage()
      : "used more of the stack than the sandbox has";
    return { name: "LimitError", message };
  }

  /** The engine was stopped in the middle of something, so the instance cannot be used again. */
  #break(): void {
    this.#broken = true;
    this.#over = true;
  }

  #located(raw: RawError): CodeError {
    if (!isOutOfMemory(raw)) return locate(raw, this.#prepared);
    return locate({ ...raw, name: "LimitError", message: this.#memoryMessage() }, this.#prepared);
  }

  #memoryMessage(): string {
    return `used more than ${Math.round(this.#options.limits.memoryBytes / 1024 / 1024)} MB of memory`;
  }

  #requestOf([name, args, ordinal, place]: GuestProgress[0][number]): EffectRequest {
    if (place === undefined) return { ordinal, name, args };
    const { line } = locate({ name, message: "", stack: place }, this.#prepared);
    return line === undefined ? { ordinal, name, args } : { ordinal, name, args, line };
  }

  #lineOfLocal(name: string): number | undefined {
    return this.#prepared.kind === "ready" ? this.#prepared.declared.get(name) : undefined;
  }

  #begin(setup: GuestSetup): void {
    this.#free(this.#invoke("begin", this.#instance.newString(JSON.stringify(setup))));
    this.#begun = true;
  }

  /** What the guest asks of the host. */
  #answer(id: number, argument: number): number {
    if (id === hostCalls.halt) {
      this.#halted = true;
      return 0;
    }
    const question = this.#instance.textOf(argument);
    const answer = question === undefined ? undefined : this.#part(question);
    return answer === undefined ? 0 : this.#instance.newString(answer);
  }

  /** Answers a question of the guest (see `state.ts` and `deliveries.ts`) from the options. */
  #part(question: string): string | undefined {
    const { agents, state } = this.#options;
    if (question === "agents") return JSON.stringify(agents);
    if (question === "names") return JSON.stringify(Object.keys(state));
    const key = JSON.parse(question.slice(1));
    if (!Object.hasOwn(state, key)) return undefined;
    return question.startsWith("?") ? "" : encodedText(state[key]!);
  }

  #callForText(name: keyof GuestControl): string {
    const result = this.#invoke(name);
    const text = this.#instance.textOf(result);
    this.#free(result);
    if (text === undefined) throw new GuestFault(outOfMemory);
    return text;
  }

  /** Calls a function of the guest's; the arguments are freed. */
  #invoke(name: keyof GuestControl, first = 0, second = 0, third = 0): number {
    const result = this.#instance.call(this.#control[name], first, second, third);
    if (first !== 0) this.#free(first);
    if (second !== 0) this.#free(second);
    return this.#checked(result);
  }

  #free(value: number): void {
    this.#instance.free(value);
  }

  #checked(result: number): number {
    const error = this.#instance.errorOf(result);
    if (error === 0) return result;
    this.#free(result);
    throw new GuestFault(readError(this.#instance, error));
  }

  #shouldStop(): boolean {
    if (this.#collecting === "earlier") return false;
    if (this.#halted && this.#collecting === undefined) return true;
    if (this.#instance.exceededMemory) this.#stopped ??= "memory";
    else {
      this.#nowMs = performance.now();
      if (this.#nowMs > this.#deadline) this.#stopped ??= "time";
    }
    if (this.#events.shouldInterrupt()) this.#isInterrupted = true;
    return this.#isInterrupted || this.#stopped !== undefined;
  }

  /** The engine's own loops ask this. Between two instructions code can be stopped more gently, by `#shouldStop`. */
  #checkTime(): void {
    this.#nowMs = performance.now();
    if (this.#events.shouldInterrupt()) this.#isInterrupted = true;
    else if (this.#nowMs < this.#deadline + gentleStopMs) return;
    else this.#stopped ??= "time";
    throw new Overrun("The engine's own loop ran for too long");
  }
}

function parseProgress(text: string): GuestProgress {
  return text.startsWith("[[") ? JSON.parse(text) : [JSON.parse(`[${text}]`), {}, []];
}

function deliveryText(delivery: Delivery): string {
  const { ordinal, outcome, patch, agents, nowMs } = delivery;
  const isAlone = hasOnlyResult(delivery);
  const short = isAlone ? shortOf(outcome) : undefined;
  if (short !== undefined) return `[${ordinal},${nowMs}${short === "asked" ? ",true]" : "]"}`;
  const result = JSON.stringify(outcome.ok ? outcome.value : outcome.error);
  const text = `[${ordinal},${nowMs},${outcome.ok},${result}`;
  return isAlone ? text + "]" : `${text},${JSON.stringify(patch)},${JSON.stringify(agents)}]`;
}

/** Whether a delivery brings nothing but a result. */
function hasOnlyResult({ agents, patch }: Delivery): boolean {
  return agents.length === 0 && isEmpty(patch);
}

/** A result that need not be told in full. */
function shortOf(outcome: Outcome): "asked" | "undefined" | undefined {
  if (!outcome.ok || typeof outcome.value !== "object" || outcome.value === null) return undefined;
  const { $type } = outcome.value as { readonly $type?: Encoded };
  return $type === "asked" || $type === "undefined" ? $type : undefined;
}

function isEmpty(record: object): boolean {
  for (const key in record) if (Object.hasOwn(record, key)) return false;
  return true;
}

/** Texts of values that were asked for: the next scope of the same agent asks for most of them again. */
const texts = new WeakMap<object, string>();

function encodedText(value: Encoded): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  let text = texts.get(value);
  if (text === undefined) texts.set(value, text = JSON.stringify(value));
  return text;
}

/** An error of the guest's that reached the host. */
class GuestFault extends Error {
  readonly raw: RawError;

  constructor(raw: RawError) {
    super(raw.message);
    this.raw = raw;
  }
}

const outOfMemory: RawError = { name: "InternalError", message: "out of memory" };

function isOutOfMemory({ name, message }: RawError): boolean {
  return name === outOfMemory.name && message === outOfMemory.message;
}

/** Reads an error's fields and frees it; getters of the code's own may throw while we do. */
function readError(instance: Instance, error: number): RawError {
  const field = (key: string): string | undefined => {
    const value = instance.property(error, key);
    const failure = instance.errorOf(value);
    if (failure !== 0) instance.free(failure);
    const text = failure === 0 && instance.typeOf(value) === "string" ? instance.textOf(value) : undefined;
    instance.free(value);
    return text?.slice(0, 10_000);
  };
  const stack = field("stack");
  const raw = { name: field("name") ?? "Error", message: field("message") ?? "unknown error" };
  instance.free(error);
  return stack === undefined ? raw : { ...raw, stack };
}
