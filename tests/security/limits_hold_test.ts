import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith } from "../support/playbooks_process.ts";

const program = `# A

## Main
### Triggers
- At the beginning
### Steps
- Say hi

## Other
model: openai-compatible:other
### Steps
- Say ho
`;

const env = { PLAYBOOKS_TRUST: "1", K: "key" };

/** A model without a server. It must get no request. */
function settings(limits: string, prices: readonly string[] = []): string {
  return [
    "[model]",
    'provider = "openai-compatible"',
    'name = "m"',
    'base_url = "http://127.0.0.1:9/v1"',
    'api_key_env = "K"',
    "[limits]",
    limits,
    ...prices.map((name) => `[prices."${name}"]\ninput = 1.0\noutput = 2.0`),
    "",
  ].join("\n");
}

Deno.test("limits: a limit in money needs a known price for every model, also in a model: line; else nothing is created", async () => {
  await using folder = await folderWith({ "x.pb": program });
  for (const [prices, missing] of [[[], "m"], [["openai-compatible:m"], "other"]] as const) {
    await folder.write("playbooks.toml", settings("max_cost_usd = 1.0", prices));
    const refused = await folder.run(["run", "x.pb"], { env });
    assertEquals([refused.code, refused.stdout], [2, ""], refused.stderr);
    assertStringIncludes(refused.stderr, `[prices."openai-compatible:${missing}"]`);
    assertEquals(folder.sessions(), []);
  }
});

Deno.test("limits: with prices a limit in money holds, and a limit of 0 sends no request", async () => {
  await using folder = await folderWith({ "x.pb": program });
  const prices = ["openai-compatible:m", "openai-compatible:other"];
  await folder.write("playbooks.toml", settings("max_cost_usd = 0", prices));
  const stopped = await folder.run(["run", "x.pb"], { env });
  assertEquals(stopped.code, 1, stopped.stderr);
  assertStringIncludes(stopped.stderr, "The session has used $0.0000, and max_cost_usd = 0");
});

Deno.test("limits: a rehearsal reports no calls and no tokens, and no limit stops it", async () => {
  await using folder = await folderWith({ "x.pb": program });
  await folder.write("playbooks.toml", settings("max_cost_usd = 0\nmax_tokens = 1\nmax_llm_calls = 1"));
  const run = await folder.run(["run", "x.pb", "--model", "rehearsal"], { env });
  assertEquals(run.code, 0, run.stderr);
  assert(!/model call|tokens/.test(run.stderr), run.stderr);
  const [listed] = JSON.parse((await folder.run(["sessions", "--json"], { env })).stdout);
  assertEquals([listed.calls, listed.tokens, listed.costUsd], [0, 0, 0]);
});
