import type { Playbook } from "../../language/mod.ts";
import { decode, type Encoded, fieldsOf, Special } from "../../sandbox/mod.ts";
import type { Json, JsonObject } from "../../tools/mod.ts";
import { encodedAsJson } from "../plain_json.ts";
import { toolNamed } from "../tool_playbooks.ts";
import { type EffectContext, type Performed, refuse } from "./builtin.ts";

/** Starts a call of a tool, if its arguments fit. */
export function callTool(playbook: Playbook, given: readonly Encoded[], context: EffectContext): Performed {
  const { state, world, key } = context;
  const { server, name } = playbook.tool!;
  const tool = toolNamed(state, server, name);
  if (!tool) return refuse("ReferenceError", `The server of ${server} no longer has the tool ${name}`);
  const lost = lostNumber(given.map((value) => decode(value)));
  if (lost !== undefined) {
    return refuse("TypeError", `${signatureOfTool(playbook)} was given ${lost}, which JSON cannot hold`);
  }
  const bound = bindToolArguments(playbook, given);
  if (typeof bound === "string") return refuse("TypeError", bound);
  const refusal = world.tools?.refusal(tool, bound);
  if (refusal !== undefined) {
    return refuse("TypeError", `${signatureOfTool(playbook)} does not accept these arguments: ${refusal}`);
  }
  return {
    kind: "start",
    wait: {
      kind: "outside",
      key,
      repeatable: tool.readOnly === true || tool.idempotent === true,
      what: `${server}.${name}(${shortJson(bound)})`,
      tool: { server, name, arguments: bound },
    },
  };
}

/**
 * Binds arguments by position in the order of the schema, by name in one object, or both: an object at the end gives the
 * rest by name. A text is the reason why they do not fit.
 */
function bindToolArguments(playbook: Playbook, given: readonly Encoded[]): JsonObject | string {
  const names = playbook.parameters.map(({ name }) => name);
  const args = [...given];
  while (args.length > 0 && isAbsent(args.at(-1)!)) args.pop();
  const bound: Record<string, Json> = {};
  const byName = namedAtEnd(playbook, args);
  const positional = byName ? args.slice(0, -1) : args;
  if (positional.length > names.length) {
    const count = positional.length === 1 ? "1 argument" : `${positional.length} arguments`;
    return `${signatureOfTool(playbook)} was given ${count}`;
  }
  for (const [index, value] of positional.entries()) {
    if (!isAbsent(value)) bound[names[index]!] = encodedAsJson(value);
  }
  for (const [key, value] of byName ?? []) {
    if (isAbsent(value)) continue;
    const name = nameLike(names, key);
    if (name === undefined) {
      return `${signatureOfTool(playbook)} has no parameter ${key}`;
    }
    if (Object.hasOwn(bound, name)) return `${signatureOfTool(playbook)} was given ${name} twice`;
    bound[name] = encodedAsJson(value);
  }
  return bound;
}

/** The fields of the last argument, if it gives arguments by name. */
function namedAtEnd(
  { parameters }: Playbook,
  args: readonly Encoded[],
): readonly (readonly [string, Encoded])[] | undefined {
  const fields = args.length === 0 ? undefined : fieldsOf(args.at(-1));
  if (!fields) return undefined;
  const names = parameters.map(({ name }) => name);
  const known = fields.filter(([key]) => nameLike(names, key) !== undefined).length;
  if (fields.length > 0 && known === fields.length) return fields;
  // At its place in the order, an object may be a value.
  const own = parameters[args.length - 1];
  const mayBeValue = own !== undefined && !/^(?:string|number|boolean)(?:\[\])?$/.test(own.type ?? "");
  return mayBeValue && known === 0 ? undefined : fields;
}

function nameLike(names: readonly string[], key: string): string | undefined {
  const plain = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, "");
  return names.find((name) => name === key) ?? names.find((name) => plain(name) === plain(key));
}

function isAbsent(value: Encoded): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value) &&
    (value as { readonly [key: string]: Encoded })["$type"] === "undefined";
}

/** `read_file(path, head?)` */
function signatureOfTool({ name, parameters }: Playbook): string {
  return `${name}(${parameters.map((each) => `${each.name}${each.optional ? "?" : ""}`).join(", ")})`;
}

/** A number that would reach the tool as another value: `NaN`, or an integer with more digits than JSON keeps. */
function lostNumber(value: unknown): string | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? undefined : String(value);
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? undefined : `${value}n`;
  if (typeof value !== "object" || value === null || value instanceof Special) return undefined;
  const parts = value instanceof Map || value instanceof Set ? [...value.values()] : Object.values(value);
  for (const part of parts) {
    const found = lostNumber(part);
    if (found !== undefined) return found;
  }
  return undefined;
}

function shortJson(value: JsonObject): string {
  const text = JSON.stringify(value);
  return text === "{}" ? "" : text.length <= 120 ? text : `${text.slice(0, 120)}…`;
}
