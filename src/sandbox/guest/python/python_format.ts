import { fixedText, pythonNumber, significantDigits } from "./python_numbers.ts";
import {
  charactersOf,
  hasKey,
  hasOwnText,
  isDict,
  isNumeric,
  isPythonText,
  kindOf,
  maxText,
  numberText,
  pythonError,
  reprOf,
  stringInside,
  strOf,
  valueAt,
} from "./python_values.ts";

/*
 * Texts of values by a format: `f"{x:.2f}"`, `format(x, ",")`, `"{}".format(x)` and `"%s" % x`.
 */

interface FormatSpec {
  readonly fill: string;
  readonly align: string;
  readonly sign: string;
  readonly isAlternate: boolean;
  readonly isZeroed: boolean;
  readonly width: number;
  readonly grouping: string;
  readonly precision: number | undefined;
  readonly type: string;
}

const specPattern =
  /^(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\d{1,7})?([,_])?(?:\.(\d{1,3}))?([bcdeEfFgGnosxX%])?$/u;

function readSpec(spec: string): FormatSpec {
  const match = specPattern.exec(spec);
  if (match === null) {
    throw pythonError("ValueError", `":${spec}" is not a format; write one such as ":.2f" or ":,"`);
  }
  const [
    ,
    fill = " ",
    align = "",
    sign = "-",
    alternate,
    zero,
    width = "0",
    grouping = "",
    precision,
    type = "",
  ] = match;
  if (Number(width) > maxText) throw pythonError("OverflowError", `the width ${width} is too large`);
  return {
    ...{ fill, align, sign, grouping, type },
    isAlternate: alternate !== undefined,
    isZeroed: zero !== undefined,
    width: Number(width),
    precision: precision === undefined ? undefined : Number(precision),
  };
}

/** `format(value, spec)`, after the conversion `!r`, `!s` or `!a`. */
export function formatValue(value: unknown, spec: string, conversion = ""): string {
  const converted = conversion === "r" || conversion === "a"
    ? reprOf(value)
    : conversion === "s"
    ? strOf(value)
    : value;
  if (spec === "") return strOf(converted);
  if (hasOwnText(converted)) {
    return (converted as unknown as { strftime(format: string): string }).strftime(spec);
  }
  if (!isPythonText(converted) && !isNumeric(converted)) {
    throw pythonError(
      "TypeError",
      `${kindOf(converted)} cannot have the format ":${spec}"; write str(…) around it`,
    );
  }
  const read = readSpec(spec);
  return isPythonText(converted)
    ? paddedText(stringInside(converted), read)
    : paddedNumber(pythonNumber(converted, "a format"), read);
}

function paddedText(text: string, spec: FormatSpec): string {
  const { type, precision, sign, align, isZeroed, grouping } = spec;
  if ((type !== "" && type !== "s") || sign !== "-" || align === "=" || grouping !== "") {
    throw pythonError(
      "ValueError",
      `the format ":…${type || align || grouping || sign}" is for numbers, not for a text; ` +
        "write float(…) around it",
    );
  }
  const characters = charactersOf(text);
  const kept = precision === undefined ? text : Array.from(characters.slice(0, precision)).join("");
  return padded(kept, spec, "<", isZeroed ? "0" : spec.fill);
}

function padded(text: string, { align, width }: FormatSpec, byDefault: string, fill: string): string {
  const missing = Math.max(0, width - charactersOf(text).length);
  switch (align || byDefault) {
    case "<":
      return text + fill.repeat(missing);
    case "^":
      return fill.repeat(Math.floor(missing / 2)) + text + fill.repeat(Math.ceil(missing / 2));
    default:
      return fill.repeat(missing) + text;
  }
}

function paddedNumber(value: number, spec: FormatSpec): string {
  const isNegative = value < 0 || Object.is(value, -0);
  const digits = numberDigits(Math.abs(value), spec);
  const sign = isNegative ? "-" : spec.sign === "-" ? "" : spec.sign;
  const isInside = spec.align === "=" || (spec.isZeroed && spec.align === "");
  if (!isInside) {
    return padded(
      sign + grouped(digits, spec),
      spec,
      ">",
      spec.isZeroed && spec.fill === " " ? "0" : spec.fill,
    );
  }
  const fill = spec.isZeroed && spec.fill === " " ? "0" : spec.fill;
  let body = grouped(digits, spec);
  if (fill === "0" && spec.grouping !== "") {
    for (let zeros = digits; sign.length + body.length < spec.width;) {
      zeros = `0${zeros}`;
      body = grouped(zeros, spec);
    }
    return sign + body;
  }
  return sign + fill.repeat(Math.max(0, spec.width - sign.length - body.length)) + body;
}

/** Puts marks between groups of digits before the point. */
function grouped(digits: string, { grouping, type }: FormatSpec): string {
  if (grouping === "") return digits;
  const size = /[bxXo]/.test(type) ? 4 : 3;
  const [, prefix = "", whole = "", rest = ""] = /^(0[bxo])?([0-9a-fA-F]*)(.*)$/s.exec(digits)!;
  return prefix + whole.replace(new RegExp(`\\B(?=(?:[0-9a-fA-F]{${size}})+$)`, "g"), grouping) + rest;
}

