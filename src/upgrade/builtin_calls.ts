import {
  argumentCode,
  argumentNode,
  checkArguments,
  inOrder,
  namedObject,
  positionalTexts,
  type PyArguments,
  requiredArgument,
} from "./arguments.ts";
import { binding, type Code, code, isNumber, iteratedKind, type Kind, operand, unknown } from "./code.ts";
import { spreadable } from "./collections.ts";
import type { Translator } from "./context.ts";
import { comprehensionParts, mapped } from "./functional.ts";
import { helped } from "./modules.ts";
import type { PyNode } from "./python_tree.ts";
import { formatCode, strCode, strValue } from "./strings.ts";

type BuiltinCall = (args: PyArguments, tr: Translator, node: PyNode) => Code;

/** Whether a name is a function of Python itself. */
export function isBuiltin(name: string): boolean {
  return Object.hasOwn(builtins, name);
}

/** A call of a function of Python itself. */
export function builtinCall(name: string, args: PyArguments, tr: Translator, node: PyNode): Code {
  return builtins[name]!(args, tr, node);
}

function unsupported(why: string): BuiltinCall {
  return (_, tr, node) => tr.context.fail(node, why);
}

const len: BuiltinCall = (args, tr) => {
  const value = requiredArgument(args, 0, tr);
  const whole = operand(value, binding.primary);
  if (value.kind.k === "list") return code(`${whole}.length`, "int");
  if (value.kind.k === "set") return code(`${whole}.size`, "int");
  // A text counts its characters, not its UTF-16 units.
  if (value.kind.k === "str") return code(`[...${operand(value, binding.assign)}].length`, "int");
  return code(`${tr.context.helper("len")}(${value.text})`, "int");
};

const str: BuiltinCall = (args, tr) =>
  args.positional.length === 0 ? code('""', "str") : strValue(requiredArgument(args, 0, tr), tr);

const int: BuiltinCall = (args, tr) => {
  checkArguments(args, tr, 2, "base");
  const value = requiredArgument(args, 0, tr);
  const base = argumentNode(args, 1, "base");
  if (isNumber(value.kind) && base === undefined) {
    return value.kind.k === "int" ? value : code(`Math.trunc(${value.text})`, "int");
  }
  return code(
    `${tr.context.helper("int")}(${value.text}${base === undefined ? "" : `, ${base.text}`})`,
    "int",
  );
};

const float: BuiltinCall = (args, tr) => {
  const value = requiredArgument(args, 0, tr);
  if (isNumber(value.kind)) return { ...value, kind: { k: "float" } };
  return code(`${tr.context.helper("float")}(${value.text})`, "float");
};

const round: BuiltinCall = (args, tr) => {
  checkArguments(args, tr, 2, "ndigits");
  const digits = argumentNode(args, 1, "ndigits");
  const value = tr.number(args.positional[0]?.nodes[0] ?? args.node);
  const isWhole = digits === undefined || digits.name === "None";
  const kind: Kind = isWhole
    ? { k: "int" }
    : { k: value.kind.k === "int" ? "int" : value.kind.k === "float" ? "float" : "num" };
  return code(
    `${tr.context.helper("round")}(${value.text}${isWhole ? "" : `, ${tr.expression(digits!).text}`})`,
    kind,
  );
};

const print: BuiltinCall = (args, tr) => {
  checkArguments(args, tr, Infinity, "end", "sep", "flush", "file");
  if (args.named.has("file")) tr.context.fail(args.node, "print to a file has no counterpart");
  const parts = args.positional.map((argument) => {
    const value = tr.expression(argument.nodes[0]!);
    return argument.isSpread ? `...${spreadable(value, tr)}` : strCode(value, tr).text;
  });
  const separator = args.named.get("sep");
  if (separator !== undefined) {
    return code(`console.log([${parts.join(", ")}].join(${tr.expression(separator).text}))`, "none");
  }
  return code(`console.log(${parts.join(", ")})`, "none");
};

const range: BuiltinCall = (args, tr) => {
  checkArguments(args, tr, 3);
  return code(`${tr.context.helper("range")}(${positionalTexts(args, tr).join(", ")})`, {
    k: "list",
    of: { k: "int" },
  });
};

const enumerate: BuiltinCall = (args, tr) => {
  checkArguments(args, tr, 2, "start");
  const value = requiredArgument(args, 0, tr, "iterable");
  const start = argumentNode(args, 1, "start");
  const kind: Kind = { k: "list", of: { k: "list", items: [{ k: "int" }, iteratedKind(value.kind)] } };
  const text = start === undefined ? value.text : `${value.text}, ${tr.expression(start).text}`;
  return code(`${tr.context.helper("enumerate")}(${text})`, kind);
};

