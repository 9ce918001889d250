import type { Codec, CodecHooks } from "./codec.ts";
import type { GuestState } from "./guest_state.ts";
import type { World } from "./guest_world.ts";

/** What a scope is made from, in the form in which it crosses the border: as JSON. */
export interface GuestSetup {
  readonly self: { readonly id: string; readonly klass: string };
  readonly state: Record<string, unknown>;
  readonly playbooks: readonly string[];
  readonly classes: Readonly<Record<string, readonly string[]>>;
  readonly agents: readonly { readonly id: string; readonly klass: string }[];
  readonly seed: string;
  readonly nowMs: number;
  readonly outputCharacters: number;
  readonly openRequests: number;
  /** Locals that the code mentions, encoded. */
  readonly locals: Record<string, unknown>;
  /** Locals of earlier turns that were not kept and that this code does not declare. */
  readonly gone: readonly string[];
}

/** The other parts of the guest, handed over because functions that cross the border can refer to nothing outside. */
export interface GuestParts {
  createCodec(hooks: CodecHooks): Codec;
  createState(codec: Codec, initial: Record<string, unknown>): GuestState;
  createWorld(seed: string, startMs: number): World;
}

/** What the host calls; texts are JSON. */
export interface GuestControl {
  /** Evaluates a module, and makes its helpers global. */
  load(module: (support: TurnSupport) => () => Record<string, () => unknown>, helpersText: string): void;
  /** Runs a turn's code; gives its promise, as the other two do. */
  runTurn(main: (support: TurnSupport) => Promise<unknown>): unknown;
  /** Calls a function of the module. */
  runFunction(implementation: string, argsText: string): unknown;
  /** Evaluates expressions, one after the other. */
  runExpressions(main: (support: TurnSupport) => Promise<unknown>): unknown;
  deliver(text: string): void;
  /** What happened since the last call, as the text of a progress with raw places. */
  collect(): string;
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
  /** The value of a statement, which nobody else will look at. */
  f(value: unknown): void;
  /** An expression begins. */
  b(source: string): void;
  /** The value of an expression. */
  e(value: unknown): void;
}

/**
 * Makes everything that code in a sandbox sees. Its source is run inside the sandbox, so it refers to nothing outside
 * itself.
 *
 * The guest never calls the host, but for `halt`, which says that nothing that runs from here on matters. What it asks
 * for is kept as text until the host collects it, so no object of the guest's is ever read by the host.
 */
