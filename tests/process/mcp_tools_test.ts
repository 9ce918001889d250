import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { McpProcess } from "../support/mcp_process.ts";
import { folderWith } from "../support/playbooks_process.ts";

const clerk = `# Clerk
A clerk who knows prices.

## Get price($item: str, $count: int = 1)
Tells the price of an item.
public: true
read_only: true
### Steps
- Say to user that the price of $item is known
- Return 42

## Secret plan
### Steps
- Return 1

\`\`\`ts
/** Adds numbers.
 * @param a the first number
 * @public
 */
export async function add(a: number, b: number = 2): Promise<number> {
  return a + b;
}
/** @public */
export async function describe(thing: { name: string; tags?: string[] }) {
  return { said: thing.name, tags: thing.tags ?? [] };
}
/** @public */
export async function fail(why: string) {
  throw new Error(why);
}
/** @public */
export async function greet() {
  await Say("user", "Hello");
  await Say("user", "Goodbye");
}
/** @public */
export async function ask(question: string) {
  await Say("user", question);
  return "You said " + await Yield("user");
}
/** @public */
export async function wait(seconds: number) {
  await Sleep(seconds);
  return "rested";
}
\`\`\`

# Clerk of the night
\`\`\`ts
/** @public */
export async function greet(name: string) {
  return "Good night " + name;
}
\`\`\`
`;

Deno.test("mcp: public playbooks are tools, with schemas from their parameters", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const server = new McpProcess(folder, ["clerk.pb"]);
  const { capabilities, serverInfo, protocolVersion } = await server.initialize();
  assertEquals(protocolVersion, "2025-11-25");
  assertEquals(capabilities, {
    tools: {},
    tasks: { requests: { tools: { call: {} } }, cancel: {}, list: {} },
  });
  assertEquals(serverInfo.name, "playbooks");
  const { tools } = await server.request("tools/list");
  assertEquals(tools.map(({ name }: { name: string }) => name), [
    ...["GetPrice", "add", "describe", "fail", "Clerk_greet", "ask", "wait", "ClerkOfTheNight_greet"],
  ]);
  assertEquals(tools[0], {
    name: "GetPrice",
    title: "Get price",
    description: "Tells the price of an item.",
    inputSchema: {
      type: "object",
      properties: { item: { type: "string" }, count: { type: "integer", default: 1 } },
      required: ["item"],
      additionalProperties: false,
    },
    annotations: { title: "Get price", readOnlyHint: true },
    execution: { taskSupport: "optional" },
  });
  assertEquals(tools[1].inputSchema.properties.a, { type: "number", description: "the first number" });
  assertEquals(tools[2].inputSchema.properties.thing, {
    type: "object",
    properties: { name: { type: "string" }, tags: { type: "array", items: { type: "string" } } },
    required: ["name"],
  });
  await server.end();
});

Deno.test("mcp: a call is a session, whose name and id are told; its result is what the playbook returned", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const server = new McpProcess(folder, ["clerk.pb"]);
  await server.initialize();
  const call = (name: string, given = {}, more = {}) =>
    server.request("tools/call", { name, arguments: given, ...more });
  const price = await call("GetPrice", { item: "tea" }, { _meta: { progressToken: "p" } });
  assertEquals(price.content, [{ type: "text", text: "42" }]);
  const { id, name } = price._meta["playbooks/session"];
  assertEquals(folder.sessions(), [id]);
  assertMatch(name, /^GetPrice-[0-9a-f]{16}$/);
  const progress = server.lines.filter(({ method }) => method === "notifications/progress");
  assertEquals(progress.map(({ params }) => [params.progressToken, params.progress, params.message]), [
    ["p", 1, "GetPrice 01: Say to user that the price of $item is known"],
    ["p", 2, "Clerk: The price of tea is known."],
    ["p", 3, "GetPrice 02: Return 42"],
  ]);
  assertEquals((await call("add", { a: 3 })).content[0].text, "5");
  const thing = { name: "cup", tags: ["new"] };
  assertEquals((await call("describe", { thing })).structuredContent, { said: "cup", tags: ["new"] });
  assertEquals((await call("Clerk_greet")).content.map(({ text }: { text: string }) => text), [
    "Hello",
    "Goodbye",
  ]);
  assertEquals((await call("ClerkOfTheNight_greet", { name: "Ann" })).content[0].text, "Good night Ann");
  const shown = await folder.run(["sessions", "list", "--json"]);
  assertStringIncludes(shown.stdout, name);
  await server.end();
});

Deno.test("mcp: a failed call names its session and how to go on", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const server = new McpProcess(folder, ["clerk.pb"]);
  await server.initialize();
  const { isError, content, _meta } = await server.request("tools/call", {
    name: "fail",
    arguments: { why: "no luck" },
  });
  const { id } = _meta["playbooks/session"];
  assert(isError);
  assertMatch(content[0].text, /^The call failed: .*no luck/);
  assertStringIncludes(content[0].text, `playbooks sessions show ${id}`);
  assertStringIncludes(content[0].text, `playbooks resume ${id}@N --fork`);
  await server.end();
});