const zip: BuiltinCall = (args, tr) => {
  checkArguments(args, tr, Infinity, "strict");
  const values = args.positional.map((each) => argumentCode(each, tr));
  if (args.positional.some(({ isSpread }) => isSpread)) {
    return code(`${tr.context.helper("zip")}(${positionalTexts(args, tr).join(", ")})`, {
      k: "list",
      of: { k: "list" },
    });
  }
  const items = values.map(({ kind }) => iteratedKind(kind));
  return code(`${tr.context.helper("zip")}(${values.map(({ text }) => text).join(", ")})`, {
    k: "list",
    of: { k: "list", items },
  });
};

const sorted: BuiltinCall = (args, tr) => {
  checkArguments(args, tr, 1, "key", "reverse");
  const value = requiredArgument(args, 0, tr);
  return code(`${tr.context.helper("sorted")}(${[value.text, ...keyAndReverse(args, tr)].join(", ")})`, {
    k: "list",
    of: iteratedKind(value.kind),
  });
};

/** `key=` and `reverse=` as the second and third argument of a helper. */
export function keyAndReverse(args: PyArguments, tr: Translator): readonly string[] {
  const [key, reverse] = [args.named.get("key"), args.named.get("reverse")];
  const isReversed = reverse !== undefined && reverse.text !== "False";
  if (key === undefined && !isReversed) return [];
  const first = key === undefined || key.name === "None" ? "undefined" : tr.expression(key).text;
  return isReversed ? [first, tr.expression(reverse).text] : [first];
}

function extreme(name: "min" | "max"): BuiltinCall {
  return (args, tr) => {
    checkArguments(args, tr, Infinity, "key", "default");
    const values = args.positional.map((each) => argumentCode(each, tr));
    const isSpread = args.positional.some((each) => each.isSpread);
    const isPlain = !isSpread && values.length > 1 && values.every(({ kind }) => isNumber(kind)) &&
      args.named.size === 0;
    const texts = positionalTexts(args, tr).join(", ");
    if (isPlain) {
      const kinds = new Set(values.map(({ kind }) => kind.k));
      return code(`Math.${name}(${texts})`, kinds.size === 1 ? values[0]!.kind : { k: "num" });
    }
    const list = values.length === 1 && !isSpread ? texts : `[${texts}]`;
    const [key, other] = [args.named.get("key"), args.named.get("default")];
    const rest = [
      ...(key !== undefined || other !== undefined
        ? [key === undefined ? "undefined" : tr.expression(key).text]
        : []),
      ...(other === undefined ? [] : [tr.expression(other).text]),
    ];
    const kind = values.length === 1 ? iteratedKind(values[0]!.kind) : unknown;
    return code(`${tr.context.helper(name)}(${[list, ...rest].join(", ")})`, kind);
  };
}

const sum: BuiltinCall = (args, tr) => {
  checkArguments(args, tr, 2, "start");
  const value = requiredArgument(args, 0, tr);
  const start = argumentNode(args, 1, "start");
  const item = iteratedKind(value.kind);
  const kind: Kind = isNumber(item) ? item : { k: "num" };
  return code(
    `${tr.context.helper("sum")}(${value.text}${
      start === undefined ? "" : `, ${tr.expression(start).text}`
    })`,
    kind,
  );
};

/** `any(test for x in values)` is `values.some((x) => test)`. */
function quantifier(method: "some" | "every"): BuiltinCall {
  return (args, tr) => {
    checkArguments(args, tr, 1);
    const [argument] = args.positional;
    if (argument === undefined) return tr.context.fail(args.node, "an argument of this call is missing");
    const [only] = argument.nodes;
    const nodes = argument.nodes.length > 1
      ? argument.nodes
      : /^(?:Array)?ComprehensionExpression$/.test(only!.name)
      ? only!.kids
      : [];
    const { results, clauses } = comprehensionParts(nodes);
    if (clauses.length === 0) {
      const value = tr.expression(argument.nodes[0]!);
      return code(
        `${tr.context.helper("list")}(${value.text}).${method}((item) => ${
          tr.context.helper("truthy")
        }(item))`,
        "bool",
      );
    }
    const list = mapped(clauses, () => tr.condition(results[0]!), tr);
    const map = /^([^]*)\.map\((\([^()]*\) => [^]*)\)$/.exec(list.text);
    if (clauses.length === 1 && map !== null && !list.text.startsWith("await") && isBalanced(map[2]!)) {
      return code(`${map[1]}.${method}(${map[2]})`, "bool");
    }
    return code(`${operand(list, binding.primary)}.${method}(Boolean)`, "bool");
  };
}

function isBalanced(text: string): boolean {
  let depth = 0;
  for (const character of text) {
    if ("([{".includes(character)) depth++;
    else if (")]}".includes(character) && --depth < 0) return false;
  }
  return depth === 0;
}

