import { assert, assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { HookServer } from "../support/hook_server.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { attributesOf, requestOfSpans, type SentSpan, spansOf } from "../support/otlp_spans.ts";

/** Calls, an outside effect, a wait for a person, and turns of a model. */
function shop(address: string): string {
  return `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  const colour = await AskColour();
  await fetch("${address}/stock/secret-path?colour=" + colour);
  await Greet();
}
export async function AskColour() {
  await Say("user", "Which colour?");
  return await Yield("user");
}
\`\`\`

## Greet
### Steps
- Tell the user "Good bye"
`;
}

const settings = `[model]\nprovider = "rehearsal"\n[permissions]\nnet = ["127.0.0.1"]\n`;

function on(server: HookServer, more: Readonly<Record<string, string>> = {}) {
  return {
    PLAYBOOKS_TELEMETRY__ENABLED: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    ...more,
  };
}

async function shopFolder(server: HookServer): Promise<TestFolder> {
  return await folderWith({ "shop.pb": shop(server.url), "playbooks.toml": settings });
}

const names = (spans: readonly SentSpan[]) => spans.map(({ name }) => name).toSorted();

/** Throws unless the spans are one whole trace, and none came twice. */
function assertOneTrace(spans: readonly SentSpan[]): void {
  assertEquals(new Set(spans.map(({ spanId }) => spanId)).size, spans.length);
  assertEquals(new Set(spans.map(({ traceId }) => traceId)).size, 1);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  assertEquals(spans.filter(({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId)), []);
  assertEquals(spans.filter(({ parentSpanId }) => !parentSpanId).length, 1);
  for (const { startTimeUnixNano, endTimeUnixNano } of spans) {
    assert(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano));
  }
}

const whole = [
  "chat steps",
  "execute_tool Fetch",
  "invoke_agent Clerk",
  "invoke_agent Clerk",
  "invoke_agent Clerk",
  "invoke_workflow shop.pb",
  "wait user",
];

Deno.test("telemetry: a session is one trace, by the conventions for agents, without words", async () => {
  await using server = new HookServer();
  await using folder = await shopFolder(server);
  const { code, stderr } = await folder.run(["run", "shop.pb"], { input: "blue\n", env: on(server) });
  assertEquals([code, stderr.includes("elemetry")], [0, false], stderr);
  const spans = spansOf(server);
  assertOneTrace(spans);
  assertEquals(names(spans), whole);
  const of = (name: string) => attributesOf(spans.find((span) => span.name === name)!);
  const id = folder.onlySession();
  const chat = of("chat steps");
  assertEquals(
    [chat["gen_ai.operation.name"], chat["gen_ai.provider.name"], chat["gen_ai.conversation.id"]],
    ["chat", "rehearsal", id],
  );
  assertEquals(typeof chat["gen_ai.usage.input_tokens"], "number");
  assertEquals(of("invoke_agent Clerk")["gen_ai.agent.name"], "Clerk");
  const tool = of("execute_tool Fetch");
  assertEquals([tool["gen_ai.tool.name"], tool["server.address"]], ["Fetch", "127.0.0.1"]);
  const texts = server.requests.filter(({ path }) => path === "/v1/traces").map(({ text }) => text).join("");
  for (const word of ["Which colour", "Good bye", "blue", "secret-path"]) assert(!texts.includes(word), word);
});

Deno.test("telemetry: with content the words are in it, and secrets are not", async () => {
  await using server = new HookServer();
  await using folder = await shopFolder(server);
  const env = on(server, {
    PLAYBOOKS_TELEMETRY__CONTENT: "true",
    OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20token-of-the-test,x-team=shop",
    OTEL_SERVICE_NAME: "shop-desk",
  });
  await folder.run(["run", "shop.pb"], { input: "token-of-the-test\n", env });
  const [request] = requestOfSpans(server);
  assertEquals(
    [request!.headers.get("authorization"), request!.headers.get("x-team")],
    ["Bearer token-of-the-test", "shop"],
  );
  const text = requestOfSpans(server).map((each) => each.text).join("");
  for (const word of ["Which colour", "Good bye", "****", "shop-desk"]) assertStringIncludes(text, word);
  assert(!text.includes("token-of-the-test"));
});

Deno.test("telemetry: over kills and resumes it is the same trace, and no span comes twice", async () => {
  for (const crashAt of [4, 7, 10, 13]) {
    await using server = new HookServer();
    await using folder = await shopFolder(server);
    const env = on(server);
    const first = await folder.run(["run", "shop.pb"], { input: "blue\n", env, crashAt });
    assertEquals(first.signal, "SIGKILL", first.stderr);
    const second = await folder.run(["resume"], { input: "blue\n", env });
    assertEquals(second.code, 0, second.stderr);
    const spans = spansOf(server);
    assertOneTrace(spans);
    assertEquals(names(spans.filter((span) => attributesOf(span)["error.type"] !== "interrupted")), whole);
  }
});

Deno.test("telemetry: spans are sent while a session runs, and the run after a kill goes on behind them", async () => {
  await using server = new HookServer();
  const twice = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", await Yield("user"));
  await Say("user", await Yield("user"));
}
\`\`\`
`;
  await using folder = await folderWith({ "twice.pb": twice, "playbooks.toml": settings });
  const env = on(server);
  const run = folder.start(["run", "twice.pb"], { env, input: "one\n" });
  await server.until(1);
  assertEquals(names(spansOf(server)), ["wait user"]);
  // A kill before this would send the span again, with the same id.
  const summary = folder.sessionFile("session.json");
  await run.untilTrue(() => JSON.parse(Deno.readTextFileSync(summary)).traced > 0);
  run.kill("SIGKILL");
  await run.finished;
  assertEquals((await folder.run(["resume", "--message", "two"], { env })).code, 0);
  assertOneTrace(spansOf(server));
  assertEquals(names(spansOf(server)), [
    "invoke_agent Clerk",
    "invoke_workflow twice.pb",
    "wait user",
    "wait user",
  ]);
});

