import { assert, assertEquals } from "@std/assert";
import { clerkThat } from "../support/mcp_clerk.ts";
import { connectPeer, mcpHttp, type McpPeer, mcpStreams } from "../support/mcp_peer.ts";
import { type Loose, McpProcess } from "../support/mcp_process.ts";
import { commandLine, folderWith, type TestFolder } from "../support/playbooks_process.ts";

const clerk = clerkThat("add", "count", "ask");

const eras = ["modern", "legacy"] as const;

/** What a client of the protocol's library does, over each transport and in each generation. */
async function useTools(peer: McpPeer): Promise<void> {
  const { client, tasks, asked } = peer;
  const { tools } = await client.listTools();
  assertEquals(tools.map(({ name }) => name), ["add", "count", "ask"]);
  const sum = await client.callTool({ name: "add", arguments: { a: 1, b: 2 } });
  assertEquals((sum.content as Loose)[0].text, "3");
  const progress: (string | undefined)[] = [];
  const question = { name: "ask", arguments: { question: "How many?" } };
  const answered = await client.callTool(question, { onprogress: ({ message }) => progress.push(message) });
  assertEquals((answered.content as Loose)[0].text, "three for Ann");
  assertEquals(asked, ["How many?", "And for whom?"]);
  assert(progress.includes("Clerk: How many?"), String(progress));
  const counting = await tasks.callTool("count", { steps: 3 }, {
    declaration: { name: "count", inputSchema: tools[1]!.inputSchema as never, taskSupport: "optional" },
    task: { preference: "prefer" },
  });
  assertEquals(counting.kind, "task");
  const { outcome } = await counting.settle();
  assertEquals(outcome.status, "completed");
  assertEquals((outcome as Loose).result.structuredContent, { steps: 3 });
}

for (const era of eras) {
  Deno.test(`mcp peers: the protocol's own client lists, calls, answers and polls over streams (${era})`, async () => {
    await using folder = await folderWith({ "clerk.pb": clerk });
    await using peer = await connectPeer(mcpStreams(folder, ["clerk.pb"]), {
      era,
      answers: ["three", "Ann"],
    });
    await useTools(peer);
  });
}

Deno.test("mcp peers: the protocol's own client does the same over HTTP, in both generations at once", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const { url, token } = await listening(folder);
  await Promise.all(eras.map(async (era) => {
    await using peer = await connectPeer(mcpHttp(url, token), { era, answers: ["three", "Ann"] });
    await useTools(peer);
  }));
});

Deno.test("mcp peers: questions of a task are answered by the client, and another one can go on with it", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const { url, token } = await listening(folder);
  let taskId: string;
  {
    await using peer = await connectPeer(mcpHttp(url, token), { era: "modern" });
    const execution = await peer.tasks.callTool("ask", { question: "How many?" }, {
      task: { preference: "prefer" },
    });
    assert(execution.kind === "task");
    ({ taskId } = execution.handle);
    await execution.detach();
  }
  await using other = await connectPeer(mcpHttp(url, token), { era: "modern", answers: ["three", "Ann"] });
  const resumed = await other.tasks.resumeTask(
    { endpointId: "peer", generation: "v2", taskId, originalOperation: "tools/call" } as never,
  );
  const { outcome } = await resumed.settle();
  assertEquals((outcome as Loose).result.content[0].text, "three for Ann");
  assertEquals(other.asked, ["How many?", "And for whom?"]);
});

for (const transport of ["streams", "HTTP"] as const) {
  Deno.test(`mcp peers: a client of the older protocol that only polls is asked as well, once (${transport})`, async () => {
    await using folder = await folderWith({ "clerk.pb": clerk });
    const { url, token } = transport === "HTTP" ? await listening(folder) : { url: "", token: "" };
    const channel = transport === "HTTP" ? mcpHttp(url, token) : mcpStreams(folder, ["clerk.pb"]);
    await using peer = await connectPeer(channel, { era: "legacy", answers: ["three", "Ann"] });
    const execution = await peer.tasks.callTool("ask", { question: "How many?" }, {
      declaration: { name: "ask", inputSchema: { type: "object" } as never, taskSupport: "required" },
      task: { preference: "prefer" },
    });
    assertEquals(execution.kind, "task");
    const { outcome } = await execution.settle();
    assertEquals((outcome as Loose).result.content[0].text, "three for Ann");
    assertEquals(peer.asked, ["How many?", "And for whom?"]);
  });
}

