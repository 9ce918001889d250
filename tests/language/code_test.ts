import { assert, assertEquals } from "@std/assert";
import { parse, short } from "./support.ts";

Deno.test("code: an exported function is a playbook with its JSDoc, parameters and types", async () => {
  const { program, problems } = await parse(`
# Shop
\`\`\`ts
/**
 * Gives the price.
 *
 * @param item what to sell
 * @trigger When the user asks
 *   for a price
 * @trigger At the beginning
 * @public
 */
export async function price(item: string, count: number = 3, day = Date.now(), opts?: { a: string; b: 1 }, ...more: string[]): Promise<number> {
  return await price(item) + double(1) as number;
}

/** @hidden */
export const Greet = async (name = "é😀") => { state.greeted = true; };
export function double({ x }: { x: number }, [y] = [1]) { return x * 2; }
function helper() { return prices.length; }
const prices: number[] = [1, -2], { a: first, ...others } = { a: 1 };
class Box {}
interface X { a: 1 }
\`\`\`
`);
  assertEquals(problems, []);
  const [agent] = program.agents;
  assertEquals(agent!.module!.functions, [
    { name: "price", implementation: "price$playbook", async: true },
    { name: "Greet", implementation: "Greet$playbook", async: true },
    { name: "double", implementation: "double", async: false },
  ]);
  assertEquals(agent!.module!.helpers, ["helper", "prices", "first", "others", "Box"]);
  const [price, greet, double] = agent!.playbooks;
  assertEquals(price!.description, "Gives the price.\n\n@param item what to sell");
  assertEquals(price!.triggers.map(({ id, kind, text }) => `${id} ${kind} ${text}`), [
    "T1 event When the user asks for a price",
    "T2 begin At the beginning",
  ]);
  assertEquals([price!.public, price!.hidden, greet!.public, greet!.hidden], [true, false, false, true]);
  assertEquals(price!.parameters, [
    { name: "item", state: false, type: "string", optional: false },
    { name: "count", state: false, type: "number", default: 3, optional: true },
    { name: "day", state: false, optional: true },
    { name: "opts", state: false, type: "{ a: string; b: 1 }", optional: true },
    { name: "more", state: false, type: "string[]", optional: true, rest: true },
  ]);
  assertEquals(greet!.parameters, [{ name: "name", state: false, default: "é😀", optional: true }]);
  assertEquals(double!.parameters.map(({ name, optional }) => [name, optional]), [
    ["argument1", false],
    ["argument2", true],
  ]);
  assert(price!.source.startsWith("export async function price(item: string") && price!.source.endsWith("}"));
  assertEquals(greet!.location, { file: "a.pb", line: 18, column: 1 });
});

Deno.test("code: the module runs as a function body, and a playbook's name there means the playbook", async () => {
  const { program } = await parse(`
# A
\`\`\`ts
const factor: number = 2
export async function Twice(x: number) { return x * factor }
\`\`\`
## Main
- x
\`\`\`js
(() => undefined)()
export { Both }
async function Both(x) { return await Twice(x) + 1 }
export const helper = () => 1
\`\`\`
`);
  const { code } = program.agents[0]!.module!;
  const calls: unknown[] = [];
  const stub = (x: unknown) => Promise.resolve(calls.push(x) + 100);
  const run = new Function(
    "Twice",
    `${code}\nreturn { Twice$playbook, Both$playbook, isStrict: (function () { return this; })() === undefined };`,
  );
  const { Twice$playbook, Both$playbook, isStrict } = run(stub);
  assertEquals([await Twice$playbook(4), await Both$playbook(7), calls, isStrict], [8, 102, [7], true]);
});

Deno.test("code: each line of the module keeps its true place, also in an indented block", async () => {
  const { program } = await parse(`
# A
\`\`\`ts
let x: number;
\`\`\`
## B
- step
  \`\`\`js
  export async function f() {
    return 1;
  }
  \`\`\`
- next
`);
  const [agent] = program.agents;
  const { code, lines } = agent!.module!;
  assertEquals(code.split("\n"), [
    '"use strict";',
    "let x        ;",
    ";",
    "       async function f$playbook() {",
    "  return 1;",
    "}",
  ]);
  assertEquals(lines.map(({ line, column }) => `${line}:${column}`), [
    "3:1",
    "4:1",
    "8:1",
    "9:3",
    "10:3",
    "11:3",
  ]);
  assertEquals(agent!.playbooks[0]!.steps.map((step) => step.text), ["step", "next"]);
  assertEquals(agent!.playbooks[1]!.location, { file: "a.pb", line: 9, column: 3 });
});

