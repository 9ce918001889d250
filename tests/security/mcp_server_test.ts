import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { mcpHttpApp } from "../../src/frontends/mcp/mod.ts";
import * as library from "../../src/frontends/mcp/mcp_server_library.ts";
import { EndlessCalls } from "../support/endless_calls.ts";
import { McpProcess, modernParams } from "../support/mcp_process.ts";
import { folderWith } from "../support/playbooks_process.ts";

const token = "t".repeat(43);

function endpoint(calls = new EndlessCalls(), maxConnections = 2) {
  const faults: unknown[] = [];
  const app = mcpHttpApp(library, {
    ...{ calls, name: "test", version: "1", onFault: (error) => faults.push(error) },
    access: () => ({ token, port: 8080, isLoopback: true, names: [] }),
    ...{ maxBodyBytes: 10_000, maxConnections },
  });
  const send = async (message: object | string, headers: Record<string, string> = {}, method = "POST") => {
    const response = await app.fetch(
      new Request("http://127.0.0.1:8080/mcp", {
        method,
        ...(method === "POST"
          ? { body: typeof message === "string" ? message : JSON.stringify(message) }
          : {}),
        headers: {
          host: "127.0.0.1:8080",
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...headers,
        },
      }),
    );
    return response;
  };
  return { app, send, faults, calls };
}

const hello = {
  ...{ jsonrpc: "2.0", id: 1, method: "initialize" },
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } },
};

Deno.test("mcp server: a site whose name resolves to this machine, a page of another site and a wrong token reach nothing", async () => {
  const { send, calls } = endpoint();
  const refused: readonly (readonly [Record<string, string>, number])[] = [
    [{ host: "evil.example:8080" }, 403],
    [{ host: "127.0.0.1:8081" }, 403],
    [{ origin: "https://evil.example" }, 403],
    [{ origin: "http://localhost:9999" }, 403],
    [{ origin: "null" }, 403],
    [{ "sec-fetch-site": "same-site" }, 403],
    [{ authorization: "" }, 401],
    [{ authorization: `Bearer ${token}x` }, 401],
    [{ authorization: `Basic ${token}` }, 401],
  ];
  const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: modernParams({ name: "echo" }) };
  for (const message of [hello, call]) {
    for (const [headers, status] of refused) {
      const response = await send(message, headers);
      assertEquals([headers, response.status], [headers, status]);
      await response.body?.cancel();
    }
    for (const method of ["GET", "DELETE"]) {
      assertEquals((await send("", { authorization: "" }, method)).status, 401);
    }
  }
  assertEquals(calls.begun, 0);
});

Deno.test("mcp server: no web page gets the answer or may frame it, and nothing keeps it", async () => {
  const { send, app } = endpoint();
  const response = await send(hello);
  assertEquals(response.status, 200);
  for (const name of ["access-control-allow-origin", "access-control-allow-headers"]) {
    assertEquals(response.headers.get(name), null);
  }
  assertStringIncludes(response.headers.get("content-security-policy")!, "frame-ancestors 'none'");
  assertEquals(response.headers.get("x-content-type-options"), "nosniff");
  assertStringIncludes(response.headers.get("cache-control")!, "no-");
  await response.body?.cancel();
  await app.close();
});

Deno.test("mcp server: a body over the bound is refused while it arrives, also without a length", async () => {
  const { send, calls, faults } = endpoint();
  for (
    const params of [{ pad: "x".repeat(10_001) }, modernParams({ name: "echo", pad: "x".repeat(10_001) })]
  ) {
    const response = await send({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
    assertEquals(response.status, 413);
    await response.body?.cancel();
  }
  assertEquals([calls.begun, faults], [0, []]);
});

Deno.test("mcp server: many greetings keep only so many connections, and end no call of another client", async () => {
  const { send, calls, app } = endpoint();
  const greet = async () => {
    const response = await send(hello);
    await response.body?.cancel();
    return response.headers.get("mcp-session-id")!;
  };
  const first = await greet();
  const call = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "echo", arguments: {} } };
  const open = await send(call, { "mcp-session-id": first });
  await calls.hasBegun;
  for (let more = 0; more < 3; more++) await greet();
  const gone = await send({ jsonrpc: "2.0", id: 3, method: "ping" }, { "mcp-session-id": first });
  assertEquals(gone.status, 404);
  await gone.body?.cancel();
  await open.body?.cancel();
  assertEquals([calls.begun, calls.stopped], [1, []]);
  await app.close();
});

