import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { costOf, priceOf } from "../../src/model/prices.ts";
import { providerInfo } from "../../src/model/providers.ts";

function asked(provider: string, name: string, baseUrl = providerInfo(provider)!.baseUrl) {
  return { info: providerInfo(provider)!, name, baseUrl };
}

Deno.test("prices: a dated name has the price of its model, and a longer name is another model", () => {
  const haiku = priceOf(asked("anthropic", "claude-haiku-4-5"));
  assertEquals(priceOf(asked("anthropic", "claude-haiku-4-5-20251001")), haiku);
  assertEquals(haiku?.input, 1);
  assertEquals(priceOf(asked("openai", "gpt-5-2025-08-07")), priceOf(asked("openai", "gpt-5")));
  assertEquals(
    priceOf(asked("google", "gemini-2.0-flash-001")),
    priceOf(asked("google", "gemini-2.0-flash")),
  );
  assertEquals(priceOf(asked("openai", "gpt-5-pro")), undefined);
});

Deno.test("prices: the price of a new model, another provider or a proxy is unknown", () => {
  assertEquals(priceOf(asked("anthropic", "claude-next-9")), undefined);
  assertEquals(priceOf(asked("openrouter", "gpt-5")), undefined);
  assertEquals(priceOf(asked("openai", "gpt-5", "http://proxy.example/v1")), undefined);
  const tokens = { input: 10, cached: 0, written: 0, output: 1 };
  assertEquals(costOf(tokens, asked("openrouter", "x/y")), undefined);
  assertEquals(costOf({ ...tokens, costUsd: 0.25 }, asked("openrouter", "x/y")), 0.25);
});

Deno.test("prices: a local server costs nothing, unless its address is remote", () => {
  assertEquals(priceOf(asked("ollama", "qwen3")), { input: 0, output: 0 });
  assertEquals(priceOf(asked("ollama", "qwen3", "https://ollama.example/v1")), undefined);
});

Deno.test("prices: the user's own price wins, by provider and name before the name alone", () => {
  const own = { "gpt-5": { input: 1, output: 1 }, "openai:gpt-5": { input: 2, output: 2 } };
  assertEquals(priceOf(asked("openai", "gpt-5"), own)?.input, 2);
  assertEquals(priceOf(asked("openrouter", "gpt-5"), own)?.input, 1);
});

Deno.test("prices: a long prompt has the price of long prompts", () => {
  const of = (input: number) =>
    costOf({ input, cached: 0, written: 0, output: 0 }, asked("google", "gemini-2.5-pro"));
  assertEquals(of(200_000), 0.25);
  assertEquals(of(200_001), 200_001 * 2.5 / 1e6);
});

Deno.test("prices: a cost is never negative, whatever a provider counts", () => {
  const count = fc.nat(1_000_000);
  fc.assert(fc.property(count, count, count, count, (input, cached, written, output) => {
    assert(costOf({ input, cached, written, output }, asked("anthropic", "claude-haiku-4-5"))! >= 0);
  }));
});

Deno.test("prices: new, cached, cache-written and answer tokens each have their own price", () => {
  const cost = (tokens: Partial<Parameters<typeof costOf>[0]>) =>
    costOf(
      { input: 0, cached: 0, written: 0, output: 0, ...tokens },
      asked("anthropic", "claude-sonnet-4-5"),
    )! * 1e6;
  assertEquals(cost({ input: 1000 }), 3000);
  assertEquals(Math.round(cost({ input: 1000, cached: 1000 })), 300, "a tenth, and nothing besides");
  assertEquals(cost({ input: 1000, written: 1000 }), 3750);
  assertEquals(cost({ output: 1000 }), 15_000);
  assertEquals(
    Math.round(cost({ input: 300_000, cached: 100_000, written: 100_000, output: 10 })),
    1_410_225,
  );
});
