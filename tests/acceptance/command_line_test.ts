/**
 * Cases 58 to 64 of the original's acceptance tests, in their TypeScript form: what a program is on a command line. Each
 * test runs the real program as a process.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { binary, type Finished, folderWith } from "../support/playbooks_process.ts";

const hello = `# Greeter

## Main
### Triggers
- At the beginning
### Steps
- Say "Hello"
- Say "Welcome to playbooks"
- Say "Goodbye"
- End program
`;

/** Prints each of its parameters with its type, so that a test sees what code gets. */
const typed = `# Tool

\`\`\`ts
/**
 * Shows what it was given.
 * @param name who it is for
 * @cli_entry
 */
export async function Main(
  name: string,
  count: number = 1,
  ratio: number = 0.5,
  tags: string[] = [],
  ids: number[] = [],
  loud: boolean = false,
  options: Record<string, unknown> = {},
  level: "low" | "high" = "low",
) {
  await Say("user", JSON.stringify({ name, count, ratio, tags, ids, loud, options, level }));
  EndProgram();
}
\`\`\`
`;

const startup = `# Summarizer

\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Say("user", "<" + (state.startup_message ?? "nothing") + ">");
  EndProgram();
}
\`\`\`
`;

const asks = `# Clerk

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for $city
- Say "Off to {$city}"
- End program
`;

function words({ code, stdout, stderr }: Finished, expected = 0): string[] {
  assertEquals(code, expected, stderr);
  return stdout.split("\n").filter((line) => line !== "");
}

Deno.test("command line 58: agents' words alone go to stdout, and streaming changes no word", async () => {
  await using folder = await folderWith({ "hello.pb": hello });
  const expected = ["Hello", "Welcome to playbooks", "Goodbye"];
  for (const flags of [[], ["--no-stream"], ["--quiet"], ["--verbose"], ["--snoop"], ["--no-stream", "-v"]]) {
    const run = await folder.run(["run", "hello.pb", ...flags]);
    assertEquals(words(run), expected, flags.join(" "));
    if (!flags.includes("--quiet")) assertStringIncludes(run.stderr, "Loading playbooks from: ['hello.pb']");
  }
  const quiet = await folder.run(["run", "--quiet", "hello.pb"]);
  assertEquals(quiet.stderr.includes("Loading"), false);
});

Deno.test("command line 59: the exit code tells success, failure, wrong use and a wait for a person", async () => {
  await using folder = await folderWith({
    "hello.pb": hello,
    "asks.pb": asks,
    "typed.pb": typed,
    "fails.pb":
      '# A\n\n```ts\n/** @trigger At the beginning */\nexport async function Main() {\n  throw new Error("no stock");\n}\n```\n',
    "broken.pb": "# A\n\n```ts\nexport async function (\n```\n",
  });
  const codes: readonly (readonly [readonly string[], number, string])[] = [
    [["run", "hello.pb"], 0, ""],
    [["run", "fails.pb"], 1, "no stock"],
    [["run", "broken.pb"], 2, "Cannot read this code"],
    [["run", "missing.pb"], 2, "missing.pb"],
    [["run", "typed.pb"], 2, "Main needs --name VALUE"],
    [["run", "typed.pb", "--name", "x", "--count", "many"], 2, "must be a number"],
    [["run", "typed.pb", "--nme", "x"], 2, "did you mean --name"],
    [["run", "hello.pb", "--city", "Lyon"], 2, "the program has no parameters"],
    [["run", "--name", "Ada", "--city", "Lyon", "hello.pb"], 2, "stands after its files"],
    [["run", "asks.pb", "--non-interactive"], 75, "resume"],
    [["run", "hello.pb", "--model", "openai:gpt-test"], 2, "OPENAI_API_KEY"],
  ];
  for (const [args, code, text] of codes) {
    const run = await folder.run(args);
    assertEquals([args, run.code], [args, code], run.stderr);
    assertStringIncludes(run.stderr, text, args.join(" "));
  }
});