Deno.test("mcp server: broken messages over HTTP get an error of the protocol, and nothing of ours is shown", async () => {
  const { send, faults, app } = endpoint();
  const broken = [
    "",
    "{",
    "[]",
    "7",
    "null",
    '"x"',
    '{"jsonrpc":"2.0"}',
    '{"jsonrpc":"1.0","id":1,"method":"ping"}',
  ];
  for (const text of [...broken, "\u0000", '{"__proto__":1}', `${"[".repeat(4000)}${"]".repeat(4000)}`]) {
    const response = await send(text);
    const body = await response.text();
    assertEquals([text.slice(0, 20), response.status], [text.slice(0, 20), 400]);
    assert(!/\bat .*\.(m?js|ts):\d+/.test(body), body);
  }
  assertEquals(faults, []);
  await app.close();
});

Deno.test("mcp server: further calls are refused while so many are open", async () => {
  await using folder = await folderWith({
    "wait.pb":
      "# A\n```ts\n/** @public */\nexport async function wait() {\n  for (;;) await Sleep(0.5);\n}\n```\n",
  });
  const server = new McpProcess(folder, ["wait.pb", "--max-calls", "3", "--concurrency", "1"]);
  const call = (id: number) => ({
    id,
    method: "tools/call",
    params: modernParams({ name: "wait", arguments: {} }),
  });
  for (let id = 101; id <= 106; id++) server.send(call(id));
  const answers = [];
  for (let id = 101; id <= 106; id++) answers.push(await server.answer(id));
  const refused = answers.filter(({ error }) => error);
  assertEquals(refused.map(({ error }) => error!.code), [-32603, -32603, -32603]);
  assertStringIncludes(refused[0]!.error!.message, "busy");
  assertEquals(folder.sessions().length, 3);
  const { taskId } = answers.find(({ result }) => result)!.result;
  await server.modern("tasks/cancel", { taskId });
  assertEquals((await server.modern("tools/call", { name: "wait", arguments: {} })).resultType, "task");
  server.process.kill("SIGTERM");
  assertEquals((await server.process.finished).code, 0);
});

Deno.test("mcp server: arguments and answers are data: deep ones are refused, and odd keys and marks reach the code as they are", async () => {
  await using folder = await folderWith({
    "echo.pb":
      "# A\n```ts\n/** @public */\nexport async function echo(value) {\n  return JSON.stringify(value);\n}\n```\n",
  });
  const server = new McpProcess(folder, ["echo.pb"]);
  await server.initialize();
  const echo = async (value: string) => {
    server.process.send(
      `{"jsonrpc":"2.0","id":"${value.length}","method":"tools/call","params":{"name":"echo","arguments":{"value":${value}}}}\n`,
    );
    const { result } = await server.answer(String(value.length));
    return result.content[0].text;
  };
  for (
    const value of [
      '{"$type":"undefined"}',
      '{"$type":"agent","id":"1000","klass":"A"}',
      '"\\u001b[31m\\u202e\\u0000"',
      '{"constructor":{"prototype":{"x":1}}}',
      '"x\\");EndProgram();//"',
      "-1e-7",
    ]
  ) assertEquals(JSON.parse(await echo(value)), JSON.parse(value));
  assertEquals(
    await echo(`${"[".repeat(5000)}${"]".repeat(5000)}`),
    "The arguments of echo are wrong: they are nested more than 100 deep",
  );
  await server.end();
});