Deno.test("mcp peers: over HTTP, a wrong token, another host, another origin and a large body are refused", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const { url, token } = await listening(folder);
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
  const headers = {
    authorization: `Bearer ${token}`,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
  };
  const status = async (more: Record<string, string>, options: RequestInit = {}, at = url) => {
    const response = await fetch(at, { method: "POST", body, headers: { ...headers, ...more }, ...options });
    await response.body?.cancel();
    return response.status;
  };
  assertEquals(await status({ authorization: `Bearer ${token.replace(/^./, "!")}` }), 401);
  assertEquals(await status({ authorization: "" }), 401);
  assertEquals(await status({ origin: "https://evil.example" }), 403);
  assertEquals(await status({ "sec-fetch-site": "cross-site" }), 403);
  assertEquals(await status({}, {}, url.replace("/mcp", "/")), 404);
  assertEquals(await status({ "mcp-session-id": crypto.randomUUID() }), 404);
  assertEquals(await status({}, { body: JSON.stringify({ text: "x".repeat(5 * 1024 * 1024) }) }), 413);
  assertEquals(await hostStatus(url, token, "evil.example"), 403);
  assertEquals(folder.sessions(), []);
});

Deno.test("mcp peers: over HTTP, a client that polls sees nothing of a kill but that time passes", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const first = await listening(folder, ["--token-file", "token"]);
  const port = new URL(first.url).port;
  const token = (await Deno.readTextFile(`${folder.path}/token`)).trim();
  await using peer = await connectPeer(mcpHttp(first.url, token), { era: "modern" });
  const execution = await peer.tasks.callTool("count", { steps: 10 }, { task: { preference: "prefer" } });
  assert(execution.kind === "task");
  const { taskId } = execution.handle;
  await execution.detach();
  await first.server.kill();
  await listening(folder, ["--token-file", "token", "--port", port]);
  const resumed = await peer.tasks.resumeTask(
    { endpointId: "peer", generation: "v2", taskId, originalOperation: "tools/call" } as never,
  );
  const { outcome } = await resumed.settle();
  assertEquals((outcome as Loose).result.structuredContent, { steps: 10 });
});

Deno.test("mcp peers: a program uses another program as its tool, is killed and resumed, and nothing is done twice", async () => {
  const [command, ...args] = commandLine();
  const shop = `# Shop
\`\`\`ts
/** @public */
export async function order(item: string) {
  await Say("user", "ordering " + item);
  await Sleep(2);
  return "ordered " + item;
}
\`\`\`
`;
  const env = ["HOME", "DENO_DIR"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [`    ${name}: ${JSON.stringify(value)}\n`];
  });
  const buyer = `# Buyer
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", await Shop.order("tea"));
  await Say("user", await Shop.order("cake"));
}
\`\`\`

# Shop:MCP
remote:
  type: mcp
  command: ${JSON.stringify(command)}
  args: ${JSON.stringify([...args, "mcp", "shop.pb"])}
  env:
    PLAYBOOKS_TRUST: "1"
${env.join("")}`;
  await using folder = await folderWith({ "buyer.pb": buyer, "shop.pb": shop });
  const run = folder.start(["run", "buyer.pb"]);
  // The buyer's session, and that of its first order, which has a handle.
  const hasHandle = () =>
    folder.sessions().length === 2 &&
    folder.journal(folder.sessions()[0]).some(({ type }) => type === "task");
  assert(await run.untilTrue(hasHandle, 20));
  run.kill("SIGKILL");
  const { stdout: before } = await run.finished;
  assertEquals(before, "");
  const resumed = await folder.run(["resume", folder.sessions()[0]!]);
  assertEquals(resumed.code, 0, resumed.stderr);
  assertEquals(wordsIn(resumed.stdout), ["ordered tea", "ordered cake"]);
  const { stdout } = await folder.run(["sessions", "list", "--json"]);
  const statuses = JSON.parse(stdout).map(({ status }: { status: string }) => status);
  assertEquals(statuses, ["completed", "completed", "completed"]);
});

function wordsIn(stdout: string): readonly string[] {
  return stdout.match(/ordered \w+/g) ?? [];
}

/** Starts a server over HTTP, and gives its address and token. */
async function listening(folder: TestFolder, more: readonly string[] = []) {
  const server = new McpProcess(folder, ["clerk.pb", "--http", ...more]);
  await server.process.until("/mcp\n");
  const hasToken = !more.includes("--token-file");
  if (hasToken) await server.process.until("Bearer ");
  if (hasToken) await server.process.untilTrue(() => server.process.stdout.split("\n").length > 2);
  const [url = "", header = ""] = server.process.stdout.split("\n");
  return { server, url, token: header.split(" ").at(-1)! };
}

/** The status that a server answers to a request for another host. `fetch` sets the header itself. */
async function hostStatus(url: string, token: string, host: string): Promise<number> {
  const { hostname, port } = new URL(url);
  using connection = await Deno.connect({ hostname, port: Number(port) });
  const head =
    `POST /mcp HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${token}\r\nContent-Length: 2\r\n\r\n{}`;
  await connection.write(new TextEncoder().encode(head));
  const buffer = new Uint8Array(1000);
  const count = await connection.read(buffer);
  return Number(new TextDecoder().decode(buffer.subarray(0, count ?? 0)).split(" ")[1]);
}
