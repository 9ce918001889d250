import { assertEquals, assertObjectMatch, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { filesToAsk, parseArguments } from "../../src/cli/args.ts";
import { coreCommands } from "../../src/cli/command_table.ts";
import type { RunCommand } from "../../src/cli/commands/run/options.ts";
import { exitCodes, PlaybooksError } from "../../src/errors.ts";

const files = new Set(["a.pb", "b.pb", "script", "run", "answers.txt"]);

/** The command's name as `kind`, and its options. */
function parse(...args: readonly string[]): { readonly kind: string } & Readonly<Record<string, unknown>> {
  const context = { programName: "playbooks", isFile: (path: string) => files.has(path) };
  const { name, options } = parseArguments(args, coreCommands, context);
  return { kind: name, ...options };
}

function parseRun(...args: readonly string[]): RunCommand {
  const command = parse(...args);
  if (command.kind !== "run") throw new Error(`${args.join(" ")} is read as ${command.kind}`);
  return command as unknown as RunCommand;
}

function refusal(...args: readonly string[]): string {
  const error = assertThrows(() => parse(...args), PlaybooksError);
  assertEquals(error.exitCode, exitCodes.usage);
  return error.message;
}

Deno.test("args: run has quiet defaults", () => {
  assertEquals(parse("run", "a.pb"), {
    kind: "run",
    files: ["a.pb"],
    allow: {},
    parameters: {},
    detach: false,
    fork: false,
    plan: false,
    snoop: false,
    stream: true,
    plain: false,
    verbose: false,
    quiet: false,
    json: false,
    nonInteractive: false,
    trust: false,
  });
});

Deno.test("args: run reads each of its flags", () => {
  const args =
    "run a.pb b.pb --resume k3f9 --fork --plan --name monday --model openai:x --record r.jsonl --message hello " +
    "--call Main(1) --on-uncertain skip --pin --snoop --no-stream --plain -v --json --non-interactive --config c.toml";
  assertEquals(parse(...args.split(" ")), {
    kind: "run",
    files: ["a.pb", "b.pb"],
    resume: { kind: "session", reference: "k3f9" },
    name: "monday",
    call: "Main(1)",
    allow: {},
    parameters: {},
    detach: false,
    fork: true,
    plan: true,
    model: "openai:x",
    record: "r.jsonl",
    message: "hello",
    onUncertain: "skip",
    edited: "pin",
    snoop: true,
    stream: false,
    plain: true,
    verbose: true,
    quiet: false,
    json: true,
    nonInteractive: true,
    trust: false,
    config: "c.toml",
  });
});

Deno.test("args: a file as first argument means run, and a command wins over a file of its name", () => {
  assertEquals(parseRun("a.pb", "-q").quiet, true);
  assertEquals(parseRun("script").files, ["script"]);
  assertEquals(parseRun("./run").files, ["./run"]);
  assertEquals(parseRun("run", "run").files, ["run"]);
  // Such names are clearly files, so run reports that they do not exist.
  assertEquals(parseRun("missing.pb").files, ["missing.pb"]);
  assertEquals(parseRun("examples/*").files, ["examples/*"]);
});

Deno.test("args: under the name pb an unknown command is a file to run", () => {
  const command = parseArguments(["nothing-here"], coreCommands, {
    programName: "/usr/bin/pb",
    isFile: () => false,
  });
  assertEquals(command.name, "run");
});

Deno.test("args: --resume takes the next argument as a session only if it is not a file", async (t) => {
  const cases: readonly (readonly [string, readonly string[], RunCommand["resume"]])[] = [
    ["run --resume a.pb", ["a.pb"], { kind: "last" }],
    ["run a.pb --resume", ["a.pb"], { kind: "last" }],
    ["run a.pb --resume b.pb", ["a.pb", "b.pb"], { kind: "last" }],
    ["run a.pb --resume k3f9", ["a.pb"], { kind: "session", reference: "k3f9" }],
    ["run --resume k3f9 a.pb", ["a.pb"], { kind: "session", reference: "k3f9" }],
    ["run --resume=a.pb a.pb", ["a.pb"], { kind: "session", reference: "a.pb" }],
    ["run --resume --fork a.pb", ["a.pb"], { kind: "last" }],
    ["run --resume -- a.pb", ["a.pb"], { kind: "last" }],
    ["run a.pb --resume ../../x", ["a.pb"], { kind: "session", reference: "../../x" }],
    ["a.pb --resume", ["a.pb"], { kind: "last" }],
  ];
  for (const [line, expectedFiles, resume] of cases) {
    await t.step(line, () => {
      const command = parseRun(...line.split(" "));
      assertEquals(command.files, expectedFiles);
      assertEquals(command.resume, resume);
    });
  }
});

Deno.test("args: flags that run does not know are parameters of the program", async (t) => {
  const cases: readonly (readonly [string, Readonly<Record<string, string | true>>])[] = [
    ["run a.pb --city Lyon --count 3", { city: "Lyon", count: "3" }],
    ["run a.pb --count -3", { count: "-3" }],
    ["run a.pb --city=Lyon=x", { city: "Lyon=x" }],
    ["run a.pb --loud --city Lyon", { loud: true, city: "Lyon" }],
    ["run a.pb --input answers.txt", { input: "answers.txt" }],
    ["run a.pb --order-id 7", { "order-id": "7" }],
    ["run a.pb --no-rush=5 --no-wait", { "no-rush": "5", "no-wait": true }],
    ["run a.pb --a.b 1 --constructor=2", { "a.b": "1", constructor: "2" }],
    ["run --quiet a.pb --ready true", { ready: "true" }],
  ];
  for (const [line, parameters] of cases) {
    await t.step(line, () => assertEquals(parseRun(...line.split(" ")).parameters, once(parameters)));
  }
  assertEquals(parseRun("run", "a.pb", "--city", "x", "--city", "y").parameters, { city: ["x", "y"] });
});

/** Each flag given once. */
function once(parameters: Readonly<Record<string, string | true>>): RunCommand["parameters"] {
  return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, [value]]));
}

