import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseArguments } from "../../src/cli/args.ts";
import { type Command, commandWords } from "../../src/cli/command.ts";
import { coreCommands } from "../../src/cli/command_table.ts";
import { completions } from "../../src/cli/commands/completions/completions.ts";
import { helpText } from "../../src/cli/commands/help/help_text.ts";
import { extras } from "../../extras/mod.ts";
import { exitCodes } from "../../src/errors.ts";

const commands = [...coreCommands, ...extras.commands];
const context = { programName: "playbooks", isFile: (path: string) => path.endsWith(".pb") };

/** Operands that a command accepts. */
function operandsOf({ name, operands, completes, operandCount }: Command): readonly string[] {
  if (name === "run") return ["a.pb", "--resume"];
  if (name === "sessions rm") return ["k3f9"];
  if (name === "sessions rename") return ["k3f9", "x"];
  if (operandCount.min === 0) return [];
  const operand = typeof completes === "object"
    ? completes[0]!
    : operands.endsWith("…") || operands.includes("FILE")
    ? "a.pb"
    : "k3f9";
  return Array(operandCount.min).fill(operand);
}

/** Values of the kinds that a command checks, by their names in the help. */
const values: ReadonlyMap<string, string> = new Map([
  ["N", "3"],
  ["SECONDS", "3"],
  ["TIME", "2d"],
  ["AGE", "2d"],
  ["SIZE", "2MB"],
]);

/** Operands of flags that take other ones than their command. */
const operandsOfFlag: ReadonlyMap<string, readonly string[]> = new Map([
  ["sessions rm --trash", []],
  ["sessions rm --empty-trash", []],
  ["sessions rename --clear", ["k3f9"]],
]);

Deno.test("help: each command accepts every flag in its help", () => {
  for (const command of commands.filter(({ name }) => name !== "help")) {
    const { name } = command;
    const flags = [
      ...helpText(commands, name).matchAll(/^ {2}(?:-(\w), )?--([\w-]+)(?: (\w+|'.*?'))?( {2,}.*)/gm),
    ];
    assert(flags.length > 0, name);
    for (const [, short, long, value, doc] of flags) {
      const choice = /: (\w+), [\w, ]+$/.exec(doc!)?.[1];
      const given = value === undefined ? [] : [choice ?? values.get(value) ?? "x"];
      for (const spelling of [`--${long}`, ...(short === undefined ? [] : [`-${short}`])]) {
        const operands = operandsOfFlag.get(`${name} --${long}`) ?? operandsOf(command);
        const args = [...name.split(" "), ...operands, spelling, ...given];
        assert(parseArguments(args, commands, context), args.join(" "));
      }
    }
  }
});

Deno.test("help: each command's help has all accepted flags and an example", () => {
  for (const usage of commands) {
    const help = helpText(commands, usage.name);
    for (const flag of usage.flags) assertStringIncludes(help, `--${flag.name}`);
    assertStringIncludes(help, `playbooks ${usage.name}: `);
    assert(usage.examples.length > 0, usage.name);
    for (const example of usage.examples) assertStringIncludes(help, example);
  }
});

Deno.test("help: every example is a valid command line", () => {
  for (const example of commands.flatMap(({ examples }) => examples)) {
    const [, line] = /playbooks ([^|)]*)/.exec(example)!;
    const args = [...line!.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
    assert(parseArguments(args, commands, context), example);
  }
});

Deno.test("help: the overview names every command and every exit code", () => {
  const overview = helpText(commands);
  for (const { name, summary } of commands) {
    assertStringIncludes(overview, `  ${name}`);
    assertStringIncludes(overview, summary);
  }
  const codes = [...overview.matchAll(/^ {2}(\d+) {2,}/gm)].map(([, code]) => Number(code));
  assertEquals(codes, Object.values(exitCodes));
});

Deno.test("help: it fits into 110 columns", () => {
  for (const topic of [undefined, ...commands.map(({ name }) => name)]) {
    for (const line of helpText(commands, topic).split("\n")) assert(line.length <= 110, line);
  }
});

Deno.test("completions: they name every command and every flag", () => {
  for (const shell of ["bash", "zsh", "fish"] as const) {
    const script = completions(shell, commands);
    for (const word of commandWords(commands)) assertStringIncludes(script, word);
    for (const { flags } of commands) {
      for (const { name } of flags) {
        assertStringIncludes(script, shell === "fish" ? `-l ${name}` : `--${name}`);
      }
    }
  }
});

Deno.test("completions: bash completes commands, flags and values as the script says", async () => {
  const ask = `
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _playbooks; echo "\${COMPREPLY[*]}"`;
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/my.toml`, "");
  const complete = async (...words: readonly string[]) => {
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", completions("bash", commands) + ask, "bash", "playbooks", ...words],
      cwd: folder,
    }).output();
    assertEquals(new TextDecoder().decode(stderr), "");
    return new TextDecoder().decode(stdout).trim();
  };
  assertEquals(await complete("ru"), "run");
  assertEquals(await complete("sessions", "sh"), "show");
  assertEquals(await complete("sessions", "v"), "verify");
  assertEquals(await complete("run", "--on"), "--on-uncertain");
  assertEquals(await complete("run", "x", "--on-uncertain", "re"), "retry");
  assertEquals(await complete("completions", "z"), "zsh");
  assertEquals(await complete("resume", "--config", "m"), "my.toml");
  assertEquals(await complete("resume", "m"), "");
  assertEquals(await complete("check", "m"), "my.toml");
  assertEquals(await complete("run", "x", "--message", "m"), "");
  await Deno.remove(folder, { recursive: true });
});
