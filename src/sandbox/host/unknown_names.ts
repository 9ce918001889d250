import type { CodeError } from "../sandbox.ts";

/** Advice about names that models bring from Python, browsers and Node.js. */
const advice: Readonly<Record<string, string>> = {
  ...sameFor('to ask a person: await Say("user", question); then await Yield("user")', [
    ..."Ask AskUser ask askUser ask_user input prompt confirm readline getInput GetInput getUserInput GetUserInput"
      .split(" "),
    ..."UserInput Input Prompt Listen WaitForUser".split(" "),
  ]),
  ...sameFor('to say words: await Say("user", text); to note values for yourself: console.log(values)', [
    ..."print Print puts echo alert Tell tell say Speak Respond Reply reply SayToUser Output output Send"
      .split(" "),
  ]),
  ...sameFor("to wait: await Sleep(seconds)", ["sleep", "Wait", "wait", "delay", "time", "setImmediate"]),
  ...sameFor("a browser and Node.js are not here", [
    ..."path window document localStorage module navigator".split(" "),
  ]),
  ...sameFor("files: await readTextFile(path), await writeTextFile(path, text), await readDir(path)", [
    ..."fs Deno Bun open readFile writeFile readFileSync writeFileSync glob".split(" "),
  ]),
  ...sameFor("variables of the environment: await env(name)", ["process", "os"]),
  ...sameFor(
    'libraries cannot be loaded here; a file of your own: import { f } from "./tools.ts" in a code block',
    [
      "require",
      "importScripts",
    ],
  ),
  ...sameFor("requests: await fetch(address, { method, headers, body })", [
    "axios",
    "XMLHttpRequest",
    "requests",
  ]),
  ...sameFor("to run commands, declare a tool server (MCP) and call its tools", [
    "sh",
    "exec",
    "spawn",
    "shell",
  ]),
  ...sameFor("write Date.now()", ["performance"]),
  ...sameFor("bytes: new Uint8Array(list), new TextEncoder().encode(text), btoa(text)", ["Buffer"]),
  ...sameFor("to send words to an agent: await Say(agent, text)", [
    "SendMessage",
    "sendMessage",
    "send_message",
  ]),
  ...sameFor("the agent that runs this code is self", ["agent", "this_agent"]),
  meeting: "this code is in no meeting",
  len: "write text.length",
  str: "write String(value)",
  int: "write Math.trunc(Number(value))",
  float: "write Number(value)",
  None: "write null",
  True: "write true",
  False: "write false",
  range: "write a for loop",
  f: "a template is `text ${value}`",
  json: "write JSON",
  math: "write Math",
  datetime: "write new Date()",
  End: "write EndProgram()",
  Exit: "write EndProgram()",
  exit: "write EndProgram()",
  EndPlaybook: "write Return()",
  Finish: "write Return()",
};

function sameFor(text: string, names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, text]));
}

/** Bound on the names that an error lists. */
const maxListedNames = 60;

/**
 * An error about an unknown name, with advice and the names that there are. Other errors stay as they are. Without
 * `known`, only the advice is added.
 */
export function explainUnknownName(error: CodeError, known?: readonly string[]): CodeError {
  const name = error.name === "ReferenceError" &&
    /^'?([\p{ID_Continue}$]+)'? is not defined$/u.exec(error.message)?.[1];
  if (!name) return error;
  if (known === undefined) {
    return Object.hasOwn(advice, name) ? { ...error, message: `${error.message}; ${advice[name]}` } : error;
  }
  const same = known.find((each) => each.toLowerCase() === name.toLowerCase());
  const hint = same === undefined ? Object.hasOwn(advice, name) ? advice[name] : undefined : `write ${same}`;
  const listed = known.length > maxListedNames ? [...known.slice(0, maxListedNames), "…"] : known;
  return {
    ...error,
    message: `${error.message}${hint === undefined ? "" : `; ${hint}`}. There is: ${listed.join(", ")}`,
  };
}
