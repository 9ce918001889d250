import type { Codec } from "../host/codec.ts";
import type { SandboxBuiltin } from "../sandbox.ts";
import type { GuestErrors } from "./guest_errors.ts";
import type { AgentIdentity, GuestObjects } from "./guest_objects.ts";
import type { Primordials } from "./guest_primordials.ts";

/** What the globals are made from. */
export interface ApiHooks {
  request(name: string, args: unknown[]): Promise<unknown>;
  note(kind: "step" | "trigger" | "log", values: unknown[]): void;
  returnFrom(value: unknown, summary: unknown): never;
  exit(): never;
  agents(): readonly AgentIdentity[];
  readonly codec: Codec;
  readonly errors: GuestErrors;
  readonly objects: GuestObjects;
  readonly state: object;
}

/** What the globals of one scope are made from. */
export interface ApiSetup {
  readonly self: AgentIdentity;
  readonly playbooks: readonly string[];
  readonly classes: Readonly<Record<string, readonly string[]>>;
  readonly gone: readonly string[];
}

/** The global scope. */
export interface Api {
  /** Adds what depends on the scope. */
  begin(setup: ApiSetup): void;
}

/**
 * Makes all that the code finds in its global scope. Its source is run inside the sandbox, so it refers to nothing
 * outside itself.
 */
