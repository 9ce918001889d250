import type { Primordials } from "./guest_primordials.ts";

/** Which agent an object stands for. */
export interface AgentIdentity {
  readonly id: string;
  readonly klass: string;
}

/** What objects with methods need of the rest of the guest. */
export interface ObjectHooks {
  request(name: string, args: unknown[]): Promise<unknown>;
  encodeText(value: unknown, where: string): string;
  /** The value of an encoding, as the codec has it. */
  revive(encoded: unknown): unknown;
  named(name: string, message: string): Error;
  /** Public playbooks, by class. */
  readonly classes: Readonly<Record<string, readonly string[]>>;
}

/** Objects with methods that the code holds: agents, classes, artifacts, responses. */
export interface GuestObjects {
  /** The one handle of an agent. */
  handleOf(agent: AgentIdentity): object;
  classObject(name: string): object;
  /** The name of the class that an object of {@linkcode classObject} stands for. */
  nameOfClass(value: unknown): string | undefined;
  artifactOf(name: unknown, summary: unknown, content: unknown): object;
  responseOf(fields: Record<string, unknown>): object;
  /** Whether an object is one of these, but for classes: then it never changes. */
  isSpecial(value: unknown): boolean;
  /** Makes `object` stand for an agent, as its handle. */
  adopt(object: object, agent: AgentIdentity): void;
  /** For the codec: the encoded text of an object of ours. */
  write(value: object): string | undefined;
  /** For the codec: the object that an encoding stands for. */
  revive(encoded: Record<string, unknown>): unknown;
  /** Whether a name means something to the language itself, so that it cannot be that of a method here. */
  isMeaningful(key: string): boolean;
}

/** Makes the objects part of the guest. Its source is run inside the sandbox, so it refers to nothing outside itself. */
export function createObjects(primordials: Primordials, hooks: ObjectHooks): GuestObjects {
  type Loose = Record<PropertyKey, unknown>;
  const { quote, parse, keys, create, freeze, fix, hasOwn, reflectGet, match, lower } = primordials;
  const { mapGet, mapSet, weakGet, weakSet, weakHas, prototypes } = primordials;
  const { Map: NewMap, Proxy: NewProxy, Promise: NewPromise, String: toText } = primordials;
  /** The encoded texts of objects of ours, but for artifacts. */
  const encodings = new WeakMap<object, string>();
  const classNames = new WeakMap<object, string>();
  const handles = new Map<string, object>();
  const nothing = freeze([]) as readonly string[];
  const artifactPrototype = freeze({
    __proto__: prototypes.object,
    toString(this: { readonly content: unknown }) {
      return this.content;
    },
  }) as object;

  /** Gives an object that is there already the private members of a class below this one. */
  class Given {
    constructor(object: object) {
      return object;
    }
  }
  /**
   * The mark of an artifact, which nobody else can make. A weak map would hold something of each artifact that there ever was
   * until the engine's next search for garbage, and the processor's caches with it.
   */
  class Artifact extends Given {
    #mark = true;

    static is(value: object): boolean {
      return #mark in value;
    }
  }

  return {
    handleOf,
    classObject,
    nameOfClass: (value) => weakGet(classNames, value) as string | undefined,
    artifactOf,
    responseOf,
    isSpecial: (value) =>
      typeof value === "object" && value !== null && (Artifact.is(value) || weakHas(encodings, value)),
    adopt,
    write,
    revive,
    isMeaningful,
  };

  function handleOf(agent: AgentIdentity): object {
    const existing = mapGet(handles, agent.id) as object | undefined;
    if (existing !== undefined) return existing;
    const { id, klass } = agent;
    const data = saying(() => `${klass} (agent ${id})`);
    fix(data, "id", id, true);
    fix(data, "klass", klass, true);
    const names = hasOwn(hooks.classes, klass) ? hooks.classes[klass]! : nothing;
    const handle = callable(data, names, () => handle);
    adopt(handle, agent);
    return handle;
  }

  function adopt(object: object, { id, klass }: AgentIdentity): void {
    weakSet(encodings, object, `{"$type":"agent","id":${quote(id)},"klass":${quote(klass)}}`);
    mapSet(handles, id, object);
  }

  function classObject(name: string): object {
    const data = saying(() => name);
    fix(data, "name", name);
    fix(data, "getOrCreate", () => hooks.request("GetOrCreate", [name]));
    const object = callable(data, hooks.classes[name]!, () => name);
    weakSet(classNames, object, name);
    return object;
  }

  /** An object that is shown in its own way. */
  function saying(toString: () => unknown): Loose {
    return create(freeze({ __proto__: prototypes.object, toString }));
  }

  /** An object whose methods are playbooks. */
  function callable(data: Loose, names: readonly string[], target: () => unknown): object {
    const methods = new NewMap<string, unknown>();
    freeze(data);
    return new NewProxy(data, {
      __proto__: null,
      get(_: unknown, key: PropertyKey) {
        if (hasOwn(data, key)) return data[key];
        if (!mayBePlaybook(key, names)) return reflectGet(data, key);
        let method = mapGet(methods, key);
        if (method === undefined) {
          method = (...args: unknown[]) => hooks.request("Call", [target(), key, args]);
          mapSet(methods, key, method);
        }
        return method;
      },
    } as ProxyHandler<Loose>);
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

  function artifactOf(name: unknown, summary: unknown, content: unknown): object {
    return new Artifact(freeze({ __proto__: artifactPrototype, name, summary, content }) as object);
  }

  function artifactText({ name, summary, content }: Loose): string {
    const fields = `"name":${quote(name)},"summary":${quote(summary)},"content":${quote(content)}`;
    return `{"$type":"artifact",${fields}}`;
  }

  function responseOf(fields: Loose): object {
    const { status = 0, statusText = "", url = "", body = "", headers: given = {} } = fields;
    const text = toText(body);
    const lowered = { __proto__: null } as unknown as Loose;
    const names = keys(given as Loose);
    for (let i = 0; i < names.length; i++) lowered[lower(names[i])] = toText((given as Loose)[names[i]!]);
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
    const encoding =
      `{"$type":"response","status":${quote(status)},"statusText":${quote(toText(statusText))},` +
      `"url":${quote(toText(url))},"headers":${hooks.encodeText(given, "headers")},"body":${quote(text)}}`;
    weakSet(encodings, response, encoding);
    return response;
  }

  function write(value: object): string | undefined {
    if (Artifact.is(value)) return artifactText(value as unknown as Loose);
    const encoding = weakGet(encodings, value) as string | undefined;
    if (encoding !== undefined) return encoding;
    const klass = weakGet(classNames, value) as string | undefined;
    if (klass === undefined) return undefined;
    throw hooks.named(
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
        return responseOf({ ...encoded, headers: hooks.revive(encoded.headers) });
      default:
        return undefined;
    }
  }
}
