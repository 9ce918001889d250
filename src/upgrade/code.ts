/** What is known about a value at translation time. Only what must be true, since a wrong kind would change a value. */
export interface Kind {
  readonly k: KindName;
  /** Of a list, set, dict or iterable: its items, or its values. */
  readonly of?: Kind;
  /** Of a tuple-like list: each item. */
  readonly items?: readonly Kind[];
}

type KindName =
  | "unknown"
  | "none"
  | "str"
  | "int"
  /** A number that Python prints with a point. */
  | "float"
  /** A number that Python prints with or without a point; the translation cannot tell which. */
  | "num"
  | "bool"
  | "list"
  | "dict"
  | "set"
  | "date"
  /** A date without a time. */
  | "day"
  | "ms"
  | "match"
  | "regex"
  | "message"
  | "artifact"
  | "agent"
  | "file"
  | "class"
  | "instance"
  | "function";

/** A JavaScript expression with how tightly its outermost operator binds. */
export interface Code {
  readonly text: string;
  readonly kind: Kind;
  readonly prec: number;
}

/** Binding powers of JavaScript's operators, as far as translations need them. */
export const binding = {
  primary: 20,
  /** A dot after a whole number would be its point. */
  number: 19,
  unary: 15,
  power: 14,
  multiply: 13,
  add: 12,
  compare: 10,
  equal: 9,
  and: 5,
  or: 4,
  condition: 3,
  assign: 2,
} as const;

export const unknown: Kind = { k: "unknown" };

/** An expression whose outermost operator binds with `prec`. */
export function code(text: string, kind: Kind | KindName = unknown, prec: number = binding.primary): Code {
  return { text, kind: typeof kind === "string" ? { k: kind } : kind, prec };
}

/** The text of an expression as an operand of an operator that binds with `prec`. */
export function operand(value: Code, prec: number): string {
  return value.prec >= prec ? value.text : `(${value.text})`;
}

export function isNumber({ k }: Kind): boolean {
  return k === "int" || k === "float" || k === "num";
}

/** What a loop over a value gets: the keys of a dict, the characters of a text. */
export function iteratedKind({ k, of }: Kind): Kind {
  if (k === "str" || k === "dict") return { k: "str" };
  return (k === "list" || k === "set" ? of : undefined) ?? unknown;
}

/** Whether `===` compares values of the kind as Python's `==` does. */
export function isScalar(kind: Kind): boolean {
  return isNumber(kind) || kind.k === "str" || kind.k === "none";
}

/** What is known of a value that is either of one kind or of another. */
export function joinedKind(a: Kind | undefined, b: Kind): Kind {
  if (a === undefined) return b;
  if (isNumber(a) && isNumber(b)) return a.k === b.k ? a : { k: "num" };
  if (a.k !== b.k) return unknown;
  if (a.k !== "list" && a.k !== "dict" && a.k !== "set") return a;
  if (a.of === undefined || b.of === undefined) return { k: a.k };
  return { k: a.k, of: joinedKind(a.of, b.of) };
}

/** The body of an arrow function that gives a value. */
export function arrowBody(value: Code): string {
  return value.text.startsWith("{") ? `(${value.text})` : operand(value, binding.condition);
}