Deno.test("telemetry: a collector that is down or silent delays the end by its bound alone, and later gets all", async () => {
  await using server = new HookServer();
  await using folder = await shopFolder(server);
  const { promise: held, resolve: release } = Promise.withResolvers<void>();
  const env = on(server);
  const bounded = on(server, { PLAYBOOKS_TELEMETRY__TIMEOUT_SECONDS: "0.5" });
  server.answer = async ({ path }) => {
    if (path === "/v1/traces") await held;
    return new Response("{}");
  };
  const silent = await folder.run(["run", "shop.pb"], { input: "blue\n", env: bounded });
  release();
  assertEquals([silent.code, silent.stdout.includes("Good bye")], [0, true]);
  assertStringIncludes(silent.stderr, "was not sent: it took longer than 0.5 s; the next run sends it");
  server.requests.length = 0;
  server.answer = () => new Response("busy", { status: 503 });
  const down = await folder.run(["resume", folder.onlySession()], { env });
  assertStringIncludes(down.stderr, "answered with status 503; the next run sends it");
  server.requests.length = 0;
  server.answer = () => new Response("{}");
  await folder.run(["resume", folder.onlySession()], { env });
  assertEquals(names(spansOf(server)), whole);
  await folder.run(["resume", folder.onlySession()], { env });
  assertEquals(names(spansOf(server)), whole);
});

Deno.test("telemetry: a fork is a trace of its own, linked to the first one, without its spans", async () => {
  await using server = new HookServer();
  await using folder = await shopFolder(server);
  const env = on(server);
  await folder.run(["run", "shop.pb"], { input: "blue\n", env });
  const before = spansOf(server);
  const session = folder.onlySession();
  const journal = folder.journal();
  const wait = journal.findIndex(({ type }) => type === "start") + 1;
  const root = (all: readonly SentSpan[]) => all.find(({ parentSpanId }) => !parentSpanId)!;
  // At the wait no span has ended; behind the last entry but one, nearly all have.
  for (const position of [wait, journal.length - 1]) {
    server.requests.length = 0;
    const beganMs = Date.now();
    const forked = await folder.run(["resume", `${session}@${position}`, "--fork"], { input: "red\n", env });
    assertEquals(forked.code, 0, forked.stderr);
    const spans = spansOf(server);
    assertOneTrace(spans);
    assertNotEquals(spans[0]!.traceId, before[0]!.traceId);
    assertEquals(root(spans).links, [{ traceId: before[0]!.traceId, spanId: root(before).spanId }]);
    assertEquals(
      spans.filter((span) => Number(span.endTimeUnixNano) / 1e6 < beganMs).map(({ name }) => name),
      [],
    );
  }
});

Deno.test("telemetry: protobuf is the usual form, and a worker sends the traces of its sessions", async () => {
  await using server = new HookServer();
  await using folder = await shopFolder(server);
  const { OTEL_EXPORTER_OTLP_PROTOCOL: _, ...env } = on(server);
  await folder.run(["run", "--detach", "shop.pb", "--message", "blue"], { env });
  assertEquals(requestOfSpans(server), []);
  const worker = await folder.run(["worker", "--until-idle"], { env });
  assertEquals(worker.code, 0, worker.stderr);
  const [request] = requestOfSpans(server);
  assertEquals(request!.headers.get("content-type"), "application/x-protobuf");
  assertStringIncludes(request!.text, "invoke_workflow shop.pb");
});

Deno.test("telemetry: it is off without a setting, and in a folder that is not trusted", async () => {
  await using server = new HookServer();
  await using folder = await shopFolder(server);
  const { PLAYBOOKS_TELEMETRY__ENABLED: _, ...off } = on(server);
  await folder.run(["run", "shop.pb"], { input: "blue\n", env: off });
  assertEquals(requestOfSpans(server), []);
  await folder.write(
    "playbooks.toml",
    `${settings}[telemetry]\nenabled = true\nendpoint = "${server.url}"\ncontent = true\n`,
  );
  const refused = await folder.run(["run", "shop.pb"], { input: "blue\n", env: { PLAYBOOKS_TRUST: "" } });
  assertEquals([refused.code, requestOfSpans(server)], [2, []]);
  for (const key of ["enabled", "endpoint", "content"]) {
    assertStringIncludes(refused.stderr, `telemetry.${key} =`);
  }
  // A folder cannot choose the collector by the variables of OpenTelemetry.
  await folder.write(".env", `OTEL_EXPORTER_OTLP_ENDPOINT=${server.url}\n`);
  await folder.write("playbooks.toml", settings);
  const env = { PLAYBOOKS_TELEMETRY__ENABLED: "true", PLAYBOOKS_TELEMETRY__TIMEOUT_SECONDS: "0.1" };
  await folder.run(["run", "shop.pb"], { input: "blue\n", env });
  assertEquals(requestOfSpans(server), []);
});
