import { placeholderText, plainText } from "./display.ts";
import { evaluateLibrary, type GuestInstance, hostCalls, isEngineFault, Overrun } from "./engine.ts";
import type { GuestControl, GuestEnd, GuestProgress, GuestSetup, RawError } from "../guest/protocol.ts";
import type { Instance } from "./instance.ts";
import { answerHostCall } from "./host_functions.ts";
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
import { explainUnknownName } from "./unknown_names.ts";

/** The connections of a scope to the engine of its instance. */
interface ScopeEvents {
  /** Gives the instance back. It is not called for a broken one. */
  readonly onDone: () => void;
  readonly capture: () => Uint8Array | undefined;
  readonly names: BuiltinNames;
  /** Whether running code must stop at once. It is called often. */
  readonly shouldInterrupt: () => boolean;
  /** Whether the instance already contains this scope. */
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

/** Jobs between two checks of the time. The engine may ignore an interruption if each job starts the next one. */
const jobsAtOnce = 10_000;

/** Factor for the time limit of a replayed step. Its first run was within the limit, perhaps under less load. */
const replayPatience = 4;

/** The library is our own code, whatever the limit of other code is. */
const libraryStackBytes = 256 * 1024;

/** Extra time before the engine's own loops are ended. Until then, other code has stopped between two instructions. */
const gentleStopMs = 200;

/** Time for collecting, since the code may have used all of its own time. */
const collectMs = 1_000;

/** The maximum of deliveries, and of their characters, in one call of a replay. */
const replayedAtOnce = { deliveries: 1_000, characters: 1_000_000 };

class QuickJsScope implements Scope {
  readonly #instance: Instance;
  readonly #control: GuestInstance["control"];
  readonly #options: ScopeOptions;
  readonly #prepared: PreparedScope;
  readonly #events: ScopeEvents;
  /** Whether the guest has the data of this scope. */
  #begun = false;
  #deadline = 0;
  /** The time of the latest check. */
  #nowMs = 0;
  /** Whether the guest closed the turn: the code returned, exited, or passed a limit that the guest counts. */
  #halted = false;
  #collecting: "all" | "earlier" | undefined;
  /** The limit at which the host stopped the code. `reading`: the time for collecting what it made. */
  #stopped: "time" | "reading" | "memory" | undefined;
  #isInterrupted = false;
  /** Whether no more code runs. */
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

  /** Gives the guest the deliveries of one call; returns the index after the last one. */
  #handOver(deliveries: readonly Delivery[], from: number): number {
    let text = "";
    let end = from;
    const maxEnd = Math.min(deliveries.length, from + replayedAtOnce.deliveries);
    for (; end < maxEnd && text.length < replayedAtOnce.characters; end++) {
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

  /** Runs something in the guest, then all jobs that follow, and returns the progress. */
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
      // The guest does not know when it was stopped, so everything in this step may have come later.
      this.#collecting = this.#stopped === undefined ? "all" : "earlier";
      // The latest check of the time is recent: either the code was stopped, or it ran for a short time.
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
    if (this.#stopped !== undefined && (this.#stopped !== "memory" || !isEngineFault(failure))) {
      return { kind: "threw", error: this.#limitError(this.#stopped) };
    }
    // Halted code ends with an error, which is not its own.
    if (failure !== undefined && !(this.#halted && end !== null && closed)) {
      return { kind: "threw", error: this.#errorOf(failure) };
    }
    if (end === null) return undefined;
    if (end.kind === "threw") {
      if (isOutOfMemory(end.error)) this.#over = true;
      const error = this.#located(end.error);
      const { expression, index } = end;
      if (expression === undefined || index === undefined) return { kind: "threw", error };
      const message = `{${expression}}: ${error.message}`;
      return { kind: "threw", error: { name: error.name, message, expression: index } };
    }
    if (end.kind !== "returned" || this.#options.code.kind !== "expressions") return end;
    return { ...end, value: (end.value as Encoded[]).map(placeholderText) };
  }

  /** The error has no line, since the engine notes its place only at calls. */
  #limitError(limit: "time" | "reading" | "memory"): CodeError {
    const messages = {
      time: `ran for more than ${this.#options.limits.runMs / 1000} s without waiting`,
      reading: `its state and requests took more than ${collectMs / 1000} s to read; keep less data in them`,
      memory: this.#memoryMessage(),
    };
    return { name: "LimitError", message: messages[limit] };
  }

  #passedDeadline(): "time" | "reading" {
    return this.#collecting === undefined ? "time" : "reading";
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

  /** The engine was stopped in the middle of its work, so the instance cannot be used again. */
  #break(): void {
    this.#broken = true;
    this.#over = true;
  }

  #located(raw: RawError): CodeError {
    if (!isOutOfMemory(raw)) return this.#explained(locate(raw, this.#prepared));
    return locate({ ...raw, name: "LimitError", message: this.#memoryMessage() }, this.#prepared);
  }

  /** An unknown name is reported with advice, and in a model's code with the names that there are. */
  #explained(error: CodeError): CodeError {
    const { code, playbooks, classes, self } = this.#options;
    if (code.kind !== "turn") return explainUnknownName(error);
    if ((code.reading ?? 1) < 2) return error;
    const others = Object.keys(classes).filter((name) => name !== self.klass);
    return explainUnknownName(error, [...this.#events.names.declared, ...playbooks, ...others]);
  }

  #memoryMessage(): string {
    return `used more than ${Math.round(this.#options.limits.memoryBytes / 1024 / 1024)} MB of memory`;
  }

  #requestOf([name, args, ordinal, place = null, locals]: GuestProgress[0][number]): EffectRequest {
    const request = locals === undefined ? { ordinal, name, args } : { ordinal, name, args, locals };
    if (place === null) return request;
    const { line } = locate({ name, message: "", stack: place }, this.#prepared);
    return line === undefined ? request : { ...request, line };
  }

  #lineOfLocal(name: string): number | undefined {
    return this.#prepared.kind === "ready" ? this.#prepared.declared.get(name) : undefined;
  }

  #begin(setup: GuestSetup): void {
    this.#free(this.#invoke("begin", this.#instance.newString(JSON.stringify(setup))));
    this.#begun = true;
  }

  /** Handles a call of the guest. */
  #answer(id: number, argument: number): number {
    if (id === hostCalls.halt) {
      this.#halted = true;
      return 0;
    }
    const question = this.#instance.textOf(argument);
    if (question === "library") return this.#evaluateLibrary();
    const answer = question === undefined
      ? undefined
      : question.startsWith("!")
      ? answerHostCall(question.slice(1))
      : this.#part(question);
    return answer === undefined ? 0 : this.#instance.newString(answer);
  }