Deno.test("command line 60: parameters of the entry are flags with types, and reach it", async () => {
  await using folder = await folderWith({
    "typed.pb": typed,
    "steps.pb": asks.replace("Main", "Main($city)"),
  });
  const run = await folder.run([
    ..."run typed.pb --name Ada --count 3 --ratio -.25 --tags a,b --tags c --ids [1,2] --loud".split(" "),
    ..."--level high --options".split(" "),
    '{"deep": [true, null]}',
  ]);
  assertEquals(JSON.parse(words(run)[0]!), {
    name: "Ada",
    count: 3,
    ratio: -0.25,
    tags: ["a", "b", "c"],
    ids: [1, 2],
    loud: true,
    options: { deep: [true, null] },
    level: "high",
  });
  const plain = await folder.run(["run", "typed.pb", "--name=--odd", "--no-loud"]);
  assertEquals(JSON.parse(words(plain)[0]!), {
    name: "--odd",
    count: 1,
    ratio: 0.5,
    tags: [],
    ids: [],
    loud: false,
    options: {},
    level: "low",
  });
  const steps = await folder.run(["run", "steps.pb", "--city", "Lyon"], { input: "Oslo\n" });
  assertEquals(words(steps).at(-1), "Off to Oslo");
});

Deno.test("command line 60: flags before the files are the tool's, after them the program's where declared", async () => {
  await using folder = await folderWith({ "typed.pb": typed });
  const run = await folder.run("run --name job7 typed.pb --name Ada".split(" "));
  assertEquals(JSON.parse(words(run)[0]!).name, "Ada");
  const list = await folder.run(["sessions", "list", "--json"]);
  assertEquals(JSON.parse(list.stdout).map(({ name }: { name?: string }) => name), ["job7"]);
  // A flag that the program does not declare is the tool's at any place.
  const quiet = await folder.run("run typed.pb --name Ada --quiet".split(" "));
  assertEquals([words(quiet).length, quiet.stderr], [1, ""]);
});

Deno.test("command line 60: --help after the files lists the parameters, and runs nothing", async () => {
  await using folder = await folderWith({ "typed.pb": typed, "hello.pb": hello });
  const { code, stdout, stderr } = await folder.run(["run", "typed.pb", "--help"]);
  assertEquals([code, stderr], [0, ""]);
  for (
    const text of [
      "playbooks run typed.pb --name VALUE",
      "Shows what it was given.",
      "who it is for; a text; required",
      "--count NUMBER  a number; 1 if not given",
      "--tags LIST",
      "--no-loud for false; false if not given",
      "one of low, high",
      "--name of playbooks run stands before the files",
    ]
  ) assertStringIncludes(stdout, text);
  const none = await folder.run(["hello.pb", "-h"]);
  assertStringIncludes(none.stdout, "The program has no parameters.");
  assertEquals(folder.sessions(), []);
  const wrong = await folder.run(["run", "missing.pb", "--help"]);
  assertEquals(wrong.code, 2);
});

Deno.test("command line 60: a session keeps the parameters with which it began, and says so", async () => {
  await using folder = await folderWith({
    "ask.pb": asks.replace("Main", "Main($color)").replace("Off to", "{$color} in"),
  });
  const first = await folder.run("run ask.pb --color red --non-interactive".split(" "));
  assertEquals(first.code, 75);
  const typo = await folder.run("run ask.pb --resume --colr blue".split(" "), { input: "Oslo\n" });
  assertEquals(typo.code, 2);
  const resumed = await folder.run("run ask.pb --resume --color blue".split(" "), { input: "Oslo\n" });
  assertStringIncludes(resumed.stderr, "--color has no effect");
  assertEquals(words(resumed).at(-1), "red in Oslo");
});

Deno.test("command line 61: standard input, a file and --message give $startup_message, also together", async () => {
  await using folder = await folderWith({ "sum.pb": startup, "text.txt": "from a file\n", "asks.pb": asks });
  const cases: readonly (readonly [readonly string[], string, string])[] = [
    [[], "piped\n", "<piped>"],
    [["--message", "hello"], "", "<hello>"],
    [["--message", "In French:"], "two\nlines\n", "<In French:\n\ntwo\nlines>"],
    [["--message-file", "text.txt"], "", "<from a file>"],
    [["--message-file", "text.txt"], "piped\n", "<from a file\n\npiped>"],
    [["--message-file", "-"], "piped\n", "<piped>"],
    [[], "", "<>"],
  ];
  for (const [flags, input, expected] of cases) {
    const run = await folder.run(["run", "sum.pb", ...flags], { input });
    assertEquals([flags, run.stdout], [flags, `${expected}\n`], run.stderr);
  }
  // A program that does not name it gets the message as the first words of its user.
  const said = await folder.run(["run", "asks.pb", "--message", "Lyon"]);
  assertEquals(words(said).at(-1), "Off to Lyon");
  const both = await folder.run(["run", "sum.pb", "--message", "a", "--message-file", "text.txt"]);
  assertEquals(both.code, 2);
  const missing = await folder.run(["run", "sum.pb", "--message-file", "none.txt"]);
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.stderr, "Cannot read the message: none.txt");
});

