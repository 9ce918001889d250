import { type Named, setOf, sortedItems } from "./python_functions.ts";
import { formatFields } from "./python_format.ts";
import { bits, keysText, slice, subtract } from "./python_operators.ts";
import {
  bounded,
  charactersOf,
  contains,
  type Dict,
  dictOf,
  hasKey,
  isDict,
  isEqual,
  isNone,
  isPythonText,
  itemsOf,
  keysOf,
  pythonError,
  reprOf,
  setKey,
  stringInside,
  strOf,
  textArgument,
  valueAt,
  wholeNumber,
} from "./python_values.ts";

/*
 * The methods of texts, lists, dicts and sets.
 */

type Method<Self> = (self: Self, args: readonly unknown[], named: Named) => unknown;

function stripped(text: string, characters: unknown, sides: "both" | "left" | "right"): string {
  const set = isNone(characters)
    ? undefined
    : new Set(Array.from(textArgument(characters, "The characters to strip")));
  const list = Array.from(text);
  const isStripped = (character: string) => set === undefined ? /\s/.test(character) : set.has(character);
  let start = 0;
  let end = list.length;
  if (sides !== "right") { while (start < end && isStripped(list[start]!)) start++; }
  if (sides !== "left") { while (end > start && isStripped(list[end - 1]!)) end--; }
  return list.slice(start, end).join("");
}

function splitText(text: string, [separator, most]: readonly unknown[], named: Named): string[] {
  const max = Number(most ?? named["maxsplit"] ?? -1);
  const by = separator ?? named["sep"];
  if (isNone(by)) {
    const words = text.trim().split(/\s+/).filter((word) => word !== "");
    if (max < 0 || words.length <= max) return words;
    const [, rest = ""] = new RegExp(`^\\s*(?:\\S+\\s+){${max}}([^]*?)\\s*$`).exec(text) ?? [];
    return [...words.slice(0, max), rest];
  }
  const mark = textArgument(by, "The separator");
  if (mark === "") throw pythonError("ValueError", "split() needs a separator that is not empty");
  const parts = text.split(mark);
  return max < 0 || parts.length <= max + 1 ? parts : [...parts.slice(0, max), parts.slice(max).join(mark)];
}

function splitRight(text: string, [separator, most]: readonly unknown[], named: Named): string[] {
  const max = Number(most ?? named["maxsplit"] ?? -1);
  const by = separator ?? named["sep"];
  const parts = splitText(text, [by], {});
  if (max < 0 || parts.length <= max + 1) return parts;
  if (!isNone(by)) {
    return [parts.slice(0, -max || undefined).join(String(by)), ...(max === 0 ? [] : parts.slice(-max))];
  }
  const [, head = text] = new RegExp(`^\\s*([^]*?)${"\\s+\\S+".repeat(max)}\\s*$`).exec(text) ?? [];
  return [head, ...parts.slice(-max)];
}

function affix(text: string, name: "startsWith" | "endsWith", affixes: unknown): boolean {
  const all = Array.isArray(affixes) ? affixes : [affixes];
  return all.some((each) => text[name](textArgument(each, "What the text begins or ends with")));
}

function positionOf(text: string, [part, from, to]: readonly unknown[], isLast: boolean): number {
  const within = isNone(from) && isNone(to) ? text : String(slice(text, from, to, undefined));
  const wanted = textArgument(part, "The text to find");
  const at = isLast ? within.lastIndexOf(wanted) : within.indexOf(wanted);
  if (at < 0) return -1;
  const start = isNone(from)
    ? 0
    : Number(from) < 0
    ? Math.max(0, charactersOf(text).length + Number(from))
    : Number(from);
  return charactersOf(within.slice(0, at)).length + start;
}

function replaced(text: string, [old, fresh, most]: readonly unknown[], { count }: Named): string {
  const [from, to] = [textArgument(old, "The text to replace"), textArgument(fresh, "The new text")];
  const max = most ?? count;
  if (isNone(max) || Number(max) < 0) return text.split(from).join(to);
  const parts = text.split(from);
  const times = Math.min(Number(max), parts.length - 1);
  return parts.slice(0, times + 1).join(to) + parts.slice(times + 1).map((part) => from + part).join("");
}

function justified(text: string, [width, fill]: readonly unknown[], side: "left" | "right" | "both"): string {
  const character = isNone(fill) ? " " : textArgument(fill, "The character to fill with");
  const wanted = wholeNumber(width, "The width");
  const missing = Math.max(0, bounded({ length: wanted }, 1_000_000).length - charactersOf(text).length);
  if (side === "left") return text + character.repeat(missing);
  if (side === "right") return character.repeat(missing) + text;
  // Python puts the odd character on the left if the width is odd.
  const left = Math.floor(missing / 2) + (missing & wanted & 1);
  return character.repeat(left) + text + character.repeat(missing - left);
}

