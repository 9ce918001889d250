import { namePattern } from "../../language/variable_names.ts";
import { type Encoded, plainText } from "../../sandbox/mod.ts";
import type { Frame, State } from "../fold/state.ts";
import { isWithin, type WrittenPlaces, WrittenTexts } from "./written_texts.ts";

// Words that code says, sends or returns: `{$x}` in them becomes the variable's value, and words made of a missing value
// are refused.

/** The data by which words are checked. */
interface WordContext {
  readonly state: State;
  readonly frame: Frame;
  /** The agent's variables as the code sees them. */
  readonly variables: Readonly<Record<string, Encoded>>;
}

/** Words to say, or the reason why they cannot be said. */
type CheckedWords =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly name: string; readonly message: string };

/** The text of a value that code says. */
export function checkedWords(value: Encoded | undefined, context: WordContext): CheckedWords {
  const missing = missingWord(value);
  if (missing !== undefined) return refused(`the text is ${missing}, and nothing was said`);
  const filled = filledText(plainText(value!), context);
  if (!filled.ok) return filled;
  const token = isByModel(context.frame) ? strayToken(filled.text, context) : undefined;
  if (token === undefined) return filled;
  const shown = JSON.stringify(
    filled.text.length > 120 ? `${filled.text.slice(0, 119).toWellFormed()}…` : filled.text,
  );
  return refused(`the text has "${token}" in it, from a value that is missing; nothing was said: ${shown}`);
}

function refused(message: string, name = "TypeError"): CheckedWords {
  return { ok: false, name, message };
}

/** Whether a model wrote the code of the frame's turn. Code of a program says what it says. */
function isByModel({ running }: Frame): boolean {
  return running?.kind === "turn" && (running.reading ?? 1) >= 2;
}

/** Names a value that gives no words. */
function missingWord(value: Encoded | undefined): string | undefined {
  if (value === undefined) return "undefined";
  if (value === null) return "null";
  if (typeof value !== "object" || Array.isArray(value)) return undefined;
  const { $type, value: inner } = value as { readonly $type?: Encoded; readonly value?: Encoded };
  if ($type === "undefined") return "undefined";
  return $type === "number" && inner === "NaN" ? "NaN" : undefined;
}

const tokens = /\[object [A-Z]\w*\]|(?<![\w$.])(?:undefined|NaN)(?![\w$])/g;

/** A word such as `undefined` that nobody wrote: neither the answer as words, nor any value that the code could read. */
function strayToken(text: string, { state, frame, variables }: WordContext): string | undefined {
  // `typeof x` gives the word itself.
  const found = [...new Set(text.match(tokens) ?? [])];
  if (found.length === 0 || /\btypeof\b/.test(frame.running!.text)) return undefined;
  const { running, transcript } = frame;
  const values = readableValues({ state, frame, variables })
    .replaceAll('{"$type":"undefined"}', "").replaceAll('"value":"NaN"', "");
  const read = transcript.filter(({ role }) => role === "user").map((message) => message.text).join("\n");
  const written = textsIn(running!.text);
  return found.find((token) =>
    !values.includes(token) && !written.includes(token) && !read.includes(`"${token}`)
  );
}

/** All values that the code of a frame could read, as one JSON text. */
function readableValues(context: WordContext): string {
  return JSON.stringify([context.variables, ...givenValues(context)]);
}

/** The values that the code of a frame was given: its own texts are not among them. */
function givenValues({ state, frame: { agent, args, locals, running } }: WordContext): readonly unknown[] {
  return [
    args,
    locals,
    running!.history.slice(0).map(({ outcome }) => outcome),
    state.agents[agent]?.heard ?? [],
  ];
}

/**
 * Tells words that came with a value from those that the answer wrote. Values and answers may be long, and words may have
 * thousands of such parts, so each is read once.
 */
class DataParts {
  readonly #context: WordContext;
  #sources: { readonly given: string; readonly all: string; readonly written: WrittenTexts } | undefined;
  #words = "";
  readonly #known = new Map<string, { readonly isReadable: boolean; readonly places: WrittenPlaces }>();

