import { parseExpressionAt } from "acorn";
import { isIdentifierName, literalValue } from "./expression.ts";
import type { Parameter, Playbook } from "./program.ts";

/** The parts of a heading. `faults` are mistakes in its parameters, with their positions in the heading. */
interface Heading {
  /** The heading without its signature. */
  readonly title: string;
  /** The title without a remark in brackets at its end: `Refund` for `Refund (only for members)`. */
  readonly shortTitle: string;
  readonly parameters: readonly Parameter[];
  readonly faults: readonly { readonly message: string; readonly index: number; readonly length: number }[];
}

/** Whether the playbook's own text uses a word as a variable, as `$word`. */
type Mentions = (word: string) => boolean;

/**
 * Reads `Get tax rate($gross_income, $year: int = 2026) -> float`. Ignores the return type.
 *
 * Brackets at the end are a signature only if they are empty, or their parts look like parameters. Other brackets are part
 * of the title. `mentions` decides for plain words behind a space, as in `Deploy (staging, prod)`.
 */
export function parseHeading(heading: string, mentions: Mentions = () => false): Heading {
  const form = withoutReturnType(heading);
  const last = lastBrackets(form);
  if (last === undefined) return titled(heading.split("->", 1)[0]!.trim());
  const read = readParameters(form, last, mentions);
  if (read !== undefined) return { ...titled(form.slice(0, last.open).trim()), ...read };
  // A remark may follow the signature: `Refund($order) (only for members)`.
  const before = form.slice(0, last.open).trimEnd();
  const inner = lastBrackets(before);
  const signature = inner === undefined ? undefined : readParameters(before, inner, mentions);
  if (signature === undefined) return titled(heading.trim());
  return {
    ...titled(`${before.slice(0, inner!.open).trim()} ${form.slice(last.open).trim()}`),
    ...signature,
  };
}

function titled(title: string): Heading {
  const open = lastBrackets(title)?.open ?? title.length;
  return { title, shortTitle: title.slice(0, open).trim() || title, parameters: [], faults: [] };
}

/** The brackets at the end of a text, which may be full-width ones. */
function lastBrackets(text: string): { readonly open: number; readonly close: number } | undefined {
  const close = text.length - 1;
  if (!/[)）]$/.test(text)) return undefined;
  let depth = 0;
  let quote = "";
  const opens: number[] = [];
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (quote !== "") {
      if (character === "\\") index++;
      else if (character === quote) quote = "";
    } else if (depth > 0 && (character === '"' || character === "'")) quote = character;
    else if (/[(（]/.test(character)) opens[depth++] = index;
    else if (/[)）]/.test(character) && depth > 0 && --depth === 0 && index === close) {
      return { open: opens[0]!, close };
    }
  }
  return undefined;
}

/** The parameters between brackets; `undefined` if the brackets are prose. */
function readParameters(
  form: string,
  { open, close }: { readonly open: number; readonly close: number },
  mentions: Mentions,
): Pick<Heading, "parameters" | "faults"> | undefined {
  const pieces = splitAtCommas(form.slice(open + 1, close)).map(({ text, index }) => {
    const trimmed = text.trim();
    return { text: trimmed, index: open + 1 + index + text.indexOf(trimmed) };
  }).filter(({ text }) => text !== "" && text !== "*" && text !== "/");
  const isApart = /\s$/.test(form.slice(0, open));
  const isSignature = form.charAt(open) === "(" && form.charAt(open - 1) !== "]" &&
    (pieces.length === 0 || pieces.some(({ text }) => isMarked(text)) ||
      pieces.every(({ text }) => isApart ? isNamedApart(text, mentions) : isPlainParameter(text)));
  if (!isSignature) return undefined;
  const faults: { message: string; index: number; length: number }[] = [];
  const parameters: Parameter[] = [];
  for (const { text, index } of pieces) {
    const read = parseParameter(text);
    if (typeof read === "string") faults.push({ message: read, index, length: text.length });
    else if (parameters.some((parameter) => parameter.name === read.name)) {
      faults.push({ message: `Two parameters are called "${read.name}"`, index, length: text.length });
    } else parameters.push(read);
  }
  return { parameters, faults };
}

/** Whether a part can only be a parameter: `$name`, `*names`, `name?`, `name = 3`, `name: str`. */
function isMarked(text: string): boolean {
  if (/^(?:\.\.\.|\*{1,2})?\s*\$[\p{L}_]/u.test(text) || /^(?:\.\.\.|\*{1,2})[\p{L}_]/u.test(text)) {
    return true;
  }
  const match = parameterForm.exec(text);
  if (match === null) return false;
  const [, , , , mark, type, literal] = match;
  return mark !== undefined || literal !== undefined || (type !== undefined && typeForm.test(type.trim()));
}

function isPlainParameter(text: string): boolean {
  return /^[\p{L}_][\p{L}\p{M}\p{N}_]*(?:\s*:\s*[\p{L}_][\w.]*)?$/u.test(text);
}

/** Behind a space, a plain word is a parameter if it is written as in code (`user_id`), or the text uses it as one. */
function isNamedApart(text: string, mentions: Mentions): boolean {
  return isPlainParameter(text) && (/^[^:]*(?:_|\p{Ll}\p{Lu})/u.test(text) || mentions(text));
}

/** Names of types that people write for a parameter. Other words behind a colon are prose, as in `(cached: today)`. */
const typeForm =
  /^(?:str|string|text|int|integer|float|number|bool|boolean|list|array|dict|object|map|set|tuple|any|null|none|date|datetime|artifact|file|bytes|json|optional|union|literal|record)\b[^]*$|^[\w.]+(?:\[[^]*\]|<[^]*>)$|^[\w.]+(?:\s*\|\s*[\w.]+)+$|^["'][^]*$/i;

/** The heading up to the first `->` that follows a closing parenthesis. */
function withoutReturnType(heading: string): string {
  for (let at = heading.indexOf("->"); at >= 0; at = heading.indexOf("->", at + 2)) {
    let end = at;
    while (/\s/.test(heading.charAt(end - 1))) end--;
    if (heading.charAt(end - 1) === ")") return heading.slice(0, end);
  }
  return heading.trimEnd();
}

/** A playbook with the names of its parameters: `Main(x, y)`. */
export function callForm({ name, parameters }: Pick<Playbook, "name" | "parameters">): string {
  return `${name}(${parameters.map((parameter) => parameter.name).join(", ")})`;
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

const parameterForm =
  /^(\.\.\.|\*\*|\*)?\s*(\$?)([\p{L}_][\p{L}\p{M}\p{N}_]*)\s*(\?)?\s*(?::([^=]*))?(?:=([^]*))?$/u;

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
    name: name!.normalize("NFC"),
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
