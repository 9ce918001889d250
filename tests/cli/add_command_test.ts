import { assertEquals, assertStringIncludes } from "@std/assert";
import { addToList, faultsIn, runIn, sourceCopy } from "../support/source_copy.ts";

const document = Deno.readTextFileSync("docs/adding_a_command.md");

Deno.test("cli: one folder and one row of the table add a command, as docs/adding_a_command.md says", async () => {
  using source = sourceCopy();
  addCommand(source.path);
  const command = "src/cli/commands/sessions_count";
  assertEquals(await faultsIn(source.path, [`${command}/command.ts`, `${command}/sessions_count.ts`]), "");
  assertEquals(await runIn(source.path, ["main.ts", "sessions", "count"]), { code: 0, stdout: "" });

  Deno.writeTextFileSync(
    `${source.path}/hello.pb`,
    '# Host\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Say "Hello"\n- End program\n',
  );
  await runIn(source.path, ["main.ts", "run", "hello.pb"]);
  assertEquals(await runIn(source.path, ["main.ts", "sessions", "count"]), {
    code: 0,
    stdout: "completed 1\n",
  });

  const help = await runIn(source.path, ["main.ts", "help"]);
  assertStringIncludes(help.stdout, "sessions count             count the sessions by their status\n");
  const wrong = await runIn(source.path, ["main.ts", "sessions", "count", "--fast"]);
  assertEquals(wrong.code, 2);
});

/** Follows the document: its first two blocks are files, and the next two go into the table. */
function addCommand(folder: string): void {
  const [description, code, imported, row] = [...document.matchAll(/```ts\n([^]*?)```/g)]
    .map((match) => match[1]!);
  const command = `${folder}/src/cli/commands/sessions_count`;
  Deno.mkdirSync(command);
  Deno.writeTextFileSync(`${command}/command.ts`, description!);
  Deno.writeTextFileSync(`${command}/sessions_count.ts`, code!);
  const start = "  sessionsListCommand,\n";
  addToList(`${folder}/src/cli/command_table.ts`, { start, row: row! }, imported!);
}
