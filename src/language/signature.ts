import { parseExpressionAt } from "acorn";
import { isIdentifierName, literalValue } from "./expression.ts";
import type { Parameter, Playbook } from "./program.ts";

/** The parts of a heading. `faults` are mistakes in its parameters, with their positions in the heading. */
interface Heading {
  readonly title: string;
  readonly parameters: readonly Parameter[];
  readonly faults: readonly { readonly message: string; readonly index: number; readonly length: number }[];
}

/** Reads `Get tax rate($gross_income, $year: int = 2026) -> float`. Ignores the return type. */
export function parseHeading(heading: string): Heading {
  const open = heading.indexOf("(");
  const form = withoutReturnType(heading);
  if (open < 0 || !form.endsWith(")") || form.length - 1 < open) {
    return { title: heading.split("->", 1)[0]!.trim(), parameters: [], faults: [] };
  }
  const faults: { message: string; index: number; length: number }[] = [];
  const parameters: Parameter[] = [];
  for (const piece of splitAtCommas(form.slice(open + 1, -1))) {
    const text = piece.text.trim();
    if (text === "" || text === "*" || text === "/") continue;
    const index = open + 1 + piece.index + piece.text.indexOf(text);
    const read = parseParameter(text);
    if (typeof read === "string") faults.push({ message: read, index, length: text.length });
    else if (parameters.some((parameter) => parameter.name === read.name)) {
      faults.push({ message: `Two parameters are called "${read.name}"`, index, length: text.length });
    } else parameters.push(read);
  }
  return { title: heading.slice(0, open).trim(), parameters, faults };
}

/** The heading up to the first `->` that follows a closing parenthesis. */
function withoutReturnType(heading: string): string {
  for (let at = heading.indexOf("->"); at >= 0; at = heading.indexOf("->", at + 2)) {
    let end = at;
    while (/\s/.test(heading.charAt(end - 1))) end--;
    if (heading.charAt(end - 1) === ")") return heading.slice(0, end);
  }
  return heading.trimEnd();
}

/** Writes a playbook with its parameters: `Main($x, $y: int = 3)`. */
export function signature(playbook: Pick<Playbook, "name" | "parameters">): string {
  return `${playbook.name}(${playbook.parameters.map(formatParameter).join(", ")})`;
}

/** Formats a parameter so that {@linkcode parseHeading} reads the same parameter. */
export function formatParameter(parameter: Parameter): string {
  const literal = "default" in parameter ? JSON.stringify(parameter.default) : undefined;
  const mark = parameter.optional && literal === undefined && parameter.rest !== true ? "?" : "";
  return [
    parameter.rest === true ? "..." : "",
    parameter.state ? "$" : "",
    parameter.name,
    mark,
    parameter.type === undefined ? "" : `: ${parameter.type}`,
    literal === undefined ? "" : ` = ${literal}`,
  ].join("");
}

const parameterForm = /^(\.\.\.|\*\*|\*)?\s*(\$?)([A-Za-z_]\w*)\s*(\?)?\s*(?::([^=]*))?(?:=([^]*))?$/;

function parseParameter(text: string): Parameter | string {
  const match = parameterForm.exec(text);
  if (match === null) {
    return `Cannot read the parameter "${text}": write it as $name, $name = 3 or $name: str`;
  }
  const [, rest, dollar, name, mark, type, literal] = match;
  if (!isIdentifierName(name!)) return `"${name}" cannot be a parameter: it is a word of JavaScript`;
  const value = literal === undefined ? undefined : parseLiteral(literal);
  if (literal !== undefined && value === undefined) {
    return `The default of "${name}" must be a number, a text, true, false, null, a list or a map`;
  }
  return {
    name: name!,
    state: dollar === "$",
    ...(type === undefined || type.trim() === "" ? {} : { type: type.trim() }),
    ...(value === undefined ? {} : { default: value.value }),
    optional: value !== undefined || mark === "?" || rest !== undefined,
    ...(rest === undefined ? {} : { rest: true }),
  };
}

function parseLiteral(text: string): { readonly value: unknown } | undefined {
  const source = text.trim().replace(
    /^(?:True|False|None)$/,
    (word) => ({ True: "true", False: "false", None: "null" })[word]!,
  );
  try {
    const node = parseExpressionAt(source, 0, { ecmaVersion: "latest" });
    return node.end === source.length ? literalValue(node) : undefined;
  } catch {
    return undefined;
  }
}

/** Splits at commas outside of brackets and quotes. */
function splitAtCommas(text: string): { readonly text: string; readonly index: number }[] {
  const pieces: { text: string; index: number }[] = [];
  let depth = 0;
  let quote = "";
  let start = 0;
  for (let index = 0; index <= text.length; index++) {
    const character = text.charAt(index);
    if (index === text.length || (character === "," && depth === 0 && quote === "")) {
      pieces.push({ text: text.slice(start, index), index: start });
      start = index + 1;
    } else if (quote !== "") {
      if (character === "\\") index++;
      else if (character === quote) quote = "";
    } else if (character === '"' || character === "'") quote = character;
    else if ("([{".includes(character)) depth++;
    else if (")]}".includes(character)) depth--;
  }
  return pieces;
}
