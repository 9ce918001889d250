import { isDelta, isMoment, momentDifference, movedMoment, scaledDelta } from "./python_dates.ts";
import { formatPercent } from "./python_format.ts";
import { exactResult, pythonNumber } from "./python_numbers.ts";
import {
  bounded,
  charactersOf,
  contains,
  type Dict,
  hasKey,
  isDict,
  isEqual,
  isNone,
  isNumeric,
  isPythonText,
  itemsOf,
  keysOf,
  kindOf,
  maxText,
  pythonError,
  reprOf,
  stringInside,
  valueAt,
  wholeNumber,
} from "./python_values.ts";

/*
 * The operators. `isShared` says that the expression is JavaScript as well: then `+` joins a text and a number, and an
 * operation that gives another value in JavaScript throws.
 */

export function add(a: unknown, b: unknown, isShared: boolean): unknown {
  if (isNumeric(a) && isNumeric(b)) return sum(Number(a), Number(b));
  if (isPythonText(a) && isPythonText(b)) return stringInside(a) + stringInside(b);
  if (Array.isArray(a) && Array.isArray(b)) return bounded([...a, ...b]);
  const moved = isMoment(a) && isDelta(b)
    ? movedMoment(a, b, 1)
    : isDelta(a) && isMoment(b)
    ? movedMoment(b, a, 1)
    : undefined;
  if (moved !== undefined) return moved;
  if (isShared && isPythonText(a) && isNumeric(b)) return stringInside(a) + b;
  if (isShared && isNumeric(a) && isPythonText(b)) return a + stringInside(b);
  const hint = isPythonText(a) || isPythonText(b) ? "; write str(…) around the other value" : "";
  throw pythonError("TypeError", `${kindOf(a)} + ${kindOf(b)} gives no value${hint}`);
}

function sum(a: number, b: number): number {
  return exactResult(a + b, a, b);
}

export function subtract(a: unknown, b: unknown): unknown {
  if (a instanceof Set && b instanceof Set) return new Set([...a].filter((item) => !contains(b, item)));
  if (isMoment(a) && isMoment(b)) return momentDifference(a, b);
  if (isMoment(a) && isDelta(b)) return movedMoment(a, b, -1);
  const [left, right] = [pythonNumber(a, "-"), pythonNumber(b, "-")];
  return exactResult(left - right, left, right);
}

export function multiply(a: unknown, b: unknown): unknown {
  if (isNumeric(a) && isNumeric(b)) {
    const [left, right] = [Number(a), Number(b)];
    return exactResult(left * right, left, right);
  }
  if (isDelta(a)) return scaledDelta(a, pythonNumber(b, "*"));
  if (isNumeric(a)) return repeated(b, a);
  return repeated(a, b);
}

function repeated(value: unknown, times: unknown): unknown {
  if (!isNumeric(times) || !(isPythonText(value) || Array.isArray(value))) {
    throw pythonError("TypeError", `${kindOf(value)} * ${kindOf(times)} gives no value`);
  }
  const count = Math.max(0, wholeNumber(times, "The number of repetitions"));
  if (isPythonText(value)) {
    const text = stringInside(value);
    if (text.length * count > maxText) {
      throw pythonError("OverflowError", `the text has more than ${maxText} characters`);
    }
    return text.repeat(count);
  }
  const list = value as unknown[];
  bounded({ length: list.length * count });
  return Array.from({ length: count }, () => list).flat();
}

export function divide(a: unknown, b: unknown): unknown {
  if (isDelta(a) && isNumeric(b)) return scaledDelta(a, 1 / nonZero(Number(b)));
  return pythonNumber(a, "/") / nonZero(pythonNumber(b, "/"));
}

export function floorDivide(a: unknown, b: unknown): number {
  const [left, right] = [pythonNumber(a, "//"), nonZero(pythonNumber(b, "//"))];
  return (left - floorModulo(left, right)) / right;
}

