import { assertEquals } from "@std/assert";
import { folderWith } from "../support/playbooks_process.ts";
import { remoteLines } from "../support/tool_servers.ts";

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
