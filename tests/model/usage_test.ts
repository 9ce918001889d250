import { assert, assertEquals } from "@std/assert";
import type { Usage } from "../../src/model/mod.ts";
import { chat } from "../support/chat_dialect.ts";
import { inputTokens } from "../support/dialect.ts";
import { ProviderServer, type Script } from "../support/provider_server.ts";
import { ask, dialects, request } from "./asking.ts";

const answer: Script = { kind: "answer", words: ["Return();"] };

async function usageOf(server: ProviderServer, prices = {}): Promise<Usage> {
  const { events } = await ask(server, { prices });
  const last = events.at(-1)!;
  assert(last.type === "completed");
  return last.completion.usage;
}

Deno.test("usage: an answer that broke off after words counts by an estimate, and one without words does not count", async () => {
  for (const dialect of dialects) {
    await using plain = new ProviderServer([answer], { dialect });
    const counted = await usageOf(plain);
    assertEquals([counted.inputTokens, counted.estimated], [inputTokens, undefined], dialect.provider);
    await using refused = new ProviderServer([{ kind: "status", status: 500 }, answer], { dialect });
    assertEquals(await usageOf(refused), counted, dialect.provider);
    await using broken = new ProviderServer([{ kind: "truncate", words: ["Ret", "urn"] }, answer], {
      dialect,
    });
    const both = await usageOf(broken);
    assert(both.estimated, dialect.provider);
    assert(both.inputTokens > counted.inputTokens && both.outputTokens > counted.outputTokens);
  }
});

Deno.test("usage: tokens that a server does not count are estimated from the texts and priced", async () => {
  const silent = {
    ...chat,
    closing: () => [chat.closing({ words: [] })[0]!, chat.closing({ words: [] }).at(-1)!],
  };
  await using server = new ProviderServer([answer], { dialect: silent });
  const usage = await usageOf(server, { "openai-compatible:tiny": { input: 1_000_000, output: 1_000_000 } });
  const characters = request.messages.reduce((sum, { text }) => sum + text.length, request.system.length);
  assertEquals([usage.inputTokens, usage.outputTokens, usage.estimated], [
    Math.ceil(characters / 4),
    3,
    true,
  ]);
  assertEquals(usage.costUsd, usage.inputTokens + usage.outputTokens);
});

Deno.test("usage: a call that fails names the use of all requests that may be billed", async () => {
  for (const dialect of dialects) {
    await using server = new ProviderServer([{ kind: "truncate", words: ["Return();"] }], { dialect });
    const prices = { [`${dialect.provider}:tiny`]: { input: 1_000_000, output: 1_000_000 } };
    const last = (await ask(server, { prices })).events.at(-1)!;
    assert(last.type === "failed");
    const { usage } = last.failure;
    assert(usage, dialect.provider);
    assertEquals([usage.requests, usage.outputTokens, usage.estimated], [5, 15, true], dialect.provider);
    assertEquals([usage.inputTokens % 5, usage.costUsd], [0, usage.inputTokens + usage.outputTokens]);
    await using refused = new ProviderServer([{ kind: "status", status: 500 }], { dialect });
    const failed = (await ask(refused)).events.at(-1)!;
    assert(failed.type === "failed" && failed.failure.usage === undefined);
  }
});

Deno.test("usage: an answer after broken ones counts their requests, also if it is cut off", async () => {
  for (const dialect of dialects) {
    await using broken = new ProviderServer([{ kind: "truncate", words: ["Ret"] }, answer], { dialect });
    assertEquals((await usageOf(broken)).requests, 2, dialect.provider);
    await using cut = new ProviderServer([{ kind: "truncate", words: ["Ret"] }, {
      kind: "hang",
      words: ["Return();"],
    }], {
      dialect,
    });
    const last = (await ask(cut, { settings: { totalTimeoutSeconds: 0.5 } })).events.at(-1)!;
    assert(last.type === "completed", JSON.stringify(last));
    assertEquals([last.completion.finish, last.completion.usage.requests], ["length", 2]);
  }
});