export function publishApi(primordials: Primordials, hooks: ApiHooks, rows: readonly SandboxBuiltin[]): Api {
  type Loose = Record<PropertyKey, unknown>;
  const { quote, parse, isArray, keys, create, freeze, fix, put, append, hasOwn, defineProperty } =
    primordials;
  const { upper, eachOfMap, thenOf, prototypes } = primordials;
  const { Promise: NewPromise, Map: NewMap, TypeError: NewTypeError, ReferenceError: NewReferenceError } =
    primordials;
  const { request, note, objects, codec } = hooks;
  const own = (name: string) => (...args: unknown[]) => request("Call", [null, name, args]);
  const functions = createFunctions();
  const reserved = { __proto__: null } as unknown as Record<string, true>;

  for (const name of keys(functions)) publish(name, functions[name]);
  const log = (...values: unknown[]) => note("log", values);
  publish("console", freeze({ log, info: log, warn: log, error: log, debug: log }));
  publish("structuredClone", (value: unknown) => codec.revive(parse(codec.encodeText(value, "value"))));
  publish("state", hooks.state);
  publish("agents", createAgents());
  reserved.self = true;
  return { begin };

  function begin({ self, playbooks, classes, gone }: ApiSetup): void {
    for (const name of keys(classes)) publishOwn(name, () => objects.classObject(name));
    for (const name of playbooks) publishOwn(name, () => own(name));
    defineProperty(globalThis, "self", { value: createSelf(self, playbooks), configurable: true });
    for (const name of gone) publishGone(name);
  }

  function publishOwn(name: string, make: () => unknown): void {
    if (reserved[name] === undefined) defineProperty(globalThis, name, { value: make(), configurable: true });
  }

  function publish(name: string, value: unknown): void {
    reserved[name] = true;
    defineProperty(globalThis, name, { value, configurable: true });
  }

  function publishGone(name: string): void {
    if (name in globalThis) return;
    const message =
      `${name} was a function of an earlier turn; functions are not kept between turns, define it again`;
    defineProperty(globalThis, name, {
      configurable: true,
      get() {
        throw new NewReferenceError(message);
      },
    });
  }

  /** A function for each row; what a row says of its arguments is all that most of them do. */
  function createFunctions(): Record<string, unknown> {
    const own = ownFunctions();
    const functions: Record<string, unknown> = {};
    for (const row of rows) {
      if (row.kind !== "function") continue;
      const made = own[row.name] ??
        (row.effect === undefined ? undefined : requestOf(row.effect, row.parameters));
      if (made === undefined) throw new NewTypeError(`the guest lacks ${row.name}`);
      functions[row.name] = made;
    }
    return functions;
  }

  /** Functions that do more than ask for an effect with their arguments. */
  function ownFunctions(): Record<string, unknown> {
    const text = (value: unknown) => typeof value === "string" ? value : hooks.errors.shown(value);
    return {
      Step: (position: unknown) => note("step", [text(position)]),
      LogTrigger: (code: unknown) => note("trigger", [text(code)]),
      Yield: (targets: unknown, options: unknown) => {
        if (targets === "exit") return hooks.exit();
        if (targets === "call" || targets === "return") return new NewPromise((resolve) => resolve(""));
        return request("Yield", [targets, options ?? null]);
      },
      Return: hooks.returnFrom,
      EndProgram: () => hooks.exit(),
      fetch: fetchLike,
    };
  }

  /** A function that asks for an effect with the arguments that its row names. */
  function requestOf(effect: string, parameters: readonly ("value" | "optional" | "class")[]): unknown {
    const count = parameters.length;
    let isPlain = true;
    for (const parameter of parameters) if (parameter !== "value") isPlain = false;
    // Most calls are of these forms, and a list of arguments costs time.
    if (isPlain && count === 1) return (a: unknown) => request(effect, [a]);
    if (isPlain && count === 2) return (a: unknown, b: unknown) => request(effect, [a, b]);
    if (isPlain && count === 3) return (a: unknown, b: unknown, c: unknown) => request(effect, [a, b, c]);
    return (...given: unknown[]) => {
      const args: unknown[] = [];
      for (let i = 0; i < count; i++) {
        const value = i < given.length ? given[i] : undefined;
        const parameter = parameters[i];
        append(
          args,
          parameter === "class"
            ? objects.nameOfClass(value) ?? value
            : parameter === "optional"
            ? value ?? null
            : value,
        );
      }
      return request(effect, args);
    };
  }

  function createSelf(identity: AgentIdentity, playbooks: readonly string[]): object {
    const { id, klass } = identity;
    const toString = () => `${klass} (agent ${id})`;
    const object = create(freeze({ __proto__: prototypes.object, toString }));
    fix(object, "id", id, true);
    fix(object, "klass", klass, true);
    fix(object, "state", hooks.state);
    for (const name of keys(functions)) fix(object, name, functions[name]);
    for (const name of playbooks) {
      if (!hasOwn(object, name) && !objects.isMeaningful(name)) fix(object, name, own(name));
    }
    objects.adopt(freeze(object), identity);
    return object;
  }

  function createAgents(): object {
    const list = (accept: (agent: AgentIdentity) => boolean) => {
      const all = hooks.agents();
      const found: object[] = [];
      for (let i = 0; i < all.length; i++) if (accept(all[i]!)) append(found, objects.handleOf(all[i]!));
      return found;
    };
    return freeze({
      get all() {
        return list(() => true);
      },
      byId: (id: unknown) => list((agent) => agent.id === `${id}` || `agent ${agent.id}` === id)[0],
      byClass: (klass: unknown) => {
        const name = objects.nameOfClass(klass) ?? klass;
        return list((agent) => agent.klass === name);
      },
    });
  }

  function fetchLike(resource: unknown, init: Loose | undefined): Promise<unknown> {
    const options = (init ?? {}) as Loose;
    const body = options.body ?? null;
    if (body !== null && typeof body !== "string") {
      throw new NewTypeError(`fetch: the body must be a string; use JSON.stringify(…)`);
    }
    const method = upper(`${options.method ?? "GET"}`);
    const headers = headersOf(options.headers);
    return thenOf(request("Fetch", [`${resource}`, { method, headers, body }]), (value: unknown) => {
      const isPlain = typeof value === "object" && value !== null && !objects.isSpecial(value);
      return isPlain ? objects.responseOf(value as Loose) : value;
    });
  }

  function headersOf(given: unknown): object {
    const headers = {};
    const add = (value: unknown, name: unknown) => put(headers, `${name}`, `${value}`);
    if (isArray(given)) { for (let i = 0; i < given.length; i++) add(given[i][1], given[i][0]); }
    else if (given instanceof NewMap) eachOfMap(given, add);
    else if (typeof given === "object" && given !== null) {
      const names = keys(given);
      for (let i = 0; i < names.length; i++) add((given as Loose)[names[i]!], names[i]);
    } else if (given !== undefined && given !== null) {
      throw new NewTypeError(`fetch: the headers must be an object, not ${quote(given)}`);
    }
    return headers;
  }
}
