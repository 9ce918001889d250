import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { clerkThat } from "../support/mcp_clerk.ts";
import { type Loose, McpProcess, modernParams } from "../support/mcp_process.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { postgresMissing, sharedPostgres } from "../support/postgres_server.ts";
import { ChatServer } from "./chat_server.ts";

const counter = clerkThat("count");

function saidIn(folder: TestFolder, session: string): readonly string[] {
  return (folder.journal(session) as readonly Loose[]).flatMap((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.text] : []
  );
}

function steps(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `step ${index + 1}`);
}

Deno.test("mcp restart: a request whose answer a kill lost is a question with three choices, and is sent again only if told", async () => {
  let requests = 0;
  const { promise: never, resolve } = Promise.withResolvers<Response>();
  await using shop = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    requests++;
    return requests === 1 ? never : Response.json({ order: requests });
  });
  await using folder = await folderWith({
    "orders.pb": `# Clerk
\`\`\`ts
/** @public */
export async function order() {
  const answer = await fetch("http://127.0.0.1:${shop.addr.port}/orders", { method: "POST", body: "tea" });
  return await answer.json();
}
\`\`\`
`,
    "playbooks.toml": '[permissions]\nnet = ["127.0.0.1"]\n',
  });
  const first = new McpProcess(folder, ["orders.pb"]);
  const taskId = await first.task("order");
  await first.process.untilTrue(() => requests === 1);
  await first.kill();
  resolve(new Response());
  const second = new McpProcess(folder, ["orders.pb"]);
  const { status, inputRequests } = await second.untilSettled(taskId);
  assertEquals([status, requests], ["input_required", 1]);
  const [[question, { params }]] = Object.entries(inputRequests) as [[string, Loose]];
  assertStringIncludes(params.message, "POST http://127.0.0.1");
  assertEquals(params.requestedSchema.properties.answer.enum, ["retry", "skip", "fail"]);
  const reply = (answer: string) => ({
    taskId,
    inputResponses: { [question]: { action: "accept", content: { answer } } },
  });
  const wrong = await second.answer(second.ask("tasks/update", modernParams(reply("perhaps"))));
  assertEquals(wrong.error?.code, -32602);
  await second.modern("tasks/update", reply("retry"));
  const { result } = await second.untilSettled(taskId);
  assertEquals([result.structuredContent, requests], [{ order: 2 }, 2]);
  await second.end();
});

Deno.test("mcp restart: a call without a task that a kill interrupted is finished by the next server, and its key finds it", async () => {
  await using folder = await folderWith({ "count.pb": counter });
  const call = {
    name: "count",
    arguments: { steps: 6 },
    _meta: { "playbooks/idempotency-key": "one" },
  };
  const first = new McpProcess(folder, ["count.pb"]);
  await first.initialize();
  first.ask("tools/call", call);
  await first.process.untilTrue(() => folder.sessions().some((id) => saidIn(folder, id).length >= 2), 20);
  await first.kill();
  const second = new McpProcess(folder, ["count.pb"]);
  await second.initialize();
  assertEquals((await second.request("tools/call", call)).structuredContent, { steps: 6 });
  assertEquals(saidIn(folder, folder.onlySession()), steps(6));
  await second.end();
});

Deno.test("mcp restart: at SIGTERM and at the end of its input a server suspends its calls, and the next one goes on", async () => {
  await using folder = await folderWith({ "count.pb": counter });
  let taskId: string | undefined;
  for (const end of ["SIGTERM", "end of input"]) {
    const server = new McpProcess(folder, ["count.pb"]);
    taskId ??= await server.task("count", { steps: 12 });
    const before = saidIn(folder, taskId).length;
    await server.process.untilTrue(() => saidIn(folder, taskId!).length > before + 1, 20);
    if (end === "SIGTERM") server.process.kill("SIGTERM");
    else server.process.closeInput();
    const { code, stderr } = await server.process.finished;
    assertEquals([end, code], [end, 0], stderr);
    const { stdout } = await folder.run(["sessions", "list", "--json"]);
    assertEquals(JSON.parse(stdout)[0].status, "queued", end);
  }
  const last = new McpProcess(folder, ["count.pb"]);
  assertEquals((await last.untilSettled(taskId!)).result.structuredContent, { steps: 12 });
  assertEquals(saidIn(folder, taskId!), steps(12));
  await last.end();
});

