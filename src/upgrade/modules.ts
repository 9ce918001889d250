import {
  argumentNode,
  checkArguments,
  positionalTexts,
  type PyArguments,
  requiredArgument,
} from "./arguments.ts";
import { binding, type Code, code, type Kind, operand } from "./code.ts";
import type { Translator } from "./context.ts";
import type { HelperName } from "./helpers.ts";
import { regexCall } from "./regex.ts";
import type { PyNode } from "./python_tree.ts";

type ModuleCall = (args: PyArguments, tr: Translator, node: PyNode) => Code;

/** A function of JavaScript with the same arguments and the same result. */
function same(text: string, kind: Kind["k"], most = 1): ModuleCall {
  return (args, tr) => {
    checkArguments(args, tr, most);
    return code(`${text}(${positionalTexts(args, tr).join(", ")})`, kind);
  };
}

/** A helper with the same arguments. */
export function helped(name: HelperName, kind: Kind["k"], most = 9): ModuleCall {
  return (args, tr) => {
    checkArguments(args, tr, most);
    return code(`${tr.context.helper(name)}(${positionalTexts(args, tr).join(", ")})`, kind);
  };
}

/** A function of `Math` that is not defined everywhere: there Python raises an error. */
function partial(name: string): ModuleCall {
  return (args, tr) => {
    checkArguments(args, tr, 2);
    return code(`${tr.context.helper("math")}("${name}", ${positionalTexts(args, tr).join(", ")})`, "float");
  };
}

const sleep: ModuleCall = (args, tr) => {
  const seconds = requiredArgument(args, 0, tr, "secs", "delay");
  return tr.awaited(`Sleep(${seconds.text})`, { k: "none" });
};

const now: ModuleCall = (args, tr) => {
  checkArguments(args, tr, 0);
  return code("new Date()", "date");
};

/** `timedelta(days=1)` in milliseconds. */
const timedelta: ModuleCall = (args, tr) => {
  checkArguments(args, tr, 1, "days", "hours", "minutes", "seconds", "weeks", "milliseconds");
  const units = {
    days: 86400000,
    hours: 3600000,
    minutes: 60000,
    seconds: 1000,
    weeks: 604800000,
    milliseconds: 1,
  };
  const parts = Object.entries(units).flatMap(([name, ms]) => {
    const node = name === "days" ? argumentNode(args, 0, name) : args.named.get(name);
    return node === undefined ? [] : [`${operand(tr.number(node), binding.multiply)} * ${ms}`];
  });
  return code(parts.join(" + ") || "0", "ms", parts.length > 1 ? binding.add : binding.multiply);
};

const dumps: ModuleCall = (args, tr) => {
  checkArguments(args, tr, 1, "indent", "ensure_ascii", "sort_keys", "default");
  if (args.named.has("default")) tr.context.remark(args.node, '"default" of json.dumps has no counterpart');
  const flag = (name: string) => args.named.get(name)?.text;
  const options = [
    ...(flag("ensure_ascii") === "False" ? ["ascii: false"] : []),
    ...(flag("sort_keys") === "True" ? ["sort: true"] : []),
  ];
  const indent = args.named.get("indent");
  const parts = [
    requiredArgument(args, 0, tr, "obj").text,
    ...(indent !== undefined || options.length > 0
      ? [indent === undefined ? "null" : tr.expression(indent).text]
      : []),
    ...(options.length > 0 ? [`{ ${options.join(", ")} }`] : []),
  ];
  return code(`${tr.context.helper("json")}(${parts.join(", ")})`, "str");
};

const gather: ModuleCall = (args, tr) => {
  checkArguments(args, tr, Infinity);
  const parts = args.positional.map((argument) => {
    const spread = argument.isSpread && argument.nodes.length === 1;
    const text = spread
      ? `...${tr.expression(argument.nodes[0]!).text}`
      : tr.expression(argument.nodes[0]!).text;
    // The promises are made first and awaited together.
    return text.replace(/^await /, "");
  });
  return tr.awaited(`Promise.all([${parts.join(", ")}])`, { k: "list" });
};

const environment: ModuleCall = (args, tr) => {
  checkArguments(args, tr, 2);
  const name = requiredArgument(args, 0, tr).text;
  const other = argumentNode(args, 1);
  const value = tr.awaited(`env(${name})`);
  return other === undefined ? value : code(
    `(${value.text}) ?? ${operand(tr.expression(other), binding.condition)}`,
    "unknown",
    binding.condition,
  );
};

