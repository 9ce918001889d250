import { assertEquals, assertStringIncludes } from "@std/assert";
import { addToList, faultsIn, runIn, sourceCopy } from "../support/source_copy.ts";

const document = Deno.readTextFileSync("docs/adding_a_builtin.md");

Deno.test("builtins: one file and one row of the table add a builtin, as docs/adding_a_builtin.md says", async () => {
  using source = sourceCopy();
  const folder = source.path;
  addShout(folder);
  const builtins = "src/engine/builtins";
  assertEquals(await faultsIn(folder, [`${builtins}/shout.ts`, `${builtins}/table.ts`]), "");
  Deno.writeTextFileSync(`${folder}/probe.ts`, probe);
  assertEquals(await runIn(folder, ["probe.ts"]), {
    code: 0,
    stdout: "declare function Shout(text: string): Promise<string>;\n" +
      'await Shout("hi");\n' +
      "Shout(text: string): Promise<string>\n",
  });

  Deno.writeTextFileSync(`${folder}/shout.pb`, calls);
  const run = await runIn(folder, ["main.ts", "run", "shout.pb"]);
  assertStringIncludes(run.stdout, "HELLO");
  assertStringIncludes(run.stdout, "TypeError: Shout needs a text");

  Deno.writeTextFileSync(`${folder}/taken.pb`, taken);
  const check = await runIn(folder, ["main.ts", "check", "taken.pb"]);
  assertEquals(check.code, 2);
  assertStringIncludes(
    check.stdout,
    'taken.pb:7:4: error: "Shout" is a builtin: give this playbook another name',
  );
});

/** Follows the document: its first block is the file, and the next two go into the table. */
function addShout(folder: string): void {
  const [file, imported, row] = [...document.matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1]!);
  const builtins = `${folder}/src/engine/builtins`;
  Deno.writeTextFileSync(`${builtins}/shout.ts`, file!);
  const start = "export const builtins: readonly Builtin[] = [\n";
  addToList(`${builtins}/table.ts`, { start, row: row! }, imported!);
}

/** Prints the builtin's declaration in the prompt, the reading of a JSON call, and its row in the documents. */
const probe = `
import { rules } from "./src/prompt/rules.ts";
import { readAnswer } from "./src/engine/turn/answer.ts";
import { signatureOf } from "./src/engine/builtins/declarations.ts";
import { shoutBuiltin } from "./src/engine/builtins/shout.ts";
console.log(rules.split("\\n").find((line) => line.includes("Shout")));
const answer = readAnswer('{"name": "Shout", "arguments": {"text": "hi"}}', "stop");
console.log(answer.ok ? answer.code : answer);
console.log(signatureOf(shoutBuiltin));
`;

const calls = `# Caller
\`\`\`js
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", await self.Shout("hello"));
  await Shout().catch((error) => Say("user", \`\${error.name}: \${error.message}\`));
  EndProgram();
}
\`\`\`
`;

const taken = `# Caller
## Main
### Triggers
- At the beginning
### Steps
- Say "Hello"
## Shout
### Steps
- Say "HELLO"
`;
