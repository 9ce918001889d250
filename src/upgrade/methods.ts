import {
  argumentNode,
  checkArguments,
  inOrder,
  namedObject,
  positionalTexts,
  type PyArguments,
  requiredArgument,
} from "./arguments.ts";
import { keyAndReverse } from "./builtin_calls.ts";
import { binding, type Code, code, type Kind, operand, unknown } from "./code.ts";
import type { Translator } from "./context.ts";
import type { HelperName } from "./helpers.ts";
import { matchGroup } from "./members.ts";
import { compiledCall } from "./regex.ts";
import { dateText } from "./strings.ts";
import type { PyNode } from "./python_tree.ts";

/** A method of a value: `whole` is the value as the object of a member. */
type MethodCall = (value: Code, args: PyArguments, tr: Translator, whole: string, node: PyNode) => Code;

/** Translates a call of a method. The method's name says what the value must be where that is not known. */
export function methodCall(value: Code, name: string, args: PyArguments, tr: Translator, node: PyNode): Code {
  const whole = operand(value, binding.primary);
  const { k } = value.kind;
  if (k === "match") return matchCall(value, name, args, tr, node);
  if (k === "file") return fileCall(value, name, args, tr, node);
  if (k === "regex") return compiledCall(name, value, args, tr, node);
  if (k === "date" || k === "day") return dateCall(value, name, args, tr, node);
  if (k === "ms" && name === "total_seconds") {
    return code(`${operand(value, binding.multiply)} / 1000`, "float", binding.multiply);
  }
  const byKind = k === "list"
    ? listMethods
    : k === "dict"
    ? dictMethods
    : k === "set"
    ? setMethods
    : k === "str"
    ? textMethods
    : undefined;
  const isOwn = k === "instance" || k === "class" || k === "agent";
  const method = byKind?.[name] ??
    (isOwn
      ? undefined
      : anyMethods[name] ?? textMethods[name] ?? dictMethods[name] ?? listMethods[name] ?? setMethods[name]);
  learnMutation(value, name, args, tr, node);
  if (method !== undefined) return method(value, args, tr, whole, node);
  if (args.named.size > 0 && args.positional.length === 0) {
    return code(`${whole}.${name}(${namedObject(args, tr)})`);
  }
  return code(`${whole}.${name}(${inOrder(args, [], tr)})`);
}

/** A variable whose list gets items of another kind is a list of unknown items. */
function learnMutation(value: Code, name: string, args: PyArguments, tr: Translator, node: PyNode): void {
  const variable = node.kids[0]!.kids[0]!;
  if (variable.name !== "VariableName" || tr.context.overlay(variable.text) !== undefined) return;
  if (name === "append" || name === "insert" || name === "add") {
    const item = args.positional.at(-1);
    const kind = item === undefined ? unknown : tr.expression(item.nodes[0]!).kind;
    if (value.kind.k === "list" || value.kind.k === "set") {
      tr.context.learn(variable.text, { k: value.kind.k, of: kind });
    }
  } else if (name === "extend" || name === "update") {
    if (value.kind.k !== "unknown") tr.context.learn(variable.text, { k: value.kind.k, of: unknown });
  }
}

function renamed(name: string, kind: Kind["k"], most = 1): MethodCall {
  return (_, args, tr, whole) => {
    checkArguments(args, tr, most);
    return code(`${whole}.${name}(${positionalTexts(args, tr).join(", ")})`, kind);
  };
}

/** A helper that gets the value as its first argument. */
function helped(name: HelperName, kind: Kind["k"], most = 3): MethodCall {
  return (value, args, tr) => {
    checkArguments(args, tr, most);
    return code(`${tr.context.helper(name)}(${[value.text, ...positionalTexts(args, tr)].join(", ")})`, kind);
  };
}

function tested(pattern: string): MethodCall {
  return (value, args, tr) => {
    checkArguments(args, tr, 0);
    return code(`${pattern}.test(${value.text})`, "bool");
  };
}

const texts: Kind = { k: "list", of: { k: "str" } };

function stripped(name: string, sides: string): MethodCall {
  return (value, args, tr, whole) => {
    checkArguments(args, tr, 1);
    if (args.positional.length === 0) return code(`${whole}.${name}()`, "str");
    const rest = sides === "both" ? "" : `, "${sides}"`;
    return code(
      `${tr.context.helper("strip")}(${value.text}, ${requiredArgument(args, 0, tr).text}${rest})`,
      "str",
    );
  };
}

