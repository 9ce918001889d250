import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { clerkThat } from "../support/mcp_clerk.ts";
import { type Loose, McpProcess, modernParams } from "../support/mcp_process.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { tempFolder } from "../support/temp_files.ts";
import { noted, remoteLines } from "../support/tool_servers.ts";
import { countOf } from "../support/entries.ts";

const clerk = clerkThat("count", "ask", "fail");

Deno.test("mcp tasks: a server that is killed in the middle of three tasks and started again finishes all three", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const first = new McpProcess(folder, ["clerk.pb"]);
  const counting = await first.task("count", { steps: 8 });
  const other = await first.task("count", { steps: 12 }, "key-1");
  const asking = await first.task("ask", { question: "How many?" });
  const question = await first.untilSettled(asking);
  assertEquals(question.status, "input_required");
  await first.process.untilTrue(() => saidIn(folder.journal(counting)).length >= 2, 20);
  await first.kill();
  const second = new McpProcess(folder, ["clerk.pb"]);
  const known = await second.modern("tasks/get", { taskId: counting });
  assertEquals([known.status, known.ttlMs, known.pollIntervalMs], ["working", null, 1000]);
  assertEquals(await second.task("count", { steps: 12 }, "key-1"), other);
  const same = await second.untilSettled(asking);
  assertEquals(same.inputRequests, question.inputRequests);
  const update = (task: Loose, answer: string) =>
    second.modern("tasks/update", {
      taskId: asking,
      inputResponses: { [Object.keys(task.inputRequests)[0]!]: { action: "accept", content: { answer } } },
    });
  // A session that waits leaves the memory of the server.
  const summary = folder.sessionFile("session.json", asking);
  await second.process.untilTrue(() => Deno.readTextFileSync(summary).includes('"status": "waiting"'), 20);
  await update(same, "three");
  const after = await second.modern("tasks/get", { taskId: asking });
  assertEquals(Object.keys(after.inputRequests ?? {}).filter((id) => id in same.inputRequests), []);
  // An answer that is repeated changes nothing.
  await update(same, "four");
  const next = await second.untilSettled(asking);
  assertEquals(messagesOf(next), ["And for whom?"]);
  await update(next, "Ann");
  const results = await Promise.all([counting, other, asking].map((id) => second.untilSettled(id)));
  assertEquals(results.map(({ status }) => status), ["completed", "completed", "completed"]);
  assertEquals(results.map(({ result }) => result.content[0].text), [
    '{"steps":8}',
    '{"steps":12}',
    "three for Ann",
  ]);
  assertEquals(results[0].result._meta["playbooks/session"].id, counting);
  assertEquals(
    saidIn(folder.journal(counting)),
    Array.from({ length: 8 }, (_, index) => `step ${index + 1}`),
  );
  assertEquals(countOf(folder.journal(other), "run") >= 2, true);
  assertEquals(folder.sessions().length, 3);
  await second.end();
});

Deno.test("mcp tasks: a cancelled task is cancelled, also in a later server, and its session can be resumed", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const first = new McpProcess(folder, ["clerk.pb"]);
  const running = await first.task("count", { steps: 8 });
  const waiting = await first.task("ask", { question: "How many?" });
  await first.untilSettled(waiting);
  await first.process.untilTrue(() => saidIn(folder.journal(running)).length >= 2, 20);
  for (const taskId of [running, waiting]) {
    assertEquals((await first.modern("tasks/cancel", { taskId })).resultType, "complete");
    assertEquals((await first.modern("tasks/get", { taskId })).status, "cancelled");
  }
  await first.end();
  const second = new McpProcess(folder, ["clerk.pb"]);
  const states = await Promise.all(
    [running, waiting].map((taskId) => second.modern("tasks/get", { taskId })),
  );
  assertEquals(states.map(({ status }) => status), ["cancelled", "cancelled"]);
  const said = saidIn(folder.journal(running));
  assert(said.length < 8, String(said));
  await second.end();
  const resumed = await folder.run(["resume", running]);
  assertEquals(resumed.code, 0, resumed.stderr);
  assertEquals(saidIn(folder.journal(running)).length, 8);
});

