import {
  argumentCode,
  argumentNode,
  checkArguments,
  inOrder,
  namedObject,
  positionalTexts,
  type PyArguments,
  readArguments,
  requiredArgument,
} from "./arguments.ts";
import { builtinCall, isBuiltin } from "./builtin_calls.ts";
import { binding, type Code, code, type Kind, operand } from "./code.ts";
import type { Translator } from "./context.ts";
import { chained, importedPath, isAgent, memberParts } from "./members.ts";
import { methodCall } from "./methods.ts";
import { moduleCall } from "./modules.ts";
import { functionName, jsName } from "./names.ts";
import type { PyNode } from "./python_tree.ts";

/** Translates a call. */
export function callCode(node: PyNode, tr: Translator): Code {
  const { context } = tr;
  const callee = node.kids[0]!;
  const args = readArguments(node.kids.at(-1)!);
  const path = importedPath(callee, tr);
  if (path !== undefined && !context.surroundings.agents.has(path)) return moduleCall(path, args, tr, node);
  if (callee.name === "VariableName") return namedCall(callee, args, tr, node);
  if (callee.name === "MemberExpression") return memberCall(callee, args, tr, node);
  return code(`${operand(tr.expression(callee), binding.primary)}(${inOrder(args, [], tr)})`);
}

function namedCall(callee: PyNode, args: PyArguments, tr: Translator, node: PyNode): Code {
  const { context } = tr;
  const name = callee.text;
  if (context.isLocal(name)) {
    const call = `${tr.expression(callee).text}(${inOrder(args, [], tr)})`;
    return context.asyncNames.has(`local ${name}`) ? tr.awaited(call) : code(call);
  }
  const own = context.callables.get(name);
  context.requireKept(callee, name);
  if (own?.isClass) {
    const kind: Kind = { k: "instance" };
    return code(`new ${jsName(name)}(${inOrder(args, own.parameters, tr)})`, kind);
  }
  if (own !== undefined) {
    const text = `${functionName(name, context)}(${inOrder(args, own.parameters, tr)})`;
    const isAwaited = context.asyncNames.has(name);
    // Python's own await stands around the call.
    return isAwaited ? tr.awaited(text, context.returnKind(name)) : code(text, context.returnKind(name));
  }
  if (isBuiltin(name)) return builtinCall(name, args, tr, node);
  if (isError(name)) return raisedError(name, args, tr);
  return runtimeCall(name, name, args, tr, node);
}

const errorNames =
  /^(?:\w+(?:Error|Exception|Warning)|Exception|KeyboardInterrupt|StopIteration|SystemExit)$/;

/** Whether a name is one of Python's own errors. */
export function isError(name: string): boolean {
  return errorNames.test(name);
}

/** `ValueError("text")`. */
export function raisedError(name: string, args: PyArguments, tr: Translator): Code {
  checkArguments(args, tr, 1);
  const [text] = args.positional;
  const message = text === undefined ? undefined : argumentCode(text, tr);
  const isText = message === undefined || message.kind.k === "str";
  const shown = isText ? message?.text : `${tr.context.helper("str")}(${message.text})`;
  const plain = name === "Exception" || name === "RuntimeError";
  if (plain) return code(`new Error(${shown ?? ""})`, "instance");
  return code(
    `${tr.context.helper("error")}("${name}"${shown === undefined ? "" : `, ${shown}`})`,
    "instance",
  );
}

/** Parameters of the runtime's functions, with the names that the original had. */
const runtimeParameters: Readonly<Record<string, readonly string[]>> = {
  Say: ["target", "message"],
  SendMessage: ["target_agent_id", "message"],
  Yield: ["target"],
  Yld: ["target"],
  WaitForMessage: ["source_agent_id"],
  SaveArtifact: ["name", "summary", "value"],
  LoadArtifact: ["artifact_name"],
  Return: ["value"],
  Step: ["position"],
  LogTrigger: ["code"],
  InviteToMeeting: ["meeting_id", "attendees"],
};

const newNames: Readonly<Record<string, string>> = { SendMessage: "Say", Yld: "Yield", Exit: "EndProgram" };

/** Functions that are done at once, so nothing waits for them. */
const immediate: ReadonlySet<string> = new Set(["EndProgram", "Return", "Step", "LogTrigger"]);

/** The name of an artifact that is saved here, with the call as its group. */
export const savedArtifact = /^\(await (SaveArtifact\([^]*\))\)\.name$/;