export function modulo(a: unknown, b: unknown, isShared: boolean): unknown {
  if (isPythonText(a)) return formatPercent(stringInside(a), b);
  const [left, right] = [pythonNumber(a, "%"), nonZero(pythonNumber(b, "%"))];
  const result = floorModulo(left, right);
  if (isShared && result !== left % right) {
    throw pythonError(
      "ValueError",
      `${left} % ${right} is ${
        left % right
      } in JavaScript and ${result} in Python; write ((a % b) + b) % b || 0 for ` +
        `${result}, or a - b * Math.trunc(a / b) for ${left % right}`,
    );
  }
  return result;
}

function floorModulo(a: number, b: number): number {
  if (!Number.isFinite(b) && Number.isFinite(a)) return a === 0 || (a > 0) === (b > 0) ? a : b;
  const rest = a % b;
  return rest !== 0 && (rest < 0) !== (b < 0) ? rest + b : rest + 0;
}

function nonZero(value: number): number {
  if (value === 0) throw pythonError("ZeroDivisionError", "division by zero");
  return value;
}

export function power(a: unknown, b: unknown): number {
  const [left, right] = [pythonNumber(a, "**"), pythonNumber(b, "**")];
  if (left === 0 && right < 0) throw pythonError("ZeroDivisionError", "0 cannot have a negative power");
  const result = left ** right;
  if (Number.isNaN(result) && !Number.isNaN(left) && !Number.isNaN(right)) {
    throw pythonError("ValueError", "a negative number has no such power among the real numbers");
  }
  return right < 0 ? result : exactResult(result, left, right);
}

/** `&`, `|`, `^`, `<<` and `>>`: for whole numbers, sets, and `|` for dicts. */
export function bits(operator: string, a: unknown, b: unknown): unknown {
  if (a instanceof Set && b instanceof Set) return setOperation(operator, a, b);
  if (operator === "|" && isDict(a) && isDict(b)) return mergedDict(a, b);
  const left = BigInt(wholeNumber(a, `The left side of ${operator}`));
  const right = BigInt(wholeNumber(b, `The right side of ${operator}`));
  if ((operator === "<<" || operator === ">>") && (right < 0n || right > 1000n)) {
    throw pythonError("ValueError", `${operator} needs a count from 0 to 1000`);
  }
  const result = Number(
    operator === "&"
      ? left & right
      : operator === "|"
      ? left | right
      : operator === "^"
      ? left ^ right
      : operator === "<<"
      ? left << right
      : left >> right,
  );
  const isLogical = typeof a === "boolean" && typeof b === "boolean" && !/[<>]/.test(operator);
  return isLogical ? result === 1 : exactResult(result, 0, 0);
}

function setOperation(operator: string, a: Set<unknown>, b: Set<unknown>): Set<unknown> {
  const without = (from: Set<unknown>, other: Set<unknown>) =>
    [...from].filter((item) => !contains(other, item));
  switch (operator) {
    case "&":
      return new Set([...a].filter((item) => contains(b, item)));
    case "|":
      return new Set([...a, ...without(b, a)]);
    case "^":
      return new Set([...without(a, b), ...without(b, a)]);
    default:
      throw pythonError("TypeError", `a set ${operator} a set gives no value`);
  }
}

function mergedDict(a: Dict, b: Dict): Dict {
  const merged = new Map<unknown, unknown>();
  for (const dict of [a, b]) for (const key of keysOf(dict)) merged.set(key, valueAt(dict, key));
  return [...merged.keys()].every((key) => typeof key === "string") ? Object.fromEntries(merged) : merged;
}

export function negative(value: unknown): unknown {
  return isDelta(value) ? scaledDelta(value, -1) : 0 - pythonNumber(value, "-");
}

