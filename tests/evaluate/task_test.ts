import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PlaybooksError } from "../../src/errors.ts";
import { RecordedServer } from "../answers/recorded_server.ts";
import { chat } from "../support/chat_dialect.ts";
import { inFolder } from "../support/world.ts";
import { readCases } from "./cases.ts";
import { lessons, rulesOf, shippedRules, teaches, variantNames } from "./rule_variants.ts";
import { ScriptedAnswers } from "./script.ts";
import { evaluateTask } from "./task.ts";

/** Runs the task, and gives its output. */
async function task(args: readonly string[], folder?: string) {
  const printed: string[] = [];
  const exit = await evaluateTask(args, (text) => void printed.push(text), folder);
  return { exit, output: printed.join("\n") };
}

Deno.test("evaluate: the task prints a row for each program and a summary for each style", async () => {
  const { exit, output } = await task(["--only", "tax"]);
  assertStringIncludes(output, "calculation, two agents");
  assertStringIncludes(output, "careful: 1 of 1 right; 0 repairs, 4 turns, 4 calls, ");
  assertEquals(exit, output.includes("WRONG") ? 1 : 0);
});

Deno.test("evaluate: the task prints JSON", async () => {
  const { output } = await task(["--only", "tax", "--json"]);
  const [careful] = JSON.parse(output);
  const { name, right, faults, turns } = careful.programs[0];
  assertEquals([careful.label, careful.right, careful.of], ["careful", 1, 1]);
  assertEquals([name, right, faults, turns], ["tax", true, [], 4]);
});

/** Runs the task with a model behind a server that answers from the careful script of the program `tax`. */
async function taskWithServer(args: readonly string[]) {
  const tax = readCases().find(({ name }) => name === "tax")!;
  await using server = new RecordedServer(chat, new ScriptedAnswers(tax.scripts[0]!));
  const config = `[model]\nprovider = "openai-compatible"\nname = "tiny"\nbase_url = "${server.baseUrl}"\n`;
  let result = { exit: 0, output: "" };
  await inFolder({ "playbooks.toml": config }, async (folder) => {
    result = await task(["--model", "openai-compatible:tiny", ...args], folder);
  });
  return result;
}

Deno.test("evaluate: the task asks the model of the settings, and counts the tokens that it counts", async () => {
  const { exit, output } = await taskWithServer(["--only", "tax", "--json"]);
  const [{ label, right, programs }] = JSON.parse(output);
  // The scripted server counts 100 tokens for each request.
  assertEquals([exit, label, right, programs[0].inputTokens], [0, "openai-compatible:tiny", 1, 400]);
});

Deno.test("evaluate: a program that comes out wrong is named with its fault, and the exit code is 1", async () => {
  const { exit, output } = await taskWithServer(["--only", "letter"]);
  assertEquals(exit, 1);
  assertStringIncludes(output, "letter (openai-compatible:tiny) did not say rent");
  assertStringIncludes(output, "0 of 1 right");
});

Deno.test("evaluate: no program at all is no success", async () => {
  assertEquals((await task(["--model", "rehearsal", "--only", "nothing"])).exit, 1);
});

Deno.test("evaluate: an unknown option is named, and unknown rules are refused", async () => {
  const { exit, output } = await task(["--modle", "x"]);
  assertEquals(exit, 2);
  assertStringIncludes(output, "There is no option --modle");
  await assertRejects(() => task(["--rules", "none", "--only", "tax"]), PlaybooksError, 'no rules "none"');
});

Deno.test("evaluate: other rules replace the shipped ones in what the model reads", async () => {
  const tokensWith = async (rules: string) => {
    const { output } = await task(["--only", "tax", "--json", "--rules", rules]);
    return JSON.parse(output)[0].programs[0].inputTokens as number;
  };
  const sizes = variantNames().map((name) => rulesOf(name).length);
  assertEquals(new Set(sizes).size > 1, true);
  const [small, large] = [Math.min(...sizes), Math.max(...sizes)]
    .map((size) => variantNames()[sizes.indexOf(size)]!);
  assert(await tokensWith(small!) < await tokensWith(large!));
});

Deno.test("evaluate: each answer of an untaught model names a lesson, and some rules teach it", () => {
  const named = readCases().flatMap(({ untaught }) => untaught ? [untaught.unless!] : []);
  assertEquals(named.filter((lesson) => !(lesson in lessons)), []);
  for (const lesson of Object.keys(lessons)) {
    assertEquals([lesson, teaches("release-0.3", lesson)], [lesson, false]);
    assertEquals([lesson, teaches("proposed", lesson)], [lesson, true]);
  }
});

Deno.test("evaluate: each variant of the rules has the declarations of the builtins", () => {
  for (const name of variantNames()) assertStringIncludes(rulesOf(name), "declare function Say(");
  assertEquals(variantNames()[0], shippedRules);
});
