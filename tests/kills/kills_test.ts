import { assert, assertEquals } from "@std/assert";
import { hello } from "../process/programs.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { campaign } from "./campaign.ts";
import { runWhole, travel } from "./journey.ts";
import { programs } from "./programs.ts";
import { Servers } from "./servers.ts";

Deno.test("kills: programs that are killed at any moment and resumed lose nothing and repeat nothing", async () => {
  const { kills } = await campaign(12, { seed: 1 });
  assert(kills >= 12);
});

Deno.test("kills: a kill during an order is reported once with the order, and the policy decides", async () => {
  await using servers = new Servers();
  const shop = programs.find(({ name }) => name === "shop")!;
  const whole = await runWhole(shop, servers);
  assertEquals(whole.said.split("\n").length, 6, whole.said);
  for (const [policy, orders] of [["retry", 4], ["skip", 3]] as const) {
    const told = await travel(shop, [{ kind: "order", nth: 2 }], { servers, whole, policy });
    assertEquals(told, { kills: 1, uncertain: 1, requests: told.requests, orders }, policy);
  }
});

Deno.test("kills: a session that was killed between its registration and its first entry begins at the resume", async () => {
  await using folder = await folderWith({ "hello.pb": hello });
  await folder.run(["run", "hello.pb"], { crashAt: 1 });
  await Deno.truncate(folder.sessionFile("journal.jsonl"), 0);
  await Deno.remove(folder.sessionFile("shown"));
  const resumed = await folder.run(["run", "hello.pb", "--resume"]);
  assertEquals([resumed.code, resumed.stdout], [0, "Hello\n"], resumed.stderr);
  folder.onlySession();
});
