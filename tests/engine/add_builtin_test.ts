import { assertEquals, assertStringIncludes } from "@std/assert";

const document = Deno.readTextFileSync("docs/adding_a_builtin.md");

Deno.test("builtins: one file and one row of the table add a builtin, as docs/adding_a_builtin.md says", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const path of ["src", "extras", "types", "main.ts", "deno.json", "deno.lock"]) {
      copy(path, `${folder}/${path}`);
    }
    addShout(folder);
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
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** Does what the document says: its first block is the file, the next two go into the table. */
function addShout(folder: string): void {
  const [file, imported, row] = [...document.matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1]!);
  const builtins = `${folder}/src/engine/builtins`;
  Deno.writeTextFileSync(`${builtins}/shout.ts`, file!);
  const table = Deno.readTextFileSync(`${builtins}/table.ts`);
  const start = "export const builtins: readonly Builtin[] = [\n";
  assertStringIncludes(table, start);
  Deno.writeTextFileSync(`${builtins}/table.ts`, imported + table.replace(start, start + row));
}

/** Prints how the prompt declares the builtin, how a JSON call of it is read, and the row of the documents. */
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

async function runIn(
  folder: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--no-prompt", "-A", ...args],
    cwd: folder,
    env: { PLAYBOOKS_TRUST: "1", NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout) + text(stderr) };
}

function copy(from: string, to: string): void {
  if (Deno.statSync(from).isFile) {
    Deno.copyFileSync(from, to);
    return;
  }
  Deno.mkdirSync(to);
  for (const { name } of Deno.readDirSync(from)) copy(`${from}/${name}`, `${to}/${name}`);
}
