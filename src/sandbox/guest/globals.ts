import type { SandboxBuiltin } from "../sandbox.ts";
import { artifactsByName, builtinFunctions } from "./builtins.ts";
import { codec } from "./guest_codec.ts";
import { propertiesOf } from "./known_agents.ts";
import { meetingObjects, withClassNames } from "./meetings.ts";
import {
  adoptHandle,
  classObject,
  handlesOf,
  isMeaningful,
  nameOfClass,
  playbookSpelled,
  withClassMembers,
} from "./objects.ts";
import { primordials } from "./primordials.ts";
import type { AgentIdentity, GuestSetup } from "./protocol.ts";
import { request } from "./requests.ts";
import { createConsole, publishStandard } from "./standard.ts";
import { stateProxy } from "./state.ts";

/*
 * The global names of the code.
 */

const { parse, keys, create, freeze, fix, hasOwn, defineProperty, reflectGet, prototypes } = primordials;
const { ReferenceError: NewReferenceError, Proxy: NewProxy } = primordials;
let functions: Record<string, unknown> = {};
const agents = createAgents();
/** Names that no playbook and no class of the scope can have. */
const reserved = { __proto__: null } as unknown as Record<string, true>;

/** Adds the globals that are the same in every scope. */
export function publishGlobals(rows: readonly SandboxBuiltin[]): void {
  functions = builtinFunctions(rows);
  for (const name of keys(functions)) publish(name, functions[name]);
  for (const row of rows) if (row.kind === "function" && row.isYielding) delete reserved[row.name];
  publish("console", createConsole());
  publish("structuredClone", (value: unknown) => codec.revive(parse(codec.encodeText(value, "value"))));
  publish("state", stateProxy);
  publish("agents", agents);
  publish("Artifact", artifactsByName());
  publishStandard(rows);
  reserved.self = true;
}

/** Adds the globals that depend on the scope. */
export function publishScope(setup: GuestSetup): void {
  const { playbooks, classes, gone, meetings, meetingPlaybooks = [] } = setup;
  for (const name of keys(classes)) publishOwn(name, classObject(name));
  for (const name of playbooks) publishOwn(name, withClassOf(name, callOf(name), setup));
  for (const name of meetingPlaybooks) publishOwn(name, withClassOf(name, meetingCallOf(name), setup));
  const own = meetings === undefined ? [] : meetingObjects(meetings);
  if (own.length > 0) defineProperty(globalThis, "meeting", { value: own[0], configurable: true });
  defineProperty(globalThis, "self", { value: createSelf(setup, own), configurable: true });
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

/** A playbook that has the name of a class hides nothing of the class. */
function withClassOf(name: string, call: (...args: unknown[]) => unknown, { classes }: GuestSetup): unknown {
  return hasOwn(classes, name) ? withClassMembers(call, name) : call;
}

/** Makes a function that calls a playbook of this agent. */
function callOf(playbook: string): (...args: unknown[]) => Promise<unknown> {
  return (...args) => request("Call", [null, playbook, args]);
}

/** As `callOf`, for a playbook that begins a meeting. */
function meetingCallOf(playbook: string): (...args: unknown[]) => Promise<unknown> {
  return (...args) => request("Call", [null, playbook, withClassNames(args)]);
}

function createSelf(
  { self: identity, playbooks, meetingPlaybooks = [] }: GuestSetup,
  meetings: readonly object[],
): object {
  const { id, klass } = identity;
  const toString = () => `${klass} (agent ${id})`;
  const object = create(
    lookUpOf({ id, klass }, playbooks, freeze({ __proto__: prototypes.object, toString })),
  );
  fix(object, "id", id, true);
  fix(object, "klass", klass, true);
  fix(object, "state", stateProxy);
  if (meetings.length > 0) {
    for (const name of ["meeting", "currentMeeting", "current_meeting"]) fix(object, name, meetings[0]);
    for (const name of ["activeMeetings", "active_meetings"]) fix(object, name, freeze(meetings));
  }
  for (const name of keys(functions)) {
    if (reserved[name] === true || !isAmong(name, playbooks)) fix(object, name, functions[name]);
  }
  for (const name of meetingPlaybooks) {
    if (!hasOwn(object, name) && !isMeaningful(name)) fix(object, name, meetingCallOf(name));
  }
  for (const name of playbooks) {
    if (!hasOwn(object, name) && !isMeaningful(name)) fix(object, name, callOf(name));
  }
  adoptHandle(freeze(object), identity);
  return object;
}

function isAmong(name: string, names: readonly string[]): boolean {
  for (let i = 0; i < names.length; i++) if (names[i] === name) return true;
  return false;
}

/** The prototype of `self`: finds its name, the list of agents, and playbooks in other spellings. */
function lookUpOf({ id, klass }: AgentIdentity, playbooks: readonly string[], base: object): object {
  return new NewProxy(base, {
    __proto__: null,
    get(_: unknown, key: PropertyKey) {
      if (typeof key !== "string" || isMeaningful(key)) return reflectGet(base, key);
      if (key === "name") {
        const properties = propertiesOf(id);
        return properties !== undefined && hasOwn(properties, key) ? codec.revive(properties[key]) : klass;
      }
      if (key === "all_agents") return agents;
      const playbook = playbookSpelled(key, playbooks);
      return playbook === undefined ? reflectGet(base, key) : callOf(playbook);
    },
  } as ProxyHandler<object>);
}

function createAgents(): object {
  const byId = (id: unknown) => {
    const all = handlesOf() as { readonly id: string }[];
    for (let i = 0; i < all.length; i++) {
      const agent = all[i]!;
      if (agent.id === `${id}` || `agent ${agent.id}` === id) return agent;
    }
    return undefined;
  };
  const byClass = (klass: unknown) => handlesOf(nameOfClass(klass) ?? `${klass}`);
  return freeze({
    get all() {
      return handlesOf();
    },
    byId,
    by_id: byId,
    byClass,
    by_class: byClass,
    byKlass: byClass,
    by_klass: byClass,
  });
}
