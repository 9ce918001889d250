import { binding, type Code, code, isNumber, type Kind, operand } from "./code.ts";
import type { Translator } from "./context.ts";
import type { PyNode } from "./python_tree.ts";

/** The value of a Python string without replacements. Throws `Untranslatable` for bytes. */
export function stringValue(node: PyNode, tr: Translator): string {
  const { prefix, body } = partsOf(node.text);
  if (/b/i.test(prefix)) tr.context.fail(node, "bytes have no counterpart here");
  return /r/i.test(prefix) ? body : decoded(body);
}

function partsOf(text: string): { readonly prefix: string; readonly quote: string; readonly body: string } {
  const [, prefix = "", quote = ""] = /^([a-zA-Z]*)("""|'''|"|')/.exec(text) ?? [];
  return { prefix, quote, body: text.slice(prefix.length + quote.length, text.length - quote.length) };
}

const escapes: Readonly<Record<string, string>> = {
  "\n": "",
  "\\": "\\",
  "'": "'",
  '"': '"',
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

function decoded(body: string): string {
  return body.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([^]))/g,
    (whole, x: string, u: string, long: string, octal: string, other: string) => {
      const digits = x ?? u ?? long;
      if (digits !== undefined) return String.fromCodePoint(parseInt(digits, 16));
      if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8));
      return escapes[other] ?? whole;
    },
  );
}

/** A JavaScript literal for a text: a template where it has several lines. */
function literalOfText(value: string): string {
  const isBlock = /\n[^]*\n|\n[^\n]{20}/.test(value);
  return isBlock ? `\`${inTemplate(value)}\`` : JSON.stringify(value);
}

function inTemplate(value: string): string {
  return value.replace(/[\\`]|\$(?=\{)/g, "\\$&").replaceAll("\r", "\\r");
}

/** Translates `"…"`, `f"…"`, and several of them in a row. */
export function stringCode(node: PyNode, tr: Translator): Code {
  if (node.name === "String") return code(literalOfText(stringValue(node, tr)), "str");
  const pieces = node.name === "ContinuedString" ? node.kids : [node];
  if (pieces.every(({ name }) => name === "String")) {
    return code(literalOfText(pieces.map((piece) => stringValue(piece, tr)).join("")), "str");
  }
  const parts = pieces.map((piece) =>
    piece.name === "String" ? inTemplate(stringValue(piece, tr)) : formatString(piece, tr)
  );
  return code(`\`${parts.join("")}\``, "str");
}

/** The inside of a template for an f-string. */
function formatString(node: PyNode, tr: Translator): string {
  const { prefix, quote } = partsOf(node.text);
  const isRaw = /r/i.test(prefix);
  let output = "";
  let at = node.from + prefix.length + quote.length;
  const literal = (to: number) => {
    const text = node.text.slice(at - node.from, to - node.from).replace(/\{\{|\}\}/g, (pair) => pair[0]!);
    output += inTemplate(isRaw ? text : decoded(text));
  };
  for (const part of node.kids) {
    if (part.name !== "FormatReplacement") continue;
    literal(part.from);
    output += replacement(part, tr);
    at = part.to;
  }
  literal(node.to - quote.length);
  return output;
}

function replacement(node: PyNode, tr: Translator): string {
  const value = node.kids.find(({ name }) => !/^(?:\{|\}|Format.*)$/.test(name));
  if (value === undefined) tr.context.fail(node, "a replacement in this f-string cannot be read");
  const inner = node.kids.filter(({ name }) => !/^(?:\{|\}|Format.*)$/.test(name));
  if (inner.length > 1) tr.context.fail(node, "a replacement with several values has no counterpart");
  const conversion = node.child("FormatConversion")?.text;
  const spec = node.child("FormatSpec");
  const label = node.child("FormatSelfDoc");
  const prefix = label === undefined ? "" : inTemplate(node.text.slice(1, label.to - node.from));
  let result = tr.expression(value);
  if (conversion === "!r" || (label !== undefined && spec === undefined)) {
    result = code(`${tr.context.helper("repr")}(${result.text})`, "str");
  } else if (conversion === "!s") result = strCode(result, tr);
  if (spec !== undefined) return `${prefix}\${${formatCode(result, specText(spec, tr), tr).text}}`;
  return `${prefix}\${${strCode(result, tr).text}}`;
}

/** The format after the colon, as a JavaScript expression. */
function specText(spec: PyNode, tr: Translator): string {
  if (!spec.kids.some(({ name }) => name === "FormatReplacement")) return JSON.stringify(spec.text.slice(1));
  let output = "";
  let at = spec.from + 1;
  for (const part of spec.kids) {
    if (part.name !== "FormatReplacement") continue;
    output += inTemplate(spec.text.slice(at - spec.from, part.from - spec.from)) + replacement(part, tr);
    at = part.to;
  }
  return `\`${output}${inTemplate(spec.text.slice(at - spec.from))}\``;
}

/** `format(value, spec)`, with dates as Python formats them. */
export function formatCode(value: Code, spec: string, tr: Translator): Code {
  if (value.kind.k === "date" || value.kind.k === "day") {
    return code(`${tr.context.helper("strftime")}(${value.text}, ${spec})`, "str");
  }
  // A type after the precision decides what is printed; without one a float prints its point.
  const isPlainFloat = value.kind.k === "float" && !/[a-zA-Z%]"?$/.test(spec) && !/\.\d+"$/.test(spec);
  if (isPlainFloat) {
    if (/,/.test(spec)) return code(`${tr.context.helper("format")}(${value.text}, ${spec})`, "str");
    const text = strCode(value, tr);
    const aligned = spec.replace(
      /^"([<>^=]?\d)/,
      (_, rest) => /^[<>^]/.test(rest) ? `"${rest}` : `">${rest}`,
    );
    return code(`${tr.context.helper("format")}(${text.text}, ${aligned})`, "str");
  }
  return code(`${tr.context.helper("format")}(${value.text}, ${spec})`, "str");
}

/** A date in the ISO form, with what stands between day and time. */
export function dateText({ text, kind }: Code, between: string, tr: Translator): Code {
  const rest = kind.k === "day" ? `, "T", true` : between === "T" ? "" : `, "${between}"`;
  return code(`${tr.context.helper("isoDate")}(${text}${rest})`, "str");
}

/** `str(value)`. */
export function strCode(value: Code, tr: Translator): Code {
  const { context } = tr;
  if (value.kind.k === "str" || value.kind.k === "int") {
    return value.kind.k === "str" ? value : code(value.text, "str", value.prec);
  }
  if (value.kind.k === "date" || value.kind.k === "day") return dateText(value, " ", tr);
  if (value.kind.k === "float") return code(`${context.helper("floatText")}(${value.text})`, "str");
  if (holdsFloats(value.kind)) return code(`${context.helper("floatsText")}(${value.text})`, "str");
  return code(`${context.helper("str")}(${value.text})`, "str");
}

/** Whether all numbers inside a list or a dict are floats, at any depth. */
function holdsFloats({ k, of }: Kind): boolean {
  return (k === "list" || k === "dict") && of !== undefined && (of.k === "float" || holdsFloats(of));
}

/** `str(value)` as a value of its own: a number becomes a text. */
export function strValue(value: Code, tr: Translator): Code {
  if (isNumber(value.kind) && value.kind.k === "int") return code(`String(${value.text})`, "str");
  const text = strCode(value, tr);
  return code(operand(text, binding.assign), "str", text.prec);
}
