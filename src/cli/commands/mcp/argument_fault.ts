import type { OfferedTool } from "../../../frontends/mcp/mod.ts";
import { infiniteNumberPath } from "../../../text/mod.ts";
import { argumentFault } from "../../../tools/arguments.ts";

type SchemaValidator =
  typeof import("../../../frontends/mcp/mcp_server_library.ts")["CfWorkerJsonSchemaValidator"];

/** Why the arguments of a call do not fit the parameters of its tool, in words; `undefined` if they fit. */
export function faultOfArguments(
  Validator: SchemaValidator,
  { name, inputSchema }: OfferedTool,
  given: Readonly<Record<string, unknown>>,
): string | undefined {
  const { additionalProperties: _, ...schema } = inputSchema;
  const known = Object.keys((schema as { readonly properties?: object }).properties ?? {});
  const unknown = Object.keys(given).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    const takes = known.length === 0 ? "takes no arguments" : `takes ${known.join(", ")}`;
    return `there is no parameter ${JSON.stringify(unknown.slice(0, 100))}; ${name} ${takes}`;
  }
  if (isDeeper(given, maxDepth)) return `they are nested more than ${maxDepth} deep`;
  const infinite = infiniteNumberPath(given);
  if (infinite) return `the number ${infinite.join(".")} is too large; send a smaller one, or a text`;
  // It collects all faults, and goes as deep as the value.
  const validate = new Validator({ shortcircuit: false }).getValidator(schema as never);
  const checked = validate(given);
  return checked.valid ? undefined : argumentFault(checked.errorMessage).slice(0, maxFaultCharacters);
}

const maxFaultCharacters = 1000;

/** Deeper values would exhaust the stack of those who read them. */
const maxDepth = 100;

function isDeeper(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return depth === 0 || Object.values(value).some((each) => isDeeper(each, depth - 1));
}
