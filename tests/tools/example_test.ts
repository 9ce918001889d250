import { assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith } from "../support/playbooks_process.ts";
import { remoteLines } from "../support/tool_servers.ts";

Deno.test("tools: the example of docs/tools.md is trusted, reads a file and says what it says", async () => {
  const [, , program] = /^(`{3,})markdown\n([^]*?)^\1$/m.exec(Deno.readTextFileSync("docs/tools.md"))!;
  // The tests have Deno in place of npx.
  const local = program!
    .replace("command: npx", `command: ${JSON.stringify(Deno.execPath())}`)
    .replace(
      'args: [-y, "@modelcontextprotocol/server-filesystem", "."]',
      'args: [run, -A, --quiet, --no-config, --no-lock, "npm:@modelcontextprotocol/server-filesystem@2026.8.31", "."]',
    );
  await using folder = await folderWith({ "note.txt": "buy pens", "notes.pb": local });
  const { code, stdout, stderr } = await folder.run(["run", "--trust", "notes.pb"]);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, "buy pens");
});

Deno.test("tools: the rehearsal calls the tool that a step names in words, and invents no result", async () => {
  await using folder = await folderWith({});
  await folder.write(
    "words.pb",
    `# Counter
${remoteLines(folder.path)}
# Teller
## Main
### Triggers
- At the beginning
### Steps
- Call Counter.count with "visits"
- Count "visits" with Counter as $visits
- Tell the user $visits
- Get the weather of "Rome" from Counter
- Tell the user what it says
- End program
`,
  );
  const { code, stdout, stderr } = await folder.run(["run", "--trust", "words.pb"]);
  assertEquals(code, 0, stderr);
  assertEquals(stdout, 'Visits: 2\n{"degrees":21,"sky":"clear over Rome"}\n');
});
