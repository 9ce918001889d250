import { parse } from "acorn";
import { tokenBound } from "../../sandbox/host/code_bounds.ts";
import { callableFunctions, namesOf } from "../builtins/table.ts";

/** The code of a model's answer, or a fault for the next prompt. */
export type Answer =
  | { readonly ok: true; readonly code: string }
  | { readonly ok: false; readonly fault: string };

/** Why a completion ended, as the provider reports it. */
type Finish = "stop" | "length" | "filter" | "other";

/**
 * Reads the JavaScript of a completion. It depends on the text alone, so a replay reads the same.
 *
 * The text in fences is the code; several fences are joined, and prose around them is ignored. Without a fence, the whole
 * text is the code if it parses, or else the longest run of its lines that parses. A tool call written as JSON becomes the
 * call that it means.
 */
export function readAnswer(completion: string, finish: Finish): Answer {
  const text = completion.trim();
  if (finish === "length") {
    return {
      ok: false,
      fault: `The answer was cut off after ${completion.length} characters, and nothing of it was run. ` +
        "Answer with the code of fewer steps",
    };
  }
  if (text === "") return { ok: false, fault: "The answer was empty. Answer with the code of the next step" };
  if (finish === "filter") {
    return { ok: false, fault: "The provider's filter stopped the answer; nothing of it was run" };
  }
  const fenced = fencedCode(completion);
  if (fenced !== undefined) {
    return { ok: true, code: toolCalls(fenced) ?? fenced };
  }
  const calls = toolCalls(text);
  if (calls !== undefined) return { ok: true, code: calls };
  if (parses(completion)) return { ok: true, code: completion };
  const callsWithin = toolCalls(withoutProse(text));
  if (callsWithin !== undefined) return { ok: true, code: callsWithin };
  const inside = longestCode(completion);
  if (inside !== undefined) return { ok: true, code: inside };
  if (looksLikeCode(text)) return { ok: true, code: completion };
  return {
    ok: false,
    fault: `The answer was not JavaScript, and nobody has seen it: ${JSON.stringify(shorten(text))}. ` +
      "What a person is to read goes into Say; if you cannot do what is asked, Say so and Return",
  };
}

/** The code in the fences of an answer; `undefined` if there is none. An open fence ends with the answer. */
function fencedCode(completion: string): string | undefined {
  const blocks: string[] = [];
  let open: { readonly fence: string; readonly runs: boolean; readonly lines: string[] } | undefined;
  for (const line of completion.split("\n")) {
    const fence = /^(`{3,}|~{3,})\s*([\w+-]*)$/.exec(line.trim());
    if (open && fence && fence[2] === "" && fence[1]!.startsWith(open.fence)) {
      if (open.runs) blocks.push(open.lines.join("\n"));
      open = undefined;
    } else if (open) {
      open.lines.push(line);
    } else if (fence) {
      open = { fence: fence[1]!, lines: [], runs: languages.has(fence[2]!.toLowerCase()) };
    }
  }
  if (open?.runs) blocks.push(open.lines.join("\n"));
  return blocks.length > 0 && blocks.some((block) => block.trim() !== "") ? blocks.join("\n") : undefined;
}

/** Fence languages whose blocks are code to run; others (`md`, `text`) are prose. */
const languages: ReadonlySet<string> = new Set([
  "",
  "js",
  "javascript",
  "ts",
  "typescript",
  "mjs",
  "jsx",
  "json",
  "tool_code",
  "tool_call",
]);

function parses(code: string): boolean {
  try {
    parse(code, {
      ecmaVersion: "latest",
      sourceType: "script",
      allowAwaitOutsideFunction: true,
      allowReturnOutsideFunction: true,
      onToken: tokenBound(),
    });
    return true;
  } catch {
    return false;
  }
}

/** Lines of prose to leave out at each end: prose around code is short. */
const maxProseLines = 12;
/** Bound on the characters that are parsed to find the code in an answer. */
const maxTriedCharacters = 4_000_000;

/** The longest run of whole lines that is code with a call in it. Blank lines before it keep the line numbers. */
function longestCode(completion: string): string | undefined {
  const lines = completion.split("\n");
  const last = Math.min(maxProseLines, lines.length - 1);
  let tried = 0;
  for (let dropped = 1; dropped <= 2 * last; dropped++) {
    for (let before = Math.max(0, dropped - last); before <= Math.min(dropped, last); before++) {
      const end = lines.length - (dropped - before);
      if (![...lines.slice(0, before), ...lines.slice(end)].every(isProse)) continue;
      const code = lines.slice(before, end).join("\n").trimEnd();
      tried += code.length;
      if (tried > maxTriedCharacters) return undefined;
      if (/\w\s*\(/.test(code) && !isSentence(code) && parses(code)) return "\n".repeat(before) + code;
    }
  }
  return undefined;
}

/** Whether a line is words and nothing in it looks like a statement. */
function isProse(line: string): boolean {
  return !/[{}=;]|^\s*\W?\)/.test(line) && !looksLikeCode(line);
}

/** Whether a text is one line of words that happens to parse. */
function isSentence(code: string): boolean {
  return !/[;={}]|^[^\S\n]*(await|self\.|[A-Z]\w*\()/m.test(code);
}

/** Whether a text is code with a mistake. Then the engine reports the mistake; it is not prose. */
function looksLikeCode(text: string): boolean {
  return codeStart.test(text);
}

const codeStart = new RegExp(
  `^[^\\S\\n]*(await|const|let|var|if|for|while|function|async|try|return|${
    callableFunctions.filter((row) => !row.isUndeclared).map((row) => row.name).join("|")
  }|self\\.|state\\.)\\b`,
  "m",
);

/** The calls that `{"name": "Say", "arguments": {…}}` means. Some models write tool calls so. */
function toolCalls(text: string): string | undefined {
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

/** A text without the lines of prose at its ends. */
function withoutProse(text: string): string {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => !isProse(line));
  return first < 0 ? "" : lines.slice(first, lines.findLastIndex((line) => !isProse(line)) + 1).join("\n");
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
  if (typeof name !== "string" || !/^(self\.)?[A-Za-z_$][\w$]*$/.test(name)) return undefined;
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

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
