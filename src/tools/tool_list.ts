import { boundedText } from "./failures.ts";
import type { Json, JsonObject, Tool, ToolList } from "./tool.ts";

/** The size of one tool's schemas. */
const maxSchemaCharacters = 32 * 1024;
const maxTextCharacters = 4000;
const maxNameCharacters = 128;
/** Tools that cannot be used and are named. */
const maxNamed = 20;

/** The key under which a tool carries its fault through the library. */
const faultKey = "playbooks/fault";

type Fields = Readonly<Record<string, unknown>>;

/** The tools of a server, within bounds. */
export function toolList(
  tools: readonly object[],
  { maxTools, server, instructions }: {
    readonly maxTools: number;
    readonly server: string;
    readonly instructions: string | undefined;
  },
): ToolList {
  const kept: Tool[] = [];
  const unusable: string[] = [];
  let omitted = 0;
  for (const each of tools as readonly Fields[]) {
    const fault = faultOf(each);
    if (fault !== undefined && unusable.length < maxNamed) unusable.push(`${nameOf(each)} (${fault})`);
    else if (fault !== undefined || kept.length === maxTools) omitted++;
    else kept.push(toolOf(each));
  }
  return {
    server,
    ...(instructions ? { instructions: boundedText(instructions, maxTextCharacters) } : {}),
    tools: kept,
    ...(unusable.length > 0 ? { unusable } : {}),
    ...(omitted > 0 ? { omitted } : {}),
  };
}

/**
 * The result of a request for tools, with each tool in a form that the library reads. Without this, one tool that does
 * not follow the protocol makes the library refuse the whole list.
 */
export function readableTools(result: Fields, version: string): Fields {
  const { tools } = result;
  return Array.isArray(tools)
    ? { ...result, tools: tools.map((each) => readableTool(each, version)) }
    : result;
}

function readableTool(tool: unknown, version: string): Fields {
  const fields = fieldsOf(tool);
  if (!fields) return marked("?", "it is no object");
  const { name, inputSchema, outputSchema, _meta } = fields;
  if (typeof name !== "string") return marked("?", "it has no name");
  const schema = inputSchema === undefined ? { type: "object" } : fieldsOf(inputSchema);
  if (!schema) return marked(name, "its inputSchema is no object");
  const { type = "object", properties, required } = schema;
  if (type !== "object") return marked(name, "the type of its inputSchema is not object");
  if (properties !== undefined && !fieldsOf(properties)) {
    return marked(name, "the properties of its inputSchema are no object");
  }
  if (required !== undefined && !isTextList(required)) {
    return marked(name, "the required properties of its inputSchema are no list of names");
  }
  return {
    name,
    ...textAt(fields, "title"),
    ...textAt(fields, "description"),
    inputSchema: { ...withoutOddDialect(schema), type },
    ...readableOutput(fieldsOf(outputSchema), version),
    annotations: hintsOf(fieldsOf(fields["annotations"]) ?? {}),
    execution: executionOf(fieldsOf(fields["execution"]) ?? {}),
    ...(fieldsOf(_meta) ? { _meta } : {}),
  };
}

/** Before 2026, a structured result is an object. */
function readableOutput(schema: Fields | undefined, version: string): Fields {
  if (!schema) return {};
  const { type, properties = {}, required = [] } = schema;
  const isForObject = type === "object" && fieldsOf(properties) !== undefined && isTextList(required);
  return isForObject || version >= "2026" ? { outputSchema: withoutOddDialect(schema) } : {};
}

function withoutOddDialect({ $schema, ...schema }: Fields): Fields {
  return typeof $schema === "string" ? { $schema, ...schema } : schema;
}

function marked(name: string, fault: string): Fields {
  return { name, inputSchema: { type: "object" }, _meta: { [faultKey]: fault } };
}

function hintsOf(annotations: Fields): Fields {
  return Object.fromEntries(Object.entries(annotations).filter(([, value]) => typeof value === "boolean"));
}

function executionOf({ taskSupport }: Fields): Fields {
  return taskSupport === "optional" || taskSupport === "required" ? { taskSupport } : {};
}

function textAt(fields: Fields, key: string): Fields {
  return typeof fields[key] === "string" ? { [key]: fields[key] } : {};
}

function isTextList(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === "string");
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Fields : undefined;
}

/** Why a tool cannot be used, as a phrase; `undefined` if it can. */
function faultOf(tool: Fields): string | undefined {
  const fault = fieldsOf(tool["_meta"])?.[faultKey];
  if (typeof fault === "string") return boundedText(fault, 200);
  if (String(tool["name"]).length > maxNameCharacters) {
    return `its name has more than ${maxNameCharacters} characters`;
  }
  const size = JSON.stringify([tool["inputSchema"], tool["outputSchema"]]).length;
  return size > maxSchemaCharacters
    ? `its schemas have more than ${maxSchemaCharacters} characters`
    : undefined;
}

function nameOf({ name }: Fields): string {
  return boundedText(String(name), maxNameCharacters);
}

function toolOf(tool: Fields): Tool {
  const { name, description, inputSchema, outputSchema } = tool;
  const annotations = fieldsOf(tool["annotations"]) ?? {};
  const { taskSupport } = fieldsOf(tool["execution"]) ?? {};
  return {
    name: String(name),
    ...(typeof description === "string" ? { description: boundedText(description, maxTextCharacters) } : {}),
    input: plain(inputSchema),
    ...(fieldsOf(outputSchema) ? { output: plain(outputSchema) } : {}),
    ...(annotations["readOnlyHint"] === true ? { readOnly: true as const } : {}),
    ...(annotations["idempotentHint"] === true ? { idempotent: true as const } : {}),
    ...(taskSupport === "optional" || taskSupport === "required" ? { task: taskSupport } : {}),
  };
}

function plain(schema: unknown): JsonObject {
  return JSON.parse(JSON.stringify(schema ?? { type: "object" })) as Json as JsonObject;
}
