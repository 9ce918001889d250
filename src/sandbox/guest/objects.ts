import { addObjects, codec } from "./guest_codec.ts";
import { namedError } from "./errors.ts";
import { knownAgents, propertiesOf, spellingKey } from "./known_agents.ts";
import { library } from "./library_slot.ts";
import { primordials } from "./primordials.ts";
import type { AgentIdentity } from "./protocol.ts";
import { request } from "./requests.ts";
import { setup } from "./turn.ts";

/*
 * Objects with methods: agents, classes, artifacts, responses.
 */

type Loose = Record<PropertyKey, unknown>;
const { quote, parse, keys, create, freeze, fix, append, hasOwn, reflectGet, match, lower, apply } =
  primordials;
const { mapGet, mapSet, weakGet, weakSet, weakHas, prototypes, ownKeys, defineProperty } = primordials;
const { Map: NewMap, Proxy: NewProxy, Promise: NewPromise, String: toText } = primordials;
const { TypeError: NewTypeError } = primordials;
/** The encoded texts of agents, responses and meetings. */
const encodings = new WeakMap<object, string>();
const classNames = new WeakMap<object, string>();
const handles = new Map<string, object>();
const nothing = freeze([]) as readonly string[];
const characterIndex = /^(?:0|[1-9]\d*)$/;
const artifactPrototype = createTextPrototype();

addObjects(write, revive);

/** A base class whose constructor returns a given object, so that a subclass adds private members to that object. */
class Given {
  constructor(object: object) {
    return object;
  }
}
/**
 * Marks artifacts with a private member that other code cannot make. A weak map would keep data of each artifact until
 * the next garbage collection, and fill the processor's caches.
 */
class Artifact extends Given {
  #mark = true;

  static is(value: object): boolean {
    return #mark in value;
  }
}

/** Returns the handle of an agent. Each agent has exactly one. It has the values that the agent was made with. */
function handleOf(agent: AgentIdentity): object {
  const existing = mapGet(handles, agent.id) as object | undefined;
  if (existing !== undefined) return existing;
  const { id, klass } = agent;
  const data = saying(() => `${klass} (agent ${id})`);
  fix(data, "id", id, true);
  fix(data, "klass", klass, true);
  const handle = callable(data, klass, () => handle, (key) => propertyOf(agent, key));
  adoptHandle(handle, agent);
  return handle;
}

/** Makes an object the handle of an agent. */
export function adoptHandle(object: object, { id, klass }: AgentIdentity): void {
  weakSet(encodings, object, `{"$type":"agent","id":${quote(id)},"klass":${quote(klass)}}`);
  mapSet(handles, id, object);
}

/** The handles of all known agents of a class, in any spelling of its name; without one, of all agents. */
export function handlesOf(klass?: unknown): object[] {
  const name = klass === undefined ? undefined : spellingKey(nameOfClass(klass) ?? `${klass}`);
  const all = knownAgents();
  const found: object[] = [];
  for (let i = 0; i < all.length; i++) {
    const agent = all[i]!;
    if (name === undefined || spellingKey(agent.klass) === name) append(found, handleOf(agent));
  }
  return found;
}

/** A value that an agent was made with. Its name is that of its class if it got none. */
function propertyOf({ id, klass }: AgentIdentity, key: string): { readonly value: unknown } | undefined {
  const properties = propertiesOf(id);
  if (properties !== undefined && hasOwn(properties, key)) return { value: codec.revive(properties[key]) };
  return key === "name" ? { value: klass } : undefined;
}

/** Gives an object that never changes the text of its encoding. */
export function adoptText(object: object, text: string): void {
  weakSet(encodings, object, text);
}

/** Makes the object of an agent class. */
export function classObject(name: string): object {
  const data = saying(() => name);
  fix(data, "name", name);
  const getOrCreate = (properties?: unknown) =>
    request("GetOrCreate", properties === undefined ? [name] : [name, properties]);
  const getAll = () => handlesOf(name);
  fix(data, "getOrCreate", getOrCreate);
  fix(data, "get_or_create", getOrCreate);
  fix(data, "getAll", getAll);
  fix(data, "get_all", getAll);
  const object = callable(data, name, () => name);
  weakSet(classNames, object, name);
  return object;
}