const modules: Readonly<Record<string, ModuleCall>> = {
  "math.sqrt": partial("sqrt"),
  "math.exp": partial("exp"),
  "math.log": helped("log", "float", 2),
  "math.log2": partial("log2"),
  "math.log10": partial("log10"),
  "math.log1p": partial("log1p"),
  "math.acos": partial("acos"),
  "math.asin": partial("asin"),
  "math.pow": partial("pow"),
  "math.sin": same("Math.sin", "float"),
  "math.cos": same("Math.cos", "float"),
  "math.tan": same("Math.tan", "float"),
  "math.atan": same("Math.atan", "float"),
  "math.atan2": same("Math.atan2", "float", 2),
  "math.sinh": same("Math.sinh", "float"),
  "math.cosh": same("Math.cosh", "float"),
  "math.tanh": same("Math.tanh", "float"),
  "math.hypot": same("Math.hypot", "float", 9),
  "math.fabs": same("Math.abs", "float"),
  "math.floor": same("Math.floor", "int"),
  "math.ceil": same("Math.ceil", "int"),
  "math.trunc": same("Math.trunc", "int"),
  "math.isnan": same("Number.isNaN", "bool"),
  "math.isfinite": same("Number.isFinite", "bool"),
  "math.radians": (args, tr) =>
    code(
      `${operand(requiredArgument(args, 0, tr), binding.multiply)} * Math.PI / 180`,
      "float",
      binding.multiply,
    ),
  "math.degrees": (args, tr) =>
    code(
      `${operand(requiredArgument(args, 0, tr), binding.multiply)} * 180 / Math.PI`,
      "float",
      binding.multiply,
    ),
  "math.factorial": helped("factorial", "int", 1),
  "math.gcd": helped("gcd", "int"),
  "math.isclose": helped("isClose", "bool", 2),
  "random.random": same("Math.random", "float", 0),
  "random.randint": helped("randint", "int", 2),
  "random.choice": helped("choice", "unknown", 1),
  "random.choices": (args, tr) => {
    checkArguments(args, tr, 1, "k");
    const times = args.named.get("k");
    const values = requiredArgument(args, 0, tr);
    const of = values.kind.k === "str" ? { k: "str" as const } : values.kind.of;
    return code(
      `${tr.context.helper("choices")}(${values.text}${
        times === undefined ? "" : `, ${tr.expression(times).text}`
      })`,
      { k: "list", ...(of ? { of } : {}) },
    );
  },
  "random.sample": (args, tr) =>
    code(
      `${tr.context.helper("sample")}(${requiredArgument(args, 0, tr).text}, ${
        requiredArgument(args, 1, tr, "k").text
      })`,
      "list",
    ),
  "random.shuffle": helped("shuffle", "none", 1),
  "random.uniform": (args, tr) => {
    const [low, high] = [requiredArgument(args, 0, tr), requiredArgument(args, 1, tr)];
    const start = operand(low, binding.add + 1);
    return code(
      `${start} + Math.random() * (${operand(high, binding.add)} - ${start})`,
      "float",
      binding.add,
    );
  },
  "random.seed": (args, tr) =>
    tr.context.fail(args.node, "random.seed has no counterpart: sessions keep what was drawn"),
  "time.time": (args, tr) => {
    checkArguments(args, tr, 0);
    return code("Date.now() / 1000", "float", binding.multiply);
  },
  "time.sleep": sleep,
  "asyncio.sleep": sleep,
  "asyncio.gather": gather,
  // The call has begun; who needs its result awaits it.
  "asyncio.create_task": (args, tr) => {
    const awaits = tr.context.frame.awaits;
    const { text } = requiredArgument(args, 0, tr, "coro");
    tr.context.frame.awaits = awaits;
    return code(text.replace(/^await /, ""));
  },
  "datetime.datetime.now": now,
  "datetime.datetime.today": now,
  "datetime.date.today": helped("today", "day", 0),
  "datetime.datetime": helped("dateAt", "date", 6),
  "datetime.date": helped("dateAt", "day", 3),
  "datetime.timedelta": timedelta,
  "time.strftime": (args, tr) => {
    checkArguments(args, tr, 1);
    return code(`${tr.context.helper("strftime")}(new Date(), ${requiredArgument(args, 0, tr).text})`, "str");
  },
  "json.loads": helped("loads", "unknown", 1),
  "json.dumps": dumps,
  "json.load": (args, tr) => {
    const file = tr.expression(argumentNode(args, 0, "fp")!);
    return code(`${tr.context.helper("loads")}(${tr.awaited(`readTextFile(${file.text})`).text})`);
  },
  "json.dump": (args, tr, node) => {
    const file = tr.expression(argumentNode(args, 1, "fp")!);
    const named = new Map([...args.named].filter(([name]) => name !== "fp"));
    const text = dumps({ ...args, positional: args.positional.slice(0, 1), named }, tr, node).text;
    return tr.awaited(`appendTextFile(${file.text}, ${text})`, { k: "none" });
  },
  "uuid.uuid4": same("crypto.randomUUID", "str", 0),
  "copy.deepcopy": same("structuredClone", "unknown"),
  "copy.copy": helped("copy", "unknown", 1),
  "os.getenv": environment,
  "os.environ.get": environment,
  "os.listdir": (args, tr) => {
    checkArguments(args, tr, 1, "path");
    const given = argumentNode(args, 0, "path");
    const path = given === undefined ? '"."' : tr.expression(given).text;
    const entries = tr.awaited(`readDir(${path})`).text;
    return code(`(${entries}).map((entry) => entry.name)`, { k: "list", of: { k: "str" } });
  },
  "os.path.join": (args, tr) => code(`[${positionalTexts(args, tr).join(", ")}].join("/")`, "str"),
  "os.path.basename": (args, tr) =>
    code(`${operand(requiredArgument(args, 0, tr), binding.primary)}.split("/").at(-1)`, "str"),
};

/** A call of a function that Python's library has. */
export function moduleCall(path: string, args: PyArguments, tr: Translator, node: PyNode): Code {
  if (path.startsWith("re.")) return regexCall(path, args, tr, node);
  const make = modules[path];
  if (make !== undefined) return make(args, tr, node);
  if (path === "dotenv.load_dotenv") return code("undefined", "none");
  if (path.startsWith("typing.cast")) return requiredArgument(args, 1, tr);
  return tr.context.fail(node, `${path}() of Python has no counterpart here`);
}
