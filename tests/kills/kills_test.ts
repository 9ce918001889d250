// @ts-types="#types/assert.d.ts"
import { assert, assertEquals } from "@std/assert";
import { campaign } from "./campaign.ts";
import { runWhole, travel } from "./journey.ts";
import { programs } from "./programs.ts";
import { Servers } from "./servers.ts";

Deno.test("programs killed at any moment, and resumed until they end, lose nothing and do nothing twice", async () => {
  const { kills } = await campaign(20, { seed: 1 });
  assert(kills >= 20);
});

Deno.test("a kill within an order is reported once, with the order, and the policy decides", async () => {
  await using servers = new Servers();
  const shop = programs.find(({ name }) => name === "shop")!;
  const whole = await runWhole(shop, servers);
  assertEquals(whole.said.split("\n").length, 6, whole.said);
  for (const [policy, orders] of [["retry", 4], ["skip", 3]] as const) {
    const told = await travel(shop, [{ kind: "order", nth: 2 }], { servers, whole, policy });
    assertEquals(told, { kills: 1, uncertain: 1, requests: told.requests, orders }, policy);
  }
});