  /** Evaluates the guest's library while code runs. Returns 0 if there is no memory left. */
  #evaluateLibrary(): number {
    const instance = this.#instance;
    instance.setMaxStackSize(libraryStackBytes);
    const made = evaluateLibrary(instance);
    instance.setMaxStackSize(this.#options.limits.stackBytes);
    return made;
  }

  /** Answers a question of the guest from the options; see `state.ts`, `known_agents.ts` and `objects.ts`. */
  #part(question: string): string | undefined {
    const { agents, state } = this.#options;
    if (question === "agents") return JSON.stringify(agents);
    if (question === "names") return JSON.stringify(Object.keys(state));
    const key = JSON.parse(question.slice(1));
    if (question.startsWith("-")) return JSON.stringify(this.#options.privates?.[key] ?? []);
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

  /** Calls a function of the guest and frees the arguments. */
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
      if (this.#nowMs > this.#deadline) this.#stopped ??= this.#passedDeadline();
    }
    if (this.#events.shouldInterrupt()) this.#isInterrupted = true;
    return this.#isInterrupted || this.#stopped !== undefined;
  }

  /** Called from the engine's own loops. Elsewhere `#shouldStop` stops the code and keeps the instance. */
  #checkTime(): void {
    this.#nowMs = performance.now();
    if (this.#events.shouldInterrupt()) this.#isInterrupted = true;
    else if (this.#nowMs < this.#deadline + gentleStopMs) return;
    else this.#stopped ??= this.#passedDeadline();
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

/** Whether a delivery contains only a result. */
function hasOnlyResult({ agents, patch }: Delivery): boolean {
  return agents.length === 0 && isEmpty(patch);
}

/** The short form of a result; `undefined` if it has none. */
function shortOf(outcome: Outcome): "asked" | "undefined" | undefined {
  if (!outcome.ok || typeof outcome.value !== "object" || outcome.value === null) return undefined;
  const { $type } = outcome.value as { readonly $type?: Encoded };
  return $type === "asked" || $type === "undefined" ? $type : undefined;
}

function isEmpty(record: object): boolean {
  for (const key in record) if (Object.hasOwn(record, key)) return false;
  return true;
}

/** A cache of encoded values: the next scope of the same agent asks for most of them again. */
const texts = new WeakMap<object, string>();

function encodedText(value: Encoded): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  let text = texts.get(value);
  if (text === undefined) texts.set(value, text = JSON.stringify(value));
  return text;
}

/** An error from the guest that reached the host. */
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

/** Reads an error's fields and frees it. Getters of the code may throw meanwhile. */
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
