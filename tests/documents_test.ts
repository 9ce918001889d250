import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { coreCommands } from "../src/cli/command_table.ts";
import { parseProgram } from "../src/language/mod.ts";
import { systemPrompt } from "../src/engine/mod.ts";
import { madeParts, renewed } from "./support/documents.ts";
import { figures, loneFigures, promising, settingsWithFigures } from "./support/figures.ts";
import { tokens } from "./support/prompt_size.ts";

for (const part of madeParts) {
  Deno.test(`${part.file} shows the table "${part.mark}" as the tests have it (deno task docs writes it)`, () => {
    const document = Deno.readTextFileSync(part.file);
    assertEquals(renewed(document, part), document);
  });
}

for (const { file, says } of figures) {
  Deno.test(`documents: ${file} says "${says}", as the code has it`, () => {
    assertStringIncludes(Deno.readTextFileSync(file), says);
  });
}

Deno.test("documents: every figure of a promise is compared with the code (tests/support/figures.ts)", () => {
  for (const file of promising) {
    assertEquals([file, loneFigures(file, Deno.readTextFileSync(file))], [file, []]);
  }
  assertEquals(settingsWithFigures(), []);
  const usages = coreCommands.flatMap((
    { flags, ...usage },
  ) => [JSON.stringify(usage), ...flags.map(({ doc }) => doc)]);
  for (const text of usages) assertEquals(loneFigures("the help", text), []);
});

Deno.test("the README names only files and tasks that are there", () => {
  const readme = Deno.readTextFileSync("README.md");
  const tasks = Object.keys((JSON.parse(Deno.readTextFileSync("deno.json")) as { tasks: object }).tasks);
  for (const [, path] of readme.matchAll(/\]\(([^)#:]+)\)/g)) {
    assert(exists(path!), `README.md names ${path}`);
  }
  for (const [, path] of readme.matchAll(/`((?:tests|src|examples|docs)\/[\w./-]+)`/g)) {
    assert(exists(path!), `README.md names ${path}`);
  }
  for (const [, task] of readme.matchAll(/\bdeno(?:@[\d.]+)? task ([\w-]+)/g)) {
    assert(tasks.includes(task!), `README.md names the task ${task}`);
  }
});

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test("the system prompt of every example stays under 2,500 tokens", async () => {
  for (const { name } of Deno.readDirSync("examples")) {
    if (!name.endsWith(".pb")) continue;
    const text = Deno.readTextFileSync(`examples/${name}`);
    const { program } = await parseProgram([{ path: name, text }], {});
    for (const agent of program.agents) {
      const size = tokens(systemPrompt(program, agent, "1000"));
      assert(size > 100 && size < 2500, `${name}: ${agent.name} has ${size} tokens`);
    }
  }
});