/** Gives the call of a playbook the members of the class that has the same name: `Billing()` and `Billing.LookUp()`. */
export function withClassMembers(call: (...args: unknown[]) => unknown, name: string): object {
  const members = classObject(name);
  const object = new NewProxy(call as unknown as Loose, {
    __proto__: null,
    get(_: unknown, key: PropertyKey) {
      const isOfFunction = typeof key !== "string" || isMeaningful(key) ||
        match(/^(?:call|apply|bind)$/, key) !== null;
      return reflectGet(isOfFunction ? call : members, key);
    },
  } as ProxyHandler<Loose>);
  weakSet(classNames, object, name);
  return object;
}

/** Returns the class name of an object that {@linkcode classObject} made; `undefined` for other values. */
export function nameOfClass(value: unknown): string | undefined {
  return weakGet(classNames, value) as string | undefined;
}

/** Whether an object is a handle, an artifact or a response. Such objects never change. */
export function isSpecial(value: unknown): boolean {
  return typeof value === "object" && value !== null && (Artifact.is(value) || weakHas(encodings, value));
}

/** Makes an object with its own `toString`. */
function saying(toString: () => unknown): Loose {
  return create(freeze({ __proto__: prototypes.object, toString }));
}

/** Makes an object with the public playbooks of a class as its methods, in any spelling. */
function callable(
  data: Loose,
  klass: string,
  target: () => unknown,
  property: (key: string) => { readonly value: unknown } | undefined = () => undefined,
): object {
  const names = hasOwn(setup.classes, klass) ? setup.classes[klass]! : nothing;
  const methods = new NewMap<string, unknown>();
  freeze(data);
  return new NewProxy(data, {
    __proto__: null,
    get(_: unknown, key: PropertyKey) {
      if (hasOwn(data, key)) return data[key];
      if (typeof key !== "string" || isMeaningful(key)) return reflectGet(data, key);
      let method = mapGet(methods, key);
      if (method !== undefined) return method;
      const found = isOneOf(key, names) ? undefined : property(key);
      if (found !== undefined) return found.value;
      const playbook = playbookFor(key, names, klass);
      if (playbook === undefined) return reflectGet(data, key);
      method = (...args: unknown[]) => request("Call", [target(), playbook, args]);
      mapSet(methods, key, method);
      return method;
    },
  } as ProxyHandler<Loose>);
}

function isOneOf(key: string, names: readonly string[]): boolean {
  for (let i = 0; i < names.length; i++) if (names[i] === key) return true;
  return false;
}

/**
 * The playbook that a key may name. A private one and an unknown one count too: the call then fails with a better
 * message.
 */
function playbookFor(key: string, names: readonly string[], klass: string): string | undefined {
  if (isOneOf(key, names) || match(/^[A-Z]\w*$/, key) !== null) return key;
  const own = playbookSpelled(key, names);
  if (own !== undefined) return own;
  const others = ask("-" + quote(klass));
  return others === undefined ? undefined : playbookSpelled(key, parse(others) as string[]);
}

/** The name that a key spells in another way: `get_rate`, `getRate` and `Get rate` mean `GetRate`. */
export function playbookSpelled(key: string, names: readonly string[]): string | undefined {
  const wanted = spellingKey(key);
  for (let i = 0; i < names.length; i++) if (spellingKey(names[i]!) === wanted) return names[i];
  return undefined;
}

/**
 * Whether the language itself calls methods of this name, so that no playbook can have it. For example, a handle with
 * a method `then` would look like a promise.
 */
export function isMeaningful(key: string): boolean {
  return match(/^(?:then|toJSON|toString|toLocaleString|valueOf|constructor)$/, key) !== null;
}

/**
 * Makes the prototype of artifacts. An artifact has the methods of strings, their characters by number, and their JSON, and
 * uses its content for them.
 */
function createTextPrototype(): object {
  const prototype = { __proto__: prototypes.object };
  const strings = prototypes.string as unknown as Loose;
  const names = ownKeys(strings);
  for (let i = 0; i < names.length; i++) {
    const method = strings[names[i]!];
    if (names[i] === "constructor" || typeof method !== "function") continue;
    fix(prototype, names[i]!, function (this: { readonly content: unknown }, ...args: unknown[]) {
      return apply(method, toText(this.content), args);
    });
  }
  const read = (name: string, of: (content: string) => unknown) =>
    defineProperty(prototype, name, {
      __proto__: null,
      get(this: { readonly content: unknown }) {
        return of(toText(this.content));
      },
    } as PropertyDescriptor);
  read("length", (content) => content.length);
  read("value", (content) => content);
  fix(prototype, "toJSON", function (this: { readonly content: unknown }) {
    return this.content;
  });
  return new NewProxy(freeze(prototype), {
    __proto__: null,
    get: (target: object, key: PropertyKey, artifact: { readonly content: unknown }) =>
      typeof key === "string" && match(characterIndex, key) !== null
        ? toText(artifact.content)[key as unknown as number]
        : reflectGet(target, key, artifact),
  } as ProxyHandler<object>);
}

