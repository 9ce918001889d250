import type { CodecHooks, createCodec } from "../host/codec.ts";
import type { publishApi } from "./guest_api.ts";
import type { createErrors } from "./guest_errors.ts";
import type { AgentIdentity, createObjects, GuestObjects, ObjectHooks } from "./guest_objects.ts";
import type { createPrimordials } from "./guest_primordials.ts";
import type { createLists } from "./guest_lists.ts";
import type { createState, StateChange } from "./guest_state.ts";
import type { createWorld } from "./guest_world.ts";
import type { RawError } from "../host/places.ts";
import type { Note, SandboxBuiltin, StatePatch, TurnEnd } from "../sandbox.ts";
import type { Encoded } from "../values.ts";

/** What a scope is made from, in the form in which it crosses the border: as JSON. State and agents are asked for. */
export interface GuestSetup {
  readonly self: { readonly id: string; readonly klass: string };
  readonly playbooks: readonly string[];
  readonly classes: Readonly<Record<string, readonly string[]>>;
  readonly seed: string;
  readonly nowMs: number;
  readonly outputCharacters: number;
  readonly openRequests: number;
  readonly effects: number;
  readonly effectsSetting: string;
  readonly shortSleeps: number;
  readonly shortSleepSeconds: number;
  /** Requests tell their places. */
  readonly places: boolean;
  /** Locals that the code mentions, encoded. */
  readonly locals: Record<string, unknown>;
  /** Locals of earlier turns that were not kept and that this code does not declare. */
  readonly gone: readonly string[];
}

/**
 * A delivery on its way in: ordinal, time, whether it is a value, the value or the error, what others changed, and new
 * agents; the last two are left out together. Of a result that is `undefined` there are ordinal and time, and `true` after
 * them says that it is what was asked for. An array, as nobody can give it a member that it does not have.
 */
export type GuestDelivery =
  | readonly [ordinal: number, nowMs: number]
  | readonly [ordinal: number, nowMs: number, isAsked: true]
  | readonly [ordinal: number, nowMs: number, isValue: boolean, value: unknown]
  | readonly [
    ordinal: number,
    nowMs: number,
    isValue: boolean,
    value: unknown,
    patch: Record<string, StateChange | null>,
    agents: readonly AgentIdentity[],
  ];

/** What happened, on its way out, parsed: requests, the patch, notes, and the end, if that has come. */
export type GuestProgress = readonly [
  requests: readonly (readonly [name: string, args: readonly Encoded[], ordinal: number, place?: string])[],
  patch: StatePatch,
  notes: readonly { readonly kind: Note["kind"]; readonly values: readonly Encoded[] }[],
  end?: GuestEnd | null,
  /** With `end`: nothing that the code does from here on has an effect. */
  closed?: boolean,
];

/** The end of the code, with raw places. */
export type GuestEnd =
  | Exclude<TurnEnd, { kind: "threw" }>
  | { readonly kind: "threw"; readonly error: RawError; readonly expression?: string };

/** A request without a result; `args` are kept where they may be the result. */
interface OpenRequest {
  readonly ordinal: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly place: string;
  readonly args: unknown[] | undefined;
}

/** The other parts of the guest, handed over because functions that cross the border can refer to nothing outside. */
interface GuestParts {
  readonly createPrimordials: typeof createPrimordials;
  readonly createCodec: typeof createCodec;
  readonly createErrors: typeof createErrors;
  readonly createObjects: typeof createObjects;
  readonly createLists: typeof createLists;
  readonly createState: typeof createState;
  readonly createWorld: typeof createWorld;
  readonly publishApi: typeof publishApi;
}