/** A call of a builtin of the runtime or of a playbook; `text` is how the call is written. */
function runtimeCall(name: string, text: string, args: PyArguments, tr: Translator, node: PyNode): Code {
  const { builtins, playbooks } = tr.context.surroundings;
  const own = newNames[name] ?? name;
  const called = text.endsWith(name) ? text.slice(0, -name.length) + own : text;
  if (name === "Loadfile" || name === "LoadFile") return loadFile(args, tr);
  if (name === "CreateAgent") {
    const klass = requiredArgument(args, 0, tr, "agent_klass").text;
    const extra = args.named.size > (args.named.has("agent_klass") ? 1 : 0) || args.mappings.length > 0;
    return tr.awaited(`CreateAgent(${klass}${extra ? `, ${namedObject(args, tr)}` : ""})`, { k: "agent" });
  }
  const parameters = runtimeParameters[name];
  if (parameters !== undefined || name === "EndProgram" || name === "Exit") {
    const given = name === "SaveArtifact" && args.named.has("content")
      ? inOrder(args, ["name", "summary", "content"], tr)
      : inOrder(args, parameters ?? [], tr);
    // The original calls the default person human.
    const list = /^(?:Say|SendMessage|Yield|Yld|WaitForMessage)$/.test(name)
      ? given.replace(/^"human"/, '"user"')
      : given;
    const kind: Kind = name === "WaitForMessage" ? { k: "list", of: { k: "message" } } : {
      k: name === "Yield" || name === "Yld" ? "str" : name.endsWith("Artifact") ? "artifact" : "unknown",
    };
    // In the original it gives the name, here the artifact.
    if (name === "SaveArtifact") return code(`(${tr.awaited(`${called}(${list})`).text}).name`, "str");
    return immediate.has(own) ? code(`${called}(${list})`, kind) : tr.awaited(`${called}(${list})`, kind);
  }
  const known = playbooks.get(name);
  const list = known !== undefined
    ? inOrder(args, known, tr)
    : args.named.size + args.mappings.length === 0
    ? positionalTexts(args, tr).join(", ")
    : args.positional.length === 0
    ? namedObject(args, tr)
    : tr.context.fail(node, `name all arguments of "${name}", or none`);
  if (known === undefined && !builtins.has(name) && !/^[A-Z]/.test(name) && text === name) {
    tr.context.remark(node, `"${name}" is not defined in this agent's code`);
  }
  // A playbook is a call that the runtime keeps, so it is awaited, as it was in Python.
  return known !== undefined || /^[A-Z]/.test(name)
    ? tr.awaited(`${text}(${list})`)
    : code(`${text}(${list})`);
}

function loadFile(args: PyArguments, tr: Translator): Code {
  const path = requiredArgument(args, 0, tr, "file_path");
  const options = ["inline", "silent"].flatMap((name, at) => {
    const node = argumentNode(args, at + 1, name);
    return node === undefined ? [] : [`${name}: ${tr.expression(node).text}`];
  });
  return tr.awaited(`LoadFile(${path.text}${options.length === 0 ? "" : `, { ${options.join(", ")} }`})`, {
    k: "str",
  });
}

function memberCall(callee: PyNode, args: PyArguments, tr: Translator, node: PyNode): Code {
  const { context } = tr;
  const { object, property } = memberParts(callee);
  if (property === undefined) return code(`${tr.expression(callee).text}(${inOrder(args, [], tr)})`);
  if (isAgent(object, tr)) return runtimeCall(property, `self.${property}`, args, tr, node);
  if (object.name === "VariableName" && !context.isLocal(object.text)) {
    if (object.text === "agents") return agentsCall(property, args, tr, node);
    if (object.text === "asyncio") return moduleCall(`asyncio.${property}`, args, tr, node);
    if (context.surroundings.agents.has(object.text)) return classCall(object.text, property, args, tr, node);
    if (object.text === "str" && property === "join") context.fail(node, "str.join has no counterpart");
  }
  if (object.name === "CallExpression" && object.kids[0]!.text === "super") {
    return superCall(property, args, tr, node);
  }
  // `datetime.now().date()` and the like begin with an import.
  const value = chained(object, tr);
  if (value.text === "self.state") return code(`state.${property}(${inOrder(args, [], tr)})`);
  if (value.kind.k === "agent") {
    return runtimeCall(property, `${operand(value, binding.primary)}.${property}`, args, tr, node);
  }
  const result = methodCall(value, property, args, tr, node);
  const isOwn = value.kind.k === "instance" || value.kind.k === "unknown";
  const isAwaited = isOwn && context.asyncNames.has(`.${property}`) && !result.text.startsWith("await ");
  return isAwaited ? tr.awaited(result.text) : result;
}

function agentsCall(property: string, args: PyArguments, tr: Translator, node: PyNode): Code {
  const name = { by_klass: "byClass", by_id: "byId" }[property];
  if (name === undefined) return tr.context.fail(node, `agents.${property} has no counterpart here`);
  const kind: Kind = name === "byId" ? { k: "agent" } : { k: "list", of: { k: "agent" } };
  return code(`agents.${name}(${positionalTexts(args, tr).join(", ")})`, kind);
}

/** `Klass.get_or_create(requester=self)` and public playbooks of a class. */
function classCall(klass: string, property: string, args: PyArguments, tr: Translator, node: PyNode): Code {
  if (property === "get_or_create") return tr.awaited(`${klass}.getOrCreate()`, { k: "agent" });
  if (property === "get_all") return code(`agents.byClass("${klass}")`, { k: "list", of: { k: "agent" } });
  return runtimeCall(property, `${klass}.${property}`, args, tr, node);
}

function superCall(property: string, args: PyArguments, tr: Translator, node: PyNode): Code {
  if (property === "__init__") return code(`super(${inOrder(args, [], tr)})`);
  if (property.startsWith("__")) tr.context.fail(node, `super().${property} has no counterpart`);
  return code(`super.${property}(${inOrder(args, [], tr)})`);
}