const mapCall: BuiltinCall = (args, tr) => {
  checkArguments(args, tr, 2);
  const [make, values] = [requiredArgument(args, 0, tr), requiredArgument(args, 1, tr)];
  const arrow = make.prec >= binding.primary ? `(item) => ${make.text}(item)` : make.text;
  return code(`${listed(values, tr)}.map(${arrow})`, "list");
};

const filterCall: BuiltinCall = (args, tr) => {
  checkArguments(args, tr, 2);
  const [test, values] = [requiredArgument(args, 0, tr), requiredArgument(args, 1, tr)];
  const truthy = tr.context.helper("truthy");
  const call = test.kind.k === "none" ? "item" : `${operand(test, binding.primary)}(item)`;
  return code(
    `${listed(values, tr)}.filter((item) => ${truthy}(${call}))`,
    values.kind.k === "list" ? values.kind : "list",
  );
};

function listed(value: Code, tr: Translator): string {
  return value.kind.k === "list"
    ? operand(value, binding.primary)
    : `${tr.context.helper("list")}(${value.text})`;
}

const list: BuiltinCall = (args, tr) => {
  checkArguments(args, tr, 1);
  if (args.positional.length === 0) return code("[]", "list");
  const value = requiredArgument(args, 0, tr);
  const of = iteratedKind(value.kind);
  const kind: Kind = { k: "list", of };
  const isKnown = value.kind.k === "list" || value.kind.k === "set" || value.kind.k === "str";
  // What was made for this call needs no copy.
  if (value.kind.k === "list" && /\)$/.test(value.text)) return { ...value, kind };
  return code(
    isKnown ? `[...${operand(value, binding.assign)}]` : `${tr.context.helper("list")}(${value.text})`,
    kind,
  );
};

const set: BuiltinCall = (args, tr) => {
  if (args.positional.length === 0) return code("new Set()", "set");
  const value = requiredArgument(args, 0, tr);
  const of = iteratedKind(value.kind);
  return code(`new Set(${spreadable(value, tr)})`, { k: "set", of });
};

const dict: BuiltinCall = (args, tr) => {
  if (args.positional.length === 0) return code(args.named.size === 0 ? "{}" : namedObject(args, tr), "dict");
  const value = requiredArgument(args, 0, tr);
  if (args.named.size > 0) {
    tr.context.fail(args.node, "dict() with both kinds of arguments has no counterpart");
  }
  return value.kind.k === "list"
    ? code(`Object.fromEntries(${value.text})`, "dict")
    : code(`{ ...${operand(value, binding.assign)} }`, "dict");
};

const isInstance: BuiltinCall = (args, tr) => {
  const value = requiredArgument(args, 0, tr);
  const node = argumentNode(args, 1)!;
  const types = (node.name === "TupleExpression" ? node.kids : [node]).filter(({ name }) =>
    !/^[(),]$/.test(name)
  );
  const [only] = types;
  if (types.length === 1 && tr.context.callables.get(only!.text)?.isClass) {
    return code(`${operand(value, binding.compare)} instanceof ${only!.text}`, "bool", binding.compare);
  }
  const names = types.map((type) => {
    if (!/^(?:str|int|float|bool|list|dict|set|tuple)$/.test(type.text)) {
      tr.context.fail(type, `isinstance with "${type.text}" has no counterpart`);
    }
    return type.text;
  });
  const whole = operand(value, binding.unary);
  if (names.length === 1 && names[0] === "str") {
    return code(`typeof ${whole} === "string"`, "bool", binding.equal);
  }
  if (names.length === 1 && (names[0] === "list" || names[0] === "tuple")) {
    return code(`Array.isArray(${value.text})`, "bool");
  }
  if (names.length === 2 && names.every((name) => name === "int" || name === "float")) {
    return code(`typeof ${whole} === "number"`, "bool", binding.equal);
  }
  const list = names.map((name) => JSON.stringify(name)).join(", ");
  return code(`${tr.context.helper("isInstance")}(${value.text}, ${list})`, "bool");
};

/** `hasattr(agent.state, "x")`; a variable that is not set is undefined. */
const hasattr: BuiltinCall = (args, tr) => {
  const value = requiredArgument(args, 0, tr);
  const name = tr.literalText(argumentNode(args, 1)!);
  const member = name === undefined ? `[${requiredArgument(args, 1, tr).text}]` : `.${name}`;
  return code(`${operand(value, binding.primary)}${member} !== undefined`, "bool", binding.equal);
};