  constructor(context: WordContext) {
    this.#context = context;
  }

  /** Whether a part of words came with a value, such as the words of a person: then it is data, and stays as it is. */
  has(part: string, { words, start }: { readonly words: string; readonly start: number }): boolean {
    const { isReadable, places } = this.#of(part, words);
    if (!isReadable || places === "everywhere") return false;
    if (places === "nowhere") return true;
    // The code may have changed its own text, and kept it in a variable.
    if (places === "changed") return this.#sources!.given.includes(part);
    return !isWithin(places, { from: start, to: start + part.length });
  }

  #of(part: string, words: string) {
    if (words !== this.#words) this.#known.clear();
    this.#words = words;
    const known = this.#known.get(part);
    if (known) return known;
    const { all, written } = this.#sources ??= {
      given: JSON.stringify(givenValues(this.#context)).replaceAll("\\", ""),
      all: readableValues(this.#context).replaceAll("\\", ""),
      written: new WrittenTexts(this.#context.frame.running!.text),
    };
    const isReadable = all.includes(part);
    const found = { isReadable, places: isReadable ? written.placesIn(words, part) : "everywhere" } as const;
    this.#known.set(part, found);
    return found;
  }
}

/** The strings and templates of code, roughly: what stands between quotes on a line. */
function textsIn(code: string): string {
  return [...code.matchAll(/"[^"\n]*"|'[^'\n]*'|`[^`]*`/g)].map(([text]) => text).join("\n")
    .replace(/\$\{[^}]*\}/g, "");
}

const inBraces = String
  .raw`\{?\{\s*\$(${namePattern})((?:\.${namePattern}|\[\s*(?:-?\d+|"[^"\n]*"|'[^'\n]*')\s*\])*)\s*\}\}?`;
/** `{$x}` with a path, or `$x` alone. */
const variables = new RegExp(String.raw`${inBraces}|(?<![\p{L}\p{N}_$\\])\$(${namePattern})`, "gu");
const onlyInBraces = new RegExp(`^${inBraces}$`, "u");

/** Text in one pair of braces. */
const braced = /\{([^{}\n]{1,300})\}/g;
const variableIn = new RegExp(String.raw`\$(${namePattern})`, "u");
/** Computations with a variable: a call, an operator or an item, a format. JSON and prose are none. */
const computations = [
  /^\s*[\p{L}_][\p{L}\p{N}_.]*\([^"]*$/u,
  /^[^:]*\$[^:]*(?:[-+*/%<>[]|\b(?:if|or|and|not|in|is)\b)/,
  /^\s*\$[^\s:]+\s*:[^"]{1,12}$/,
];

/**
 * Replaces `{$x}`, `{$x.y}` and `{$x[0]}` by the variable's value if the answer wrote them: programs promise that, and
 * models copy it from the steps. `$x` alone is replaced if the program has that variable too. An unknown `{$x}` is an
 * error.
 */
function filledText(text: string, context: WordContext, data = new DataParts(context)): CheckedWords {
  if (!text.includes("$") || !isByModel(context.frame)) return { ok: true, text };
  const { running, transcript } = context.frame;
  // Words may have thousands of variables.
  const writes = memoized((name) => running!.text.includes(`$${name}`));
  const steps = transcript.find(({ role }) => role === "user")?.text ?? "";
  const isOfSteps = memoized((name) => new RegExp(String.raw`\$${name}(?![\p{L}\p{N}_])`, "u").test(steps));
  let fault = computedWords(text, context, data);
  const filled = text.replace(
    variables,
    (all, name: string | undefined, path: string, bare: string, start: number) => {
      if (!writes(name ?? bare) || data.has(all, { words: text, start })) return all;
      const value = name === undefined ? variableOf(bare, context) : fieldOf(variableOf(name, context), path);
      if (name === undefined) {
        return ["string", "number", "boolean"].includes(typeof value) && isOfSteps(bare)
          ? plainText(value!)
          : all;
      }
      const missing = missingWord(value);
      if (missing === undefined) return plainText(value!);
      fault ??= refused(unknownVariable(all, name, missing, context), "ReferenceError");
      return all;
    },
  );
  return fault ?? { ok: true, text: filled };
}

/** The report on a computation in braces, such as `{len($items)}`, that the answer wrote: only variables are replaced. */
function computedWords(text: string, context: WordContext, data: DataParts): CheckedWords | undefined {
  const isWritten = memoized((part) => context.frame.running!.text.includes(part));
  for (const { 0: all, 1: content = "", index: start } of text.matchAll(braced)) {
    const name = variableIn.exec(content)?.[1];
    if (name === undefined || onlyInBraces.test(all) || !computations.some((form) => form.test(content))) {
      continue;
    }
    if (!isWritten(all) || missingWord(variableOf(name, context)) !== undefined) continue;
    if (data.has(all, { words: text, start })) continue;
    return refused(
      `${all} in words is not computed: words can have {$${name}}, {$${name}.field} and {$${name}[0]}. ` +
        "Compute the value in code, and write it: `…${value}…`",
    );
  }
  return undefined;
}

function memoized<Value>(make: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>();
  return (text) => {
    if (!known.has(text)) known.set(text, make(text));
    return known.get(text)!;
  };
}

function unknownVariable(written: string, name: string, missing: string, { variables }: WordContext): string {
  const names = Object.keys(variables);
  const known = names.length === 0
    ? "there are no variables yet"
    : `there are: ${names.slice(0, 30).join(", ")}`;
  return `${written} in words stands for the variable ${name}, which is ${missing}; ${known}. ` +
    "Write the value itself: `…${value}…`";
}

/** A variable as the frame's code sees it, or an argument of the frame. */
function variableOf(name: string, { frame, variables }: WordContext): Encoded | undefined {
  if (Object.hasOwn(variables, name)) return variables[name];
  return Object.hasOwn(frame.args, name) ? frame.args[name] : undefined;
}

function fieldOf(value: Encoded | undefined, path: string): Encoded | undefined {
  let field = value;
  for (const [, name, index, quoted] of path.matchAll(/\.([^.[]+)|\[\s*(?:(-?\d+)|["'](.*?)["'])\s*\]/g)) {
    field = index === undefined ? memberOf(field, name ?? quoted ?? "") : itemOf(field, Number(index));
  }
  return field;
}

function memberOf(value: Encoded | undefined, key: string): Encoded | undefined {
  const text = artifactText(value) ?? value;
  if (key === "length" && (typeof text === "string" || Array.isArray(text))) return text.length;
  const isRecord = typeof value === "object" && value !== null && !Array.isArray(value);
  return isRecord && Object.hasOwn(value as object, key)
    ? (value as { readonly [key: string]: Encoded })[key]
    : undefined;
}

function itemOf(value: Encoded | undefined, index: number): Encoded | undefined {
  const list = artifactText(value) ?? value;
  if (typeof list === "string") return Array.from(list).at(index);
  return Array.isArray(list) ? (list as readonly Encoded[]).at(index) : undefined;
}

/** The text of an artifact; `undefined` for another value. */
export function artifactText(value: Encoded | undefined): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const { $type, content } = value as { readonly [key: string]: Encoded };
  return $type === "artifact" ? String(content) : undefined;
}

/** A value to return, with its texts filled in; see `filledText`. */
export function filledValue(
  value: Encoded,
  context: WordContext,
): { readonly ok: true; readonly value: Encoded } | Extract<CheckedWords, { ok: false }> {
  if (!JSON.stringify(value).includes("$")) return { ok: true, value };
  let fault: Extract<CheckedWords, { ok: false }> | undefined;
  const data = new DataParts(context);
  const filled = fill(value);
  return fault ?? { ok: true, value: filled };

  function fill(each: Encoded): Encoded {
    if (typeof each === "string") {
      const words = filledText(each, context, data);
      if (words.ok) return words.text;
      fault ??= words;
      return each;
    }
    if (typeof each !== "object" || each === null) return each;
    if (Array.isArray(each)) return (each as readonly Encoded[]).map(fill);
    return Object.fromEntries(
      Object.entries(each).map(([key, item]) => [key, key === "$type" ? item : fill(item)]),
    );
  }
}
