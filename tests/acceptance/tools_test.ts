import { assertEquals, assertMatch } from "@std/assert";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { noted, remoteLines } from "../support/tool_servers.ts";

/** A folder with a program whose code has the tools of `Counter`. */
async function folderOf(code: string, more: { readonly before?: string } = {}): Promise<TestFolder> {
  const folder = await folderWith({});
  await folder.write(
    "tools.pb",
    `# Counter
${remoteLines(folder.path)}
# Client
${more.before ?? ""}
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
${code}
  EndProgram();
}
\`\`\`
`,
  );
  return folder;
}

/** Runs the program and returns its words. */
async function wordsOf(folder: TestFolder): Promise<string> {
  const { code, stdout, stderr } = await folder.run(["run", "--trust", "tools.pb"]);
  assertEquals(code, 0, stderr);
  return stdout;
}

Deno.test("acceptance 57: the tools of a server are playbooks, and the secret program says the secret", async () => {
  await using folder = await folderWith({});
  await folder.write(
    "secret.pb",
    `# Counter
${remoteLines(folder.path)}
# Teller
## Main
### Triggers
- At the beginning
### Steps
- $secret = Counter.secret()
- Tell the user $secret
- End program
`,
  );
  const { code, stdout } = await folder.run(["run", "--trust", "secret.pb"]);
  assertEquals(code, 0);
  assertMatch(stdout, /Playbooks\+MCP FTW!/);
});

Deno.test("acceptance 57: arguments come by position, by keyword, and mixed", async () => {
  await using folder = await folderOf(`
  await Counter.count("a");
  await Counter.count("a", 2);
  await Counter.count({ name: "b", by: 3 });
  await Counter.count("c", { by: 4 });
  await Counter.Count("d");
  const { degrees, sky } = await Counter.weather("Rome");
  await Say("user", \`\${sky}, \${degrees}; \${await Counter.slowRead({ seconds: 0, name: "x" })}\`);`);
  assertEquals(await wordsOf(folder), "clear over Rome, 21; read slowly\n");
  const calls = noted(folder.path, "calls").filter(({ tool }) => tool === "count");
  assertEquals(calls.map(({ args }) => args), [
    { name: "a" },
    { name: "a", by: 2 },
    { name: "b", by: 3 },
    { name: "c", by: 4 },
    { name: "d" },
  ]);
});

Deno.test("acceptance 57: wrong arguments and errors of a tool are errors that code can catch", async () => {
  await using folder = await folderOf(`
  const tries = [
    () => Counter.count("a", 1, 2),
    () => Counter.count(),
    () => Counter.count("a", { color: "red" }),
    () => Counter.count(7),
    () => Counter.fail("too late"),
    () => Counter.Nothing(),
  ];
  for (const each of tries) {
    try {
      await each();
      await Say("user", "no error");
    } catch (error) {
      await Say("user", \`\${error.name}: \${error.message}\`);
    }
  }`);
  const lines = (await wordsOf(folder)).trim().split("\n");
  assertEquals(lines.slice(0, 1), ["TypeError: count(name, by?) was given 3 arguments"]);
  assertMatch(lines[1]!, /^TypeError: count\(name, by\?\) does not accept these arguments: .*name/);
  assertMatch(lines[2]!, /^TypeError: count\(name, by\?\) has no parameter color/);
  assertMatch(lines[3]!, /^TypeError: count\(name, by\?\) does not accept these arguments: .*string/);
  assertEquals(lines[4], "ToolError: too late");
  assertMatch(lines[5]!, /^ReferenceError: Counter has no playbook Nothing; it has: count, read, work/);
  assertEquals(noted(folder.path, "calls").map(({ tool }) => tool), ["fail"]);
});

Deno.test("acceptance 57: paths of a server are those beside the program file, wherever the run begins", async () => {
  await using folder = await folderWith({});
  const server = new URL("../support/tool_server.ts", import.meta.url).pathname;
  await folder.write("deep/server.ts", await Deno.readTextFile(server));
  await folder.write(
    "deep/where.pb",
    `# Counter
remote:
  type: mcp
  transport: stdio
  url: ${Deno.execPath()} run -A --quiet --no-config ./server.ts --state .
# Client
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Say("user", await Counter.where());
  EndProgram();
}
\`\`\`
`,
  );
  const { code, stdout, stderr } = await folder.run(["run", "--trust", "deep/where.pb"]);
  assertEquals(code, 0, stderr);
  assertMatch(stdout, new RegExp(`^${folder.path}/deep `));
});

Deno.test("acceptance 57: a placeholder of a description calls a tool", async () => {
  await using folder = await folderWith({});
  await folder.write(
    "placeholder.pb",
    `# Counter
${remoteLines(folder.path)}
# Teller
## Main
The secret is {Counter.secret()}.
### Triggers
- At the beginning
### Steps
- Tell the user "done"
- End program
`,
  );
  const { code, stderr } = await folder.run(["run", "--trust", "placeholder.pb"]);
  assertEquals(code, 0, stderr);
  const [described] = folder.journal().flatMap((entry) =>
    entry.type === "end-turn" && entry.description !== undefined ? [entry.description] : []
  );
  assertEquals(described, "The secret is Playbooks+MCP FTW!.");
});