Deno.test("args: after the files a flag is the program's where it declares it, before them never", async (t) => {
  const parameters = [
    { name: "name", state: true, optional: false },
    { name: "json", state: true, type: "bool", optional: true },
    { name: "loud", state: false, default: true, optional: true },
    { name: "resume", state: true, optional: true },
    { name: "on_uncertain", state: true, optional: true },
  ];
  const context = { programName: "playbooks", isFile: (path: string) => files.has(path), parameters };
  const cases: readonly (readonly [string, Partial<RunCommand>])[] = [
    ["run --name job7 a.pb --name Ada", { name: "job7", parameters: { name: ["Ada"] } }],
    ["run a.pb --name Ada", { parameters: { name: ["Ada"] } }],
    ["run --json a.pb --json false", { json: true, parameters: { json: ["false"] } }],
    ["run a.pb --json b.pb", { json: false, files: ["a.pb", "b.pb"], parameters: { json: [true] } }],
    ["run a.pb --no-json --no-loud", { parameters: { "no-json": [true], "no-loud": [true] } }],
    ["run a.pb --no-stream", { stream: false, parameters: {} }],
    ["run --resume a.pb --resume k3f9", { resume: { kind: "last" }, parameters: { resume: ["k3f9"] } }],
    ["run a.pb --on-uncertain maybe", { parameters: { "on-uncertain": ["maybe"] } }],
    ["run a.pb --message hi --name=-x", { message: "hi", parameters: { name: ["-x"] } }],
    ["run a.pb --name", { parameters: { name: [true] } }],
    ["a.pb --name Ada -q", { quiet: true, parameters: { name: ["Ada"] } }],
  ];
  for (const [line, expected] of cases) {
    await t.step(line, () => {
      const options = parseArguments(line.split(" "), coreCommands, context).options as RunCommand;
      assertObjectMatch(options as unknown as Record<string, unknown>, expected);
      if (expected.name === undefined) assertEquals(options.name, undefined);
    });
  }
  assertStringIncludes(refusal("run", "--city", "Lyon", "a.pb"), "stands after its files");
  assertStringIncludes(refusal("check", "a.pb", "--city", "Lyon"), "check has no flag --city");
});

Deno.test("args: the program is asked only where a flag after its files could be its own", async (t) => {
  const context = { programName: "playbooks", isFile: (path: string) => files.has(path) };
  const cases: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["run a.pb b.pb", undefined],
    ["run --name x --resume a.pb", undefined],
    ["run a.pb --city Lyon", undefined],
    ["run a.pb --help", undefined],
    ["check a.pb --json", undefined],
    ["a.pb --name Ada", ["a.pb"]],
    ["run a.pb --resume", ["a.pb"]],
    ["run --quiet a.pb b.pb --message --json", ["a.pb", "b.pb"]],
    ["run a.pb --loud b.pb", ["a.pb"]],
    ["crash-test a.pb --reply x", ["a.pb"]],
    ["run --name job7 a.pb --name Ada", ["a.pb"]],
    ["run --resume k3f9 -q a.pb --name Ada --name Bob", ["a.pb"]],
  ];
  for (const [line, expected] of cases) {
    await t.step(line, () => assertEquals(filesToAsk(line.split(" "), coreCommands, context), expected));
  }
});

Deno.test("args: a flag without a value takes none, whatever comes after it", () => {
  assertEquals(parseRun("run", "--quiet", "true", "b.pb").files, ["true", "b.pb"]);
  const { files, parameters } = parseRun("run", "a.pb", "--loud", "--quiet", "b.pb");
  assertEquals([files, parameters], [["a.pb", "b.pb"], { loud: [true] }]);
  assertEquals(parseRun("run", "7", "0x10").files, ["7", "0x10"]);
});

Deno.test("args: -- ends the flags", () => {
  assertEquals(parseRun("run", "a.pb", "--", "--resume").files, ["a.pb", "--resume"]);
});

