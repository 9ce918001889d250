import { assertEquals, assertStringIncludes } from "@std/assert";
import { connectPeer, mcpStreams } from "../support/mcp_peer.ts";
import { type Loose, McpProcess } from "../support/mcp_process.ts";
import { folderWith } from "../support/playbooks_process.ts";

const typed = `# Clerk
\`\`\`ts
/** @public */
export async function price(item: string): Promise<{ item: string; cents: number }> {
  if (item === "none") return { item };
  return { item, cents: 400 };
}
/** @public */
export async function sum(a: number, b: number): Promise<number> {
  return a + b;
}
/** @public */
export async function sizes(): Promise<string[]> {
  return ["S", "L"];
}
/** @public */
export async function greet(name: string): Promise<string> {
  return "Hello " + name;
}
/** @public */
export async function nothing(): Promise<{ a: number }> {
}
/** @public */
export async function other(): Promise<Unknown> {
  return { b: 1 };
}
/** @public */
export async function ask(question: string) {
  await Say("user", question);
  return await Yield("user");
}
\`\`\`
`;

/** The schemas of results, and those that only the newer protocol can have. */
const schemas = {
  price: {
    type: "object",
    properties: { item: { type: "string" }, cents: { type: "number" } },
    required: ["item", "cents"],
  },
  nothing: { type: "object", properties: { a: { type: "number" } }, required: ["a"] },
};
const modernSchemas = { sum: { type: "number" }, sizes: { type: "array", items: { type: "string" } } };

for (const era of ["modern", "legacy"] as const) {
  Deno.test(`mcp results: a tool with a result type promises its schema, and keeps it or says why not (${era})`, async () => {
    await using folder = await folderWith({ "clerk.pb": typed });
    await using peer = await connectPeer(mcpStreams(folder, ["clerk.pb"]), { era });
    const { tools } = await peer.client.listTools();
    const found = Object.fromEntries(
      tools.flatMap(({ name, outputSchema }) => outputSchema ? [[name, outputSchema]] : []),
    );
    assertEquals(found, era === "modern" ? { ...schemas, ...modernSchemas } : schemas as Loose);
    // The client checks each structured result against the schema.
    const call = async (name: string, args: object = {}): Promise<Loose> =>
      await peer.client.callTool({ name, arguments: args as Loose });
    const price = await call("price", { item: "tea" });
    assertEquals([price.structuredContent, price.isError], [{ item: "tea", cents: 400 }, undefined]);
    const sum = await call("sum", { a: 1, b: 2 });
    assertEquals([sum.structuredContent, sum.content[0].text], [era === "modern" ? 3 : undefined, "3"]);
    const sizes = await call("sizes");
    assertEquals([sizes.structuredContent, sizes.content[0].text], [
      era === "modern" ? ["S", "L"] : undefined,
      '["S","L"]',
    ]);
    const greeting = await call("greet", { name: "Ann" });
    assertEquals([greeting.structuredContent, greeting.content[0].text], [undefined, "Hello Ann"]);
    assertEquals((await call("other")).structuredContent, { b: 1 });
    const wrong = await call("price", { item: "none" });
    assertEquals([wrong.isError, wrong.structuredContent, wrong.content[1].text], [
      true,
      undefined,
      '{"item":"none"}',
    ]);
    assertStringIncludes(wrong.content[0].text, "The result of price is not of its declared type");
    const nothing = await call("nothing");
    assertEquals(nothing.isError, true);
    assertStringIncludes(nothing.content[0].text, "it has no value");
  });
}

Deno.test("mcp results: the result of a task is checked as well, in both generations", async () => {
  await using folder = await folderWith({ "clerk.pb": typed });
  for (const era of ["modern", "legacy"] as const) {
    await using peer = await connectPeer(mcpStreams(folder, ["clerk.pb"]), { era });
    for (const [item, isError] of [["tea", undefined], ["none", true]] as const) {
      const execution = await peer.tasks.callTool("price", { item }, {
        declaration: { name: "price", inputSchema: { type: "object" } as never, taskSupport: "optional" },
        task: { preference: "prefer" },
      });
      const { outcome } = await execution.settle() as Loose;
      assertEquals([era, item, outcome.result.isError], [era, item, isError]);
    }
  }
});