Deno.test("code: code that cannot run is a problem with its place, and the rest is read", async (t) => {
  const cases: readonly (readonly [language: string, code: string, ...problems: string[]])[] = [
    ["ts", "let ok = 1;\nlet x: = 2;", "! 4:8 Cannot read this code: unexpected token `=`"],
    ["js", "let x = ;", "! 3:9 Cannot read this code: unexpected token"],
    ["js", "let x: number = 1", "! 3:6 Cannot read this code: unexpected token"],
    [
      "typescript",
      "enum E { A }",
      "! 3:1 Cannot read this code: enum is more than a type, and only types are removed here: write " +
      'const Color = { Red: "red" } as const',
    ],
    [
      "ts",
      "namespace N { export const a = 1; }",
      "! 3:1 Cannot read this code: namespace is more than a type, and only types are removed here: write an " +
      "object or plain functions",
    ],
    [
      "ts",
      'import x from "y";',
      '! 3:15 Cannot import "y": libraries cannot be loaded; copy the function into a file of yours ("./tools.ts"), ' +
      "use fetch, or declare a tool server (MCP)",
    ],
    [
      "ts",
      'import fs from "node:fs/promises";',
      '! 3:16 Cannot import "node:fs/promises": libraries cannot be loaded; code has readTextFile, writeTextFile, ' +
      "appendTextFile and readDir",
    ],
    [
      "js",
      'const f = () => import("y");',
      '! 3:17 Code cannot import while it runs: write import { f } from "./tools.ts" at the top',
    ],
    [
      "js",
      'export * from "y";',
      "! 3:1 A code block cannot pass an import on: import the function, and call it in a function here",
    ],
    [
      "js",
      "const x =\n  await f();",
      "! 4:3 A code block cannot await outside of a function: put it into an exported one",
    ],
    ["js", "const u = import.meta.url;", "! 3:11 A code block has no import.meta: it is part of the program"],
    [
      "js",
      "export default async () => 1;",
      "! 3:1 An exported function needs a name: it is the name of the playbook",
    ],
    [
      "js",
      "function f() {}\nexport { f as g };",
      "! 4:10 An export cannot have another name: declare the function with the name of the playbook",
    ],
    [
      "js",
      "export async function* f() {}",
      '! 3:24 A generator cannot be a playbook: make "f" an async function',
    ],
    ["js", "export async function Say() {}", '! 3:1 "Say" is a builtin: give this function another name'],
    ["js", "function Say() {}", '! 3:10 "Say" is a builtin: give this helper another name'],
    [
      "ts",
      "const { a, Sleep } = { a: 1, Sleep: 2 };",
      '! 3:7 "Sleep" is a builtin: give this helper another name',
    ],
    ["js", "class Agent {}\nlet state;", '! 4:5 "state" is a builtin: give this helper another name'],
    ["js", "let a;\nlet a;", "! 4:5 Cannot read this code: identifier 'a' has already been declared"],
    ["js", "return 1", "! 3:1 Cannot read this code: 'return' outside of function"],
    ["js", "(".repeat(501), "! 3:1 Cannot read this code: its brackets are nested more than 500 deep"],
  ];
  for (const [language, code, ...expected] of cases) {
    await t.step(expected[0]!, async () => {
      const { problems, program } = await parse(
        `# A\n\`\`\`${language}\n${code}\n\`\`\`\n## B\n- x\n\`\`\`ts\nexport async function fine() {}\n\`\`\``,
      );
      const found = problems.filter(({ severity, code }) => severity === "error" && code !== "no-beginning")
        .map(short);
      assertEquals(found.map((text, index) => text.slice(0, expected[index]?.length)), expected);
      assertEquals(program.agents[0]!.playbooks.findLast(() => true)!.name, "fine");
    });
  }
});

Deno.test("code: a playbook's tag above a function that is not exported is a warning", async () => {
  const found = async (comment: string, declaration: string) => {
    const { problems } = await parse(`# A\n\`\`\`ts\n/** ${comment} */\n${declaration}\n\`\`\`\n`);
    return problems.filter(({ code }) => code === "not-exported").map(short);
  };
  const warning = (name: string, column: number) => [
    `! 4:${column} "${name}" is not exported, so it is not a playbook, and its tags have no effect`,
  ];
  assertEquals(await found("@trigger At the beginning", "async function Main() {}"), warning("Main", 16));
  assertEquals(await found("@cli_entry", "function main() {}"), warning("main", 10));
  assertEquals(await found("@meeting", "const talk = async () => {};"), warning("talk", 7));
  assertEquals(await found("@public", "function helper() {}"), []);
  assertEquals(await found("@trigger At the beginning", "export async function Main() {}"), []);
  assertEquals(await found("@trigger At the beginning", "async function Main() {}\nexport { Main };"), []);
});

Deno.test("code: blocks of one agent share a scope, where a repeated name is a problem", async () => {
  const block = "```js\nconst x = 1;\nexport async function f() {}\n```\n";
  const { problems } = await parse(`# A\n${block}## B\n- x\n${block}# C\n${block}`);
  assertEquals(
    problems.filter(({ severity, code }) => severity === "error" && code !== "no-beginning").map(short),
    [
      '! 9:7 "x" is declared twice in this agent\'s code: before in line 3 of a.pb',
      '! 10:1 "f" is declared twice in this agent\'s code: before in line 4 of a.pb',
      '! 10:1 Two playbooks of "A" are called "f": the other one is in line 4 of a.pb',
    ],
  );
});