/** What the host calls; texts are JSON. */
export interface GuestControl {
  /** Makes a guest that is new into that of a scope: called once, before all others. */
  begin(setupText: string): void;
  /** Evaluates a module, and makes its helpers global. */
  load(module: (support: TurnSupport) => () => Record<string, () => unknown>, helpersText: string): void;
  /** Runs a turn's code. */
  runTurn(main: (support: TurnSupport) => Promise<unknown>): void;
  /** Calls a function of the module. */
  runFunction(implementation: string, argsText: string): void;
  /** Evaluates expressions, one after the other. */
  runExpressions(main: (support: TurnSupport) => Promise<unknown>): void;
  /** Takes over one {@linkcode GuestDelivery}. */
  deliver(text: string): void;
  /** Takes over a result that is `undefined`, or, when `isAsked`, what was asked for. */
  give(ordinal: number, nowMs: number, isAsked: boolean): void;
  /** Takes over a list of them, for `next`. */
  replay(text: string): void;
  /** Takes over the next one of the list. When it gives `true` it has not: something is to be collected first. */
  next(): boolean;
  /** The same as `collect`, of the requests that were made before the last `next`: for code that had to be stopped. */
  salvage(): string;
  /**
   * What happened since the last call, as the text of a {@linkcode GuestProgress}; or of its requests alone, without brackets
   * around them, when that is all.
   */
  collect(): string;
  /** Whether the code has run to its end while effects that it did not await are open. */
  hasEnded(): boolean;
  /** Gives made-up results, a list of `[ordinal, value]`, to open waits: to see with `isUnmoved` what comes of them. */
  probe(text: string): void;
  /** Whether nothing came of the probe that anybody but the code itself could see, its patch aside. */
  isUnmoved(): boolean;
  /** Ends the turn though waits are open: none of them gets a result. */
  cancelWaits(): void;
  settle(): void;
  finish(): string;
}

/** What rewritten code refers to, under a name that the code itself does not use. */
export interface TurnSupport {
  /** A local of an earlier turn. */
  g(name: string): unknown;
  /** The readers of all locals of this turn. */
  k(readers: Record<string, () => unknown>): void;
  /** `return` at the top level. */
  r(value?: unknown): never;
  /** An assignment to a constant. */
  c(name: string): never;
  /** An error leaves an async function. */
  t(error: unknown): unknown;
  /** An error is caught. */
  s(error: unknown): void;
  /** Notes the value of a statement, which nobody else may look at, and gives it back. */
  f(value: unknown): unknown;
  /** An expression begins. */
  b(source: string): void;
  /** The value of an expression. */
  e(value: unknown): void;
}

/**
 * Makes everything that code in a sandbox sees. Its source is run inside the sandbox, so it refers to nothing outside
 * itself. It is run once for many scopes: what depends on the scope comes with `begin`.
 *
 * The guest calls the host for two things: `halt` says that nothing that runs from here on matters, and `ask` gives a part
 * of what the scope started from, as JSON. What the code asks for is kept as text until the host collects it, so no object
 * of the guest's is ever read by the host.
 */
