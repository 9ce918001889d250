import { callableFunctions, namesOf } from "../builtins/table.ts";

/** The calls that `{"name": "Say", "arguments": {…}}` means. Some models write tool calls so. */
export function toolCalls(text: string): string | undefined {
  const tagged = [...text.matchAll(/<(tool_call|function_call)>([^]*?)(?:<\/\1>|$)/g)].map((match) =>
    match[2]!
  );
  const bodies = tagged.length > 0 ? tagged : [text.replace(/^\s*(<\|python_tag\|>|\[TOOL_CALLS\])/, "")];
  const calls = bodies.flatMap((body) => jsonValues(body) ?? [undefined]).flat().map(callCode);
  return calls.length > 0 && calls.every((call) => call !== undefined) ? calls.join("\n") : undefined;
}

/** The objects and lists of a text that has nothing else. Each begins on its own line. */
function jsonValues(text: string): unknown[] | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  const values: unknown[] = [];
  let start = 0;
  for (const end of valueEnds(text)) {
    const part = text.slice(start, end).trim();
    start = end;
    try {
      if (part !== "") values.push(JSON.parse(part));
    } catch {
      return undefined;
    }
  }
  return text.slice(start).trim() === "" ? values : undefined;
}

/** Ends of lines, and of the text, where no bracket or string of JSON is open. */
function* valueEnds(text: string): Iterable<number> {
  let depth = 0;
  for (const { 0: sign, index } of text.matchAll(/"(?:[^"\\\n]|\\.)*"|[{}[\]\n]/g)) {
    if (sign === "{" || sign === "[") depth++;
    else if (sign === "}" || sign === "]") depth--;
    else if (sign === "\n" && depth === 0) yield index + 1;
  }
  if (depth === 0) yield text.length;
}

function callCode(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const record = value as Record<string, unknown>;
  const inner = record["function"];
  if (typeof inner === "object" && inner !== null) return callCode(inner);
  const name = record["name"] ?? record["tool"];
  let args = record["arguments"] ?? record["parameters"] ?? record["args"] ?? record["input"] ?? {};
  if (typeof args === "string") {
    try {
      args = JSON.parse(args);
    } catch {
      return undefined;
    }
  }
  if (typeof name !== "string" || !/^(self\.)?[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name)) {
    return undefined;
  }
  if (Array.isArray(args)) return `await ${name}(${args.map((arg) => JSON.stringify(arg)).join(", ")});`;
  if (typeof args !== "object" || args === null) return undefined;
  const named = args as Record<string, unknown>;
  if (typeof named["code"] === "string" && Object.keys(named).length === 1) return named["code"];
  const positions = parametersByName.get(name.replace(/^self\./, ""));
  if (!positions) {
    return Object.keys(named).length === 0 ? `await ${name}();` : `await ${name}(${JSON.stringify(named)});`;
  }
  const list = positions.map((keys) => keys.map((key) => named[key]).find((each) => each !== undefined));
  while (list.length > 0 && list.at(-1) === undefined) list.pop();
  return `await ${name}(${list.map((each) => JSON.stringify(each) ?? "undefined").join(", ")});`;
}

/** Parameters of builtins by position, each with the names that models use for it. */
const parametersByName: ReadonlyMap<string, readonly (readonly string[])[]> = new Map(
  callableFunctions.flatMap((row) => {
    const parameters = row.parameters.map(({ name, alsoNamed = [] }) => [name, ...alsoNamed]);
    return namesOf(row).map((name) => [name, parameters] as const);
  }),
);
