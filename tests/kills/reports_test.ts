// deno-lint-ignore-file no-console
import { assert, assertEquals } from "@std/assert";
import { HookServer } from "../support/hook_server.ts";
import { attributesOf, type SentSpan, spansOf } from "../support/otlp_spans.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { randomFrom } from "../support/random.ts";

const isThorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";
const killCount = isThorough ? 100 : 4;
/** Each makes at least three requests. */
const sessionsPerKill = 2;

function rounds(address: string): string {
  return `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  for (let round = 0; round < 3; round++) {
    await fetch("${address}/stock");
    await Sleep(0.1);
  }
}
\`\`\`
`;
}

const settings = (address: string) =>
  `[model]
provider = "rehearsal"
[permissions]
net = ["127.0.0.1"]
[notify]
url = "${address}/notification"
[telemetry]
enabled = true
endpoint = "${address}"
protocol = "http/json"
`;

/** The spans of one session, whichever run it took. */
const whole = [
  ...Array(3).fill("execute_tool Fetch"),
  "invoke_agent Clerk",
  "invoke_workflow rounds.pb",
  ...Array(3).fill("sleep"),
];

Deno.test(`reports: ${killCount} kills of a worker lose no notification and no span, and a repeated one has its old id`, async () => {
  await using server = new HookServer();
  await using folder = await folderWith({
    "rounds.pb": rounds(server.url),
    "playbooks.toml": settings(server.url),
  });
  const random = randomFrom(7);
  for (let kills = 0; kills < killCount; kills++) {
    for (let count = 0; count < sessionsPerKill; count++) await folder.run(["run", "--detach", "rounds.pb"]);
    const seen = server.requests.length;
    const worker = folder.start(["worker"]);
    await server.until(seen + 1 + Math.floor(random() * 3 * sessionsPerKill));
    worker.kill("SIGKILL");
    await worker.finished;
  }
  for (let count = 0; count < 2; count++) {
    const worker = await folder.run(["worker", "--until-idle"]);
    assertEquals(worker.code, 0, worker.stderr);
  }
  const sessions = folder.sessions();
  assertEquals(sessions.length, killCount * sessionsPerKill);
  assertNotifications(server, sessions);
  assertTraces(spansOf(server), sessions);
});

function assertNotifications(server: HookServer, sessions: readonly string[]): void {
  const notifications = server.requests.filter(({ path }) => path === "/notification").map(({ text }) =>
    JSON.parse(text)
  );
  const keys = new Set(notifications.map(({ key }) => key));
  assertEquals(keys.size, sessions.length);
  assertEquals([...new Set(notifications.map(({ session, event }) => `${session} ${event}`))].toSorted(), [
    ...sessions.map((id) => `${id} completed`),
  ]);
}

function assertTraces(spans: readonly SentSpan[], sessions: readonly string[]): void {
  const byId = Map.groupBy(spans, ({ spanId }) => spanId);
  for (const same of byId.values()) {
    for (const span of same) assertEquals(span, same[0]);
  }
  const once = [...byId.values()].map(([span]) => span!);
  const bySession = Map.groupBy(once, (span) => String(attributesOf(span)["gen_ai.conversation.id"]));
  assertEquals([...bySession.keys()].toSorted(), [...sessions]);
  for (const [id, own] of bySession) {
    assertEquals(own.map(({ name }) => name).toSorted(), whole, id);
    assertEquals(new Set(own.map(({ traceId }) => traceId)).size, 1);
  }
  const repeated = spans.length - once.length;
  assert(repeated <= spans.length / 2);
  if (Deno.env.get("PLAYBOOKS_TEST_FIGURES") === "1") {
    console.log(`${sessions.length} sessions, ${once.length} spans, ${repeated} sent again after a kill`);
  }
}