/** `==`. An expression that is JavaScript too must not depend on how a text and a number compare. */
export function equals(a: unknown, b: unknown, isShared: boolean): boolean {
  const result = isEqual(a, b);
  const isMixed = isShared &&
    ((isPythonText(a) && isNumeric(b)) || (isNumeric(a) && isPythonText(b)));
  // JavaScript reads the text as a number.
  if (
    isMixed && Number(isPythonText(a) ? stringInside(a) : a) === Number(isPythonText(b) ? stringInside(b) : b)
  ) {
    throw pythonError(
      "TypeError",
      `${reprOf(a)} == ${
        reprOf(b)
      } compares a text with a number, which are equal in JavaScript and not in Python; ` +
        "write int(…) or str(…) around one side",
    );
  }
  return result;
}

/** `is`: `None` is `None`; numbers and texts count by value. */
export function isSame(a: unknown, b: unknown): boolean {
  if (isNone(a) || isNone(b)) return isNone(a) && isNone(b);
  if (isPythonText(a) && isPythonText(b)) return stringInside(a) === stringInside(b);
  return a === b;
}

/** `value[key]`. */
export function item(value: unknown, key: unknown): unknown {
  if (Array.isArray(value) || isPythonText(value)) {
    const list = Array.isArray(value) ? value : charactersOf(stringInside(value));
    if (!isNumeric(key)) {
      throw pythonError("TypeError", `${kindOf(value)} has items by number, so ${reprOf(key)} names none`);
    }
    const index = wholeNumber(key, "The number of an item");
    const at = index < 0 ? index + list.length : index;
    if (at < 0 || at >= list.length) {
      throw pythonError(
        "IndexError",
        `there is no item ${index}: ${kindOf(value)} of ${list.length} has no such item`,
      );
    }
    return list[at];
  }
  if (isDict(value)) {
    if (hasKey(value, key)) return valueAt(value, key);
    throw pythonError("KeyError", `there is no ${reprOf(key)}; ${keysText(value)}`);
  }
  if (isNone(value)) {
    throw pythonError("TypeError", `None has no item ${reprOf(key)}: the value before it is missing`);
  }
  const found = (value as Record<string, unknown>)[String(key)];
  if (found === undefined) throw pythonError("KeyError", `${kindOf(value)} has no item ${reprOf(key)}`);
  return found;
}

/** Names the keys that a dict has. */
export function keysText(dict: Dict): string {
  const keys = keysOf(dict);
  if (keys.length === 0) return "the dict is empty";
  const shown = keys.slice(0, 12).map(textOfKey).join(", ");
  return `there are: ${shown}${keys.length > 12 ? ", …" : ""}`;
}

function textOfKey(key: unknown): string {
  return typeof key === "string" ? key : reprOf(key);
}

/** `value[from:to:step]`. */
export function slice(value: unknown, from: unknown, to: unknown, step: unknown): unknown {
  if (!Array.isArray(value) && !isPythonText(value)) {
    throw pythonError("TypeError", `${kindOf(value)} has no parts by number`);
  }
  const list = Array.isArray(value) ? value : charactersOf(stringInside(value));
  const by = isNone(step) ? 1 : wholeNumber(step, "The step of a slice");
  if (by === 0) throw pythonError("ValueError", "the step of a slice cannot be 0");
  const length = list.length;
  const [low, high] = by > 0 ? [0, length] : [-1, length - 1];
  const bound = (given: unknown, otherwise: number) => {
    if (isNone(given)) return otherwise;
    const index = wholeNumber(given, "A bound of a slice");
    return Math.min(high, Math.max(low, index < 0 ? index + length : index));
  };
  const start = bound(from, by > 0 ? low : high);
  const end = bound(to, by > 0 ? high : low);
  const part: unknown[] = [];
  for (let i = start; by > 0 ? i < end : i > end; i += by) part.push(list[i]);
  return Array.isArray(value) ? part : part.join("");
}

/** Unpacks an item into a given number of variables. */
export function unpacked(value: unknown, count: number): unknown[] {
  const items = itemsOf(value);
  if (items.length === count) return items;
  throw pythonError(
    "ValueError",
    `${count} names cannot take the ${items.length} values of ${kindOf(value)}`,
  );
}
