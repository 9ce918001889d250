import type { Parameter, Playbook } from "../../language/mod.ts";
import { encode, type Encoded, fieldsOf, type StatePatch } from "../../sandbox/mod.ts";
import { callForm } from "../../language/signature.ts";

/** Arguments bound to parameters, or the reason why they do not fit. */
type Bound =
  | {
    readonly ok: true;
    readonly args: Readonly<Record<string, Encoded>>;
    readonly writes: StatePatch;
  }
  | { readonly ok: false; readonly message: string };

/**
 * Binds the arguments of a call to a playbook's parameters: by position, or from one object whose keys are all names of
 * parameters. A call of a meeting may give `attendees` in such an object after its positional arguments. A missing `$`
 * parameter takes the agent's variable of that name, if there is one.
 */
export function bindArguments(
  playbook: Playbook,
  args: readonly Encoded[],
  state: Readonly<Record<string, Encoded>>,
): Bound {
  const parameters = playbook.parameters;
  const named = namedArguments(parameters, args) ?? namedAttendees(playbook, args);
  const bound: Record<string, Encoded> = {};
  const writes: Record<string, { value: Encoded }> = {};
  if (!named && args.length > parameters.length && !parameters.at(-1)?.rest) {
    return { ok: false, message: `${callForm(playbook)} was given ${count(args.length, "argument")}` };
  }
  for (const [index, parameter] of parameters.entries()) {
    const given = named ? lookUp(named, parameter.name) : parameter.rest ? args.slice(index) : args[index];
    let value = isMissing(given) ? undefined : given;
    if (value === undefined && parameter.default !== undefined) value = encode(parameter.default);
    if (value === undefined && parameter.state && Object.hasOwn(state, parameter.name)) {
      value = state[parameter.name];
    }
    if (value === undefined) {
      if (parameter.optional) continue;
      return { ok: false, message: `${callForm(playbook)} was called without ${parameter.name}` };
    }
    bound[parameter.name] = value;
    if (parameter.state) writes[parameter.name] = { value };
  }
  return { ok: true, args: bound, writes };
}

const meetingParameters: readonly Parameter[] = [
  { name: "topic", type: "string", state: false, optional: true },
  { name: "attendees", type: "Array<Agent | string>", state: false, optional: true },
];

/** The parameters of a playbook. Each meeting playbook also has a topic and attendees. */
export function parametersWithMeeting({ parameters, meeting }: Playbook): readonly Parameter[] {
  if (!meeting) return parameters;
  const missing = meetingParameters.filter(({ name }) => !parameters.some((each) => each.name === name));
  // A caller may leave them out, also if the playbook declares them: a topic has a default, and metadata may name attendees.
  const own = parameters.map((each) =>
    meetingParameters.some(({ name }) => name === each.name) ? { ...each, optional: true } : each
  );
  return [...own, ...missing];
}

/** The entry parameters that a playbook has, as the arguments of a call. */
export function argumentsOfEntry(
  parameters: Readonly<Record<string, Encoded>>,
  playbook: Playbook,
): readonly Encoded[] {
  const names = new Set(playbook.parameters.map((parameter) => parameter.name.toLowerCase()));
  const own = Object.entries(parameters).filter(([name]) => names.has(name.toLowerCase()));
  return own.length === 0 ? [] : [objectOf(own)];
}

/** The arguments of a code playbook in the order of its parameters; `undefined` for missing ones. */
export function positionalArguments(
  playbook: Playbook,
  args: Readonly<Record<string, Encoded>>,
): readonly Encoded[] {
  const list: Encoded[] = [];
  for (const parameter of playbook.parameters) {
    const value = args[parameter.name];
    if (parameter.rest) list.push(...(Array.isArray(value) ? value as readonly Encoded[] : []));
    else list.push(value ?? undefinedValue(args, parameter.name));
  }
  while (list.length > 0 && isMissing(list.at(-1))) list.pop();
  return list;
}

function undefinedValue(args: Readonly<Record<string, Encoded>>, name: string): Encoded {
  return Object.hasOwn(args, name) ? args[name] as Encoded : { "$type": "undefined" };
}

/** The encoded object with these keys and encoded values. */
function objectOf(entries: readonly (readonly [string, Encoded])[]): Encoded {
  const isOwnType = entries.some(([key]) => key === "$type");
  return isOwnType ? { $type: "object", value: entries } : Object.fromEntries(entries);
}

function namedArguments(
  parameters: readonly Parameter[],
  args: readonly Encoded[],
): readonly (readonly [string, Encoded])[] | undefined {
  const fields = args.length === 1 ? fieldsOf(args[0]) : undefined;
  if (fields === undefined || fields.length === 0) return undefined;
  const names = new Set(parameters.map((parameter) => plainName(parameter.name)));
  return fields.every(([key]) => names.has(plainName(key))) ? fields : undefined;
}

/** `Debate("tea", 3, { attendees: ["Ann"] })`: the positional arguments under their names, and the object's fields. */
function namedAttendees(
  { meeting, parameters }: Playbook,
  args: readonly Encoded[],
): readonly (readonly [string, Encoded])[] | undefined {
  if (!meeting || args.length < 2 || args.length > parameters.length) return undefined;
  const positional = args.slice(0, -1).map((value, index) => [parameters[index]!.name, value] as const);
  const rest = parameters.slice(positional.length);
  const fields = namedArguments(rest, args.slice(-1));
  return fields?.some(([key]) => plainName(key) === "attendees") ? [...positional, ...fields] : undefined;
}

function lookUp(fields: readonly (readonly [string, Encoded])[], name: string): Encoded | undefined {
  return fields.find(([key]) => plainName(key) === plainName(name))?.[1];
}

function plainName(name: string): string {
  return name.replace(/^\$/, "").toLowerCase();
}

function isMissing(value: Encoded | undefined): boolean {
  return value === undefined ||
    (typeof value === "object" && value !== null && !Array.isArray(value) &&
      (value as { readonly [key: string]: Encoded })["$type"] === "undefined");
}

function count(n: number, noun: string): string {
  return n === 1 ? `1 ${noun}` : `${n} ${noun}s`;
}
