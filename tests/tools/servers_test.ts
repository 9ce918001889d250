import {
  assert,
  assertEquals,
  assertMatch,
  assertNotMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import type {
  StdioTarget,
  ToolAnswer,
  ToolCallOptions,
  ToolList,
  ToolQuestion,
  ToolTask,
} from "../../src/tools/mod.ts";
import type { ToolServers } from "../../src/tools/servers.ts";
import { tempFolder } from "../support/temp_files.ts";
import { type Era, httpServer, noted, openServers, stdioTarget, waitFor } from "../support/tool_servers.ts";

const eras: readonly Era[] = ["legacy", "modern"];
const never = new AbortController().signal;

/** Calls a tool of the server `Counter`. */
function call(
  servers: ToolServers,
  { tools }: ToolList,
  name: string,
  args: Record<string, string | number>,
  { task, ...options }: Partial<ToolCallOptions> & { readonly task?: ToolTask } = {},
): Promise<ToolAnswer> {
  const tool = tools.find((each) => each.name === name);
  assert(tool, `there is no tool ${name}`);
  return servers.call({ server: "Counter", tool, arguments: args, key: "key-1", ...(task ? { task } : {}) }, {
    signal: never,
    keepsTask: () => false,
    onTask: () => {},
    onProgress: () => {},
    onQuestion: () => Promise.reject(new Error("nobody is asked")),
    ...options,
  });
}

for (const era of eras) {
  for (const transport of ["stdio", "http"] as const) {
    Deno.test(`tools: a server of the ${era} protocol answers over ${transport}`, async () => {
      using state = tempFolder();
      await using http = transport === "http" ? await httpServer(state.path, { era }) : undefined;
      await using open = openServers([http?.target ?? stdioTarget(state.path, { era })]);
      const { servers } = open;
      const list = await servers.list("Counter", never);
      assertEquals([list.server, list.instructions], ["tool-server 1.0", "Counters for tests."]);
      assertEquals(list.tools.find(({ name }) => name === "read")?.readOnly, true);
      assertEquals(list.tools.find(({ name }) => name === "slow-read")?.idempotent, true);

      assertEquals(await call(servers, list, "count", { name: "a" }), {
        kind: "result",
        value: "1",
        files: [],
      });
      assertEquals(noted(state.path, "count-a"), [{ key: "key-1" }]);
      assertEquals(await call(servers, list, "weather", { city: "Rome" }), {
        kind: "result",
        value: { degrees: 21, sky: "clear over Rome" },
        files: [],
      });
      assertEquals(await call(servers, list, "picture", {}), {
        kind: "result",
        value: { text: "a dot and a file" },
        files: [
          {
            name: "picture image",
            summary: "image/png, 9 bytes",
            content: "data:image/png;base64,iVBORw0KGgo=",
          },
          { name: "file:///notes.txt", summary: "text/plain, 9 bytes", content: "the notes" },
        ],
      });
      assertEquals(await call(servers, list, "fail", { why: "too late" }), {
        kind: "error",
        name: "ToolError",
        message: "too late",
      });
      const steps: unknown[] = [];
      await call(servers, list, "slow", { seconds: 0.1, name: "s" }, {
        onProgress: (each) => steps.push(each),
      });
      assertEquals(steps.at(-1), { progress: 4, total: 4, message: "step 4" });

      const tasks: ToolTask[] = [];
      const done = { kind: "result", value: "work w is done", files: [] } as const;
      const worked = await call(servers, list, "work", { seconds: 0.3, name: "w" }, {
        onTask: (task) => tasks.push(task),
      });
      assertEquals(worked, done);
      assertEquals(tasks.map(({ generation }) => generation), [era === "legacy" ? "v1" : "v2"]);
      assertEquals(await call(servers, list, "work", { seconds: 9, name: "w" }, { task: tasks[0]! }), done);
      assertEquals(noted(state.path, "count-w").length, 1);
    });
  }

  Deno.test(`tools: a server of the ${era} protocol asks a person, with a form`, async () => {
    using state = tempFolder();
    await using open = openServers([stdioTarget(state.path, { era })]);
    const list = await open.servers.list("Counter", never);
    const asked: ToolQuestion[] = [];
    const answer = await call(open.servers, list, "order", { item: "pens" }, {
      onQuestion: (question) => {
        asked.push(question);
        return Promise.resolve({ action: "accept", content: { amount: 2, color: "red" } });
      },
    });
    assertEquals(answer, { kind: "result", value: 'ordered {"amount":2,"color":"red"}', files: [] });
    assertEquals(asked.map(({ message }) => message), ["How many of pens?"]);
    assertEquals(asked[0]!.fields, [
      { name: "amount", required: true, title: "Amount", minimum: 1, maximum: 9, type: "integer" },
      {
        name: "color",
        required: true,
        type: "choice",
        options: [{ value: "red", title: "red" }, { value: "green", title: "green" }],
      },
      { name: "gift", required: false, default: false, type: "boolean" },
    ]);
    // The same question of a later run has the same id, so its journaled answer is found.
    await call(open.servers, list, "order", { item: "pens" }, {
      onQuestion: (question) => {
        assertEquals(question.id, asked[0]!.id);
        return Promise.resolve({ action: "decline" });
      },
    });
    assertEquals(noted(state.path, "orders").map(({ action }) => action), ["accept", "decline"]);
  });

  Deno.test(`tools: a server of the ${era} protocol that dies is started again, and the call is lost`, async () => {
    using state = tempFolder();
    await using open = openServers([stdioTarget(state.path, { era })]);
    const { servers } = open;
    const list = await servers.list("Counter", never);
    const changed: string[] = [];
    servers.onListChanged((server) => changed.push(server));
    const first = await call(servers, list, "die-once", { name: "d" });
    assertEquals(first.kind, "lost");
    assertMatch(first.kind === "lost" ? first.why : "", /it ended with exit code 3/);
    assertEquals(await call(servers, list, "die-once", { name: "d" }), {
      kind: "result",
      value: "alive",
      files: [],
    });
    assertEquals(noted(state.path, "starts").length, 2);
    assertEquals(changed, ["Counter"]);
  });

  Deno.test(`tools: a cancelled call of the ${era} protocol is cancelled at the server, and so is its task`, async () => {
    using state = tempFolder();
    await using open = openServers([stdioTarget(state.path, { era })]);
    const list = await open.servers.list("Counter", never);
    const abort = new AbortController();
    const slow = call(open.servers, list, "slow-read", { seconds: 60, name: "s" }, { signal: abort.signal });
    await waitFor(() => assertEquals(noted(state.path, "calls").length, 1));
    abort.abort();
    assertEquals((await slow).kind, "lost");
    await waitFor(() => assertEquals(noted(state.path, "cancellations").length, 1));

    const second = new AbortController();
    const onTask = () => second.abort();
    await call(open.servers, list, "work", { seconds: 60, name: "w" }, { signal: second.signal, onTask });
    await waitFor(() => assertEquals(noted(state.path, "cancelled").length, 1));
    const third = new AbortController();
    await call(open.servers, list, "work", { seconds: 60, name: "w" }, {
      signal: third.signal,
      onTask: () => third.abort(),
      keepsTask: () => true,
    });
    await open.servers.close();
    assertEquals(noted(state.path, "cancelled").length, 1);
  });
}

for (const transport of ["auto", "sse"] as const) {
  Deno.test(`tools: a server of 2024 answers over HTTP with SSE (transport: ${transport})`, async () => {
    using state = tempFolder();
    await using http = await httpServer(state.path, { more: ["--sse"], transport });
    await using open = openServers([http.target]);
    const { servers } = open;
    const list = await servers.list("Counter", never);
    assertEquals(list.server, "tool-server 1.0");
    assertEquals(await call(servers, list, "count", { name: "a" }), {
      kind: "result",
      value: "1",
      files: [],
    });
    assertEquals(noted(state.path, "count-a"), [{ key: "key-1" }]);
    const steps: unknown[] = [];
    await call(servers, list, "slow", { seconds: 0.1, name: "s" }, {
      onProgress: (each) => steps.push(each),
    });
    assertEquals(steps.at(-1), { progress: 4, total: 4, message: "step 4" });
    const answer = await call(servers, list, "order", { item: "pens" }, {
      onQuestion: () => Promise.resolve({ action: "accept", content: { amount: 2, color: "red" } }),
    });
    assertEquals(answer, { kind: "result", value: 'ordered {"amount":2,"color":"red"}', files: [] });
  });
}

Deno.test("tools: over SSE a wrong key, and a stream that ends, are named; the next call has a new stream", async () => {
  using state = tempFolder();
  await using http = await httpServer(state.path, { more: ["--sse", "--token", "k"], transport: "sse" });
  {
    await using open = openServers([http.target]);
    const error = await assertRejects(() => open.servers.list("Counter", never), Error);
    assertMatch(error.message, /give it a key with `auth:` or `headers:`/);
  }
  const headers = { Authorization: "Bearer k" };
  await using open = openServers([{ ...http.target, headers }]);
  const list = await open.servers.list("Counter", never);
  // Not after the timeout of 20 seconds: the end of the stream is the end of the call.
  assertEquals(await call(open.servers, list, "drop-stream", {}), {
    kind: "lost",
    why: "MCP client connection closed",
  });
  assertEquals((await call(open.servers, list, "count", { name: "b" })).kind, "result");
});

for (
  const [how, more] of [["stdio", []], ["http", ["--http"]], ["sse", ["--http", "--sse"]]] as const
) {
  Deno.test(`tools: a server that says over ${how} that its list changed is asked for it again`, async () => {
    using state = tempFolder();
    await using http = how === "stdio" ? undefined : await httpServer(state.path, { more: more.slice(1) });
    await using open = openServers([http?.target ?? stdioTarget(state.path)]);
    const { servers } = open;
    const list = await servers.list("Counter", never);
    const changed = Promise.withResolvers<string>();
    servers.onListChanged(changed.resolve);
    await call(servers, list, "grow", {});
    assertEquals(await changed.promise, "Counter");
    const now = await servers.list("Counter", never);
    assertEquals(
      now.tools.map(({ name }) => name).filter((name) => !list.tools.some((each) => each.name === name)),
      [
        "extra1",
      ],
    );
    assertEquals(await call(servers, now, "extra1", {}), { kind: "result", value: "nothing", files: [] });
  });
}

Deno.test("tools: arguments that do not fit the schema are refused before the call", async () => {
  using state = tempFolder();
  await using open = openServers([stdioTarget(state.path)]);
  const list = await open.servers.list("Counter", never);
  const answer = await call(open.servers, list, "count", { name: "a", by: 0 });
  assertEquals(answer.kind, "error");
  assertMatch(answer.kind === "error" ? answer.message : "", /^count: .*by/);
  assertEquals(noted(state.path, "calls"), []);
});

Deno.test("tools: a result over the bound ends the connection, and the next call has a new one", async () => {
  using state = tempFolder();
  await using open = openServers([stdioTarget(state.path)], { maxToolResultMb: 0.1 });
  const list = await open.servers.list("Counter", never);
  assertEquals((await call(open.servers, list, "big", { kb: 500 })).kind, "lost");
  assertMatch(open.logged.join("\n"), /larger than 0\.1 MiB/);
  assertEquals((await call(open.servers, list, "secret", {})).kind, "result");
});

Deno.test("tools: a server gets the usual variables and its own, and no others of ours", async () => {
  using state = tempFolder();
  const target = stdioTarget(state.path);
  await using open = openServers([{ ...target, env: { ...target.env, TOKEN: "t" } }]);
  const list = await open.servers.list("Counter", never);
  const answer = await call(open.servers, list, "environment", {});
  assertEquals(answer.kind === "result" && answer.value, "HOME,PATH,TOKEN");
});

Deno.test("tools: a server that does not answer in time loses its call; progress gives it more", async () => {
  using state = tempFolder();
  await using open = openServers([stdioTarget(state.path, { timeoutMs: 2500 })]);
  const list = await open.servers.list("Counter", never);
  const answer = await call(open.servers, list, "slow-read", { seconds: 60, name: "s" });
  assertEquals(answer, {
    kind: "lost",
    why:
      'no answer came within 2.5 seconds; raise "timeout" of the server to wait longer; it wrote: tool server is ready',
  });
  assertEquals((await call(open.servers, list, "slow", { seconds: 5, name: "p" })).kind, "result");
});

for (const era of eras) {
  for (const transport of ["stdio", "http"] as const) {
    Deno.test(`tools: a call that tells its progress for ever is lost after its total time (${era}, ${transport})`, async () => {
      using state = tempFolder();
      await using http = transport === "http" ? await httpServer(state.path, { era }) : undefined;
      const target = http?.target ?? stdioTarget(state.path, { era });
      await using open = openServers([{ ...target, timeoutMs: 4000, totalTimeoutMs: 5000 }]);
      const list = await open.servers.list("Counter", never);
      const answer = await call(open.servers, list, "slow", { seconds: 7, name: "p" });
      assert(answer.kind === "lost", answer.kind);
      assertMatch(answer.why, /^it had not ended after 5 seconds; raise "total_timeout" of the server/);
    });
  }
}

Deno.test("tools: a person's time to answer does not count for the total time of a call, and a task has none", async () => {
  using state = tempFolder();
  await using open = openServers([stdioTarget(state.path, { timeoutMs: 3000, totalTimeoutMs: 4000 })]);
  const list = await open.servers.list("Counter", never);
  const answer = await call(open.servers, list, "order", { item: "pens" }, {
    onQuestion: async () => {
      await new Promise((resolve) => setTimeout(resolve, 4500));
      return { action: "accept", content: { amount: 2, color: "red" } };
    },
  });
  assertEquals(answer.kind, "result");
  assertEquals((await call(open.servers, list, "work", { seconds: 5, name: "w" })).kind, "result");
});

Deno.test("tools: the number of tools is bounded, and the rest is counted", async () => {
  using state = tempFolder();
  await using open = openServers([stdioTarget(state.path)], { maxTools: 3 });
  const { tools, omitted } = await open.servers.list("Counter", never);
  assertEquals([tools.length, omitted], [3, 13]);
});

Deno.test("tools: at the end a server and what it started are stopped, also if it does not listen", async () => {
  using state = tempFolder();
  const shell = `sleep 300 & echo $! > ${state.path}/pid; trap '' TERM; ${
    [Deno.execPath(), ...stdioTarget(state.path).args].map((word) => `'${word}'`).join(" ")
  }; sleep 300`;
  const open = openServers([{ ...stdioTarget(state.path), command: "sh", args: ["-c", shell] }]);
  await open.servers.list("Counter", never);
  const pid = Number(Deno.readTextFileSync(`${state.path}/pid`));
  await open.servers.close();
  await waitFor(() => {
    const { success } = new Deno.Command("kill", { args: ["-0", String(pid)], stderr: "null" }).outputSync();
    assert(!success, `process ${pid} is left`);
  });
});

const unreachable: readonly [string, Parameters<typeof openServers>[0][number], RegExp][] = [
  [
    "a command that does not exist",
    { ...stdioTarget("/"), command: "no-such-command", args: [] },
    /^The tool server of Counter cannot be reached \(the command no-such-command\): .*install that program/s,
  ],
  [
    "a command that fails",
    { ...stdioTarget("/"), command: "sh", args: ["-c", "echo not today >&2; exit 4"] },
    /exit code 4; it wrote: not today; run the command by hand/s,
  ],
  [
    "an address where nothing listens",
    {
      kind: "http",
      name: "Counter",
      timeoutMs: 2000,
      totalTimeoutMs: 60_000,
      transport: "auto",
      url: "http://127.0.0.1:1/mcp",
      headers: {},
    },
    /\(the address http:\/\/127\.0\.0\.1:1\/mcp\): .*start the server, or correct `url:`/s,
  ],
];

for (const [what, target, message] of unreachable) {
  Deno.test(`tools: ${what} is an error that names the server, the reason and the fix`, async () => {
    await using open = openServers([target]);
    const error = await assertRejects(() => open.servers.list("Counter", never), Error);
    assertMatch(error.message, message);
  });
}

Deno.test("tools: a server at an address gets its key; without it the error says what to add", async () => {
  using state = tempFolder();
  await using http = await httpServer(state.path, { more: ["--token", "secret-1"] });
  {
    await using open = openServers([{ ...http.target, headers: { Authorization: "Bearer secret-1" } }]);
    assertEquals((await open.servers.list("Counter", never)).server, "tool-server 1.0");
  }
  await using open = openServers([http.target]);
  const error = await assertRejects(() => open.servers.list("Counter", never), Error);
  assertMatch(error.message, /give it a key with `auth:` or `headers:`/);
});

Deno.test("tools: OAuth client credentials get a token from the server's authorization server", async () => {
  using state = tempFolder();
  await using http = await httpServer(state.path, { more: ["--token", "secret-2"] });
  const oauth = { clientId: "me", clientSecret: "mine", scope: "tools" };
  await using open = openServers([{ ...http.target, oauth }]);
  assertEquals((await open.servers.list("Counter", never)).server, "tool-server 1.0");
  const [request] = noted(state.path, "tokens");
  assertEquals(request?.["authorization"], `Basic ${btoa("me:mine")}`);
  assertMatch(String(request?.["body"]), /grant_type=client_credentials/);
});

Deno.test("tools: OAuth credentials go to the server's own origin, or to the issuer that auth names, and to no other", async () => {
  using own = tempFolder();
  using other = tempFolder();
  await using issuer = await httpServer(other.path, { more: ["--token", "secret-3"] });
  const { origin } = new URL(issuer.url);
  await using http = await httpServer(own.path, { more: ["--token", "secret-3", "--issuer", origin] });
  const oauth = { clientId: "me", clientSecret: "mine" };
  {
    await using open = openServers([{ ...http.target, oauth }]);
    const error = await assertRejects(() => open.servers.list("Counter", never), Error);
    assertStringIncludes(error.message, `add "issuer: ${origin}" to "auth"`);
    assertEquals(noted(other.path, "tokens"), []);
  }
  await using open = openServers([{ ...http.target, oauth: { ...oauth, issuer: origin } }]);
  assertEquals((await open.servers.list("Counter", never)).server, "tool-server 1.0");
  assertEquals(noted(other.path, "tokens").length, 1);
  assertEquals(noted(own.path, "tokens"), []);
});

/** A server that greets properly, and answers as `answer(method)` says; `undefined` leaves the method to the default. */
function oddTarget(answer: string): StdioTarget {
  const code = `
    const answer = ${answer};
    const send = (message) => console.log(JSON.stringify({ jsonrpc: "2.0", ...message }));
    const tool = { name: "add", inputSchema: { type: "object", properties: { a: { type: "number" } } } };
    let rest = "";
    for await (const chunk of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + chunk).split("\\n");
      rest = lines.pop();
      for (const { id, method, params } of lines.map((line) => JSON.parse(line))) {
        if (id === undefined) continue;
        const odd = answer(method, tool);
        if (odd === "silence") continue;
        if (odd) send({ id, ...odd });
        else if (method === "initialize") {
          const { protocolVersion } = params;
          const serverInfo = { name: "odd", version: "1" };
          send({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } });
        } else if (method === "tools/list") send({ id, result: { tools: [tool] } });
        else send({ id, error: { code: -32601, message: "unknown method" } });
      }
    }`;
  return { ...stdioTarget("/"), args: ["eval", "--ext=js", code], timeoutMs: 10_000 };
}

Deno.test("tools: a server that leaves the newer greeting unanswered is greeted in the older way", async () => {
  const target = oddTarget(`(method) => method === "server/discover" ? "silence" : undefined`);
  await using open = openServers([{ ...target, timeoutMs: 4000 }]);
  const { tools } = await open.servers.list("Counter", never);
  assertEquals(tools.length, 1);
});

Deno.test("tools: a signal ends the wait for a server that answers no greeting", async () => {
  const silent = { ...stdioTarget("/"), command: "sh", args: ["-c", "echo begun >&2; exec sleep 300"] };
  await using open = openServers([{ ...silent, timeoutMs: 60_000 }]);
  const abort = new AbortController();
  const listed = open.servers.list("Counter", abort.signal);
  const refused = assertRejects(() => listed);
  await waitFor(() => assert(open.logged.some((line) => line.includes("begun"))));
  const fromMs = performance.now();
  abort.abort();
  await refused;
  const tookMs = performance.now() - fromMs;
  assert(tookMs < 1000, `It took ${Math.round(tookMs)} ms`);
});

const refusedGreetings: readonly [string, string, RegExp][] = [
  ["an error", `{ error: { code: -32000, message: "go away" } }`, /: go away; run the command/],
  ["no greeting", `{ result: { hello: 1 } }`, /: its answer does not follow the protocol: protocolVersion: /],
  [
    "an unknown protocol",
    `{ result: { protocolVersion: "1999-01-01", capabilities: {}, serverInfo: { name: "x", version: "1" } } }`,
    /1999-01-01/,
  ],
];
for (const [what, reply, message] of refusedGreetings) {
  Deno.test(`tools: a greeting that is answered with ${what} names that, not the end that we made`, async () => {
    await using open = openServers([oddTarget(`(method) => method === "initialize" ? ${reply} : undefined`)]);
    const error = await assertRejects(() => open.servers.list("Counter", never), Error);
    assertMatch(error.message, message);
    assertNotMatch(error.message, /it ended|\n/);
  });
}

/** Fields of a tool that do not follow the protocol, and why the tool cannot be used; `undefined` if it can. */
const oddTools: readonly [string, string | undefined][] = [
  [`null`, "? (it is no object)"],
  [`{ inputSchema: { type: "object" } }`, "? (it has no name)"],
  [`{ name: "y", inputSchema: [] }`, "y (its inputSchema is no object)"],
  [`{ name: "y", inputSchema: { type: "array" } }`, "y (the type of its inputSchema is not object)"],
  [`{ name: "y", inputSchema: { properties: 3 } }`, "y (the properties of its inputSchema are no object)"],
  [
    `{ name: "y", inputSchema: { type: "object", required: "a" } }`,
    "y (the required properties of its inputSchema are no list of names)",
  ],
  [`{ name: "y".repeat(129) }`, `${"y".repeat(128)}… (its name has more than 128 characters)`],
  [
    `{ name: "y", inputSchema: { type: "object", title: "y".repeat(40_000) } }`,
    "y (its schemas have more than 32768 characters)",
  ],
  [`{ name: "y" }`, undefined],
  [`{ name: "y", inputSchema: { properties: { a: true } } }`, undefined],
  [
    `{ name: "y", title: 1, description: {}, icons: "x", annotations: 7, execution: [], _meta: 1 }`,
    undefined,
  ],
  [`{ name: "y", annotations: { readOnlyHint: "yes" }, execution: { taskSupport: "maybe" } }`, undefined],
  [`{ name: "y", inputSchema: { type: "object", $schema: 4 }, outputSchema: { type: "array" } }`, undefined],
  [`{ name: "y", outputSchema: "text" }`, undefined],
];
for (const [tool, unusable] of oddTools) {
  Deno.test(`tools: beside the odd tool ${tool}, the others of its server can be used`, async () => {
    const list = `{ result: { tools: [${tool}, tool] } }`;
    await using open = openServers([
      oddTarget(`(method, tool) => method === "tools/list" ? ${list} : undefined`),
    ]);
    const found = await open.servers.list("Counter", never);
    assertEquals(found.tools.map(({ name }) => name), [...(unusable === undefined ? ["y"] : []), "add"]);
    assertEquals(found.unusable, unusable === undefined ? undefined : [unusable]);
  });
}

for (
  const schema of [
    `{ type: "object", $ref: "#" }`,
    `{ type: "object", properties: { a: { $ref: "#/properties/a" } } }`,
    `{ type: "object", $ref: "http://127.0.0.1:1/x" }`,
    `{ type: "object", properties: { a: { type: "string", pattern: "(" } } }`,
  ]
) {
  Deno.test(`tools: a call of a tool whose schema cannot be used reaches its server: ${schema}`, async () => {
    const list = `{ result: { tools: [{ name: "y", inputSchema: ${schema}, outputSchema: ${schema} }] } }`;
    const done = `{ result: { content: [], structuredContent: { a: "b" } } }`;
    await using open = openServers([
      oddTarget(
        `(method) => method === "tools/list" ? ${list} : method === "tools/call" ? ${done} : undefined`,
      ),
    ]);
    const found = await open.servers.list("Counter", never);
    assertEquals((await call(open.servers, found, "y", { a: "b" })).kind, "result");
  });
}

/** Schemas whose check would take hours, and a value that they accept or refuse. */
const slowSchemas: readonly (readonly [what: string, schema: string, value: string])[] = [
  [
    "an expression",
    `{ type: "object", properties: { a: { pattern: "^(a+)+$" } } }`,
    `{ a: "a".repeat(60) + "!" }`,
  ],
  [
    "an expression in what must not be",
    `{ type: "object", properties: { a: { not: { pattern: "^(a+)+$" } } } }`,
    `{ a: "a".repeat(60) + "!" }`,
  ],
  [
    "an expression for names",
    `{ type: "object", patternProperties: { "^(a+)+$": {} }, additionalProperties: false }`,
    `{ ["a".repeat(60) + "!"]: 1 }`,
  ],
  [
    "an expression at a place of its own",
    `{ type: "object", x: { pattern: "^(a+)+$" }, properties: { a: { $ref: "#/x" } } }`,
    `{ a: "a".repeat(60) + "!" }`,
  ],
  [
    "the format of an address",
    `{ type: "object", properties: { a: { format: "url" } } }`,
    `{ a: "http://" + "a".repeat(60) + "!" }`,
  ],
  [
    "references that double",
    `{ type: "object", $defs: Object.fromEntries(Array.from({ length: 40 }, (_, n) => ["d" + n, n === 39 ? {}
      : { allOf: [{ $ref: "#/$defs/d" + (n + 1) }, { $ref: "#/$defs/d" + (n + 1) }] }])), $ref: "#/$defs/d0" }`,
    `{ a: 1 }`,
  ],
  [
    "a list without repetitions",
    `{ type: "object", properties: { a: { uniqueItems: true } } }`,
    `{ a: Array.from({ length: 100_000 }, (_, n) => n) }`,
  ],
];

for (const [what, schema, value] of slowSchemas) {
  Deno.test(`tools: a schema of a server cannot keep the process busy: ${what}`, async () => {
    const list = `{ result: { tools: [{ name: "y", inputSchema: ${schema}, outputSchema: ${schema} }] } }`;
    const done = `{ result: { content: [], structuredContent: ${value} } }`;
    await using open = openServers([
      oddTarget(
        `(method) => method === "tools/list" ? ${list} : method === "tools/call" ? ${done} : undefined`,
      ),
    ]);
    const found = await open.servers.list("Counter", never);
    const tool = found.tools[0]!;
    const given = Function(`return ${value}`)();
    const fromMs = performance.now();
    assertEquals(open.servers.refusal(tool, given), undefined);
    assertEquals((await call(open.servers, found, "y", {})).kind, "result");
    const tookMs = performance.now() - fromMs;
    assert(tookMs < 10_000, `It took ${Math.round(tookMs)} ms`);
  });
}

Deno.test("tools: of many tools that cannot be used, the first are named and the others are counted", async () => {
  const list = `{ result: { tools: [...Array(25).fill(null), tool] } }`;
  await using open = openServers([
    oddTarget(`(method, tool) => method === "tools/list" ? ${list} : undefined`),
  ]);
  const { tools, unusable, omitted } = await open.servers.list("Counter", never);
  assertEquals([tools.length, unusable?.length, omitted], [1, 20, 5]);
});

Deno.test("tools: a list that does not follow the protocol is named in one line", async () => {
  const list = `{ result: { tools: { add: 1 } } }`;
  await using open = openServers([oddTarget(`(method) => method === "tools/list" ? ${list} : undefined`)]);
  const error = await assertRejects(() => open.servers.list("Counter", never), Error);
  assertMatch(error.message, /does not follow the protocol: tools: /);
  assertNotMatch(error.message, /\n/);
});

const oddResults: readonly [string, string, string | RegExp][] = [
  ["without content", `{ foo: 1 }`, /^The server answered, .* content: /],
  ["with a text as content", `{ content: "hi" }`, /^The server answered, .* content: /],
  [
    "with content of an unknown type",
    `{ content: [{ type: "video" }] }`,
    /^The server answered, .* content\[0\]/,
  ],
  ["that is null", `null`, /^The server answered, .* result: /],
  ["that is a text", `"hi"`, /^The server answered, .* result: /],
  [
    "against its output schema",
    `{ content: [], structuredContent: { n: "x" } }`,
    "add ran, and its result does not fit its own output schema: n must be number, and is string",
  ],
];
for (const [what, result, message] of oddResults) {
  Deno.test(`tools: a result ${what} is an error of the tool, for the call was answered`, async () => {
    const answer = `(method, tool) => {
      tool.outputSchema = { type: "object", properties: { n: { type: "number" } } };
      return method === "tools/call" ? { result: ${result} } : undefined;
    }`;
    await using open = openServers([oddTarget(answer)]);
    const list = await open.servers.list("Counter", never);
    const found = await call(open.servers, list, "add", { a: 1 });
    assert(found.kind === "error", JSON.stringify(found));
    assertEquals(found.name, "ToolError");
    if (typeof message === "string") assertEquals(found.message, message);
    else assertMatch(found.message, message);
  });
}

Deno.test("tools: a server without tools has an empty list", async () => {
  const greeting = `{ result: { protocolVersion: "2025-11-25", capabilities: {}, ` +
    `serverInfo: { name: "x", version: "1" } } }`;
  await using open = openServers([
    oddTarget(`(method) => method === "initialize" ? ${greeting} : undefined`),
  ]);
  assertEquals((await open.servers.list("Counter", never)).tools, []);
});

Deno.test("tools: a refusal of arguments is in plain words", async () => {
  await using open = openServers([oddTarget("() => undefined")]);
  const list = await open.servers.list("Counter", never);
  const answer = await call(open.servers, list, "add", { a: "1" });
  assertEquals(answer, { kind: "error", name: "TypeError", message: "add: a must be number, and is string" });
});