Deno.test("mcp: wrong arguments, tools and messages get clear errors, and the connection goes on", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const server = new McpProcess(folder, ["clerk.pb"]);
  await server.initialize();
  const wrong = async (given: object) => {
    const { isError, content } = await server.request("tools/call", { name: "add", arguments: given });
    assert(isError);
    return content[0].text;
  };
  assertEquals(await wrong({ a: "3" }), "The arguments of add are wrong: a must be number, and is string");
  assertEquals(await wrong({}), "The arguments of add are wrong: a is missing");
  assertEquals(
    await wrong({ a: 1, c: 2 }),
    'The arguments of add are wrong: there is no parameter "c"; add takes a, b',
  );
  assertEquals(folder.sessions(), []);
  const unknown = await server.refused("tools/call", { name: "SecretPlan", arguments: {} });
  assertEquals(unknown, { code: -32602, message: 'Unknown tool: "SecretPlan"' });
  assertEquals((await server.refused("tools/nothing")).code, -32601);
  const key = await server.refused("tools/call", {
    name: "add",
    arguments: { a: 1 },
    _meta: { "playbooks/idempotency-key": 7 },
  });
  assertEquals(key.code, -32602);
  server.process.send("no json\n");
  server.process.send('[{"jsonrpc":"2.0","id":90,"method":"ping"}]\n');
  server.process.send('{"id":91,"method":5}\n');
  server.process.send(`{"jsonrpc":"2.0","id":92,"method":"${"x".repeat(5 * 1024 * 1024)}"}\n`);
  server.send({ id: 93, method: "ping" });
  await server.answer(93);
  const refused = server.lines.filter(({ error, id }) => error && (id === null || id === 91));
  assertEquals(refused.map(({ error }) => error!.code), [-32700, -32600, -32600, -32600]);
  assertEquals((await server.request("tools/call", { name: "add", arguments: { a: 1 } })).isError, undefined);
  await server.end();
});

Deno.test("mcp: a person is asked by elicitation, and a client without it is told how to answer", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const server = new McpProcess(folder, ["clerk.pb"]);
  await server.initialize({ capabilities: { elicitation: {} } });
  const call = { name: "ask", arguments: { question: "Which size?" } };
  const asking = server.ask("tools/call", call);
  const asked = await server.answer(({ method }) => method === "elicitation/create");
  assertEquals(asked.params.message, "Which size?");
  assertEquals(asked.params.requestedSchema.required, ["answer"]);
  server.send({ id: asked.id, result: { action: "accept", content: { answer: "large" } } });
  assertEquals((await server.answer(asking)).result.content[0].text, "You said large");
  const declined = server.ask("tools/call", call);
  const again = await server.answer(({ method, id }) => method === "elicitation/create" && id !== asked.id);
  server.send({ id: again.id, result: { action: "decline" } });
  const { result } = await server.answer(declined);
  const { id } = result._meta["playbooks/session"];
  assert(result.isError);
  assertStringIncludes(result.content[0].text, "Which size?");
  assertStringIncludes(result.content[0].text, `playbooks resume ${id} --message`);
  await server.end();
  const resumed = await folder.run(["resume", id, "--message", "small"]);
  assertEquals(resumed.code, 0, resumed.stderr);
  const plain = new McpProcess(folder, ["clerk.pb"]);
  await plain.initialize();
  const unasked = await plain.request("tools/call", call);
  assertStringIncludes(unasked.content[0].text, "waits for an answer");
  await plain.end();
});

Deno.test("mcp: a cancelled call stops its session, which can be resumed", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const server = new McpProcess(folder, ["clerk.pb", "-v"]);
  await server.initialize();
  const requestId = server.ask("tools/call", { name: "wait", arguments: { seconds: 1.5 } });
  await server.process.until("taken", "stderr");
  server.notify("notifications/cancelled", { requestId });
  await server.process.until("stopped", "stderr");
  await server.end();
  assertEquals(server.lines.some(({ id }) => id === requestId), false);
  const [id] = folder.sessions();
  assertStringIncludes(Deno.readTextFileSync(folder.sessionFile("session.json")), '"status": "stopped"');
  const resumed = await folder.run(["resume", id!]);
  assertEquals(resumed.code, 0, resumed.stderr);
});

Deno.test("mcp: the same key means the same session, also in a later server; other arguments are refused", async () => {
  await using folder = await folderWith({ "clerk.pb": clerk });
  const call = (a: number) => ({
    name: "add",
    arguments: { a, b: 1 },
    _meta: { "playbooks/idempotency-key": "order-17" },
  });
  const results = [];
  for (let round = 0; round < 2; round++) {
    const server = new McpProcess(folder, ["clerk.pb"]);
    await server.initialize();
    const both = [server.ask("tools/call", call(5)), server.ask("tools/call", call(5))];
    for (const id of both) results.push((await server.answer(id)).result);
    const { code, message } = await server.refused("tools/call", call(6));
    assertEquals(code, -32602);
    assertStringIncludes(message, "other arguments");
    await server.end();
  }
  assertEquals(folder.sessions().length, 1);
  assertEquals(new Set(results.map((result) => JSON.stringify(result))).size, 1);
  assertEquals(results[0].content[0].text, "6");
});

Deno.test("mcp: a program without public playbooks, or with a problem, is refused on standard error", async () => {
  await using folder = await folderWith({
    "none.pb": "# A\n## B\n### Steps\n- Return 1\n",
    "bad.pb": "# A\n## B($a b)\n",
  });
  const none = await folder.run(["mcp", "none.pb"]);
  assertEquals([none.code, none.stdout], [2, ""]);
  assertStringIncludes(none.stderr, 'add "public: true"');
  const missing = await folder.run(["mcp", "missing.pb"]);
  assertEquals([missing.code, missing.stdout], [2, ""]);
  const port = await folder.run(["mcp", "none.pb", "--port", "80"]);
  assertStringIncludes(port.stderr, "add --http");
});