/** Whether a value is an artifact. */
export function isArtifact(value: unknown): boolean {
  return typeof value === "object" && value !== null && Artifact.is(value);
}

export function artifactOf(name: unknown, summary: unknown, content: unknown): object {
  return new Artifact(freeze({ __proto__: artifactPrototype, name, summary, content }) as object);
}

function artifactText({ name, summary, content }: Loose): string {
  const fields = `"name":${quote(name)},"summary":${quote(summary)},"content":${quote(content)}`;
  return `{"$type":"artifact",${fields}}`;
}

export function responseOf(fields: Loose): object {
  const { status = 0, statusText = "", url = "", body = "", headers: given = {} } = fields;
  const text = toText(body);
  const lowered = { __proto__: null } as unknown as Loose;
  const names = keys(given as Loose);
  for (let i = 0; i < names.length; i++) lowered[lower(names[i])] = toText((given as Loose)[names[i]!]);
  const headers = freeze({
    __proto__: headersPrototype(() => lowered),
    get: (name: unknown) => lowered[lower(`${name}`)] ?? null,
    has: (name: unknown) => lowered[lower(`${name}`)] !== undefined,
  });
  const response = freeze({
    __proto__: responsePrototype(fields, text),
    ok: (status as number) >= 200 && (status as number) < 300,
    status,
    statusText,
    url,
    headers,
    text: () => new NewPromise((resolve) => resolve(text)),
    json: () => new NewPromise((resolve) => resolve(parse(text))),
  });
  const encoding =
    `{"$type":"response","status":${quote(status)},"statusText":${quote(toText(statusText))},` +
    `"url":${quote(toText(url))},"headers":${codec.encodeText(given, "headers")},"body":${quote(text)}}`;
  weakSet(encodings, response, encoding);
  return response;
}

/** The methods of a response's headers that need the library. */
function headersPrototype(values: () => Loose): object {
  const whole = () => library().headersFrom(values()) as unknown as Record<PropertyKey, () => unknown>;
  const prototype: Loose = { __proto__: prototypes.object };
  for (let i = 0; i < headerMethods.length; i++) {
    const method = headerMethods[i]!;
    fix(prototype, method, (...args: unknown[]) => apply(whole()[method]!, whole(), args));
  }
  return freeze(prototype);
}

const headerMethods = ["entries", "keys", "values", "forEach", "getSetCookie", Symbol.iterator] as const;

/** The parts of a response that few programs use. */
function responsePrototype(fields: Loose, text: string): object {
  return freeze({
    __proto__: prototypes.object,
    type: "basic",
    redirected: false,
    bodyUsed: false,
    get body() {
      throw new NewTypeError("a response has no stream here; use await response.text()");
    },
    clone: () => responseOf(fields),
    bytes: () => new NewPromise((resolve) => resolve(library().responseBytes(text))),
    arrayBuffer: () => new NewPromise((resolve) => resolve(library().responseBytes(text).buffer)),
    blob: () => new NewPromise((resolve) => resolve(new (library().globals.Blob)([text]))),
  });
}

function write(value: object): string | undefined {
  if (Artifact.is(value)) return artifactText(value as unknown as Loose);
  const encoding = weakGet(encodings, value) as string | undefined;
  if (encoding !== undefined) return encoding;
  const klass = weakGet(classNames, value) as string | undefined;
  if (klass === undefined) return undefined;
  throw namedError(
    "DataError",
    `"${klass}" is an agent class and cannot be kept or passed; use its name`,
  );
}

function revive(encoded: Loose): unknown {
  switch (encoded.$type) {
    case "agent":
      return handleOf({ id: encoded.id as string, klass: encoded.klass as string });
    case "artifact":
      return artifactOf(encoded.name, encoded.summary, encoded.content);
    case "response":
      return responseOf({ ...encoded, headers: codec.revive(encoded.headers) });
    default:
      return undefined;
  }
}
