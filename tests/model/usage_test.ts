import { assert, assertEquals } from "@std/assert";
import type { Usage } from "../../src/model/mod.ts";
import { chat } from "../support/chat_dialect.ts";
import { inputTokens } from "../support/dialect.ts";
import { ProviderServer, type Script } from "../support/provider_server.ts";
import { ask, dialects, request } from "./asking.ts";
import { askFor } from "./wire/body_server.ts";

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

/** Counts that cannot be true, as JSON. */
const falseCounts = [
  "-1000000000",
  "-5",
  "0.001",
  "12.5",
  "1e300",
  '"abc"',
  '"-7"',
  "[]",
  "{}",
  "true",
  "null",
];

Deno.test("usage: a count that cannot be true is replaced by an estimate, for every protocol", async (t) => {
  for (const dialect of dialects) {
    await t.step(dialect.provider, async () => {
      const whole = [
        ...dialect.opening({ words: ["Return();"] }),
        ...dialect.closing({ words: ["Return();"] }),
      ];
      for (const count of falseCounts) {
        const body = whole.map((event) => event.replace(/(?<="\w*[tT]oken\w*":)\d+/g, count));
        assert(body.join("") !== whole.join(""));
        const { events, requests } = await askFor({ body }, dialect, {
          prices: { [`${dialect.provider}:tiny`]: { input: 1_000_000, output: 1_000_000, cachedInput: 1 } },
        });
        const last = events.at(-1)!;
        assert(last.type === "completed", `${count}: ${JSON.stringify(last)}`);
        const { inputTokens: input, outputTokens, cachedTokens, estimated, costUsd } = last.completion.usage;
        assertEquals([input, outputTokens, cachedTokens, estimated], [24, 3, 0, true], count);
        assertEquals([costUsd, requests], [27, 1], count);
      }
    });
  }
});

Deno.test("usage: a count far below the text is replaced, and one that may be true stays", async () => {
  const words = "Say('user', 'hello');\n".repeat(100);
  const long = { ...request, system: "rule ".repeat(2000) };
  const counts = async (input: number, output: number) => {
    const body = [
      ...chat.opening({ words: [words] }),
      chat.closing({ words: [] })[0]!,
      `data: {"choices":[],"usage":{"prompt_tokens":${input},"completion_tokens":${output}}}\n\n`,
    ];
    const last = (await askFor({ body }, chat, { request: long })).events.at(-1)!;
    assert(last.type === "completed");
    const { inputTokens, outputTokens, estimated } = last.completion.usage;
    return [inputTokens, outputTokens, estimated];
  };
  const characters = request.messages.reduce((sum, { text }) => sum + text.length, long.system.length);
  const [input, output] = [Math.ceil(characters / 4), Math.ceil(words.length / 4)];
  assertEquals(await counts(1, 1), [input, output, true]);
  assertEquals(await counts(1, 500), [input, 500, true]);
  assertEquals(await counts(2400, 1), [2400, output, true]);
  assertEquals(await counts(300, 100), [300, 100, undefined]);
});

Deno.test("usage: cached tokens and a stated cost count only if they can be true", async () => {
  const usage = async (stated: object) => {
    const body = [
      ...chat.opening({ words: ["Return();"] }),
      chat.closing({ words: [] })[0]!,
      `data: ${
        JSON.stringify({ choices: [], usage: { prompt_tokens: 100, completion_tokens: 3, ...stated } })
      }\n\n`,
    ];
    const baseUrl = { name: "unpriced" };
    const last = (await askFor({ body }, { ...chat, provider: "openrouter" }, { settings: baseUrl })).events
      .at(-1)!;
    assert(last.type === "completed");
    return [last.completion.usage.cachedTokens, last.completion.usage.costUsd];
  };
  assertEquals(await usage({ cost: 0.5, prompt_tokens_details: { cached_tokens: 60 } }), [60, 0.5]);
  for (const cached of [-60, 101, 0.5, 1e300]) {
    assertEquals(await usage({ prompt_tokens_details: { cached_tokens: cached } }), [0, undefined]);
  }
  for (const cost of [-0.5, "-1", "much"]) assertEquals(await usage({ cost }), [0, undefined]);
});
