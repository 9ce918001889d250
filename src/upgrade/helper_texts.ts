/**
 * The source of each helper that upgraded code may need. Upgraded programs hold copies of those that they use, so they read
 * as code of their own and depend on no version of playbooks. tests/upgrade compares each with Python's results.
 */
export const helperTexts = {
  error: `error(name, message = "") {
  const error = new Error(message);
  error.name = name;
  return error;
},`,
  isError: `isError(error, ...names) {
  const parents = {
    KeyError: "LookupError", IndexError: "LookupError", ZeroDivisionError: "ArithmeticError", OverflowError: "ArithmeticError",
    SyntaxError: "ValueError", JSONDecodeError: "ValueError", FileNotFoundError: "OSError", RangeError: "ValueError",
    RecursionError: "RuntimeError", NotImplementedError: "RuntimeError", TimeoutError: "OSError",
  };
  for (let name = error?.name; name !== undefined; name = parents[name]) if (names.includes(name)) return true;
  return false;
},`,
  typeName: `typeName(value) {
  if (value == null) return "NoneType";
  if (py.isText(value)) return "str";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (Array.isArray(value)) return "list";
  if (value instanceof Set) return "set";
  if (value instanceof Error) return value.name;
  return py.isDict(value) ? "dict" : value.constructor?.name ?? "object";
},`,
  isText: `isText(value) {
  return typeof value === "string" || typeof value?.charAt === "function"; // also an artifact
},`,
  isDict: `isDict(value) {
  return value != null && [Object.prototype, null].includes(Object.getPrototypeOf(value));
},`,
  isInstance: `isInstance(value, ...types) {
  const name = py.typeName(value);
  return types.some((type) =>
    type === name || (type === "float" && name === "int") || (type === "int" && name === "bool") ||
    (type === "tuple" && name === "list")
  );
},`,
  truthy: `truthy(value) {
  if (Array.isArray(value) || py.isText(value)) return value.length > 0;
  if (value instanceof Set) return value.size > 0;
  return py.isDict(value) ? Object.keys(value).length > 0 : Boolean(value);
},`,
  or: `or(value, other) {
  return py.truthy(value) ? value : other();
},`,
  and: `and(value, other) {
  return py.truthy(value) ? other() : value;
},`,
  str: `str(value) {
  if (value instanceof Error) return value.name === "KeyError" ? py.repr(value.message) : value.message;
  return typeof value === "string" ? value : py.repr(value);
},`,
  repr: `repr(value) {
  if (value == null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return Number.isInteger(value) ? String(value) : py.floatText(value);
  if (typeof value === "string") {
    const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
    const escapes = { "\\\\": "\\\\\\\\", "\\n": "\\\\n", "\\r": "\\\\r", "\\t": "\\\\t" };
    const text = [...value].map((c) => escapes[c] ?? (c === quote ? "\\\\" + c : c)).join("");
    return quote + text + quote;
  }
  if (Array.isArray(value)) return "[" + value.map((item) => py.repr(item)).join(", ") + "]";
  if (value instanceof Set) return value.size === 0 ? "set()" : "{" + py.repr([...value]).slice(1, -1) + "}";
  if (value instanceof Error) return value.name + "(" + (value.message === "" ? "" : py.repr(value.message)) + ")";
  if (!py.isDict(value)) return String(value);
  return "{" + Object.entries(value).map(([key, item]) => py.repr(key) + ": " + py.repr(item)).join(", ") + "}";
},`,
  floatText: `floatText(value) {
  if (typeof value !== "number") return py.str(value);
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e16)) {
    return value.toExponential().replace(/e([+-])(\\d)$/, "e$10$2");
  }
  const text = Object.is(value, -0) ? "-0" : String(value);
  return Number.isInteger(value) ? text + ".0" : text;
},`,
  floatsText: `floatsText(value) {
  if (typeof value === "number") return py.floatText(value);
  if (Array.isArray(value)) return "[" + value.map(py.floatsText).join(", ") + "]";
  if (!py.isDict(value)) return py.repr(value);
  return "{" + Object.entries(value).map(([key, item]) => py.repr(key) + ": " + py.floatsText(item)).join(", ") + "}";
},`,
  len: `len(value) {
  if (py.isText(value)) return [...value].length;
  if (Array.isArray(value)) return value.length;
  if (value instanceof Set) return value.size;
  if (py.isDict(value)) return Object.keys(value).length;
  if (typeof value?.length === "number") return value.length;
  throw py.error("TypeError", "object of type '" + py.typeName(value) + "' has no len()");
},`,
  list: `list(value) {
  if (value == null || typeof value === "number" || typeof value === "boolean") {
    throw py.error("TypeError", "'" + py.typeName(value) + "' object is not iterable");
  }
  return typeof value[Symbol.iterator] === "function" ? [...value] : Object.keys(value);
},`,
  item: `item(value, key) {
  if (py.isText(value) || Array.isArray(value)) {
    const all = py.isText(value) ? [...value] : value;
    const at = key < 0 ? key + all.length : key;
    if (Number.isInteger(at) && at >= 0 && at < all.length) return all[at];
    throw py.error("IndexError", py.typeName(value) + " index out of range");
  }
  if (value != null && Object.hasOwn(Object(value), key)) return value[key];
  if (py.isDict(value)) throw py.error("KeyError", String(key));
  throw py.error("TypeError", "'" + py.typeName(value) + "' object is not subscriptable");
},`,
  slice: `slice(value, from = null, to = null, step = 1) {
  const isText = py.isText(value);
  const all = isText ? [...value] : value;
  const last = all.length;
  const clamp = (at, low, high) => Math.min(Math.max(at < 0 ? at + last : at, low), high);
  const start = from === null ? (step > 0 ? 0 : last - 1) : clamp(from, step > 0 ? 0 : -1, step > 0 ? last : last - 1);
  const end = to === null ? (step > 0 ? last : -1) : clamp(to, step > 0 ? 0 : -1, step > 0 ? last : last - 1);
  const taken = [];
  for (let at = start; step > 0 ? at < end : at > end; at += step) taken.push(all[at]);
  return isText ? taken.join("") : taken;
},`,
  equal: `equal(a, b) {
  if (a == null || b == null) return a == b;
  if (py.isText(a) && py.isText(b)) return String(a) === String(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, at) => py.equal(item, b[at]));
  }
  if (a instanceof Set && b instanceof Set) return a.size === b.size && [...a].every((item) => b.has(item));
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (py.isDict(a) && py.isDict(b)) {
    const keys = Object.keys(a);
    return keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && py.equal(a[key], b[key]));
  }
  return a === b || (typeof a === "boolean" && Number(a) === b) || (typeof b === "boolean" && a === Number(b));
},`,
  compare: `compare(a, b) {
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let at = 0; at < Math.min(a.length, b.length); at++) {
      if (!py.equal(a[at], b[at])) return py.compare(a[at], b[at]);
    }
    return a.length - b.length;
  }
  const isNumber = (value) => typeof value === "number" || typeof value === "boolean";
  const fits = (isNumber(a) && isNumber(b)) || (py.isText(a) && py.isText(b)) ||
    (a instanceof Date && b instanceof Date);
  if (!fits) {
    throw py.error("TypeError", "'<' not supported between '" + py.typeName(a) + "' and '" + py.typeName(b) + "'");
  }
  return a < b ? -1 : a > b ? 1 : 0;
},`,
  contains: `contains(container, value) {
  if (py.isText(container)) return container.includes(value);
  if (container instanceof Set) return container.has(value);
  if (Array.isArray(container)) return container.some((item) => py.equal(item, value));
  if (py.isDict(container)) return Object.hasOwn(container, value);
  if (typeof container?.includes === "function") return container.includes(value);
  return py.list(container).some((item) => py.equal(item, value));
},`,
  add: `add(a, b) {
  if (typeof a === "number" && typeof b === "number") return a + b;
  if (typeof a === "string" && typeof b === "string") return a + b;
  if (Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
  if (typeof a === "boolean" || typeof b === "boolean") return py.add(Number(a), Number(b));
  if (typeof a?.concat === "function" || typeof b?.concat === "function") {
    if (typeof a !== "number" && typeof b !== "number") return String(a) + String(b);
  }
  throw py.error("TypeError", "cannot add '" + py.typeName(a) + "' and '" + py.typeName(b) + "'");
},`,
  multiply: `multiply(a, b) {
  if (typeof a === "number" && typeof b === "number") return a * b;
  if (typeof b === "string" || Array.isArray(b)) [a, b] = [b, a];
  const times = Math.max(0, Number(b));
  if (typeof a === "string" && Number.isInteger(times)) return a.repeat(times);
  if (Array.isArray(a) && Number.isInteger(times)) return Array.from({ length: times }, () => a).flat();
  if (typeof a === "boolean" || typeof b === "boolean") return Number(a) * Number(b);
  throw py.error("TypeError", "cannot multiply '" + py.typeName(a) + "' and '" + py.typeName(b) + "'");
},`,
  divide: `divide(a, b) {
  if (b === 0) throw py.error("ZeroDivisionError", "division by zero");
  return a / b;
},`,
  floorDivide: `floorDivide(a, b) {
  if (b === 0) throw py.error("ZeroDivisionError", "integer division or modulo by zero");
  return Math.floor(a / b);
},`,
  mod: `mod(a, b) {
  if (typeof a !== "number" || typeof b !== "number") throw py.error("TypeError", "% needs numbers");
  if (b === 0) throw py.error("ZeroDivisionError", "integer modulo by zero");
  const rest = a % b;
  return rest !== 0 && (rest < 0) !== (b < 0) ? rest + b : rest;
},`,
  get: `get(dict, key, other = null) {
  return Object.hasOwn(dict, key) ? dict[key] : other;
},`,
  setDefault: `setDefault(dict, key, value = null) {
  if (!Object.hasOwn(dict, key)) dict[key] = value;
  return dict[key];
},`,
  pop: `pop(value, key, ...other) {
  if (Array.isArray(value)) {
    if (value.length === 0) throw py.error("IndexError", "pop from empty list");
    return value.splice(key ?? -1, 1)[0];
  }
  if (value instanceof Set) {
    const first = [...value][0];
    value.delete(first);
    return first;
  }
  if (!Object.hasOwn(value, key)) {
    if (other.length > 0) return other[0];
    throw py.error("KeyError", String(key));
  }
  const item = value[key];
  delete value[key];
  return item;
},`,
  remove: `remove(value, item) {
  if (value instanceof Set) {
    if (!value.delete(item)) throw py.error("KeyError", String(item));
    return;
  }
  value.splice(py.index(value, item), 1);
},`,
  del: `del(value, key) {
  if (Array.isArray(value)) {
    const at = key < 0 ? key + value.length : key;
    if (!(at >= 0 && at < value.length)) throw py.error("IndexError", "list assignment index out of range");
    value.splice(at, 1);
  } else {
    if (!Object.hasOwn(value, key)) throw py.error("KeyError", String(key));
    delete value[key];
  }
},`,
  clear: `clear(value) {
  if (Array.isArray(value)) value.length = 0;
  else if (value instanceof Set) value.clear();
  else for (const key of Object.keys(value)) delete value[key];
},`,
  copy: `copy(value) {
  if (Array.isArray(value)) return [...value];
  return value instanceof Set ? new Set(value) : { ...value };
},`,
  update: `update(value, other) {
  if (value instanceof Set) for (const item of py.list(other)) value.add(item);
  else Object.assign(value, Array.isArray(other) ? Object.fromEntries(other) : other);
},`,
  index: `index(value, item) {
  const at = py.isText(value)
    ? [...value.slice(0, Math.max(0, value.indexOf(item)))].length - (value.includes(item) ? 0 : 1)
    : value.findIndex((each) => py.equal(each, item));
  if (at < 0) {
    throw py.error("ValueError", py.isText(value) ? "substring not found" : py.repr(item) + " is not in list");
  }
  return at;
},`,
  count: `count(value, item) {
  if (py.isText(value)) return value.split(item).length - 1;
  return value.filter((each) => py.equal(each, item)).length;
},`,
  setItem: `setItem(value, key, item) {
  if (!Array.isArray(value)) value[key] = item;
  else {
    const at = key < 0 ? key + value.length : key;
    if (!(at >= 0 && at < value.length)) throw py.error("IndexError", "list assignment index out of range");
    value[at] = item;
  }
},`,
  range: `range(from, to, step = 1) {
  const [start, end] = to === undefined ? [0, from] : [from, to];
  if (step === 0) throw py.error("ValueError", "range() arg 3 must not be zero");
  const numbers = [];
  for (let at = start; step > 0 ? at < end : at > end; at += step) numbers.push(at);
  return numbers;
},`,
  enumerate: `enumerate(value, start = 0) {
  return py.list(value).map((item, at) => [at + start, item]);
},`,
  zip: `zip(...lists) {
  const all = lists.map((each) => py.list(each));
  return Array.from({ length: Math.min(...all.map((each) => each.length)) }, (_, at) => all.map((each) => each[at]));
},`,
  sorted: `sorted(value, key = (item) => item, reverse = false) {
  const sign = reverse ? -1 : 1;
  return py.list(value).map((item) => [key(item), item]).sort(([a], [b]) => sign * py.compare(a, b))
    .map(([, item]) => item);
},`,
  best: `best(sign, values, key, other) {
  if (values.length === 0) {
    if (other.length > 0) return other[0];
    throw py.error("ValueError", (sign < 0 ? "min" : "max") + "() arg is an empty sequence");
  }
  return values.reduce((best, item) => sign * py.compare(key(item), key(best)) > 0 ? item : best);
},`,
  min: `min(value, key = (item) => item, ...other) {
  return py.best(-1, py.list(value), key, other);
},`,
  max: `max(value, key = (item) => item, ...other) {
  return py.best(1, py.list(value), key, other);
},`,
  sum: `sum(value, start = 0) {
  return py.list(value).reduce((sum, item) => py.add(sum, item), start);
},`,
  fixed: `fixed(value, digits) {
  const text = value.toFixed(digits);
  // JavaScript rounds a half up, Python to the even digit. Only halves that a float can hold are halves.
  const isHalf = Math.abs(value) < 1e15 && digits < 20 && (Math.abs(value).toFixed(digits + 30 > 100 ? 100 : digits + 30)
    .split(".")[1] ?? "").slice(digits).replace(/0+$/, "") === "5";
  if (!isHalf || "02468".includes(text.at(-1))) return text;
  const down = Math.abs(value).toFixed(digits + 1).slice(0, -1).replace(/\\.$/, "");
  return value < 0 ? "-" + down : down;
},`,
  round: `round(value, digits = 0) {
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "number") throw py.error("TypeError", "round() needs a number");
  if (digits === 0 && Number.isInteger(value)) return value;
  if (digits < 0) {
    const unit = 10 ** -digits;
    const low = Math.floor(value / unit);
    const rest = value - low * unit;
    return (rest > unit / 2 || (rest === unit / 2 && low % 2 !== 0) ? low + 1 : low) * unit;
  }
  return Number.isFinite(value) ? Number(py.fixed(value, digits)) : value;
},`,
  int: `int(value, base = 10) {
  if (typeof value === "boolean") return Number(value);
  if (typeof value === "number" && Number.isFinite(value)) return Math.trunc(value);
  const text = String(value).trim().replace(/(?<=\\w)_(?=\\w)/g, "").toLowerCase();
  const digits = "0123456789abcdefghijklmnopqrstuvwxyz".slice(0, base);
  const plain = text.replace(/^([+-]?)0[xob]/, base === 10 ? "$&" : "$1");
  if (value != null && typeof value !== "number" && new RegExp("^[+-]?[" + digits + "]+$").test(plain)) {
    return base === 10 ? Number(plain) : parseInt(plain, base);
  }
  throw py.error("ValueError", "invalid literal for int() with base " + base + ": " + py.repr(value));
},`,
  float: `float(value) {
  if (typeof value === "number" || typeof value === "boolean") return Number(value);
  const text = String(value).trim().replace(/(?<=\\d)_(?=\\d)/g, "");
  const named = /^([+-]?)(inf(?:inity)?|nan)$/i.exec(text);
  if (value != null && named) return named[2].toLowerCase() === "nan" ? NaN : named[1] === "-" ? -Infinity : Infinity;
  if (value != null && /^[+-]?(\\d+\\.?\\d*|\\.\\d+)(e[+-]?\\d+)?$/i.test(text)) return Number(text);
  throw py.error("ValueError", "could not convert string to float: " + py.repr(value));
},`,
  format: `format(value, spec) {
  const form = /^(?:(.)?([<>=^]))?([+ -])?(#)?(0)?(\\d+)?([,_])?(?:\\.(\\d+))?([a-zA-Z%])?$/su.exec(spec);
  if (!form) throw py.error("ValueError", "Invalid format specifier '" + spec + "'");
  const [, fill, align, sign, alternate, zero, width = 0, group, digits, type] = form;
  const isNumber = typeof value === "number" || (typeof value === "boolean" && type !== undefined);
  let text;
  let mark = "";
  if (isNumber) {
    const size = Math.abs(Number(value));
    mark = value < 0 || Object.is(value, -0) ? "-" : sign === "+" || sign === " " ? sign : "";
    text = py.digits(size, type, digits === undefined ? undefined : Number(digits));
    if (alternate && "xXob".includes(type)) mark += "0" + type;
    if (group) text = text.replace(/^\\d+/, (whole) => whole.replace(/\\B(?=(\\d{3})+$)/g, group));
  } else {
    text = py.str(value);
    if (digits !== undefined) text = [...text].slice(0, Number(digits)).join("");
  }
  const missing = Math.max(0, Number(width) - [...mark + text].length);
  const filler = (fill ?? (zero ? "0" : " ")).repeat(missing);
  const side = align ?? (isNumber ? (zero ? "=" : ">") : "<");
  if (side === "<") return mark + text + filler;
  if (side === ">") return filler + mark + text;
  if (side === "=") return mark + filler + text;
  const left = [...filler].slice(0, Math.floor(missing / 2)).join("");
  return left + mark + text + filler.slice(left.length);
},`,
  digits: `digits(size, type, digits) {
  const exponent = (text) => text.replace(/e([+-])(\\d)$/, "e$10$2");
  if (!Number.isFinite(size)) return Number.isNaN(size) ? "nan" : "inf";
  switch (type) {
    case "f":
    case "F":
      return py.fixed(size, digits ?? 6);
    case "%":
      return py.fixed(size * 100, digits ?? 6) + "%";
    case "e":
      return exponent(size.toExponential(digits ?? 6));
    case "E":
      return exponent(size.toExponential(digits ?? 6)).toUpperCase();
    case "g":
    case "G":
    case "n": {
      const precision = Math.max(1, digits ?? 6);
      const power = size === 0 ? 0 : Number(size.toExponential(precision - 1).split("e")[1]);
      const plain = power < -4 || power >= precision
        ? exponent(size.toExponential(precision - 1).replace(/\\.?0+e/, "e"))
        : size.toFixed(precision - 1 - power).replace(/(\\.\\d*?)0+$/, "$1").replace(/\\.$/, "");
      return type === "G" ? plain.toUpperCase() : plain;
    }
    case "x":
      return size.toString(16);
    case "X":
      return size.toString(16).toUpperCase();
    case "o":
      return size.toString(8);
    case "b":
      return size.toString(2);
    case "c":
      return String.fromCodePoint(size);
    case "d":
      if (Number.isInteger(size)) return String(size);
      throw py.error("ValueError", "Unknown format code 'd' for object of type 'float'");
    default:
      if (digits === undefined) return py.str(size);
      return py.digits(size, "g", digits);
  }
},`,
  template: `template(text, args, names = {}) {
  let next = 0;
  return text.replace(/\\{\\{|\\}\\}|\\{([^{}:!]*)(?:!([rs]))?(?::([^{}]*))?\\}/g, (whole, field, conversion, spec) => {
    if (whole === "{{" || whole === "}}") return whole[0];
    const [first, ...path] = field.split(/[.[\\]]+/).filter((part, at) => part !== "" || at === 0);
    let value = first === "" ? args[next++] : /^\\d+$/.test(first) ? args[first] : py.item(names, first);
    for (const part of path) value = py.item(value, /^\\d+$/.test(part) ? Number(part) : part);
    if (conversion === "r") value = py.repr(value);
    return spec ? py.format(value, spec) : py.str(value);
  });
},`,
  percent: `percent(text, values) {
  const args = Array.isArray(values) ? [...values] : [values];
  return text.replace(/%(?:\\((\\w+)\\))?([-+ 0#]*)(\\d+)?(?:\\.(\\d+))?([sdifrgexX%])/g, (_, name, flags, width, digits, type) => {
    if (type === "%") return "%";
    const value = name === undefined ? args.shift() : py.item(values, name);
    const isText = type === "s" || type === "r";
    const whole = type === "d" || type === "i" ? Math.trunc(value) : type === "r" ? py.repr(value) : value;
    const align = flags.includes("-") ? "<" : isText ? ">" : flags.includes("0") ? "" : ">";
    const spec = align + (isText ? "" : flags.replace(/[- #]/g, "").replace("0", align === "" ? "0" : "")) + (width ?? "") +
      (digits === undefined ? "" : "." + digits) + (isText || type === "i" || type === "d" ? "" : type);
    return py.format(isText ? py.str(whole) : whole, spec);
  });
},`,
  split: `split(text, separator = null, times = -1) {
  if (separator === null) {
    const words = text.trim().split(/\\s+/).filter((word) => word !== "");
    if (times < 0 || words.length <= times) return words;
    const rest = new RegExp("^\\\\s*(?:\\\\S+\\\\s+){" + times + "}").exec(text)[0];
    return [...words.slice(0, times), text.slice(rest.length)];
  }
  const parts = text.split(separator);
  return times < 0 || parts.length <= times + 1
    ? parts
    : [...parts.slice(0, times), parts.slice(times).join(separator)];
},`,
  rsplit: `rsplit(text, separator, times) {
  const parts = text.split(separator);
  const kept = Math.max(0, parts.length - times);
  return kept === 0 ? parts : [parts.slice(0, kept).join(separator), ...parts.slice(kept)];
},`,
  splitLines: `splitLines(text) {
  const lines = text.split(/\\r\\n|\\n|\\r/);
  if (lines.at(-1) === "") lines.pop();
  return lines;
},`,
  partition: `partition(text, separator, at) {
  return at < 0 ? [text, "", ""] : [text.slice(0, at), separator, text.slice(at + separator.length)];
},`,
  strip: `strip(text, characters, sides = "both") {
  const all = [...text];
  let start = 0;
  let end = all.length;
  while (sides !== "right" && start < end && characters.includes(all[start])) start++;
  while (sides !== "left" && end > start && characters.includes(all[end - 1])) end--;
  return all.slice(start, end).join("");
},`,
  title: `title(text) {
  return text.replace(/\\p{L}+/gu, (word) => [...word][0].toUpperCase() + [...word].slice(1).join("").toLowerCase());
},`,
  capitalize: `capitalize(text) {
  const [first = "", ...rest] = [...text];
  return first.toUpperCase() + rest.join("").toLowerCase();
},`,
  swapCase: `swapCase(text) {
  return [...text].map((c) => c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase()).join("");
},`,
  center: `center(text, width, fill = " ") {
  const missing = Math.max(0, width - [...text].length);
  const left = Math.floor(missing / 2) + (missing & width & 1);
  return fill.repeat(left) + text + fill.repeat(missing - left);
},`,
  zfill: `zfill(text, width) {
  const sign = /^[+-]/.exec(text)?.[0] ?? "";
  return sign + text.slice(sign.length).padStart(width - sign.length, "0");
},`,
  replace: `replace(text, before, after, times) {
  const parts = py.split(text, before, times);
  return parts.join(after);
},`,
  json: `json(value, indent = null, { ascii = true, sort = false } = {}, depth = 1) {
  const quoted = (text) => ascii
    ? JSON.stringify(text).replace(/[\\u007f-\\uffff]/g, (c) => "\\\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"))
    : JSON.stringify(text);
  if (value == null) return "null";
  if (py.isText(value)) return quoted(String(value));
  if (typeof value === "number") {
    return Number.isFinite(value) ? py.repr(value) : { inf: "Infinity", "-inf": "-Infinity", nan: "NaN" }[py.floatText(value)];
  }
  if (typeof value === "boolean") return String(value);
  const isList = Array.isArray(value);
  if (!isList && !py.isDict(value)) {
    throw py.error("TypeError", "Object of type " + py.typeName(value) + " is not JSON serializable");
  }
  const keys = isList ? [] : sort ? Object.keys(value).sort() : Object.keys(value);
  const items = isList
    ? value.map((item) => py.json(item, indent, { ascii, sort }, depth + 1))
    : keys.map((key) => quoted(key) + ": " + py.json(value[key], indent, { ascii, sort }, depth + 1));
  const [open, close] = isList ? "[]" : "{}";
  if (items.length === 0) return open + close;
  if (indent === null) return open + items.join(", ") + close;
  const space = typeof indent === "string" ? indent : " ".repeat(indent);
  const inner = "\\n" + space.repeat(depth);
  return open + inner + items.join("," + inner) + "\\n" + space.repeat(depth - 1) + close;
},`,
  loads: `loads(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw py.error("JSONDecodeError", error.message);
  }
},`,
  math: `math(name, ...args) {
  const value = Math[name](...args);
  if (args.every(Number.isFinite) && !Number.isFinite(value)) {
    if (Number.isNaN(value) || value < 0 || name !== "exp") throw py.error("ValueError", "math domain error");
    throw py.error("OverflowError", "math range error");
  }
  return value;
},`,
  log: `log(value, base) {
  if (!(value > 0)) throw py.error("ValueError", "math domain error");
  return base === undefined ? Math.log(value) : Math.log(value) / Math.log(base);
},`,
  factorial: `factorial(value) {
  if (!Number.isInteger(value) || value < 0) {
    throw py.error("ValueError", "factorial() not defined for negative values and fractions");
  }
  let product = 1;
  for (let factor = 2; factor <= value; factor++) product *= factor;
  return product;
},`,
  gcd: `gcd(...values) {
  return values.map(Math.abs).reduce((a, b) => {
    while (b > 0) [a, b] = [b, a % b];
    return a;
  }, 0);
},`,
  isClose: `isClose(a, b) {
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b));
},`,
  randint: `randint(low, high) {
  return low + Math.floor(Math.random() * (high - low + 1));
},`,
  choice: `choice(values) {
  const all = py.list(values);
  if (all.length === 0) throw py.error("IndexError", "Cannot choose from an empty sequence");
  return all[Math.floor(Math.random() * all.length)];
},`,
  choices: `choices(values, times = 1) {
  return Array.from({ length: times }, () => py.choice(values));
},`,
  shuffle: `shuffle(values) {
  for (let at = values.length - 1; at > 0; at--) {
    const other = Math.floor(Math.random() * (at + 1));
    [values[at], values[other]] = [values[other], values[at]];
  }
},`,
  sample: `sample(values, times) {
  const all = py.list(values);
  if (times > all.length) throw py.error("ValueError", "Sample larger than population or is negative");
  py.shuffle(all);
  return all.slice(0, times);
},`,
  isoDate: `isoDate(date, between = "T", dayOnly = false) {
  const two = (number) => String(number).padStart(2, "0");
  const day = date.getFullYear() + "-" + two(date.getMonth() + 1) + "-" + two(date.getDate());
  if (dayOnly) return day;
  const ms = date.getMilliseconds();
  return day + between + [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":") +
    (ms === 0 ? "" : "." + String(ms).padStart(3, "0") + "000");
},`,
  dateAt: `dateAt(year, month, day, hour = 0, minute = 0, second = 0) {
  const date = new Date(year, month - 1, day, hour, minute, second);
  if (date.getMonth() !== month - 1 || date.getDate() !== day) {
    throw py.error("ValueError", "day is out of range for month");
  }
  return date;
},`,
  today: `today() {
  const now = new Date();
  return new Date(now.getFullYear(), now.getMonth(), now.getDate());
},`,
  plusMs: `plusMs(date, ms) {
  return new Date(date.getTime() + ms);
},`,
  strftime: `strftime(date, form) {
  const days = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");
  const months = ("January February March April May June July August September October November December").split(" ");
  const pad = (number, width = 2) => String(number).padStart(width, "0");
  const hour = date.getHours();
  const yearDay = Math.round((new Date(date.getFullYear(), date.getMonth(), date.getDate()) -
    new Date(date.getFullYear(), 0, 1)) / 86400000) + 1;
  const values = {
    Y: date.getFullYear(), y: pad(date.getFullYear() % 100), m: pad(date.getMonth() + 1), d: pad(date.getDate()),
    B: months[date.getMonth()], b: months[date.getMonth()].slice(0, 3), A: days[date.getDay()],
    a: days[date.getDay()].slice(0, 3), H: pad(hour), I: pad(hour % 12 || 12), M: pad(date.getMinutes()),
    S: pad(date.getSeconds()), p: hour < 12 ? "AM" : "PM", f: pad(date.getMilliseconds(), 3) + "000", j: pad(yearDay, 3),
    w: date.getDay(), u: date.getDay() || 7, "%": "%",
  };
  const whole = { F: "%Y-%m-%d", T: "%H:%M:%S", D: "%m/%d/%y", R: "%H:%M", x: "%m/%d/%y", X: "%H:%M:%S", c: "%a %b %e %H:%M:%S %Y" };
  return form.replace(/%([FTDRxXc])/g, (_, code) => whole[code]).replace(/%(-?)([a-zA-Z%])/g, (found, plain, code) => {
    if (code === "e") return String(date.getDate()).padStart(2);
    if (values[code] === undefined) throw py.error("ValueError", "strftime: " + found + " is not known");
    return plain ? String(values[code]).replace(/^0+(?=.)/, "") : String(values[code]);
  });
},`,
  matchStart: `matchStart(regex, text, whole = false) {
  return new RegExp("^(?:" + regex.source + ")" + (whole ? "$" : ""), regex.flags).exec(text);
},`,
  findAll: `findAll(regex, text) {
  return [...text.matchAll(new RegExp(regex, "g" + regex.flags))].map((match) =>
    match.length === 1 ? match[0] : match.length === 2 ? match[1] ?? "" : match.slice(1)
  );
},`,
  setOf: `setOf(value, other, how) {
  const second = new Set(py.list(other));
  const all = how === "union" || how === "difference2" ? [...value, ...second] : [...value];
  return new Set(all.filter((item) =>
    how === "union" || (how === "intersection" && second.has(item)) || (how === "difference" && !second.has(item)) ||
    (how === "difference2" && value.has(item) !== second.has(item))
  ));
},`,
} as const;
