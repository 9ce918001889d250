import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { parseArguments } from "../../src/cli/args.ts";
import type { Command } from "../../src/cli/command.ts";
import { coreCommands } from "../../src/cli/command_table.ts";
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

Deno.test("help: no text names a person who does not exist", () => {
  for (const topic of [undefined, ...commands.map(({ name }) => name)]) {
    const found = /.*\b(?:nobody|no one)\b.*/i.exec(helpText(commands, topic))?.[0];
    assertEquals(found, undefined);
  }
});
