import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { ToolAnswer, ToolList, ToolQuestion, ToolTask } from "../../src/tools/mod.ts";
import type { ToolServers } from "../../src/tools/servers.ts";
import { tempFolder } from "../support/temp_files.ts";
import { openServers } from "../support/tool_servers.ts";

// The reference servers of the protocol, as npm packages. Without them these tests are skipped.

const version = "2026.8.31";

function packageOf(name: string): string {
  return `npm:@modelcontextprotocol/server-${name}@${version}`;
}

/** Downloads a server's package, if it is not cached yet. */
function isAvailable(name: string): boolean {
  const args = ["cache", "--quiet", "--no-config", "--no-lock", packageOf(name)];
  return new Deno.Command(Deno.execPath(), { args, stdout: "null", stderr: "null" }).outputSync().success;
}

interface Peer {
  readonly servers: ToolServers;
  readonly list: ToolList;
  readonly asked: ToolQuestion[];
  readonly tasks: ToolTask[];
  readonly progress: unknown[];
  readonly call: (
    name: string,
    args?: Record<string, string | number | string[] | object>,
  ) => Promise<ToolAnswer>;
}

function testOfPeer(
  claim: string,
  name: string,
  { args = [], env = {} }: {
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  },
  test: (peer: Peer, folder: string) => Promise<void>,
): void {
  Deno.test({
    name: `tools: server-${name}: ${claim}`,
    ignore: !isAvailable(name),
    fn: async () => {
      using folder = tempFolder();
      const fill = (text: string) => text.replace("FOLDER", folder.path);
      await using open = openServers([{
        kind: "stdio",
        name: "Peer",
        timeoutMs: 30_000,
        totalTimeoutMs: 60_000,
        command: Deno.execPath(),
        args: ["run", "-A", "--quiet", "--no-config", "--no-lock", packageOf(name), ...args.map(fill)],
        cwd: folder.path,
        env: {
          ...Object.fromEntries(["PATH", "HOME", "DENO_DIR"].flatMap((key) => {
            const value = Deno.env.get(key);
            return value === undefined ? [] : [[key, value]];
          })),
          ...Object.fromEntries(Object.entries(env).map(([key, value]) => [key, fill(value)])),
        },
      }]);
      const { servers } = open;
      const { signal } = new AbortController();
      const list = await servers.list("Peer", signal);
      const [asked, tasks, progress]: [ToolQuestion[], ToolTask[], unknown[]] = [[], [], []];
      const call: Peer["call"] = (tool, given = {}) => {
        const found = list.tools.find((each) => each.name === tool);
        assert(found, `${tool} among ${list.tools.map((each) => each.name).join(", ")}`);
        return servers.call({ server: "Peer", tool: found, arguments: given as never, key: "key" }, {
          signal,
          keepsTask: () => false,
          onTask: (task) => tasks.push(task),
          onProgress: (each) => progress.push(each),
          onQuestion: (question) => {
            asked.push(question);
            return Promise.resolve({ action: "accept", content: { name: "Ann", check: true } });
          },
        });
      };
      await test({ servers, list, asked, tasks, progress, call }, folder.path);
    },
  });
}

testOfPeer("text, structure, pictures, progress, tasks and questions", "everything", {}, async (peer) => {
  const { call, list, tasks, asked, progress } = peer;
  assert(list.tools.find(({ name }) => name === "echo")?.readOnly);
  assertEquals(await call("echo", { message: "hi" }), { kind: "result", value: "Echo: hi", files: [] });
  const weather = await call("get-structured-content", { location: "Chicago" });
  assertEquals(weather.kind === "result" && Object.keys(weather.value as object), [
    "temperature",
    "conditions",
    "humidity",
  ]);
  const image = await call("get-tiny-image");
  assert(image.kind === "result");
  assertEquals(image.files.map(({ name }) => name), ["get-tiny-image image"]);
  assertStringIncludes(image.files[0]!.content, "data:image/png;base64,");
  await call("trigger-long-running-operation", { duration: 0.4, steps: 2 });
  assertEquals(progress, [{ progress: 1, total: 2 }, { progress: 2, total: 2 }]);
  const answered = await call("trigger-elicitation-request");
  assertEquals(asked.length, 1);
  assertStringIncludes(String(answered.kind === "result" && answered.value), "Ann");
  const report = await call("simulate-research-query", { topic: "tasks" });
  assertEquals(tasks.length, 1);
  assertStringIncludes(String(report.kind === "result" && report.value), "Research Report: tasks");
});

testOfPeer(
  "files are written, read and refused",
  "filesystem",
  { args: ["FOLDER"] },
  async ({ call }, folder) => {
    assertEquals((await call("write_file", { path: `${folder}/a.txt`, content: "hello" })).kind, "result");
    assertEquals(Deno.readTextFileSync(`${folder}/a.txt`), "hello");
    const read = await call("read_text_file", { path: `${folder}/a.txt` });
    assertEquals(read, { kind: "result", value: { content: "hello" }, files: [] });
    const refused = await call("read_text_file", { path: "/etc/hostname" });
    assertEquals([refused.kind, refused.kind === "error" && refused.name], ["error", "ToolError"]);
  },
);

testOfPeer(
  "a graph of knowledge outlives the server",
  "memory",
  { env: { MEMORY_FILE_PATH: "FOLDER/memory.jsonl" } },
  async ({ call }, folder) => {
    const entity = { name: "Ann", entityType: "person", observations: ["likes pens"] };
    const made = await call("create_entities", { entities: [entity] });
    assertEquals(made.kind, "result");
    assertStringIncludes(Deno.readTextFileSync(`${folder}/memory.jsonl`), "likes pens");
    const found = await call("search_nodes", { query: "pens" });
    assertStringIncludes(JSON.stringify(found), '"Ann"');
  },
);