Deno.test("mcp tasks: a failed program completes its task with an error of the tool; a task that nobody made is not found", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const own = await folder.run(["run", "clerk.pb", "--call", "count(1)"]);
  assertEquals(own.code, 0, own.stderr);
  const [foreign] = folder.sessions();
  const server = new McpProcess(folder, ["clerk.pb"]);
  const failed = await server.untilSettled(await server.task("fail", { why: "no luck" }));
  assertEquals([failed.status, failed.result.isError], ["completed", true]);
  assertStringIncludes(failed.result.content[0].text, "no luck");
  for (const taskId of [foreign, crypto.randomUUID(), "../x"]) {
    const { code, message } = await server.refused("tasks/get", modernParams({ taskId }));
    assertEquals([code, message], [-32602, `Task not found: ${taskId}`]);
  }
  const id = await server.task("ask", { question: "How many?" });
  const open = await server.untilSettled(id);
  const bad = await server.refused(
    "tasks/update",
    modernParams({
      taskId: id,
      inputResponses: { [Object.keys(open.inputRequests)[0]!]: { action: "accept" } },
    }),
  );
  assertEquals(bad.code, -32602);
  await server.end();
});

Deno.test("mcp tasks: the protocol of 2025-11-25 has the same tasks, and their questions come with the result", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const server = new McpProcess(folder, ["clerk.pb"]);
  await server.initialize({ capabilities: { elicitation: { form: {} } } });
  const begin = async (name: string, given: object) => {
    const { task } = await server.request("tools/call", { name, arguments: given, task: { ttl: 60_000 } });
    assertEquals([task.status, task.ttl, task.pollInterval], ["working", null, 1000]);
    return task.taskId as string;
  };
  const taskId = await begin("ask", { question: "How many?" });
  const asking = server.ask("tasks/result", { taskId });
  for (const answer of ["three", "Ann"]) {
    const asked = await server.answer(({ method, params, id }) =>
      method === "elicitation/create" && !answered.has(id) && params._meta !== undefined
    );
    answered.add(asked.id);
    assertEquals(asked.params._meta["io.modelcontextprotocol/related-task"], { taskId });
    server.send({ id: asked.id, result: { action: "accept", content: { answer } } });
  }
  const { result } = await server.answer(asking);
  assertEquals(result.content[0].text, "three for Ann");
  assertEquals(result._meta["io.modelcontextprotocol/related-task"], { taskId });
  assertEquals((await server.request("tasks/get", { taskId })).status, "completed");
  assertEquals((await server.refused("tasks/cancel", { taskId })).code, -32602);
  const failing = await begin("fail", { why: "no luck" });
  assertEquals((await server.request("tasks/result", { taskId: failing })).isError, true);
  assertEquals((await server.request("tasks/get", { taskId: failing })).status, "failed");
  const counting = await begin("count", { steps: 9 });
  assertEquals((await server.request("tasks/cancel", { taskId: counting })).status, "cancelled");
  await server.end();
});

Deno.test("mcp tasks: a form of a tool server is asked field by field, and again after an answer that it cannot read", async () => {
  using state = tempFolder();
  await using folder = await folderWith({
    "buyer.pb": `# Counter:MCP\n${remoteLines(state.path)}\n
# Buyer
\`\`\`ts
/** @public */
export async function buy(item: string) {
  return await Counter.order(item);
}
\`\`\`
`,
  });
  const server = new McpProcess(folder, ["buyer.pb"]);
  const taskId = await server.task("buy", { item: "tea" });
  const asked: string[] = [];
  for (const answer of ["many", "many", "3", "red", "yes"]) {
    const task = await server.untilSettled(taskId);
    assertEquals(task.status, "input_required", JSON.stringify(task));
    const [[question]] = Object.entries(task.inputRequests) as [[string, Loose]];
    asked.push(question);
    const inputResponses = { [question]: { action: "accept", content: { answer } } };
    await server.modern("tasks/update", { taskId, inputResponses });
    // A lost answer of the server lets a client send its own again.
    await server.modern("tasks/update", { taskId, inputResponses });
  }
  assertEquals(new Set(asked).size, 5);
  const { result } = await server.untilSettled(taskId);
  assertStringIncludes(result.content[0].text, '"amount":3');
  assertEquals(noted(state.path, "orders").length, 1);
  await server.end();
});

const answered = new Set<unknown>();

function messagesOf(task: Loose): readonly string[] {
  return Object.values(task.inputRequests as Record<string, Loose>).map(({ params }) => params.message);
}

function saidIn(entries: readonly { readonly type: string }[]): readonly string[] {
  return (entries as readonly Loose[]).flatMap((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.text] : []
  );
}