function numberDigits(value: number, { type, precision, isAlternate }: FormatSpec): string {
  switch (type) {
    case "f":
    case "F":
      return fixedText(value, precision ?? 6);
    case "%":
      return `${fixedText(value * 100, precision ?? 6)}%`;
    case "e":
    case "E":
      return exponentText(value, precision ?? 6, type);
    case "g":
    case "G":
      return generalText(value, precision ?? 6, type);
    case "":
      return precision === undefined ? numberText(value) : generalText(value, precision, "g");
    case "n":
      return Number.isInteger(value) ? String(value) : generalText(value, precision ?? 6, "g");
    case "s":
      throw pythonError("ValueError", 'the format ":s" is for texts, not for a number');
  }
  if (!Number.isInteger(value)) {
    throw pythonError(
      "ValueError",
      `the format ":${type}" is for whole numbers, and this one is ${numberText(value)}`,
    );
  }
  const whole = BigInt(value);
  switch (type) {
    case "d":
      return whole.toString();
    case "c":
      return String.fromCodePoint(value);
    case "b":
      return (isAlternate ? "0b" : "") + whole.toString(2);
    case "o":
      return (isAlternate ? "0o" : "") + whole.toString(8);
    default: {
      const text = (isAlternate ? "0x" : "") + whole.toString(16);
      return type === "X" ? text.toUpperCase() : text;
    }
  }
}

function exponentText(value: number, precision: number, type: string): string {
  if (!Number.isFinite(value)) return fixedText(value, 0);
  const [digits, exponent] = significantDigits(value, precision + 1);
  const mantissa = precision === 0 ? digits : `${digits[0]}.${digits.slice(1)}`;
  return mantissa + exponentSuffix(exponent, type);
}

function exponentSuffix(exponent: number, type: string): string {
  const letter = type === "E" || type === "G" ? "E" : "e";
  return `${letter}${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function generalText(value: number, precision: number, type: string): string {
  if (!Number.isFinite(value)) return fixedText(value, 0);
  const count = Math.max(1, precision);
  const [digits, exponent] = significantDigits(value, count);
  if (exponent < -4 || exponent >= count) {
    const kept = digits.replace(/0+$/, "") || "0";
    return (kept.length > 1 ? `${kept[0]}.${kept.slice(1)}` : kept) + exponentSuffix(exponent, type);
  }
  const text = fixedText(value, count - 1 - exponent);
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** `text.format(*args, **named)`. */
export function formatFields(text: string, args: readonly unknown[], named: Record<string, unknown>): string {
  let next = 0;
  return text.replace(
    /\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::([^{}]*))?\}|[{}]/g,
    (all, field, conversion, spec) => {
      if (all === "{{") return "{";
      if (all === "}}") return "}";
      if (field === undefined) throw pythonError("ValueError", "a single brace in a format; write it twice");
      return formatValue(fieldValue(field), spec ?? "", conversion);
    },
  );

  function fieldValue(field: string): unknown {
    const [, name = "", path = ""] = /^([^.[]*)(.*)$/s.exec(field)!;
    let value: unknown;
    if (name === "" || /^\d+$/.test(name)) {
      const index = name === "" ? next++ : Number(name);
      if (index >= args.length) throw pythonError("IndexError", `the format needs a value ${index + 1}`);
      value = args[index];
    } else {
      if (!Object.hasOwn(named, name)) {
        throw pythonError("KeyError", `the format needs a value named ${name}`);
      }
      value = named[name];
    }
    for (const [, attribute, key] of path.matchAll(/\.(\w+)|\[([^\]]*)\]/g)) {
      const wanted = attribute ?? (/^\d+$/.test(key!) ? Number(key) : key!);
      const isFound = isDict(value)
        ? hasKey(value, wanted)
        : Array.isArray(value) && Number(wanted) < value.length;
      if (!isFound) throw pythonError("KeyError", `the format names ${field}, and there is no such value`);
      value = isDict(value) ? valueAt(value, wanted) : (value as unknown[])[Number(wanted)];
    }
    return value;
  }
}

/** `text % values`. */
export function formatPercent(text: string, values: unknown): string {
  const list = Array.isArray(values) ? values : [values];
  let next = 0;
  const result = text.replace(
    /%(?:\((\w+)\))?([-+ 0#]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g,
    (all, name, flags: string, width, precision, type: string) => {
      if (type === "%") return "%";
      if (name === undefined && next >= list.length) {
        throw pythonError("TypeError", `there is no value for "${all}"`);
      }
      if (name !== undefined && !(isDict(values) && hasKey(values, name))) {
        throw pythonError("KeyError", `there is no value named ${name} for "${all}"`);
      }
      const value = name === undefined ? list[next++] : valueAt(values as Record<string, unknown>, name);
      const align = flags.includes("-") ? "<" : ">";
      const number = /[diuefgEFGxXo]/.test(type);
      const converted = type === "r" ? reprOf(value) : number ? percentNumber(value, type) : strOf(value);
      const zero = flags.includes("0") && number && align === ">" ? "0" : "";
      const sign = number ? (/[+ ]/.exec(flags)?.[0] ?? "") : "";
      const spec = `${zero === "" ? align : ""}${sign}${zero}${width ?? ""}` +
        `${precision === undefined ? "" : `.${precision}`}${number ? (/[diu]/.test(type) ? "d" : type) : ""}`;
      return formatValue(converted, spec);
    },
  );
  if (next < list.length && !isDict(values)) {
    throw pythonError("TypeError", "there are more values than places in the text for %");
  }
  return result;
}

function percentNumber(value: unknown, type: string): number {
  const number = pythonNumber(value, `%${type}`);
  return /[diuxXo]/.test(type) ? Math.trunc(number) : number;
}