Deno.test("args: short flags may be joined, and their value comes after them", () => {
  assertEquals(parse("compile", "a.pb", "-oout.pbasm"), {
    kind: "compile",
    files: ["a.pb"],
    output: "out.pbasm",
  });
  assertEquals(parse("compile", "-o", "out.pbasm", "a.pb"), {
    kind: "compile",
    files: ["a.pb"],
    output: "out.pbasm",
  });
  assertStringIncludes(refusal("run", "-vx", "a.pb"), "no flag -x");
});

Deno.test("args: the groups sessions and config read their second word", () => {
  assertEquals(parse("sessions"), { kind: "sessions pick", isPicker: true, json: false });
  assertEquals(parse("sessions", "--json"), { kind: "sessions pick", isPicker: true, json: true });
  assertEquals(parse("sessions", "list"), { kind: "sessions list", json: false });
  assertEquals(parse("sessions", "show", "k3f9"), {
    kind: "sessions show",
    session: "k3f9",
    full: false,
    json: false,
  });
  assertEquals(parse("sessions", "verify"), { kind: "sessions verify", json: false });
  assertEquals(parse("sessions", "verify", "k3f9", "--json"), {
    kind: "sessions verify",
    session: "k3f9",
    json: true,
  });
  const flags = ["--reply", "one", "--every", "3", "--reply=two", "--allow-write=out,tmp"];
  assertEquals(parse("crash-test", "a.pb", ...flags), {
    kind: "crash-test",
    files: ["a.pb"],
    parameters: {},
    replies: ["one", "two"],
    every: 3,
    allow: { write: ["out", "tmp"] },
    trust: false,
    json: false,
  });
  assertEquals(parse("config", "show", "--json"), { kind: "config show", json: true });
  assertStringIncludes(refusal("sessions", "lst"), "did you mean list");
});

Deno.test("args: resume takes a session or nothing, but no file", () => {
  const command = parse("resume", "k3f9", "--message", "yes");
  assertEquals(command.resume, { kind: "session", reference: "k3f9" });
  const last = parse("resume");
  assertEquals(last.resume, { kind: "last" });
  assertStringIncludes(refusal("resume", "a.pb"), "playbooks run a.pb --resume");
});

Deno.test("args: there is help for the program, each command and each group", () => {
  assertEquals(parse("--help"), { kind: "help" });
  assertEquals(parse("help"), { kind: "help" });
  assertEquals(parse("run", "--help"), { kind: "help", topic: "run" });
  assertEquals(parse("run", "a.pb", "-h"), { kind: "run", files: ["a.pb"], help: true });
  assertEquals(parse("run", "--help", "a.pb"), { kind: "help", topic: "run" });
  assertEquals(parse("check", "a.pb", "--help"), { kind: "help", topic: "check" });
  assertEquals(parse("help", "sessions", "list"), { kind: "help", topic: "sessions list" });
  assertEquals(parse("sessions", "--help"), { kind: "help", topic: "sessions" });
});

Deno.test("args: the error for a typo names the nearest command, flag or value", async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ["rnu a.pb", "did you mean run"],
    ["chekc a.pb", "did you mean check"],
    ["help rn", "did you mean run"],
    ["log k3f9", "did you mean sessions log"],
    ["list", "did you mean sessions list"],
    ["migrate --json", "did you mean store migrate"],
    ["help log", "did you mean sessions log"],
    ["--hepl", "did you mean --help"],
    ["--resume a.pb", "playbooks run … --resume"],
    ["sessions list --jsn", "did you mean --json"],
    ["resume --fromk", "did you mean --fork"],
    ["run a.pb --on-uncertain retri", "did you mean retry"],
    ["completions bsh", "did you mean bash"],
    ["check", "check needs FILES…"],
    ["run", "run needs FILES…"],
    ["run --resume k3f9", "playbooks resume k3f9"],
    ["run a.pb --message", "--message needs TEXT"],
    ["run a.pb --message --json", "--message needs TEXT"],
    ["run a.pb --json=yes", "--json takes no value"],
    ["run a.pb --name x --name y", "--name is given twice"],
    ["run a.pb --pin --redo", "exclude each other"],
    ["run a.pb --fork", "add --resume"],
    ["run a.pb --resume=", "--resume needs ID"],
    ["sessions show a b", "sessions show takes ID[@N]; remove b"],
    ["crash-test a.pb --every 0", "--every cannot be 0"],
  ];
  for (const [line, expected] of cases) {
    await t.step(line, () => assertStringIncludes(refusal(...line.split(" ")), expected));
  }
  assertStringIncludes(refusal(), "no command");
});

Deno.test("args: any command line is understood or refused with exit code 2", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "run",
      "resume",
      "a.pb",
      "--resume",
      "--",
      "-v",
      "--json",
      "--x",
      "sessions",
      "-",
      "--=",
      "=",
    ),
    fc.string({ maxLength: 6 }),
  );
  fc.assert(fc.property(fc.array(word, { maxLength: 6 }), (args) => {
    try {
      parse(...args);
    } catch (error) {
      if (!(error instanceof PlaybooksError) || error.exitCode !== exitCodes.usage) throw error;
    }
  }));
});