const split: MethodCall = (value, args, tr, whole) => {
  checkArguments(args, tr, 2, "sep", "maxsplit");
  const separator = argumentNode(args, 0, "sep");
  const times = argumentNode(args, 1, "maxsplit");
  if (separator !== undefined && separator.name !== "None" && times === undefined) {
    return code(`${whole}.split(${tr.expression(separator).text})`, texts);
  }
  const parts = [
    value.text,
    ...(separator === undefined && times === undefined
      ? []
      : [separator === undefined ? "null" : tr.expression(separator).text]),
    ...(times === undefined ? [] : [tr.expression(times).text]),
  ];
  return code(`${tr.context.helper("split")}(${parts.join(", ")})`, texts);
};

const rsplit: MethodCall = (value, args, tr, whole, node) => {
  const times = argumentNode(args, 1, "maxsplit");
  if (times === undefined) return split(value, args, tr, whole, node);
  const separator = requiredArgument(args, 0, tr, "sep");
  return code(
    `${tr.context.helper("rsplit")}(${value.text}, ${separator.text}, ${tr.expression(times).text})`,
    texts,
  );
};

const join: MethodCall = (value, args, tr) => {
  const list = requiredArgument(args, 0, tr);
  const text = list.kind.k === "list"
    ? operand(list, binding.primary)
    : `${tr.context.helper("list")}(${list.text})`;
  return code(`${text}.join(${value.text})`, "str");
};

const replace: MethodCall = (value, args, tr, whole) => {
  checkArguments(args, tr, 3, "count");
  const times = argumentNode(args, 2, "count");
  const [before, after] = [requiredArgument(args, 0, tr), requiredArgument(args, 1, tr)];
  if (times !== undefined) {
    return code(
      `${tr.context.helper("replace")}(${value.text}, ${before.text}, ${after.text}, ${
        tr.expression(times).text
      })`,
      "str",
    );
  }
  const plain = tr.literalText(argumentNode(args, 1)!);
  const replacement = plain !== undefined && !plain.includes("$") ? after.text : `() => ${after.text}`;
  return code(`${whole}.replaceAll(${before.text}, ${replacement})`, "str");
};

function edge(name: "startsWith" | "endsWith"): MethodCall {
  return (_, args, tr, whole) => {
    checkArguments(args, tr, 1);
    const node = argumentNode(args, 0)!;
    if (node.name !== "TupleExpression") return code(`${whole}.${name}(${tr.expression(node).text})`, "bool");
    return code(`${tr.expression(node).text}.some((part) => ${whole}.${name}(part))`, "bool");
  };
}

function partitioned(find: "indexOf" | "lastIndexOf"): MethodCall {
  return (value, args, tr, whole) => {
    const separator = requiredArgument(args, 0, tr).text;
    if (find === "lastIndexOf") tr.context.fail(args.node, "rpartition has no counterpart");
    return code(
      `${tr.context.helper("partition")}(${value.text}, ${separator}, ${whole}.${find}(${separator}))`,
      texts,
    );
  };
}

const formatCall: MethodCall = (value, args, tr) => {
  const list = `[${positionalTexts(args, tr).join(", ")}]`;
  const names = args.named.size + args.mappings.length === 0 ? "" : `, ${namedObject(args, tr)}`;
  return code(`${tr.context.helper("template")}(${value.text}, ${list}${names})`, "str");
};

function cut(where: "start" | "end"): MethodCall {
  return (_, args, tr, whole) => {
    const part = requiredArgument(args, 0, tr).text;
    const test = where === "start" ? `${whole}.startsWith(${part})` : `${whole}.endsWith(${part})`;
    const rest = where === "start"
      ? `${whole}.slice((${part}).length)`
      : `${whole}.slice(0, ${whole}.length - (${part}).length)`;
    return code(`${test} ? ${rest} : ${whole}`, "str", binding.condition);
  };
}

