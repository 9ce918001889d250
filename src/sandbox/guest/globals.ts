import type { SandboxBuiltin } from "../sandbox.ts";
import { builtinFunctions } from "./builtins.ts";
import { knownAgents } from "./deliveries.ts";
import { codec } from "./guest_codec.ts";
import { note } from "./notes.ts";
import { adoptHandle, classObject, handleOf, isMeaningful, nameOfClass } from "./objects.ts";
import { primordials } from "./primordials.ts";
import type { AgentIdentity, GuestSetup } from "./protocol.ts";
import { request } from "./requests.ts";
import { stateProxy } from "./state.ts";

/*
 * The global names of the code.
 */

const { parse, keys, create, freeze, fix, append, hasOwn, defineProperty, prototypes } = primordials;
const { ReferenceError: NewReferenceError } = primordials;
let functions: Record<string, unknown> = {};
/** Names that no playbook and no class of the scope can have. */
const reserved = { __proto__: null } as unknown as Record<string, true>;

/** Adds the globals that are the same in every scope. */
export function publishGlobals(rows: readonly SandboxBuiltin[]): void {
  functions = builtinFunctions(rows);
  for (const name of keys(functions)) publish(name, functions[name]);
  const log = (...values: unknown[]) => note("log", values);
  publish("console", freeze({ log, info: log, warn: log, error: log, debug: log }));
  publish("structuredClone", (value: unknown) => codec.revive(parse(codec.encodeText(value, "value"))));
  publish("state", stateProxy);
  publish("agents", createAgents());
  reserved.self = true;
}

/** Adds the globals that depend on the scope. */
export function publishScope({ self, playbooks, classes, gone }: GuestSetup): void {
  for (const name of keys(classes)) publishOwn(name, classObject(name));
  for (const name of playbooks) publishOwn(name, callOf(name));
  defineProperty(globalThis, "self", { value: createSelf(self, playbooks), configurable: true });
  for (const name of gone) publishGone(name);
}

function publish(name: string, value: unknown): void {
  reserved[name] = true;
  defineProperty(globalThis, name, { value, configurable: true });
}

function publishOwn(name: string, value: unknown): void {
  if (reserved[name] === undefined) defineProperty(globalThis, name, { value, configurable: true });
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

/** Makes a function that calls a playbook of this agent. */
function callOf(playbook: string): (...args: unknown[]) => Promise<unknown> {
  return (...args) => request("Call", [null, playbook, args]);
}

function createSelf(identity: AgentIdentity, playbooks: readonly string[]): object {
  const { id, klass } = identity;
  const toString = () => `${klass} (agent ${id})`;
  const object = create(freeze({ __proto__: prototypes.object, toString }));
  fix(object, "id", id, true);
  fix(object, "klass", klass, true);
  fix(object, "state", stateProxy);
  for (const name of keys(functions)) fix(object, name, functions[name]);
  for (const name of playbooks) {
    if (!hasOwn(object, name) && !isMeaningful(name)) fix(object, name, callOf(name));
  }
  adoptHandle(freeze(object), identity);
  return object;
}

function createAgents(): object {
  const list = (accept: (agent: AgentIdentity) => boolean) => {
    const all = knownAgents();
    const found: object[] = [];
    for (let i = 0; i < all.length; i++) if (accept(all[i]!)) append(found, handleOf(all[i]!));
    return found;
  };
  return freeze({
    get all() {
      return list(() => true);
    },
    byId: (id: unknown) => list((agent) => agent.id === `${id}` || `agent ${agent.id}` === id)[0],
    byClass: (klass: unknown) => {
      const name = nameOfClass(klass) ?? klass;
      return list((agent) => agent.klass === name);
    },
  });
}