function partition(text: string, mark: unknown, isLast: boolean): string[] {
  const by = textArgument(mark, "The separator");
  const at = isLast ? text.lastIndexOf(by) : text.indexOf(by);
  if (at < 0) return isLast ? ["", "", text] : [text, "", ""];
  return [text.slice(0, at), by, text.slice(at + by.length)];
}

function titled(text: string): string {
  return text.replace(/\p{L}+/gu, (word) => capitalized(word));
}

/** The first letter of a word: of `ß` it is `Ss`. */
function titleCase(letter: string): string {
  const [first = "", ...rest] = Array.from(letter.toUpperCase());
  return first + rest.join("").toLowerCase();
}

function capitalized(text: string): string {
  const [first = "", ...rest] = Array.from(text);
  return titleCase(first) + rest.join("").toLowerCase();
}

function isAll(pattern: RegExp): Method<string> {
  return (text) => pattern.test(text);
}

const textMethods: Readonly<Record<string, Method<string>>> = {
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  casefold: (text) => text.toLowerCase().replaceAll("ß", "ss"),
  title: titled,
  capitalize: capitalized,
  swapcase: (text) =>
    Array.from(text).map((one) => one === one.toUpperCase() ? one.toLowerCase() : one.toUpperCase()).join(""),
  strip: (text, [characters]) => stripped(text, characters, "both"),
  lstrip: (text, [characters]) => stripped(text, characters, "left"),
  rstrip: (text, [characters]) => stripped(text, characters, "right"),
  split: splitText,
  rsplit: splitRight,
  splitlines: (text) => text === "" ? [] : text.replace(/(?:\r\n|\n|\r)$/, "").split(/\r\n|\n|\r/),
  join: (text, [items]) =>
    itemsOf(items).map((item) => textArgument(item, "Each item that join() joins")).join(text),
  replace: replaced,
  startswith: (text, [start]) => affix(text, "startsWith", start),
  endswith: (text, [end]) => affix(text, "endsWith", end),
  find: (text, args) => positionOf(text, args, false),
  rfind: (text, args) => positionOf(text, args, true),
  index: (text, args) => {
    const at = positionOf(text, args, false);
    if (at < 0) throw pythonError("ValueError", `${reprOf(args[0])} is not in the text`);
    return at;
  },
  count: (text, [part]) => {
    const wanted = textArgument(part, "The text to count");
    return wanted === "" ? charactersOf(text).length + 1 : text.split(wanted).length - 1;
  },
  zfill: (text, [width]) => {
    const [, sign = "", rest = ""] = /^([+-]?)(.*)$/s.exec(text)!;
    return sign + justified(rest, [Number(width) - sign.length, "0"], "right");
  },
  ljust: (text, args) => justified(text, args, "left"),
  rjust: (text, args) => justified(text, args, "right"),
  center: (text, args) => justified(text, args, "both"),
  partition: (text, [mark]) => partition(text, mark, false),
  rpartition: (text, [mark]) => partition(text, mark, true),
  removeprefix: (text, [start]) => text.startsWith(strOf(start)) ? text.slice(strOf(start).length) : text,
  removesuffix: (text, [end]) =>
    strOf(end) !== "" && text.endsWith(strOf(end)) ? text.slice(0, -strOf(end).length) : text,
  isdigit: isAll(/^\p{Nd}+$/u),
  isnumeric: isAll(/^\p{N}+$/u),
  isdecimal: isAll(/^\p{Nd}+$/u),
  isalpha: isAll(/^\p{L}+$/u),
  isalnum: isAll(/^[\p{L}\p{N}]+$/u),
  isspace: isAll(/^\s+$/u),
  isupper: (text) => /\p{Lu}/u.test(text) && text === text.toUpperCase(),
  islower: (text) => /\p{Ll}/u.test(text) && text === text.toLowerCase(),
  format: (text, args, named) => formatFields(text, args, named),
};

function indexIn(list: readonly unknown[], wanted: unknown): number {
  const at = list.findIndex((item) => isEqual(item, wanted));
  if (at < 0) throw pythonError("ValueError", `${reprOf(wanted)} is not in the list`);
  return at;
}