Deno.test("mcp results: a client of the older protocol is notified of the status and the progress of its tasks", async () => {
  await using folder = await folderWith({ "clerk.pb": typed });
  const server = new McpProcess(folder, ["clerk.pb"]);
  await server.initialize({ capabilities: { elicitation: {} } });
  const { task } = await server.request("tools/call", {
    name: "ask",
    arguments: { question: "Which size?" },
    task: {},
    _meta: { progressToken: "t" },
  });
  const told = async (method: string, fits: (params: Loose) => boolean) =>
    (await server.answer((line) => line.method === method && fits(line.params))).params;
  const progress = await told("notifications/progress", ({ progressToken }) => progressToken === "t");
  assertEquals([progress.progress, progress.message], [1, "Clerk: Which size?"]);
  const waiting = await told("notifications/tasks/status", ({ status }) => status === "input_required");
  assertEquals(waiting.taskId, task.taskId);
  await server.request("tasks/get", { taskId: task.taskId });
  const { id } = await server.answer(({ method }) => method === "elicitation/create");
  server.send({ id, result: { action: "accept", content: { answer: "large" } } });
  const done = await told("notifications/tasks/status", ({ status }) => status === "completed");
  assertEquals(done, await server.request("tasks/get", { taskId: task.taskId }));
  await server.end();
});

Deno.test("mcp results: the library of the protocol takes the notifications about its tasks", async () => {
  await using folder = await folderWith({ "clerk.pb": typed });
  await using peer = await connectPeer(mcpStreams(folder, ["clerk.pb"]), {
    era: "legacy",
    answers: ["large"],
  });
  const execution = await peer.tasks.callTool("ask", { question: "Which size?" }, {
    declaration: { name: "ask", inputSchema: { type: "object" } as never, taskSupport: "required" },
    task: { preference: "prefer" },
  });
  const { outcome } = await execution.settle() as Loose;
  assertEquals(outcome.result.content[0].text, "large");
  // A status that lasts for a moment may be left out.
  const statuses = peer.notified.filter((note) => !note.endsWith(" working"));
  assertEquals(statuses.map((note) => note.split(" ")), [
    ["notifications/tasks/status", "input_required"],
    ["notifications/tasks/status", "completed"],
  ]);
});

Deno.test("mcp results: a client of the older protocol lists all tasks in pages, also those of an earlier server", async () => {
  await using folder = await folderWith({ "clerk.pb": typed });
  {
    await using peer = await connectPeer(mcpStreams(folder, ["clerk.pb", "--concurrency", "20"]), {
      era: "legacy",
    });
    const calls = Array.from(
      { length: 51 },
      (_, a) => peer.client.callTool({ name: "sum", arguments: { a, b: 1 } }),
    );
    await Promise.all(calls);
  }
  await using peer = await connectPeer(mcpStreams(folder, ["clerk.pb"]), { era: "legacy" });
  const list = async (params: object): Promise<Loose> => await peer.request({ method: "tasks/list", params });
  const first = await list({});
  const second = await list({ cursor: first.nextCursor });
  assertEquals([first.tasks.length, second.tasks.length, second.nextCursor], [50, 1, undefined]);
  const ids = [...first.tasks, ...second.tasks].map(({ taskId }) => taskId);
  assertEquals(ids.sort(), folder.sessions().sort());
  assertEquals(new Set(first.tasks.map(({ status }: Loose) => status)), new Set(["completed"]));
  const wrong = await list({ cursor: "nobody" }).catch((error) => error.message);
  assertStringIncludes(String(wrong), "The cursor names no call");
});