export function createGuest(setup: GuestSetup, halt: () => void, parts: GuestParts): GuestControl {
  type Loose = Record<PropertyKey, unknown>;
  // deno-lint-ignore ban-types
  type AnyFunction = Function;
  const uncurry = Function.prototype.bind.bind(Function.prototype.call) as (f: AnyFunction) => (
    self: unknown,
    ...args: unknown[]
  ) => unknown;
  const quote = JSON.stringify;
  const parse = JSON.parse;
  const { isArray } = Array;
  const { keys, defineProperty, freeze, create, prototype: plainPrototype } = Object;
  const { get: reflectGet, apply } = Reflect;
  const hasOwn = uncurry(Object.prototype.hasOwnProperty) as (self: unknown, key: PropertyKey) => boolean;
  const mapGet = uncurry(Map.prototype.get);
  const mapSet = uncurry(Map.prototype.set);
  const mapDelete = uncurry(Map.prototype.delete);
  const eachOf = uncurry(Map.prototype.forEach);
  const weakGet = uncurry(WeakMap.prototype.get);
  const weakSet = uncurry(WeakMap.prototype.set);
  const match = uncurry(RegExp.prototype.exec);
  const slice = uncurry(String.prototype.slice) as (text: string, from: number, to: number) => string;
  const lower = uncurry(String.prototype.toLowerCase) as (text: string) => string;
  const upper = uncurry(String.prototype.toUpperCase) as (text: string) => string;
  const {
    Promise: NewPromise,
    Error: NewError,
    TypeError: NewTypeError,
    String: toText,
    Proxy: NewProxy,
    Map: NewMap,
  } = globalThis;
  const thenOf = uncurry(Promise.prototype.then);
  const global = globalThis as unknown as Loose;

  const specials = new WeakMap<object, string>();
  const handles = new Map<string, object>();
  const classNames = new WeakMap<object, string>();
  const codec = parts.createCodec({
    write: writeSpecial,
    revive: reviveSpecial,
    maxCharacters: setup.outputCharacters,
  });
  const world = parts.createWorld(setup.seed, setup.nowMs);

  let loading = false;
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
  let agentList = setup.agents;
  let readers: Record<string, () => unknown> = {};
  let moduleExports: Record<string, () => unknown> = {};
  const open = new Map<number, { resolve: (value: unknown) => void; reject: (error: unknown) => void }>();
  /** Errors that nobody has caught yet. */
  const lost = new Map<unknown, true>();
  /** Locals that are promises without a value, and what is to be said of them. */
  const unsettled = new Map<string, string>();

  const state = parts.createState(codec, setup.state);
  const builtins = createBuiltins();
  const self = createSelf();
  trackHandlers();
  publish();
  return { load, runTurn, runFunction, runExpressions, deliver, collect, settle, finish };

  // What is asked of the world.

  function request(name: string, args: unknown[]): Promise<unknown> {
    if (closed) return new NewPromise(() => {});
    if (loading) throw new NewError(`${name}: effects can be used only inside functions`);
    let texts = "";
    for (let i = 0; i < args.length; i++) {
      const where = name === "Call" ? `the arguments of ${args[1]}` : `argument ${i + 1} of ${name}`;
      texts += (i === 0 ? "" : ",") + codec.encodeText(args[i], where);
    }
    // A getter among the arguments may have ended the turn.
    if (closed) return new NewPromise(() => {});
    if (openCount >= setup.openRequests) {
      throw limit(`had more than ${setup.openRequests} effects open at once`);
    }
    const place = placeNow();
    const number = ++ordinal;
    const text = `{"ordinal":${number},"name":${quote(name)},"args":[${texts}],"stack":${quote(place)}}`;
    spend(text.length);
    requestTexts += (requestTexts === "" ? "" : ",") + text;
    openCount++;
    return new NewPromise((resolve, reject) => {
      mapSet(open, number, { __proto__: null, resolve, reject, place });
    });
  }

  function note(kind: string, values: unknown[]): void {
    if (closed) return;
    let texts = "";
    for (let i = 0; i < values.length; i++) {
      let text;
      try {
        text = codec.encodeText(values[i], "value");
      } catch {
        text = quote(shown(values[i]));
      }
      texts += (i === 0 ? "" : ",") + text;
    }
    const text = `{"kind":"${kind}","values":[${texts}]}`;
    spend(text.length);
    noteTexts += (noteTexts === "" ? "" : ",") + text;
  }

  function spend(characters: number): void {
    output += characters;
    if (output > setup.outputCharacters) {
      throw limit(`put out more than ${setup.outputCharacters} characters without waiting`);
    }
  }

  function limit(message: string): Error {
    const error = named("LimitError", message);
    if (!closed) {
      closed = true;
      codeEnd = threwText(error);
      halt();
    }
    return error;
  }

  function placeNow(): string {
    const { stack } = new NewError();
    return typeof stack === "string" ? slice(stack, 0, 2000) : "";
  }

  function returnFrom(value: unknown, summary: unknown): never {
    if (closed) throw new NewError("the turn has ended");
    if (loading) throw new NewError("Return: effects can be used only inside functions");
    const valueText = codec.encodeText(value, "the value returned");
    const summaryText = summary === undefined || summary === null
      ? ""
      : `,"summary":${quote(typeof summary === "string" ? summary : shown(summary))}`;
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

  // What the code sees.

  function createBuiltins(): Record<string, unknown> {
    const text = (value: unknown) => typeof value === "string" ? value : shown(value);
    return {
      Step: (position: unknown) => note("step", [text(position)]),
      LogTrigger: (code: unknown) => note("trigger", [text(code)]),
      Say: (target: unknown, words: unknown) => request("Say", [target, words]),
      Yield: (targets: unknown, options: unknown) => {
        if (targets === "exit") return leave('{"kind":"exited"}');
        if (targets === "call" || targets === "return") return new NewPromise((resolve) => resolve(""));
        return request("Yield", [targets, options ?? null]);
      },
      Return: returnFrom,
      EndProgram: () => leave('{"kind":"exited"}'),
      CreateAgent: (klass: unknown, properties: unknown) =>
        request("CreateAgent", [weakGet(classNames, klass) ?? klass, properties ?? null]),
      SaveArtifact: (name: unknown, summary: unknown, content: unknown) =>
        request("SaveArtifact", [name, summary, content]),
      LoadArtifact: (name: unknown) => request("LoadArtifact", [name]),
      LoadFile: (path: unknown, options: unknown) => request("LoadFile", [path, options ?? null]),
      Loadfile: (path: unknown, options: unknown) => request("LoadFile", [path, options ?? null]),
      InviteToMeeting: (meeting: unknown, agents: unknown) => request("InviteToMeeting", [meeting, agents]),
      Sleep: (seconds: unknown) => request("Sleep", [seconds]),
      WaitForMessage: (source: unknown) => request("WaitForMessage", [source]),
      fetch: fetchLike,
    };
  }

  function createSelf(): object {
    const object: Loose = create(
      freeze({ __proto__: plainPrototype, toString: () => `${setup.self.klass} (agent ${setup.self.id})` }),
    );
    for (const name of setup.playbooks) {
      if (!isMeaningful(name)) hidden(object, name, (...args: unknown[]) => call(null, name, args));
    }
    for (const name of keys(builtins)) hidden(object, name, builtins[name]);
    hidden(object, "state", state.proxy);
    object.id = setup.self.id;
    object.klass = setup.self.klass;
    freeze(object);
    weakSet(specials, object, agentText(setup.self));
    return object;
  }

  function call(target: unknown, playbook: string, args: unknown[]): Promise<unknown> {
    return request("Call", [target, playbook, args]);
  }

  /** A name that looks like a playbook's is one: what it may not do, whoever performs the call says best. */
  function mayBePlaybook(key: PropertyKey, names: readonly string[]): key is string {
    if (typeof key !== "string" || isMeaningful(key)) return false;
    for (let i = 0; i < names.length; i++) if (names[i] === key) return true;
    return match(/^[A-Z]\w*$/, key) !== null;
  }

  /** A handle with a method `then` would be taken for a promise, and the others are called unasked too. */
  function isMeaningful(key: string): boolean {
    return match(/^(?:then|toJSON|toString|toLocaleString|valueOf|constructor)$/, key) !== null;
  }

  function callable(
    data: Loose,
    names: readonly string[],
    target: () => unknown,
  ): object {
    const made = new NewMap<string, unknown>();
    freeze(data);
    return new NewProxy(data, {
      __proto__: null,
      get(_: unknown, key: PropertyKey) {
        if (hasOwn(data, key)) return data[key];
        if (!mayBePlaybook(key, names)) return reflectGet(data, key);
        let method = mapGet(made, key);
        if (method === undefined) {
          method = (...args: unknown[]) => call(target(), key, args);
          mapSet(made, key, method);
        }
        return method;
      },
    } as ProxyHandler<Loose>);
  }

  function handleOf(agent: { readonly id: string; readonly klass: string }): object {
    if (agent.id === setup.self.id) return self;
    const existing = mapGet(handles, agent.id) as object | undefined;
    if (existing !== undefined) return existing;
    const { id, klass } = agent;
    const base = freeze({ __proto__: plainPrototype, toString: () => `${klass} (agent ${id})` });
    const data: Loose = create(base);
    data.id = id;
    data.klass = klass;
    const names = hasOwn(setup.classes, klass) ? setup.classes[klass]! : [];
    const handle = callable(data, names, () => handle);
    weakSet(specials, handle, agentText(agent));
    mapSet(handles, id, handle);
    return handle;
  }

  function agentText(agent: { readonly id: string; readonly klass: string }): string {
    return `{"$type":"agent","id":${quote(agent.id)},"klass":${quote(agent.klass)}}`;
  }

  function classObject(name: string): object {
    const data: Loose = create(freeze({ __proto__: plainPrototype, toString: () => name }));
    hidden(data, "name", name);
    hidden(data, "getOrCreate", () => request("GetOrCreate", [name]));
    const object = callable(data, setup.classes[name]!, () => name);
    weakSet(classNames, object, name);
    return object;
  }

  function agentsObject(): object {
    const list = (accept: (agent: { id: string; klass: string }) => boolean) => {
      const found: object[] = [];
      for (let i = 0; i < agentList.length; i++) {
        if (accept(agentList[i]!)) append(found, handleOf(agentList[i]!));
      }
      return found;
    };
    return freeze({
      get all() {
        return list(() => true);
      },
      byId: (id: unknown) => list((agent) => agent.id === `${id}` || `agent ${agent.id}` === id)[0],
      byClass: (klass: unknown) => {
        const name = weakGet(classNames, klass) ?? klass;
        return list((agent) => agent.klass === name);
      },
    });
  }

  function fetchLike(resource: unknown, init: Loose | undefined): Promise<unknown> {
    const options = (init ?? {}) as Loose;
    const headers: Loose = {};
    const given = options.headers;
    const add = (name: unknown, value: unknown) => own(headers, `${name}`, `${value}`);
    if (isArray(given)) { for (let i = 0; i < given.length; i++) add(given[i][0], given[i][1]); }
    else if (given instanceof NewMap) eachOf(given, (value: unknown, name: unknown) => add(name, value));
    else if (typeof given === "object" && given !== null) {
      const names = keys(given);
      for (let i = 0; i < names.length; i++) add(names[i], (given as Loose)[names[i]!]);
    }
    const body = options.body ?? null;
    if (body !== null && typeof body !== "string") {
      throw new NewTypeError("fetch: the body must be a string; use JSON.stringify(…)");
    }
    const method = upper(`${options.method ?? "GET"}`);
    const result = request("Fetch", [`${resource}`, { method, headers, body }]);
    return thenOf(
      result,
      (value: unknown) =>
        typeof value === "object" && value !== null && weakGet(specials, value) === undefined
          ? responseOf(value as Loose)
          : value,
    ) as Promise<unknown>;
  }

  function responseOf(fields: Loose): object {
    const { status = 0, statusText = "", url = "", body = "" } = fields;
    const text = toText(body);
    const lowered: Loose = { __proto__: null } as unknown as Loose;
    const given = (fields.headers ?? {}) as Loose;
    const names = keys(given);
    for (let i = 0; i < names.length; i++) lowered[lower(names[i]!)] = toText(given[names[i]!]);
    const headers = freeze({
      get: (name: unknown) => lowered[lower(`${name}`)] ?? null,
      has: (name: unknown) => lowered[lower(`${name}`)] !== undefined,
    });
    const response = freeze({
      ok: (status as number) >= 200 && (status as number) < 300,
      status,
      statusText,
      url,
      headers,
      text: () => new NewPromise((resolve) => resolve(text)),
      json: () => new NewPromise((resolve) => resolve(parse(text))),
    });
    const headersText = codec.encodeText(given, "headers");
    weakSet(
      specials,
      response,
      `{"$type":"response","status":${quote(status)},"statusText":${quote(toText(statusText))},` +
        `"url":${quote(toText(url))},"headers":${headersText},"body":${quote(text)}}`,
    );
    return response;
  }

  function writeSpecial(value: object): string | undefined {
    const text = weakGet(specials, value) as string | undefined;
    if (text !== undefined) return text;
    const klass = weakGet(classNames, value) as string | undefined;
    if (klass !== undefined) {
      throw named("DataError", `"${klass}" is an agent class and cannot be kept or passed; use its name`);
    }
    return undefined;
  }

  function reviveSpecial(encoded: Loose): unknown {
    switch (encoded.$type) {
      case "agent":
        return handleOf({ id: encoded.id as string, klass: encoded.klass as string });
      case "artifact": {
        const { name, summary, content } = encoded;
        const base = freeze({ __proto__: plainPrototype, toString: () => content });
        const artifact: Loose = create(base);
        hidden(artifact, "name", name, true);
        hidden(artifact, "summary", summary, true);
        hidden(artifact, "content", content, true);
        freeze(artifact);
        weakSet(
          specials,
          artifact,
          `{"$type":"artifact","name":${quote(name)},"summary":${quote(summary)},"content":${
            quote(content)
          }}`,
        );
        return artifact;
      }
      case "response":
        return responseOf(encoded);
      default:
        return undefined;
    }
  }

  function hidden(target: object, key: PropertyKey, value: unknown, enumerable = false): void {
    defineProperty(target, key, { __proto__: null, value, enumerable } as PropertyDescriptor);
  }

  /** Assigning would meet setters that the code may have put on `Array.prototype`. */
  function append(list: readonly unknown[], item: unknown): void {
    own(list, list.length, item);
  }

  function own(target: object, key: PropertyKey, value: unknown): void {
    defineProperty(
      target,
      key,
      { __proto__: null, value, enumerable: true, configurable: true, writable: true } as PropertyDescriptor,
    );
  }

  function publish(): void {
    const define = (name: string, value: unknown) =>
      defineProperty(globalThis, name, { __proto__: null, value, configurable: true } as PropertyDescriptor);
    for (const name of keys(setup.classes)) define(name, classObject(name));
    for (const name of setup.playbooks) define(name, (...args: unknown[]) => call(null, name, args));
    for (const name of keys(builtins)) define(name, builtins[name]);
    define("self", self);
    define("state", state.proxy);
    define("agents", agentsObject());
    const log = (...values: unknown[]) => note("log", values);
    define("console", freeze({ log, info: log, warn: log, error: log, debug: log }));
    define("structuredClone", (value: unknown) => codec.revive(parse(codec.encodeText(value, "value"))));
    for (const name of setup.gone) {
      if (name in global) continue;
      defineProperty(globalThis, name, {
        __proto__: null,
        configurable: true,
        get() {
          throw new ReferenceError(
            `${name} was a function of an earlier turn; functions are not kept between turns, define it again`,
          );
        },
      } as PropertyDescriptor);
    }
  }

  // Errors, and which of them nobody has seen.

  function trackHandlers(): void {
    const original = Promise.prototype.then;
    hidden(Promise.prototype, "then", undefined);
    defineProperty(Promise.prototype, "then", {
      __proto__: null,
      configurable: true,
      writable: true,
      value: function then(this: unknown, onFulfilled: unknown, onRejected: unknown) {
        const handler = typeof onRejected !== "function" ? onRejected : (error: unknown) => {
          mapDelete(lost, error);
          return onRejected(error);
        };
        return apply(original, this, [onFulfilled, handler]);
      },
    } as PropertyDescriptor);
  }

  function named(name: string, message: string): Error {
    const error = new NewError(message);
    hidden(error, "name", name);
    return error;
  }

  function shown(value: unknown): string {
    try {
      return typeof value === "symbol" ? toText(value) : `${value}`;
    } catch {
      return "(an object that cannot be shown)";
    }
  }

  function field(error: unknown, key: string): string | undefined {
    try {
      const value = (error as Loose)[key];
      return typeof value === "string" ? slice(value, 0, 10_000) : undefined;
    } catch {
      return undefined;
    }
  }

  function errorText(error: unknown): string {
    if (typeof error !== "object" || error === null) {
      return `{"name":"Error","message":${quote(shown(error))}}`;
    }
    let message = field(error, "message");
    if (message === undefined) {
      try {
        message = slice(codec.encodeText(error, "value"), 0, 10_000);
      } catch {
        message = shown(error);
      }
    }
    const causes = causesOf(error);
    const stack = field(error, "stack");
    return `{"name":${quote(field(error, "name") ?? "Error")},"message":${
      quote((message === "" && causes !== "" ? "every promise failed" : message) + causes)
    }` +
      (stack === undefined ? "}" : `,"stack":${quote(stack)}}`);
  }

  /** `Promise.any` fails with an error that has the reasons inside. */
  function causesOf(error: object): string {
    let text = "";
    try {
      const { errors } = error as { errors?: unknown };
      for (let i = 0; isArray(errors) && i < errors.length && i < 3; i++) {
        text += (i === 0 ? ": " : "; ") + (field(errors[i], "message") ?? shown(errors[i]));
      }
    } catch {
      return "";
    }
    return text;
  }

  function threwText(error: unknown): string {
    return `{"kind":"threw","error":${errorText(error)}}`;
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

  function runTurn(main: (support: TurnSupport) => Promise<unknown>): unknown {
    if (closed) return undefined;
    return watch(main(support()), () => '{"kind":"ended"}');
  }

  function runFunction(implementation: string, argsText: string): unknown {
    if (closed) return undefined;
    let result: unknown;
    try {
      const run = moduleExports[implementation]!() as AnyFunction;
      result = apply(run, undefined, codec.revive(parse(argsText)) as unknown[]);
    } catch (error) {
      if (!closed) codeEnd = threwText(error);
      ended = true;
      return undefined;
    }
    return watch(
      new NewPromise((resolve) => resolve(result)),
      (value) => `{"kind":"returned","value":${codec.encodeText(value, "the value returned")}}`,
    );
  }

  function runExpressions(main: (support: TurnSupport) => Promise<unknown>): unknown {
    if (closed) return undefined;
    let texts = "";
    let source = "";
    const given = support();
    given.b = (next) => void (source = next);
    given.e = (value) => {
      texts += (texts === "" ? "" : ",") + codec.encodeText(value, source);
    };
    return watch(main(given), () => `{"kind":"returned","value":[${texts}]}`, () => source);
  }

  function watch(
    promise: Promise<unknown>,
    endText: (value: unknown) => string,
    where?: () => string,
  ): unknown {
    const fail = (error: unknown) => {
      if (ended) return;
      ended = true;
      threw = true;
      mapDelete(lost, error);
      if (closed) return;
      codeEnd = threwText(error);
      if (where !== undefined) codeEnd = slice(codeEnd, 0, -1) + `,"expression":${quote(where())}}`;
    };
    // Without this the code's own idea of what makes a promise would be asked.
    hidden(promise, "constructor", NewPromise);
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
    return promise;
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
        mapSet(lost, error, true);
        return error;
      },
      s: (error) => void mapDelete(lost, error),
      f: (value) => {
        if (!(value instanceof NewPromise)) return;
        try {
          thenOf(value, undefined, (error: unknown) => mapSet(lost, error, true));
        } catch {
          // Something that only looks like a promise has nothing to lose.
        }
      },
      b: () => {},
      e: () => {},
    };
  }

  function deliver(text: string): void {
    const delivery = parse(text);
    world.setNow(delivery.nowMs);
    state.applyPatch(delivery.patch);
    if (delivery.agents.length > 0) {
      const all: typeof setup.agents = [];
      for (let i = 0; i < agentList.length; i++) append(all, agentList[i]);
      for (let i = 0; i < delivery.agents.length; i++) append(all, delivery.agents[i]);
      agentList = all;
    }
    const entry = mapGet(open, delivery.ordinal) as
      | { resolve: (value: unknown) => void; reject: (error: unknown) => void; place: string }
      | undefined;
    if (entry === undefined) return;
    mapDelete(open, delivery.ordinal);
    openCount--;
    const { outcome } = delivery;
    if (outcome.ok) entry.resolve(codec.revive(outcome.value));
    else {
      const error = named(outcome.error.name, outcome.error.message);
      hidden(error, "stack", entry.place);
      mapSet(lost, error, true);
      entry.reject(error);
    }
  }

  function collect(): string {
    let patch = frozenPatch;
    if (patch === "") {
      try {
        patch = state.takePatch();
        spend(patch.length);
      } catch (error) {
        patch = "{}";
        if (!closed) codeEnd = threwText(error);
        closed = true;
      }
    }
    // The code's own end waits for the effects that it did not await: one of them may still return.
    const isEnd = codeEnd !== "" && !endSent && (closed || openCount === 0);
    const text = `{"requests":[${requestTexts}],"patch":${patch},"notes":[${noteTexts}]` +
      (isEnd ? `,"end":${codeEnd},"closed":${closed}}` : "}");
    if (isEnd) endSent = true;
    frozenPatch = "";
    requestTexts = "";
    noteTexts = "";
    output = 0;
    return text;
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
      mapSet(unsettled, name, "is a promise that is still pending; await it");
      thenOf(value, (fulfilled: unknown) => {
        outcome = fulfilled;
        mapDelete(unsettled, name);
      }, (error: unknown) => {
        mapDelete(lost, error);
        mapSet(unsettled, name, `is a promise that failed: ${field(error, "message") ?? shown(error)}`);
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
          throw named("DataError", `"${name}" ${mapGet(unsettled, name)}`);
        } else item = codec.encodeText(value, name);
        text += (text === "" ? "" : ",") + quote(name) + ":" + item;
        spend(text.length - output);
      } catch (error) {
        return `{"ok":false,"local":${quote(name)},"error":${errorText(error)}}`;
      }
    }
    let unseen: unknown;
    let some = false;
    eachOf(lost, (_: true, error: unknown) => {
      if (!some) unseen = error;
      some = true;
    });
    // Of code that failed one error is enough to tell.
    if (some && !threw) return `{"ok":false,"error":${errorText(unseen)}}`;
    return `{"ok":true,"locals":{${text}}}`;
  }
}