Deno.test("command line 61: a program is an executable file by its first line", async () => {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const config = new URL("../../deno.json", import.meta.url).pathname;
  const command = binary ??
    `${Deno.execPath()} run --quiet --no-check -P --config ${config} --no-prompt ${main}`;
  await using folder = await folderWith({
    "bin/playbooks": `#!/bin/sh\nexec ${command} "$@"\n`,
    "greet": `#!/usr/bin/env -S playbooks run\n${typed}`,
  });
  await Deno.chmod(`${folder.path}/bin/playbooks`, 0o755);
  await Deno.chmod(`${folder.path}/greet`, 0o755);
  const { code, stdout, stderr } = await new Deno.Command(`${folder.path}/greet`, {
    args: ["--name", "Ada", "--tags", "x,y"],
    cwd: folder.path,
    stdin: "null",
    env: { PATH: `${folder.path}/bin:${Deno.env.get("PATH")}`, NO_COLOR: "1" },
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  const given = JSON.parse(new TextDecoder().decode(stdout));
  assertEquals([given.name, given.tags], ["Ada", ["x", "y"]]);
});

Deno.test("command line 62: compile writes to stdout and to a file, keeps the front matter, needs no model", async () => {
  const front = `---\ntitle: Three greetings\nauthor: Ada\n---\n${hello}`;
  await using folder = await folderWith({ "hello.pb": front, "asks.pb": asks.replace("Clerk", "Other") });
  const stdout = await folder.run(["compile", "hello.pb"]);
  assertEquals(stdout.code, 0, stdout.stderr);
  assertStringIncludes(stdout.stdout, "title: Three greetings");
  assertStringIncludes(stdout.stdout, "author: Ada");
  const file = await folder.run(["compile", "hello.pb", "-o", "hello.pbasm"]);
  assertEquals([file.code, file.stdout], [0, ""]);
  assertEquals(await Deno.readTextFile(`${folder.path}/hello.pbasm`), stdout.stdout);
  assertEquals(words(await folder.run(["run", "hello.pbasm"])).length, 3);
  // Several files are one program, so one output file is right.
  const two = await folder.run(["compile", "hello.pb", "asks.pb", "-o", "two.pbasm"]);
  assertEquals(two.code, 0, two.stderr);
  const text = await Deno.readTextFile(`${folder.path}/two.pbasm`);
  assert(text.includes("# Greeter") && text.includes("# Other"));
});

Deno.test("command line 63: a flag beats the environment, that beats .env, and that beats playbooks.toml", async () => {
  await using folder = await folderWith({
    "playbooks.toml": "[limits]\nmax_llm_calls = 5\nmax_repairs = 4\n",
    ".env": "PLAYBOOKS_LIMITS__MAX_LLM_CALLS=6\nOPENAI_API_KEY=sk-secret-of-the-test\n",
    "other.toml": "[limits]\nmax_llm_calls = 7\n",
  });
  const limit = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
    const { code, stdout, stderr } = await folder.run(["config", "show", "--json", ...args], { env });
    assertEquals(code, 0, stderr);
    assert(!stdout.includes("sk-secret-of-the-test"));
    return /"limits\.max_llm_calls"[^}]*?"value": (\d+)|"max_llm_calls": (\d+)/.exec(stdout)?.slice(1)
      .find((value) => value !== undefined);
  };
  assertEquals(await limit([]), "6");
  assertEquals(await limit([], { PLAYBOOKS_LIMITS__MAX_LLM_CALLS: "8" }), "8");
  assertEquals(await limit(["--config", "other.toml"], { PLAYBOOKS_LIMITS__MAX_LLM_CALLS: "9" }), "9");
  const wrong = await folder.run(["config", "show"], { env: { PLAYBOOKS_LIMITS__MAX_LLM_CALL: "1" } });
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, "PLAYBOOKS_LIMITS__MAX_LLM_CALLS");
});

Deno.test("command line 64: a recording gives the same answers again, and a request that it lacks is an error", async () => {
  await using folder = await folderWith({ "hello.pb": hello, "asks.pb": asks });
  const recorded = words(await folder.run("run hello.pb --record answers.jsonl".split(" ")));
  const replayed = await folder.run("run hello.pb --model replay:answers.jsonl".split(" "));
  assertEquals(words(replayed), recorded);
  const other = await folder.run("run asks.pb --model replay:answers.jsonl".split(" "));
  assertEquals(other.code, 1);
  assertStringIncludes(other.stderr, "answers.jsonl");
});