Deno.test("mcp restart: two servers of one storage share the calls, and each sees those of the other", async () => {
  await using folder = await folderWith({ "count.pb": counter, "other.pb": counter });
  const [one, two] = [new McpProcess(folder, ["count.pb"]), new McpProcess(folder, ["count.pb"])];
  const stranger = new McpProcess(folder, ["other.pb"]);
  const taskId = await one.task("count", { steps: 8 }, "key");
  assertEquals(await two.task("count", { steps: 8 }, "key"), taskId);
  const unknown = await stranger.refused("tasks/get", modernParams({ taskId }));
  assertEquals(unknown.code, -32602);
  await one.process.untilTrue(() => saidIn(folder, taskId).length >= 2, 20);
  await one.kill();
  assertEquals((await two.untilSettled(taskId)).result.structuredContent, { steps: 8 });
  assertEquals(saidIn(folder, taskId), steps(8));
  await two.end();
  await stranger.end();
});

Deno.test("mcp restart: sessions that no call of the program began are left alone", async () => {
  await using folder = await folderWith({ "count.pb": counter });
  const queued = await folder.run(["run", "--detach", "count.pb", "--call", "count(2)"]);
  assertEquals(queued.code, 0, queued.stderr);
  const server = new McpProcess(folder, ["count.pb"]);
  await server.untilSettled(await server.task("count", { steps: 1 }));
  await server.end();
  const { stdout } = await folder.run(["sessions", "list", "--json"]);
  const statuses = JSON.parse(stdout).map(({ id, status }: Loose) => [id === queued.stdout.trim(), status]);
  assertEquals(statuses.sort(), [[false, "completed"], [true, "queued"]]);
  assert(saidIn(folder, queued.stdout.trim()).length === 0);
});

Deno.test({
  name:
    "mcp restart: with sessions in Postgres, a killed server's tasks go on, and a repeated key is one session",
  ignore: postgresMissing() !== undefined,
  fn: async () => {
    const url = sharedPostgres().address();
    await using folder = await folderWith({
      "count.pb": counter,
      "playbooks.toml": `[durability]\nurl = ${JSON.stringify(url)}\n`,
    });
    const early = await folder.run(["mcp", "count.pb"]);
    assertEquals([early.code, early.stdout], [6, ""]);
    assertStringIncludes(early.stderr, "playbooks store migrate");
    assertEquals((await folder.run(["store", "migrate"])).code, 0);
    const first = new McpProcess(folder, ["count.pb"]);
    const ids = await Promise.all([
      first.task("count", { steps: 10 }, "key"),
      first.task("count", { steps: 12 }),
    ]);
    const isUnderWay = async () => (await first.modern("tasks/get", { taskId: ids[1] })).statusMessage;
    while (await isUnderWay() === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
    await first.kill();
    const second = new McpProcess(folder, ["count.pb"]);
    assertEquals(await second.task("count", { steps: 10 }, "key"), ids[0]);
    const results = await Promise.all(ids.map((id) => second.untilSettled(id)));
    assertEquals(results.map(({ result }) => result?.structuredContent), [{ steps: 10 }, { steps: 12 }]);
    await second.end();
    const { stdout, stderr, code } = await folder.run(["sessions", "list", "--json"]);
    assertEquals(code, 0, stderr);
    assertEquals(JSON.parse(stdout).map(({ status }: Loose) => status), ["completed", "completed"]);
  },
});

Deno.test("mcp restart: a server that is killed while a model answers asks the model again, and the task goes on", async () => {
  await using chat = new ChatServer(() => 'await Say("user", "It costs 4"); Return(4);');
  await using folder = await folderWith({
    "shop.pb":
      "# Clerk\n## Price of($item)\npublic: true\n### Steps\n- Find the price of $item and return it\n",
    "playbooks.toml":
      `[model]\nprovider = "openai-compatible"\nname = "test"\nbase_url = "${chat.baseUrl}"\n`,
  });
  const half = chat.hangAt("[turn 1 of PriceOf");
  const first = new McpProcess(folder, ["shop.pb"]);
  const taskId = await first.task("PriceOf", { item: "tea" });
  await half;
  await first.kill();
  const second = new McpProcess(folder, ["shop.pb"]);
  const { status, result } = await second.untilSettled(taskId);
  assertEquals([status, result.content[0].text], ["completed", "4"]);
  assertEquals(new Set(chat.take()).size, 1);
  await second.end();
});