export function createGuest(
  halt: () => void,
  ask: (question: string) => string | undefined,
  parts: GuestParts,
  builtins: readonly SandboxBuiltin[],
): GuestControl {
  const primordials = parts.createPrimordials();
  const { quote, parse, keys, apply, defineProperty, fix, append, slice, thenOf } = primordials;
  const { mapGet, mapSet, mapDelete, Promise: NewPromise, Error: NewError, TypeError: NewTypeError } =
    primordials;

  const codecHooks = {
    write: (value: object) => objects.write(value),
    revive: (encoded: Record<string, unknown>) => objects.revive(encoded),
    behind: (value: object) => lists.behind(value),
    maxCharacters: 0,
  } satisfies CodecHooks;
  const codec = parts.createCodec(primordials, codecHooks);
  const errors = parts.createErrors(primordials, codec.encodeText);
  const objectHooks = {
    request,
    encodeText: codec.encodeText,
    revive: codec.revive,
    named: errors.named,
    classes: {} as Readonly<Record<string, readonly string[]>>,
  } satisfies ObjectHooks;
  const objects: GuestObjects = parts.createObjects(primordials, objectHooks);
  const world = parts.createWorld();
  const lists = parts.createLists(primordials, codec, objects.isSpecial);
  const state = parts.createState(primordials, codec, lists, ask);

  let setup: GuestSetup = {
    self: { id: "", klass: "" },
    playbooks: [],
    classes: {},
    seed: "",
    nowMs: 0,
    outputCharacters: 0,
    openRequests: 0,
    effects: 0,
    effectsSetting: "",
    shortSleeps: 0,
    shortSleepSeconds: 0,
    places: false,
    locals: {},
    gone: [],
  };
  let loading = false;
  /** Short sleeps that were asked for. */
  let shortSleeps = 0;
  /** After this nothing that the code does has an effect. */
  let closed = false;
  let codeEnd = "";
  let ended = false;
  let endSent = false;
  let threw = false;
  let ordinal = 0;
  let openCount = 0;
  let output = 0;
  let requestTexts = "";
  let noteTexts = "";
  let frozenPatch = "";
  let agentList: AgentIdentity[] | undefined;
  let readers: Record<string, () => unknown> = {};
  let moduleExports: Record<string, () => unknown> = {};
  /** Requests without a result, by ordinal, but for the latest: code mostly has no other. */
  const open = new Map<number, OpenRequest>();
  let latest: OpenRequest | undefined;
  const ignore = () => {};
  let resolveLatest: OpenRequest["resolve"] = ignore;
  let rejectLatest: OpenRequest["reject"] = ignore;
  const keepResolvers = (resolve: OpenRequest["resolve"], reject: OpenRequest["reject"]) => {
    resolveLatest = resolve;
    rejectLatest = reject;
  };
  /** Locals that are promises without a value, and what is to be said of them. */
  const unsettled = new Map<string, string>();
  /** Deliveries for `next`, and how many of them were taken over. */
  let replayed: readonly GuestDelivery[] = [];
  let replayedCount = 0;
  let settledTexts = "";
  let isReplay = false;
  const textsAtOnce = 1_000_000;
  /** What a probe must leave as it is: the end of the code, and its locals. */
  let endBefore = "";
  let localsBefore = "";
  /** Waits were cancelled, and locals that are promises may be without a value. */
  let cancelled = false;

  const api = parts.publishApi(primordials, {
    request,
    note,
    returnFrom,
    exit: () => leave('{"kind":"exited"}'),
    agents,
    codec,
    errors,
    objects,
    state: state.proxy,
  }, builtins);
  return {
    begin,
    load,
    runTurn,
    runFunction,
    runExpressions,
    deliver,
    give,
    replay,
    next,
    salvage,
    collect,
    hasEnded,
    probe,
    isUnmoved,
    cancelWaits,
    settle,
    finish,
  };

  function begin(setupText: string): void {
    setup = parse(setupText) as GuestSetup;
    codecHooks.maxCharacters = setup.outputCharacters;
    objectHooks.classes = setup.classes;
    world.begin(setup.seed, setup.nowMs);
    api.begin(setup);
  }

  function agents(): AgentIdentity[] {
    return agentList ??= parse(ask("agents")!) as AgentIdentity[];
  }

  // What is asked of the world.

  function request(name: string, args: unknown[]): Promise<unknown> {
    if (closed) return new NewPromise(() => {});
    if (loading) throw new NewError(`${name}: effects can be used only inside functions`);
    // Each `+` copies both sides, so what may be long is added last.
    let text = '["' + name + '",[';
    for (let i = 0; i < args.length; i++) {
      const arg = args[i];
      let item = typeof arg === "string"
        ? quote(arg)
        : i === 2 && name === "Call"
        ? leavesText(arg as unknown[])
        : i === 0 && typeof arg === "object" && arg !== null
        ? objects.write(arg)
        : codec.leafText(arg);
      if (item === undefined || item.length > setup.outputCharacters) {
        item = codec.encodeText(
          arg,
          name === "Call" ? `the arguments of ${args[1]}` : `argument ${i + 1} of ${name}`,
        );
      }
      text = (i === 0 ? text : text + ",") + item;
    }
    // A getter among the arguments may have ended the turn.
    if (closed) return new NewPromise(() => {});
    if (openCount >= setup.openRequests) {
      throw limit(`had more than ${setup.openRequests} effects open at once`);
    }
    if (ordinal >= setup.effects) {
      throw limit(`asked for more than ${setup.effects} effects (limits.${setup.effectsSetting})`);
    }
    if (name === "Sleep") countSleep(args[0]);
    const number = ++ordinal;
    const place = setup.places || mayFail(name, args) ? placeOf(new NewError()) : "";
    text += "]," + number;
    output += text.length;
    if (output > setup.outputCharacters) throw overOutput();
    // A place is nothing that the code puts out.
    text += setup.places ? "," + quote(place) + "]" : "]";
    requestTexts = requestTexts === "" ? text : requestTexts + ("," + text);
    openCount++;
    if (latest !== undefined) mapSet(open, latest.ordinal, latest);
    const promise = new NewPromise(keepResolvers);
    latest = {
      ordinal: number,
      resolve: resolveLatest,
      reject: rejectLatest,
      place,
      args: name === "SaveArtifact" ? args : undefined,
    };
    // Or they would keep the promise, and its value, longer than the code does.
    resolveLatest = rejectLatest = ignore;
    return promise;
  }

  function countSleep(seconds: unknown): void {
    if ((seconds as number) >= setup.shortSleepSeconds || ++shortSleeps <= setup.shortSleeps) return;
    const most = `${setup.shortSleeps} sleeps under ${setup.shortSleepSeconds} s`;
    throw limit(`asked for more than ${most} (limits.max_short_sleeps); sleep longer`);
  }

  function note(kind: "step" | "trigger" | "log", values: unknown[]): void {
    if (closed) return;
    let texts = "";
    for (let i = 0; i < values.length; i++) {
      let text;
      try {
        text = codec.encodeText(values[i], "value");
      } catch {
        text = quote(errors.shown(values[i]));
      }
      texts += (i === 0 ? "" : ",") + text;
    }
    const text = `{"kind":"${kind}","values":[${texts}]}`;
    spend(text.length);
    if (!isReplay) noteTexts += (noteTexts === "" ? "" : ",") + text;
  }

  function spend(characters: number): void {
    output += characters;
    if (output > setup.outputCharacters) throw overOutput();
  }

  function overOutput(): Error {
    return limit(`put out more than ${setup.outputCharacters} characters without waiting`);
  }

  function limit(message: string): Error {
    const error = errors.named("LimitError", message);
    if (!closed) {
      closed = true;
      codeEnd = threwText(error);
      halt();
    }
    return error;
  }

  /** The text of the arguments of a call, an array of our own, if each of them is one plain piece. */
  function leavesText(values: readonly unknown[]): string | undefined {
    let text = "[";
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      const item = typeof value === "string" ? quote(value) : codec.leafText(value);
      if (item === undefined) return undefined;
      text = (i === 0 ? text : text + ",") + item;
    }
    return text + "]";
  }

  /** Whether anybody may want to know where the next request was made: a place costs more than the rest of it. */
  function mayFail(name: string, args: readonly unknown[]): boolean {
    // With a name there is nothing to refuse.
    if (name === "SaveArtifact" && typeof args[0] === "string" && args[0] !== "") return false;
    const next = isReplay ? replayed[replayedCount] : undefined;
    return next === undefined || next[0] !== ordinal || (next.length > 3 && !next[2]);
  }

  /** Where an error was made; those who ask make it, since each function between costs as much as all of this. */
  function placeOf({ stack }: Error): string {
    if (typeof stack !== "string") return "";
    return stack.length > 2000 ? slice(stack, 0, 2000) : stack;
  }

  function returnFrom(value: unknown, summary: unknown): never {
    if (closed) throw new NewError("the turn has ended");
    if (loading) throw new NewError("Return: effects can be used only inside functions");
    const valueText = codec.encodeText(value, "the value returned");
    const summaryText = summary === undefined || summary === null
      ? ""
      : `,"summary":${quote(typeof summary === "string" ? summary : errors.shown(summary))}`;
    return leave(`{"kind":"returned","value":${valueText}${summaryText}}`);
  }

  function leave(end: string): never {
    if (closed) throw new NewError("the turn has ended");
    if (loading) throw new NewError("EndProgram: effects can be used only inside functions");
    const patch = state.takePatch();
    spend(end.length + patch.length);
    frozenPatch = patch;
    codeEnd = end;
    closed = true;
    halt();
    throw new NewError("the turn has ended");
  }

  function threwText(error: unknown): string {
    return `{"kind":"threw","error":${errors.text(error)}}`;
  }

  // What the host calls.

  function load(
    module: (support: TurnSupport) => () => Record<string, () => unknown>,
    helpersText: string,
  ): void {
    loading = true;
    try {
      moduleExports = module(support())();
    } catch (error) {
      if (!closed) codeEnd = threwText(error);
      closed = true;
    } finally {
      loading = false;
    }
    const helpers = parse(helpersText) as string[];
    for (let i = 0; i < helpers.length && !closed; i++) {
      const name = helpers[i]!;
      const read = moduleExports[name]!;
      defineProperty(globalThis, name, {
        __proto__: null,
        configurable: true,
        get: () => read(),
        set: () => {
          throw new NewTypeError(`${name} belongs to the agent's code block; keep what changes in state`);
        },
      } as PropertyDescriptor);
    }
  }

  function runTurn(main: (support: TurnSupport) => Promise<unknown>): void {
    if (closed) return;
    watch(main(support()), () => '{"kind":"ended"}');
  }

  function runFunction(implementation: string, argsText: string): void {
    if (closed) return;
    let result: unknown;
    try {
      const run = moduleExports[implementation]!() as (...args: unknown[]) => unknown;
      result = apply(run, undefined, codec.revive(parse(argsText)) as unknown[]);
    } catch (error) {
      if (!closed) codeEnd = threwText(error);
      ended = true;
      return;
    }
    watch(
      new NewPromise((resolve) => resolve(result)),
      (value) => `{"kind":"returned","value":${codec.encodeText(value, "the value returned")}}`,
    );
  }

  function runExpressions(main: (support: TurnSupport) => Promise<unknown>): void {
    if (closed) return;
    let texts = "";
    let source = "";
    const given = support();
    given.b = (next) => void (source = next);
    given.e = (value) => {
      texts += (texts === "" ? "" : ",") + codec.encodeText(value, source);
    };
    watch(main(given), () => `{"kind":"returned","value":[${texts}]}`, () => source);
  }

  function watch(
    promise: Promise<unknown>,
    endText: (value: unknown) => string,
    where?: () => string,
  ): void {
    const fail = (error: unknown) => {
      if (ended) return;
      ended = true;
      threw = true;
      errors.see(error);
      if (closed) return;
      codeEnd = threwText(error);
      if (where !== undefined) codeEnd = slice(codeEnd, 0, -1) + `,"expression":${quote(where())}}`;
    };
    // Without this the code's own idea of what makes a promise would be asked.
    fix(promise, "constructor", NewPromise);
    thenOf(promise, (value: unknown) => {
      if (ended || closed) return;
      try {
        codeEnd = endText(value);
        spend(codeEnd.length);
        ended = true;
      } catch (error) {
        fail(error);
      }
    }, fail);
  }

  function support(): TurnSupport {
    return {
      g: (name) => codec.revive(setup.locals[name]),
      k: (given) => void (readers = given),
      r: (value) => returnFrom(value, undefined),
      c: (name) => {
        throw new NewTypeError(`${name} is a constant of this turn; declare it with let`);
      },
      t: (error) => {
        errors.lose(error);
        return error;
      },
      s: errors.see,
      f: (value) => {
        if (!(value instanceof NewPromise)) return value;
        try {
          thenOf(value, undefined, errors.lose);
        } catch {
          // Something that only looks like a promise has nothing to lose.
        }
        return value;
      },
      b: () => {},
      e: () => {},
    };
  }

  function deliver(text: string): void {
    isReplay = false;
    take(parse(text));
  }

  function give(number: number, nowMs: number, isAsked: boolean): void {
    isReplay = false;
    resolve(number, nowMs, isAsked);
  }

  function resolve(number: number, nowMs: number, isAsked: boolean): void {
    world.setNow(nowMs);
    const request = takeOpen(number);
    request?.resolve(isAsked ? askedOf(request) : undefined);
  }

  function take(delivery: GuestDelivery): void {
    if (delivery.length < 4) {
      resolve(delivery[0], delivery[1], delivery.length === 3);
      return;
    }
    world.setNow(delivery[1]);
    if (delivery.length === 6) {
      state.applyPatch(delivery[4]);
      if (delivery[5].length > 0) {
        const all = agents();
        for (let i = 0; i < delivery[5].length; i++) append(all, delivery[5][i]);
      }
    }
    const request = takeOpen(delivery[0]);
    if (request === undefined) return;
    const value = delivery[3];
    if (delivery[2]) request.resolve(valueOf(value, request));
    else {
      const { name, message } = value as { name: string; message: string };
      const error = errors.named(name, message);
      fix(error, "stack", request.place);
      errors.lose(error);
      request.reject(error);
    }
  }

  function takeOpen(number: number): OpenRequest | undefined {
    let request = latest;
    if (request !== undefined && request.ordinal === number) latest = undefined;
    else {
      request = mapGet(open, number) as OpenRequest | undefined;
      if (request === undefined) return undefined;
      mapDelete(open, number);
    }
    openCount--;
    return request;
  }

  function valueOf(encoded: unknown, request: OpenRequest): unknown {
    if (typeof encoded !== "object" || encoded === null) return encoded;
    return (encoded as { $type?: unknown }).$type === "asked" ? askedOf(request) : codec.revive(encoded);
  }

  function askedOf({ args }: OpenRequest): object {
    return objects.artifactOf(args![0], args![1], args![2]);
  }

  function replay(text: string): void {
    replayed = parse(text);
    replayedCount = 0;
    isReplay = true;
  }

  function next(): boolean {
    takePatch();
    output = 0;
    if (isEnd() || requestTexts.length > textsAtOnce) return true;
    settledTexts = requestTexts;
    take(replayed[replayedCount++]!);
    return false;
  }

  function salvage(): string {
    return settledTexts;
  }

  function takePatch(): string {
    if (frozenPatch !== "") return frozenPatch;
    try {
      const patch = state.takePatch();
      if (patch !== "{}") spend(patch.length);
      return patch;
    } catch (error) {
      if (!closed) codeEnd = threwText(error);
      closed = true;
      return "{}";
    }
  }

  /** The code's own end waits for the effects that it did not await: one of them may still return. */
  function isEnd(): boolean {
    return codeEnd !== "" && !endSent && (closed || openCount === 0);
  }

  function collect(): string {
    const patch = takePatch();
    let text = requestTexts;
    if (isEnd()) {
      text = "[[" + text + "]," + patch + ",[" + noteTexts + "]," + codeEnd + (closed ? ",true]" : ",false]");
      endSent = true;
    } else if (patch !== "{}" || noteTexts !== "") {
      text = "[[" + text + "]," + patch + ",[" + noteTexts + "]]";
    }
    frozenPatch = "";
    requestTexts = "";
    settledTexts = "";
    noteTexts = "";
    output = 0;
    return text;
  }

  // Waits that code which has ended left open.

  function hasEnded(): boolean {
    return codeEnd !== "" && !closed && !endSent;
  }

  function probe(text: string): void {
    endBefore = codeEnd;
    localsBefore = localsText();
    const results = parse(text) as readonly (readonly [ordinal: number, value: unknown])[];
    for (let i = 0; i < results.length; i++) {
      takeOpen(results[i]![0])?.resolve(codec.revive(results[i]![1]));
    }
  }

  function isUnmoved(): boolean {
    return !closed && codeEnd === endBefore && requestTexts === "" && noteTexts === "" &&
      localsText() === localsBefore;
  }

  /** The locals that the next turn would see, to compare: a promise stands for itself, with a value or without. */
  function localsText(): string {
    let text = "";
    const names = keys(readers);
    for (let i = 0; i < names.length; i++) {
      let item;
      try {
        const value = readers[names[i]!]!();
        item = value instanceof NewPromise || typeof value === "function"
          ? ""
          : codec.encodeText(value, names[i]!);
      } catch {
        item = "?";
      }
      text += names[i]! + ":" + item + ";";
    }
    return text;
  }

  function cancelWaits(): void {
    cancelled = true;
    openCount = 0;
  }

  // The end of a turn: locals that are promises are looked into before they are taken.

  function settle(): void {
    closed = true;
    const names = keys(readers);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const value = readers[name]!();
      if (!(value instanceof NewPromise)) continue;
      let outcome: unknown;
      readers[name] = () => outcome;
      if (!cancelled) mapSet(unsettled, name, "is a promise that is still pending; await it");
      thenOf(value, (fulfilled: unknown) => {
        outcome = fulfilled;
        mapDelete(unsettled, name);
      }, (error: unknown) => {
        errors.see(error);
        mapSet(unsettled, name, `is a promise that failed: ${errors.messageOf(error)}`);
      });
    }
  }

  function finish(): string {
    let text = "";
    const names = keys(readers);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const value = readers[name]!();
      let item;
      try {
        if (typeof value === "function") item = '{"$type":"gone","what":"function"}';
        else if (mapGet(unsettled, name) !== undefined) {
          throw errors.named("DataError", `"${name}" ${mapGet(unsettled, name)}`);
        } else item = codec.encodeText(value, name);
        text += (text === "" ? "" : ",") + quote(name) + ":" + item;
        spend(text.length - output);
      } catch (error) {
        return `{"ok":false,"local":${quote(name)},"error":${errors.text(error)}}`;
      }
    }
    // Of code that failed one error is enough to tell.
    const lost = threw ? undefined : errors.firstLost();
    return lost === undefined ? `{"ok":true,"locals":{${text}}}` : `{"ok":false,"error":${lost}}`;
  }
}
