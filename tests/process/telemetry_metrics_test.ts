import { assert, assertEquals } from "@std/assert";
import { HookServer } from "../support/hook_server.ts";
import { countOfMetric, pointsOf } from "../support/otlp_metrics.ts";
import { attributesOf, spansOf } from "../support/otlp_spans.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";

const desk = `# Desk
## Main
### Triggers
- At the beginning
### Steps
- Ask the user for $colour
- Tell the user "It is {$colour}"
- End program
`;

const settings = '[model]\nprovider = "rehearsal"\n';

function on(server: HookServer, more: Readonly<Record<string, string>> = {}) {
  return {
    PLAYBOOKS_TELEMETRY__ENABLED: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: server.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    ...more,
  };
}

async function deskFolder(): Promise<TestFolder> {
  return await folderWith({ "desk.pb": desk, "playbooks.toml": settings });
}

/** Throws unless each call of a model and the end of the session were counted once. */
function assertCountedOnce(server: HookServer): void {
  const chats = new Map(
    spansOf(server).map((span) => [span.spanId, attributesOf(span)] as const).filter(([, attributes]) =>
      attributes["gen_ai.operation.name"] === "chat"
    ),
  );
  const answered =
    [...chats.values()].filter((each) => each["gen_ai.usage.input_tokens"] !== undefined).length;
  assert(answered > 0);
  assertEquals(
    [
      countOfMetric(server, "gen_ai.client.operation.duration"),
      countOfMetric(server, "gen_ai.client.token.usage", ["gen_ai.token.type", "input"]),
      countOfMetric(server, "gen_ai.client.token.usage", ["gen_ai.token.type", "output"]),
      countOfMetric(server, "playbooks.session.ends", ["playbooks.status", "completed"]),
    ],
    [chats.size, answered, answered, 1],
  );
}

Deno.test("telemetry metrics: tokens and times of calls, and the ends of sessions, by the conventions for GenAI", async () => {
  await using server = new HookServer();
  await using folder = await deskFolder();
  const { code, stderr } = await folder.run(["run", "desk.pb"], { input: "blue\n", env: on(server) });
  assertEquals([code, stderr.includes("etrics")], [0, false], stderr);
  assertCountedOnce(server);
  const points = pointsOf(server);
  const model = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "rehearsal",
    "gen_ai.request.model": "steps",
    "gen_ai.response.model": "steps",
  };
  const facts = points.map((
    { metric, unit, temporality, attributes },
  ) => [metric, unit, temporality, attributes]);
  const kinds = new Map(facts.map((fact) => [JSON.stringify(fact), fact]));
  assertEquals([...kinds.values()], [
    ["gen_ai.client.token.usage", "{token}", 1, { ...model, "gen_ai.token.type": "input" }],
    ["gen_ai.client.token.usage", "{token}", 1, { ...model, "gen_ai.token.type": "output" }],
    ["gen_ai.client.operation.duration", "s", 1, model],
    ["playbooks.session.ends", "{session}", 1, {
      "gen_ai.workflow.name": "desk.pb",
      "playbooks.status": "completed",
    }],
  ]);
  const tokens = spansOf(server).reduce(
    (total, span) => total + Number(attributesOf(span)["gen_ai.usage.input_tokens"] ?? 0),
    0,
  );
  const input = points.filter(({ attributes }) => attributes["gen_ai.token.type"] === "input");
  assertEquals(input.reduce((total, { sum = 0 }) => total + sum, 0), tokens);
});

Deno.test("telemetry metrics: over kills and resumes, nothing is counted twice or left out", async () => {
  for (const crashAt of [6, 9, 12]) {
    await using server = new HookServer();
    await using folder = await deskFolder();
    const env = on(server);
    const first = await folder.run(["run", "desk.pb"], { input: "blue\n", env, crashAt });
    assertEquals(first.signal, "SIGKILL", first.stderr);
    const second = await folder.run(["resume"], { input: "blue\n", env });
    assertEquals(second.code, 0, second.stderr);
    await folder.run(["resume", folder.onlySession()], { env });
    assertCountedOnce(server);
  }
});

for (const path of ["/v1/traces", "/v1/metrics"]) {
  Deno.test(`telemetry metrics: a process that dies while the collector takes ${path} counts nothing twice`, async () => {
    await using server = new HookServer();
    await using folder = await deskFolder();
    const env = on(server);
    const run = folder.start(["run", "desk.pb"], { env, input: "blue\n" });
    server.answer = (request) => {
      if (request.path === path) run.kill("SIGKILL");
      return new Response("{}");
    };
    assertEquals((await run.finished).signal, "SIGKILL");
    server.answer = () => new Response("{}");
    assertEquals((await folder.run(["resume", folder.onlySession()], { input: "blue\n", env })).code, 0);
    assertCountedOnce(server);
  });
}

Deno.test("telemetry metrics: a collector of traces alone gets no metrics, and no run complains", async () => {
  const shells = [
    { OTEL_METRICS_EXPORTER: "none" },
    { OTEL_EXPORTER_OTLP_ENDPOINT: "", OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "URL/v1/traces" },
  ];
  for (const shell of shells) {
    await using server = new HookServer();
    await using folder = await deskFolder();
    const given = Object.entries(shell).map(([name, value]) => [name, value.replace("URL", server.url)]);
    const env = on(server, Object.fromEntries(given));
    const { stderr } = await folder.run(["run", "desk.pb"], { input: "blue\n", env });
    assertEquals(stderr.includes("elemetry") || stderr.includes("etrics"), false, stderr);
    assert(spansOf(server).length > 0);
    assertEquals(pointsOf(server), []);
  }
  await using server = new HookServer();
  await using folder = await deskFolder();
  server.answer = ({ path }) =>
    path === "/v1/metrics" ? new Response("", { status: 404 }) : new Response("{}");
  const { code, stderr } = await folder.run(["run", "desk.pb"], { input: "blue\n", env: on(server) });
  assertEquals([code, stderr.includes("etrics")], [0, false], stderr);
});

Deno.test("telemetry metrics: a collector that does not take them fails no run, and the run says that they are lost", async () => {
  await using server = new HookServer();
  await using folder = await deskFolder();
  server.answer = ({ path }) => new Response("{}", { status: path === "/v1/metrics" ? 503 : 200 });
  const { code, stderr } = await folder.run(["run", "desk.pb"], { input: "blue\n", env: on(server) });
  assertEquals(code, 0);
  assert(stderr.includes("were not sent, and are lost: the collector 127.0.0.1"), stderr);
});