const textMethods: Readonly<Record<string, MethodCall>> = {
  upper: renamed("toUpperCase", "str", 0),
  lower: renamed("toLowerCase", "str", 0),
  casefold: renamed("toLowerCase", "str", 0),
  strip: stripped("trim", "both"),
  lstrip: stripped("trimStart", "left"),
  rstrip: stripped("trimEnd", "right"),
  split,
  rsplit,
  splitlines: (value, args, tr) => {
    checkArguments(args, tr, 0);
    return code(`${tr.context.helper("splitLines")}(${value.text})`, texts);
  },
  join,
  replace,
  startswith: edge("startsWith"),
  endswith: edge("endsWith"),
  find: renamed("indexOf", "int", 2),
  rfind: renamed("lastIndexOf", "int", 1),
  rindex: (_value, args, tr) => tr.context.fail(args.node, "rindex has no counterpart"),
  isdigit: tested("/^\\p{Nd}+$/u"),
  isnumeric: tested("/^\\p{N}+$/u"),
  isdecimal: tested("/^\\p{Nd}+$/u"),
  isalpha: tested("/^\\p{L}+$/u"),
  isalnum: tested("/^[\\p{L}\\p{N}]+$/u"),
  isspace: tested("/^\\s+$/"),
  isupper: tested("/^(?=.*\\p{Lu})[^\\p{Ll}]*$/u"),
  islower: tested("/^(?=.*\\p{Ll})[^\\p{Lu}]*$/u"),
  title: helped("title", "str", 0),
  capitalize: helped("capitalize", "str", 0),
  swapcase: helped("swapCase", "str", 0),
  center: helped("center", "str", 2),
  zfill: helped("zfill", "str", 1),
  ljust: renamed("padEnd", "str", 2),
  rjust: renamed("padStart", "str", 2),
  format: formatCall,
  partition: partitioned("indexOf"),
  rpartition: partitioned("lastIndexOf"),
  removeprefix: cut("start"),
  removesuffix: cut("end"),
  index: helped("index", "int", 1),
  count: helped("count", "int", 1),
};

const get: MethodCall = (value, args, tr, whole) => {
  checkArguments(args, tr, 2, "default");
  const key = argumentNode(args, 0)!;
  const other = argumentNode(args, 1, "default");
  const name = tr.literalText(key);
  const of = value.kind.of;
  if (value.text === "state" && name !== undefined) {
    return other === undefined ? code(`state.${name}`) : code(
      `state.${name} ?? ${operand(tr.expression(other), binding.primary)}`,
      unknown,
      binding.condition,
    );
  }
  const isPlain = name !== undefined && other === undefined && /^[A-Za-z_$][\w$]*$/.test(name) &&
    !(name in {});
  if (isPlain) return code(`${whole}.${name}`);
  const texts = [
    value.text,
    tr.expression(key).text,
    ...(other === undefined ? [] : [tr.expression(other).text]),
  ];
  const kind = other !== undefined && of !== undefined && tr.expression(other).kind.k === of.k ? of : unknown;
  return code(`${tr.context.helper("get")}(${texts.join(", ")})`, kind);
};

function entries(name: "keys" | "values" | "entries"): MethodCall {
  return (value, args, tr) => {
    checkArguments(args, tr, 0);
    const of = value.kind.of ?? unknown;
    const item: Kind = name === "keys"
      ? { k: "str" }
      : name === "values"
      ? of
      : { k: "list", items: [{ k: "str" }, of] };
    return code(`Object.${name}(${value.text})`, { k: "list", of: item });
  };
}

const dictMethods: Readonly<Record<string, MethodCall>> = {
  get,
  items: entries("entries"),
  keys: entries("keys"),
  values: entries("values"),
  setdefault: helped("setDefault", "unknown", 2),
  update: (value, args, tr) => {
    // Without a positional argument, the named ones are the entries.
    if (args.positional.length > 0) checkArguments(args, tr, 1);
    const other = args.positional[0] === undefined
      ? namedObject(args, tr)
      : requiredArgument(args, 0, tr).text;
    if (value.kind.k === "dict") return code(`Object.assign(${value.text}, ${other})`, "none");
    return code(`${tr.context.helper("update")}(${value.text}, ${other})`, "none");
  },
  pop: helped("pop", "unknown", 2),
  copy: (value, args, tr) => {
    checkArguments(args, tr, 0);
    return value.kind.k === "dict"
      ? code(`{ ...${operand(value, binding.assign)} }`, value.kind)
      : code(`${tr.context.helper("copy")}(${value.text})`);
  },
  clear: helped("clear", "none", 0),
};

const sort: MethodCall = (value, args, tr, whole) => {
  checkArguments(args, tr, 0, "key", "reverse");
  const rest = keyAndReverse(args, tr);
  if (rest.length === 0) {
    return code(`${whole}.sort((a, b) => ${tr.context.helper("compare")}(a, b))`, "none");
  }
  return code(
    `${whole}.splice(0, Infinity, ...${tr.context.helper("sorted")}(${[value.text, ...rest].join(", ")}))`,
    "none",
  );
};