/** Methods that change a list give `None`, as in Python. */
const listMethods: Readonly<Record<string, Method<unknown[]>>> = {
  index: (list, [wanted]) => indexIn(list, wanted),
  count: (list, [wanted]) => list.filter((item) => isEqual(item, wanted)).length,
  copy: (list) => [...list],
  append: (list, [item]) => nothing(list.push(item)),
  extend: (list, [items]) => nothing(list.push(...itemsOf(items))),
  insert: (list, [at, item]) => nothing(list.splice(wholeNumber(at, "The position"), 0, item)),
  remove: (list, [item]) => nothing(list.splice(indexIn(list, item), 1)),
  clear: (list) => nothing(list.splice(0)),
  reverse: (list) => nothing(list.reverse()),
  sort: (list, _, named) => nothing(list.splice(0, list.length, ...sortedItems(list, named))),
  pop: (list, [at]) => {
    const index = isNone(at) ? list.length - 1 : wholeNumber(at, "The position");
    const found = index < 0 ? index + list.length : index;
    if (found < 0 || found >= list.length) {
      throw pythonError("IndexError", `the list of ${list.length} has no item ${index}`);
    }
    return list.splice(found, 1)[0];
  },
};

function nothing(_: unknown): null {
  return null;
}

const dictMethods: Readonly<Record<string, Method<Dict>>> = {
  get: (dict, [key, otherwise], named) =>
    hasKey(dict, key) ? valueAt(dict, key) : otherwise ?? named["default"] ?? null,
  keys: (dict) => keysOf(dict),
  values: (dict) => keysOf(dict).map((key) => valueAt(dict, key)),
  items: (dict) => keysOf(dict).map((key) => [key, valueAt(dict, key)]),
  copy: (dict) => dictOf(keysOf(dict).map((key) => [key, valueAt(dict, key)])),
  pop: (dict, [key, ...rest]) => {
    if (!hasKey(dict, key)) {
      if (rest.length > 0) return rest[0];
      throw pythonError("KeyError", `there is no ${reprOf(key)}; ${keysText(dict)}`);
    }
    const value = valueAt(dict, key);
    if (dict instanceof Map) dict.delete(key);
    else delete dict[String(key)];
    return value;
  },
  update: (dict, [other], named) => {
    for (const [key, value] of isDict(other) ? keysOf(other).map((key) => [key, valueAt(other, key)]) : []) {
      setKey(dict, key, value);
    }
    for (const [key, value] of Object.entries(named)) setKey(dict, key, value);
    return null;
  },
  setdefault: (dict, [key, value]) => {
    if (!hasKey(dict, key)) setKey(dict, key, value ?? null);
    return valueAt(dict, key);
  },
};

const setMethods: Readonly<Record<string, Method<Set<unknown>>>> = {
  union: (set, [other]) => bits("|", set, setOf(other)),
  intersection: (set, [other]) => bits("&", set, setOf(other)),
  difference: (set, [other]) => subtract(set, setOf(other)),
  symmetric_difference: (set, [other]) => bits("^", set, setOf(other)),
  issubset: (set, [other]) => [...set].every((item) => contains(other, item)),
  issuperset: (set, [other]) => itemsOf(other).every((item) => contains(set, item)),
  isdisjoint: (set, [other]) => ![...set].some((item) => contains(other, item)),
  copy: (set) => new Set(set),
  add: (set, [item]) => nothing(contains(set, item) ? undefined : set.add(item)),
};

/** A method of Python for a value; `undefined` if it has none of that name. */
export function pythonMethod(
  value: unknown,
  name: string,
): ((args: readonly unknown[], named: Named) => unknown) | undefined {
  const find = <Self>(methods: Readonly<Record<string, Method<Self>>>, self: Self) =>
    Object.hasOwn(methods, name)
      ? (args: readonly unknown[], named: Named) => methods[name]!(self, args, named)
      : undefined;
  if (isPythonText(value)) return find(textMethods, stringInside(value));
  if (Array.isArray(value)) return find(listMethods, value);
  if (value instanceof Set) return find(setMethods, value);
  if (isDict(value)) return find(dictMethods, value);
  if (name === "is_integer" && typeof value === "number") return () => Number.isInteger(value);
  return undefined;
}

/** Names like the wanted one among the methods of a value, for a message. */
export function methodNames(value: unknown): readonly string[] {
  if (isPythonText(value)) return Object.keys(textMethods);
  if (Array.isArray(value)) return Object.keys(listMethods);
  if (value instanceof Set) return Object.keys(setMethods);
  return isDict(value) ? Object.keys(dictMethods) : [];
}
