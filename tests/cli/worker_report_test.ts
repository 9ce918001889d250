import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { McpReport } from "../../src/cli/commands/mcp/report.ts";
import type { ServeOptions } from "../../src/cli/commands/serve/options.ts";
import { ServeReport } from "../../src/cli/commands/serve/report.ts";
import { WorkerReport } from "../../src/cli/commands/worker/report.ts";
import type { TakerFact } from "../../src/cli/host/session_taker.ts";
import { LostLeaseError, type SessionFile } from "../../src/store/mod.ts";
import { jsonSessionLines } from "../support/json_documents.ts";
import { worldIn } from "../support/world.ts";

const session = {
  id: "0197b0c0-0000-7000-8000-00000000abcd",
  programPaths: ["/shop/order.pb"],
} as unknown as SessionFile;

/** A fact of each type. */
const facts: readonly TakerFact[] = [
  { type: "take", session, reason: "queued" },
  { type: "end", session, end: { status: "completed", exit: 0, hasRun: true } },
  { type: "miss", session },
  { type: "refuse", session, error: new Error("no") },
  { type: "park", session, deaths: 12 },
  { type: "trouble", error: new Error("no") },
];

Deno.test("reports: nothing follows the last line of a worker, a server or a tool server", () => {
  for (const late of [[], [session.id]]) {
    const worlds = Array.from({ length: 4 }, () => worldIn("/"));
    const [text, json, served, tools] = worlds;
    const workers = [new WorkerReport(text!, { json: false }), new WorkerReport(json!, { json: true })];
    for (const report of workers) report.end({ late, left: undefined, exit: 0 });
    const server = new ServeReport(served!, { host: "127.0.0.1", json: false } as ServeOptions);
    server.end(late);
    const toolServer = new McpReport(tools!, { verbose: true });
    toolServer.end(late);
    const before = worlds.map(({ stdout, stderr }) => stdout.text + stderr.text);
    for (const each of before.slice(0, 3)) assertEquals(each.trim().split("\n").length, 1, each);
    for (const fact of facts) {
      for (const report of [...workers, server, toolServer]) report.taker(fact);
    }
    for (const report of workers) report.fact(session.id, { type: "warning", text: "late" });
    for (const report of [server, toolServer]) {
      report.note("late");
      report.warning("late");
      report.fault(new Error("late"));
    }
    assertEquals(worlds.map(({ stdout, stderr }) => stdout.text + stderr.text), before);
  }
});

Deno.test("reports: each line of worker --json follows its description", () => {
  const world = worldIn("/");
  const report = new WorkerReport(world, { json: true });
  const orphan = {
    type: "take",
    session: { ...session, name: "monday" },
    reason: "orphaned",
    deaths: 3,
  } as const;
  const lost = new LostLeaseError(session.id, 12);
  const ends = [{ exit: 4, error: lost, hasRun: true }, { status: "failed", exit: 1, hasRun: true }] as const;
  report.begin({ location: "/shop", concurrency: 8 });
  for (const fact of [...facts, orphan]) report.taker(fact);
  for (const end of ends) report.taker({ type: "end", session, end });
  report.fact(session.id, { type: "warning", text: "no" });
  report.end({ late: [session.id], left: { refusals: [new Error("no")], held: 1 }, exit: 1 });
  const lines = world.stdout.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  for (const line of lines) {
    const { success, error } = jsonSessionLines.worker.safeParse(line);
    assert(success, `${JSON.stringify(line)}: ${error?.message}`);
  }
  const types = jsonSessionLines.worker.shape.type.options;
  assertEquals(new Set(lines.map(({ type }) => type)), new Set(types), "each type is written");
  const fields = Object.keys(jsonSessionLines.worker.shape);
  assertEquals(new Set(lines.flatMap((line) => Object.keys(line))), new Set(fields), "each field is written");
});

Deno.test("reports: a worker whose session was taken over says that nothing is lost, and asks for nothing", () => {
  for (const json of [false, true]) {
    const world = worldIn("/");
    const error = new LostLeaseError(session.id, 12);
    new WorkerReport(world, { json }).taker({ type: "end", session, end: { exit: 4, error, hasRun: true } });
    assertStringIncludes(world.stdout.text, "another process has taken it over");
    assertStringIncludes(world.stdout.text, "nothing is lost");
    assertEquals(/end that process|--fork/.test(world.stdout.text), false, world.stdout.text);
  }
});