const listMethods: Readonly<Record<string, MethodCall>> = {
  append: renamed("push", "none", 1),
  extend: (_, args, tr, whole) => {
    const other = requiredArgument(args, 0, tr);
    const text = other.kind.k === "list"
      ? operand(other, binding.assign)
      : `${tr.context.helper("list")}(${other.text})`;
    return code(`${whole}.push(...${text})`, "none");
  },
  insert: (_, args, tr, whole) =>
    code(
      `${whole}.splice(${requiredArgument(args, 0, tr).text}, 0, ${requiredArgument(args, 1, tr).text})`,
      "none",
    ),
  pop: (value, args, tr) => {
    checkArguments(args, tr, 1);
    return code(
      `${tr.context.helper("pop")}(${[value.text, ...positionalTexts(args, tr)].join(", ")})`,
      value.kind.of ?? unknown,
    );
  },
  remove: helped("remove", "none", 1),
  index: helped("index", "int", 1),
  count: helped("count", "int", 1),
  sort,
  reverse: renamed("reverse", "none", 0),
  clear: helped("clear", "none", 0),
  copy: (value, _args, _tr) => code(`[...${operand(value, binding.assign)}]`, value.kind),
};

function setWay(way: string): MethodCall {
  return (value, args, tr) => {
    checkArguments(args, tr, 1);
    return code(
      `${tr.context.helper("setOf")}(${value.text}, ${requiredArgument(args, 0, tr).text}, "${way}")`,
      value.kind.k === "set" ? value.kind : "set",
    );
  };
}

const setMethods: Readonly<Record<string, MethodCall>> = {
  add: renamed("add", "none", 1),
  discard: renamed("delete", "none", 1),
  remove: helped("remove", "none", 1),
  pop: helped("pop", "unknown", 0),
  clear: renamed("clear", "none", 0),
  update: helped("update", "none", 1),
  copy: (value) => code(`new Set(${value.text})`, value.kind),
  union: setWay("union"),
  intersection: setWay("intersection"),
  difference: setWay("difference"),
  symmetric_difference: setWay("difference2"),
};

/** Methods that values of several kinds have. Their helpers look at the value. */
const anyMethods: Readonly<Record<string, MethodCall>> = {
  pop: helped("pop", "unknown", 2),
  copy: helped("copy", "unknown", 0),
  clear: helped("clear", "none", 0),
  remove: helped("remove", "none", 1),
  index: helped("index", "int", 1),
  count: helped("count", "int", 1),
  update: dictMethods["update"]!,
};

function matchCall(value: Code, name: string, args: PyArguments, tr: Translator, node: PyNode): Code {
  const whole = operand(value, binding.primary);
  switch (name) {
    case "group": {
      const key = argumentNode(args, 0);
      if (args.positional.length > 1) tr.context.fail(node, "group() with several groups has no counterpart");
      return code(key === undefined ? `${whole}[0]` : matchGroup(value, key, tr), "str");
    }
    case "groups":
      return code(`${whole}.slice(1)`, texts);
    case "groupdict":
      return code(`${whole}.groups`, "dict");
    case "start":
      return code(`${whole}.index`, "int");
    case "end":
      return code(`${whole}.index + ${whole}[0].length`, "int", binding.add);
  }
  return tr.context.fail(node, `"${name}" of a match has no counterpart`);
}

function fileCall(value: Code, name: string, args: PyArguments, tr: Translator, node: PyNode): Code {
  switch (name) {
    case "read":
      checkArguments(args, tr, 0);
      return tr.awaited(`readTextFile(${value.text})`, { k: "str" });
    case "readlines":
      return code(`(${tr.awaited(`readTextFile(${value.text})`).text}).split(/(?<=\\n)/)`, texts);
    case "write":
      return tr.awaited(`appendTextFile(${value.text}, ${requiredArgument(args, 0, tr).text})`, {
        k: "none",
      });
    case "writelines":
      return tr.awaited(`appendTextFile(${value.text}, (${requiredArgument(args, 0, tr).text}).join(""))`, {
        k: "none",
      });
    case "flush":
    case "close":
      return code("undefined", "none");
  }
  return tr.context.fail(node, `"${name}" of a file has no counterpart`);
}

function dateCall(value: Code, name: string, args: PyArguments, tr: Translator, node: PyNode): Code {
  const whole = operand(value, binding.primary);
  switch (name) {
    case "strftime":
      return code(
        `${tr.context.helper("strftime")}(${value.text}, ${requiredArgument(args, 0, tr, "format").text})`,
        "str",
      );
    case "isoformat":
      return dateText(value, "T", tr);
    case "weekday":
      return code(`(${whole}.getDay() + 6) % 7`, "int", binding.multiply);
    case "isoweekday":
      return code(`${whole}.getDay() || 7`, "int", binding.or);
    case "timestamp":
      return code(`${whole}.getTime() / 1000`, "float", binding.multiply);
  }
  return tr.context.fail(node, `"${name}" of a date has no counterpart`);
}