const getattr: BuiltinCall = (args, tr) => {
  const value = requiredArgument(args, 0, tr);
  const name = tr.literalText(argumentNode(args, 1)!);
  const member = name === undefined ? `[${requiredArgument(args, 1, tr).text}]` : `.${name}`;
  const other = argumentNode(args, 2);
  const text = `${operand(value, binding.primary)}${member}`;
  if (other === undefined) return code(text);
  return code(`${text} ?? ${operand(tr.expression(other), binding.primary)}`, unknown, binding.condition);
};

const setattr: BuiltinCall = (args, tr) => {
  const name = tr.literalText(argumentNode(args, 1)!);
  const member = name === undefined ? `[${requiredArgument(args, 1, tr).text}]` : `.${name}`;
  return code(
    `${operand(requiredArgument(args, 0, tr), binding.primary)}${member} = ${
      requiredArgument(args, 2, tr).text
    }`,
    "none",
    binding.assign,
  );
};

const input: BuiltinCall = (args, tr) => {
  const prompt = args.positional[0] === undefined ? undefined : requiredArgument(args, 0, tr);
  const reply = tr.awaited('Yield("user")', { k: "str" });
  return prompt === undefined ? reply : code(`(await Say("user", ${prompt.text}), ${reply.text})`, "str");
};

const radix = (base: number, prefix: string): BuiltinCall => (args, tr) =>
  code(
    `"${prefix}" + ${operand(requiredArgument(args, 0, tr), binding.primary)}.toString(${base})`,
    "str",
    binding.add,
  );

const builtins: Readonly<Record<string, BuiltinCall>> = {
  len,
  str,
  int,
  float,
  round,
  print,
  range,
  enumerate,
  zip,
  sorted,
  sum,
  list,
  tuple: list,
  set,
  frozenset: set,
  dict,
  hasattr,
  getattr,
  setattr,
  input,
  min: extreme("min"),
  max: extreme("max"),
  any: quantifier("some"),
  all: quantifier("every"),
  map: mapCall,
  filter: filterCall,
  isinstance: isInstance,
  bool: (args, tr) => {
    if (args.positional.length === 0) return code("false", "bool");
    const value = tr.condition(args.positional[0]!.nodes[0]!);
    return value.kind.k === "bool" ? value : code(`Boolean(${value.text})`, "bool");
  },
  abs: (args, tr) => {
    const value = tr.number(args.positional[0]?.nodes[0] ?? args.node);
    return code(`Math.abs(${value.text})`, value.kind);
  },
  pow: (args, tr) => {
    const [base, power] = [requiredArgument(args, 0, tr), requiredArgument(args, 1, tr)];
    if (args.positional.length > 2) {
      tr.context.fail(args.node, "pow() with three arguments has no counterpart");
    }
    return code(
      `${operand(base, binding.primary)} ** ${operand(power, binding.power)}`,
      "num",
      binding.power,
    );
  },
  divmod: (args, tr) => {
    const list = positionalTexts(args, tr).join(", ");
    return code(`[${tr.context.helper("floorDivide")}(${list}), ${tr.context.helper("mod")}(${list})]`, {
      k: "list",
      of: { k: "num" },
    });
  },
  reversed: (args, tr) => {
    const value = requiredArgument(args, 0, tr);
    const of = iteratedKind(value.kind);
    return code(`${tr.context.helper("list")}(${value.text}).reverse()`, {
      k: "list",
      ...(of ? { of } : {}),
    });
  },
  format: (args, tr) =>
    formatCode(
      requiredArgument(args, 0, tr),
      args.positional.length > 1 ? requiredArgument(args, 1, tr).text : '""',
      tr,
    ),
  repr: helped("repr", "str", 1),
  ord: (args, tr) => code(`${operand(requiredArgument(args, 0, tr), binding.primary)}.codePointAt(0)`, "int"),
  chr: (args, tr) => code(`String.fromCodePoint(${inOrder(args, [], tr)})`, "str"),
  hex: radix(16, "0x"),
  bin: radix(2, "0b"),
  oct: radix(8, "0o"),
  callable: (args, tr) => code(`typeof ${inOrder(args, [], tr)} === "function"`, "bool", binding.equal),
  type: unsupported("type() has a counterpart only as type(x).__name__"),
  iter: list,
  next: unsupported("next() has no counterpart here"),
  open: unsupported("open() has a counterpart only in a with statement"),
  eval: unsupported("eval has no counterpart"),
  exec: unsupported("exec has no counterpart"),
  globals: unsupported("globals() has no counterpart"),
  locals: unsupported("locals() has no counterpart"),
  vars: unsupported("vars() has no counterpart"),
  dir: unsupported("dir() has no counterpart"),
  id: unsupported("id() has no counterpart"),
  hash: unsupported("hash() has no counterpart"),
  exit: () => code("EndProgram()", "none"),
  quit: () => code("EndProgram()", "none"),
};
