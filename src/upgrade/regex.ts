import { argumentNode, type PyArguments, requiredArgument } from "./arguments.ts";
import { binding, type Code, code, operand } from "./code.ts";
import type { Translator } from "./context.ts";
import { importedPath } from "./members.ts";
import type { PyNode } from "./python_tree.ts";

const flagLetters: Readonly<Record<string, string>> = {
  "re.I": "i",
  "re.IGNORECASE": "i",
  "re.M": "m",
  "re.MULTILINE": "m",
  "re.S": "s",
  "re.DOTALL": "s",
};

/** `re.match(pattern, text)` and its kin, for patterns that are literals. */
export function regexCall(path: string, args: PyArguments, tr: Translator, node: PyNode): Code {
  const name = path.slice("re.".length);
  const flagsAt: Readonly<Record<string, number>> = { compile: 1, sub: 4, split: 3 };
  const flags = letters(argumentNode(args, flagsAt[name] ?? 2, "flags"), tr);
  const pattern = patternText(argumentNode(args, 0, "pattern"), tr, node);
  if (name === "compile") return code(literal(pattern, flags), "regex");
  if (name === "sub") return substitution(pattern, flags, args, tr);
  const text = requiredArgument(args, 1, tr, "string");
  return found(name, pattern, flags, text, tr, node);
}

/** A method of a compiled pattern. */
export function compiledCall(
  name: string,
  regex: Code,
  args: PyArguments,
  tr: Translator,
  node: PyNode,
): Code {
  const { context } = tr;
  const text = requiredArgument(args, name === "sub" ? 1 : 0, tr, "string");
  switch (name) {
    case "search":
      return code(`${operand(regex, binding.primary)}.exec(${text.text})`, "match");
    case "match":
      return code(`${context.helper("matchStart")}(${regex.text}, ${text.text})`, "match");
    case "fullmatch":
      return code(`${context.helper("matchStart")}(${regex.text}, ${text.text}, true)`, "match");
    case "findall":
      return code(`${context.helper("findAll")}(${regex.text}, ${text.text})`, "list");
    case "split":
      return code(`${operand(text, binding.primary)}.split(${regex.text})`, { k: "list", of: { k: "str" } });
    case "sub": {
      const source = `new RegExp(${regex.text}, "g" + ${operand(regex, binding.primary)}.flags)`;
      return code(
        `${operand(text, binding.primary)}.replace(${source}, ${replacementText(args, 0, tr)})`,
        "str",
      );
    }
  }
  return context.fail(node, `"${name}" of a compiled pattern has no counterpart`);
}

function found(name: string, pattern: string, flags: string, text: Code, tr: Translator, node: PyNode): Code {
  const groups = countGroups(pattern);
  switch (name) {
    case "search":
      return code(`${literal(pattern, flags)}.exec(${text.text})`, "match");
    case "match":
      return code(`${literal(`^(?:${pattern})`, flags.replace("m", ""))}.exec(${text.text})`, "match");
    case "fullmatch":
      return code(`${literal(`^(?:${pattern})$`, flags.replace("m", ""))}.exec(${text.text})`, "match");
    case "split":
      return code(`${operand(text, binding.primary)}.split(${literal(pattern, flags)})`, {
        k: "list",
        of: { k: "str" },
      });
    case "findall":
    case "finditer": {
      const all = `[...${operand(text, binding.primary)}.matchAll(${literal(pattern, `${flags}g`)})]`;
      if (name === "finditer") return code(all, { k: "list", of: { k: "match" } });
      const give = groups === 0 ? "match[0]" : groups === 1 ? 'match[1] ?? ""' : "match.slice(1)";
      return code(`${all}.map((match) => ${give})`, {
        k: "list",
        of: groups < 2 ? { k: "str" } : { k: "list" },
      });
    }
  }
  return tr.context.fail(node, `re.${name}() has no counterpart here`);
}

function substitution(pattern: string, flags: string, args: PyArguments, tr: Translator): Code {
  const text = requiredArgument(args, 2, tr, "string");
  const count = argumentNode(args, 3, "count");
  if (count !== undefined && count.text !== "1") {
    tr.context.fail(count, "a count in re.sub has no counterpart");
  }
  const replacement = replacementText(args, 1, tr);
  const global = count === undefined ? `${flags}g` : flags;
  return code(
    `${operand(text, binding.primary)}.replace(${literal(pattern, global)}, ${replacement})`,
    "str",
  );
}

/** What replaces a match, as JavaScript writes it: `\\1` is `$1`. */
function replacementText(args: PyArguments, at: number, tr: Translator): string {
  const node = argumentNode(args, at, "repl") ?? args.node;
  const plain = tr.literalText(node);
  if (plain !== undefined) {
    return JSON.stringify(
      plain.replaceAll("$", "$$$$").replace(
        /\\g<(\w+)>|\\(\d)/g,
        (_, name, digit) =>
          digit !== undefined ? `$${digit}` : /^\d+$/.test(name) ? `$${name}` : `$<${name}>`,
      ),
    );
  }
  const value = tr.expression(node);
  if (value.kind.k === "function") tr.context.fail(node, "a function in re.sub has no counterpart");
  return `() => ${value.text}`;
}

function letters(node: PyNode | undefined, tr: Translator): string {
  if (node === undefined) return "";
  const names = node.name === "BinaryExpression" ? [node.kids[0]!, node.kids.at(-1)!] : [node];
  return names.map((each) =>
    flagLetters[importedPath(each, tr) ?? ""] ??
      tr.context.fail(each, "this flag of a pattern has no counterpart")
  )
    .join("");
}

/** A pattern in JavaScript's form. Only literals can be translated. */
function patternText(node: PyNode | undefined, tr: Translator, call: PyNode): string {
  const text = node === undefined ? undefined : tr.literalText(node);
  if (text === undefined) {
    return tr.context.fail(node ?? call, "a pattern that is no literal has no counterpart");
  }
  const pattern = text.replace(/\(\?P</g, "(?<").replace(/\(\?P=(\w+)\)/g, "\\k<$1>").replace(/\\A/g, "^")
    .replace(/\\Z/g, "$");
  try {
    new RegExp(pattern);
  } catch {
    return tr.context.fail(node!, "this pattern cannot be read here");
  }
  return pattern;
}

function literal(pattern: string, flags: string): string {
  const escaped = pattern.replace(/\\[^]|\[(?:\\[^]|[^\]])*\]|\//g, (part) => part === "/" ? "\\/" : part)
    .replaceAll("\n", "\\n");
  return `/${escaped || "(?:)"}/${[...new Set(flags)].sort().join("")}`;
}

function countGroups(pattern: string): number {
  return new RegExp(`${pattern}|`).exec("")!.length - 1;
}
