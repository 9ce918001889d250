import { adoptText, nameOfClass } from "./objects.ts";
import { primordials } from "./primordials.ts";
import { factOf, hideFromState, variablesAt } from "./state.ts";

/*
 * The meetings that the code is in.
 *
 * The variable `meeting 100` has the facts of a meeting, and `meeting 100: board` the key `board` of its shared state.
 */

type Loose = Record<PropertyKey, unknown>;
const { freeze, append, keys, put, hasOwn, isArray, quote, defineProperty, prototypes, create } = primordials;

/** Makes an object for each meeting, in the given order. */
export function meetingObjects(ids: readonly string[]): readonly object[] {
  const prefixes: string[] = [];
  const objects: object[] = [];
  for (let i = 0; i < ids.length; i++) {
    append(prefixes, `meeting ${ids[i]}`);
    append(objects, meetingObject(ids[i]!));
  }
  hideFromState(prefixes);
  return objects;
}

function meetingObject(id: string): object {
  const name = `meeting ${id}`;
  const sharedState = variablesAt(`${name}: `);
  const fact = (key: string) => (factOf(name) as Loose | undefined)?.[key];
  const object = create(freeze({ __proto__: prototypes.object, toString: () => name }));
  const show = (key: string, get: () => unknown) =>
    defineProperty(object, key, { __proto__: null, get, enumerable: true } as PropertyDescriptor);
  show("id", () => id);
  show("topic", () => fact("topic"));
  show("owner", () => fact("owner"));
  show("participants", () => fact("participants"));
  show("hasEnded", () => fact("ended") === true);
  show("sharedState", () => sharedState);
  show("shared_state", () => sharedState);
  // As an argument, a meeting is its name.
  adoptText(object, quote(name));
  return freeze(object);
}

/** The arguments of a call that begins a meeting. Attendees may be agent classes, which become their names. */
export function withClassNames(values: readonly unknown[]): unknown[] {
  const named: unknown[] = [];
  for (let i = 0; i < values.length; i++) append(named, withNames(values[i]));
  return named;
}

function withNames(value: unknown): unknown {
  if (isArray(value)) return withClassNames(value);
  if (typeof value !== "object" || value === null || !hasOwn(value, "attendees")) {
    return nameOfClass(value) ?? value;
  }
  const given = value as Loose;
  const copy = {};
  const names = keys(given);
  for (let i = 0; i < names.length; i++) {
    const key = names[i]!;
    put(copy, key, key === "attendees" ? withNames(given[key]) : given[key]);
  }
  return copy;
}
