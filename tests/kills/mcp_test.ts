// deno-lint-ignore-file no-console
import { assert } from "@std/assert";
import { mcpCampaign } from "./mcp_campaign.ts";

const isThorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";

Deno.test("mcp kills: a tool server that is killed at any moment loses no task, and orders nothing twice", async () => {
  const kills = isThorough ? 100 : 3;
  const result = await mcpCampaign(
    isThorough
      ? { kills, tasks: 10, orders: 20, seed: 1, onRound: (so) => console.log(JSON.stringify(so)) }
      : { kills, tasks: 3, orders: 12, seed: 1 },
  );
  assert(result.kills >= kills);
  if (Deno.env.get("PLAYBOOKS_TEST_FIGURES") === "1") console.log(JSON.stringify(result));
});
