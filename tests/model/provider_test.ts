import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PlaybooksError } from "../../src/errors.ts";
import { type Completion, type ModelSettings, openModel } from "../../src/model/mod.ts";
import { providerInfos } from "../../src/model/providers.ts";
import { chat } from "../support/chat_dialect.ts";
import { google } from "../support/google_dialect.ts";
import { ProviderServer, type Script } from "../support/provider_server.ts";
import { ask, type Asking, dialects, request, settingsOf, shortOf } from "./asking.ts";
import { emptyTurn } from "./rehearsal/turns.ts";
import "../support/local_models.ts";

const answer: Script = { kind: "answer", words: ["Ret", "urn();"], cachedTokens: 60 };

async function completed(server: ProviderServer, asking: Asking = {}): Promise<Completion> {
  const last = (await ask(server, asking)).events.at(-1)!;
  assert(last.type === "completed", JSON.stringify(last));
  return last.completion;
}

Deno.test("provider: every protocol gives the same answer and usage with and without streaming", async (t) => {
  for (const dialect of dialects) {
    await t.step(dialect.provider, async () => {
      await using server = new ProviderServer([answer], { dialect, key: "secret" });
      const streamed = (await ask(server)).events;
      assertEquals(streamed.slice(0, -1), [{ type: "text", text: "Ret" }, { type: "text", text: "urn();" }]);
      const completion: Completion = {
        text: "Return();",
        finish: "stop",
        usage: { inputTokens: 100, outputTokens: 2, cachedTokens: 60 },
        model: `${dialect.provider}:tiny`,
      };
      assertEquals(streamed.at(-1), { type: "completed", completion });
      const whole = (await ask(server, { settings: { stream: false } })).events;
      assertEquals(whole, [{ type: "text", text: "Return();" }, { type: "completed", completion }]);
      assertEquals(server.requests.map(({ path, body }) => dialect.streams(path, body)), [true, false]);
    });
  }
});

Deno.test("provider: each protocol encodes the request in its own form", async (t) => {
  const said = request.messages.map(({ text }) => text);
  const bodies: Readonly<Record<string, readonly [path: string, body: object]>> = {
    anthropic: ["/v1/messages", {
      model: "tiny",
      max_tokens: 50,
      temperature: 0.2,
      system: [{ type: "text", text: "The rules.", cache_control: { type: "ephemeral" } }],
      messages: [
        { role: "user", content: [{ type: "text", text: said[0] }] },
        { role: "assistant", content: [{ type: "text", text: said[1] }] },
        {
          role: "user",
          content: [{ type: "text", text: said[2], cache_control: { type: "ephemeral" } }],
        },
      ],
      stream: true,
    }],
    openai: ["/v1/responses", {
      model: "tiny",
      input: [
        { role: "system", content: "The rules." },
        { role: "user", content: [{ type: "input_text", text: said[0] }] },
        { role: "assistant", content: said[1] },
        { role: "user", content: [{ type: "input_text", text: said[2] }] },
      ],
      temperature: 0.2,
      max_output_tokens: 50,
      store: false,
      stream: true,
    }],
    google: ["/v1beta/models/tiny:streamGenerateContent?alt=sse", {
      generationConfig: { maxOutputTokens: 50, temperature: 0.2 },
      contents: [
        { role: "user", parts: [{ text: said[0] }] },
        { role: "model", parts: [{ text: said[1] }] },
        { role: "user", parts: [{ text: said[2] }] },
      ],
      systemInstruction: { parts: [{ text: "The rules." }] },
    }],
    "openai-compatible": ["/v1/chat/completions", {
      model: "tiny",
      max_tokens: 50,
      temperature: 0.2,
      messages: [
        { role: "system", content: "The rules." },
        { role: "user", content: said[0] },
        { role: "assistant", content: said[1] },
        { role: "user", content: said[2] },
      ],
      stream: true,
      stream_options: { include_usage: true },
    }],
  };
  for (const dialect of dialects) {
    await t.step(dialect.provider, async () => {
      await using server = new ProviderServer([answer], { dialect });
      await ask(server);
      const [seen] = server.requests;
      assertEquals([seen!.path, seen!.body as object], [...bodies[dialect.provider]!]);
    });
  }
});

Deno.test("provider: the prompt of a raw playbook has no cache marks, because it is sent once", async () => {
  const [anthropic] = dialects;
  await using server = new ProviderServer([answer], { dialect: anthropic! });
  await ask(server, { request: { ...request, answer: "text" } });
  assertEquals(JSON.stringify(server.requests[0]!.body).includes("cache_control"), false);
});

Deno.test("provider: thoughts are separate events and never part of the answer", async (t) => {
  const scripts: readonly (readonly [claim: string, script: Script])[] = [
    ["as the provider gives them", { kind: "answer", thoughts: ["hm", "m"], words: ["Return();"] }],
    ["in tags before the answer", {
      kind: "answer",
      words: [" <th", "ink>h", "mm</", "think>\n\n", "Return();"],
    }],
  ];
  for (const dialect of dialects) {
    for (const stream of [true, false]) {
      for (const [claim, script] of scripts) {
        await t.step(`${dialect.provider}, ${claim}${stream ? "" : ", not streaming"}`, async () => {
          await using server = new ProviderServer([script], { dialect });
          const { events } = await ask(server, { settings: { stream } });
          const thoughts = events.map((event) => event.type === "thought" ? event.text : "").join("");
          assertEquals(thoughts, "hmm");
          assertEquals(events.filter(({ type }) => type !== "thought").map(shortOf), [
            "text Return();",
            "completed Return();",
          ]);
        });
      }
    }
  }
});

Deno.test("provider: a thinking budget is requested in each provider's form, in addition to the answer's budget", async (t) => {
  const asked: readonly (readonly [provider: string, name: string, tokens: number, part: object])[] = [
    ["anthropic", "claude-haiku-4-5", 2000, {
      thinking: { type: "enabled", budget_tokens: 2000 },
      max_tokens: 2050,
    }],
    ["anthropic", "claude-haiku-4-5", 10, {
      thinking: { type: "enabled", budget_tokens: 1024 },
      max_tokens: 1074,
    }],
    ["anthropic", "claude-opus-4-6", 9000, {
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "high" },
    }],
    ["openai", "gpt-5", 4000, {
      reasoning: { effort: "medium", summary: "auto" },
      max_output_tokens: 4050,
    }],
    ["google", "gemini-2.5-flash", 512, {
      generationConfig: {
        maxOutputTokens: 562,
        temperature: 0.2,
        thinkingConfig: { includeThoughts: true, thinkingBudget: 512 },
      },
    }],
    ["google", "gemini-3-pro-preview", 512, {
      generationConfig: {
        maxOutputTokens: 562,
        temperature: 0.2,
        thinkingConfig: { includeThoughts: true, thinkingLevel: "low" },
      },
    }],
    ["openrouter", "deepseek/deepseek-r1", 700, { reasoning: { max_tokens: 700 }, max_tokens: 750 }],
    ["groq", "qwen3", 700, { reasoning_effort: "low" }],
  ];
  for (const [provider, name, reasoningTokens, part] of asked) {
    await t.step(`${provider}:${name}`, async () => {
      const dialect = dialects.find((each) => each.provider === provider) ?? chat;
      await using server = new ProviderServer([answer], { dialect });
      await completed(server, { settings: { provider, name, reasoningTokens } });
      const body = server.requests[0]!.body;
      const found = Object.fromEntries(Object.keys(part).map((key) => [key, body[key]]));
      assertEquals(found, { ...part });
    });
  }
});

Deno.test("provider: an unoffered tool call is read as its code, or else as the named call", async (t) => {
  const calls: readonly (readonly [name: string, input: unknown, text: string, finish: string])[] = [
    ["run_javascript", { code: 'await Say("user", "hi");' }, 'await Say("user", "hi");', "stop"],
    ["execute", { lang: "js", script: "Return(1)" }, "Return(1)", "stop"],
    ["tool", { input: "Return(1);" }, "Return(1);", "stop"],
    [
      "Say",
      { target: "user", text: "hi" },
      '{"name":"Say","arguments":{"target":"user","text":"hi"}}',
      "stop",
    ],
    ["EndProgram", {}, '{"name":"EndProgram","arguments":{}}', "stop"],
  ];
  for (const dialect of dialects) {
    for (const [name, input, text, finish] of calls) {
      for (const stream of [true, false]) {
        await t.step(`${dialect.provider}: ${name}${stream ? "" : ", not streaming"}`, async () => {
          const script: Script = { kind: "answer", words: [], toolCall: { name, arguments: input } };
          await using server = new ProviderServer([script], { dialect });
          const completion = await completed(server, { settings: { stream } });
          assertEquals([completion.text, completion.finish], [text, finish]);
        });
      }
    }
    await t.step(`${dialect.provider}: after some words`, async () => {
      const toolCall = { name: "run", arguments: { code: "Return(1);" } };
      await using server = new ProviderServer([{ kind: "answer", words: ["I run it."], toolCall }], {
        dialect,
      });
      assertEquals((await completed(server)).text, "I run it.\n```js\nReturn(1);\n```");
    });
  }
});

Deno.test("provider: an answer that was cut off says so, and an empty one is empty", async (t) => {
  for (const dialect of dialects) {
    await t.step(dialect.provider, async () => {
      await using cut = new ProviderServer([{ kind: "answer", words: ["Ret"], finish: "length" }], {
        dialect,
      });
      const { text, finish } = await completed(cut);
      assertEquals([text, finish], ["Ret", "length"]);
      await using empty = new ProviderServer([{ kind: "answer", words: [] }], { dialect });
      const nothing = await completed(empty);
      assertEquals([nothing.text, nothing.finish], ["", "stop"]);
    });
  }
});

Deno.test("provider: the usage holds the cost of an answer if the price is known", async () => {
  const script: Script = { kind: "answer", words: ["Return();"], cachedTokens: 60, writtenTokens: 30 };
  await using server = new ProviderServer([script], { dialect: dialects[0]! });
  const prices = { "anthropic:tiny": { input: 1, cachedInput: 0.1, cacheWrite: 1.25, output: 5 } };
  const { usage } = await completed(server, { prices });
  assertEquals(usage.costUsd, (10 * 1 + 60 * 0.1 + 30 * 1.25 + 1 * 5) / 1e6);
  assertEquals((await completed(server)).usage.costUsd, undefined);
  assertEquals((await completed(server, { prices: { tiny: { input: 0, output: 2 } } })).usage.costUsd, 2e-6);
});

Deno.test("provider: the cost that a provider reports is used if the price is unknown", async () => {
  await using server = new ProviderServer([{ kind: "answer", words: ["Return();"], costUsd: 0.0125 }]);
  for (const stream of [true, false]) {
    const { usage } = await completed(server, { settings: { provider: "openrouter", stream } });
    assertEquals(usage.costUsd, 0.0125);
  }
});

Deno.test("provider: the error of openai-compatible without an address says that it needs one", async () => {
  const settings = settingsOf("", { provider: "openai-compatible" });
  const error = await assertRejects(() => openModel(settings, { env: () => "secret" }), PlaybooksError);
  assertMatch(error.message, /needs the address of a server; set base_url in \[model\]/);
  assertEquals(error.exitCode, 2);
});

Deno.test("provider: a preset needs only a model's name", async (t) => {
  for (const info of providerInfos.filter(({ baseUrl }) => baseUrl !== "")) {
    await t.step(info.name, async () => {
      const settings = settingsOf("", { provider: info.name });
      const env = (name: string) => name === info.keyEnvs[0] ? "secret" : undefined;
      assertEquals((await openModel(settings, { env })).id, `${info.name}:tiny`);
      const without = () => openModel(settings, { env: () => undefined });
      if (info.local) return void await without();
      const error = await assertRejects(without, PlaybooksError);
      assertMatch(error.message, new RegExp(`needs a key and ${info.keyEnvs[0]} is not set`));
      assertEquals(error.exitCode, 2);
    });
  }
});

Deno.test("provider: a key comes from the named variable, or from any usual variable of the provider", async () => {
  await using closed = new ProviderServer([answer], { key: "secret" });
  const env = (name: string) => name === "MY_KEY" ? "secret" : undefined;
  assertEquals((await completed(closed, { env, settings: { apiKeyEnv: "MY_KEY" } })).text, "Return();");
  await using gemini = new ProviderServer([answer], { key: "secret", dialect: google });
  const usual = (name: string) => name === "GOOGLE_API_KEY" ? " secret\n" : undefined;
  assertEquals((await completed(gemini, { env: usual })).text, "Return();");
  await using open = new ProviderServer([answer]);
  assertEquals((await completed(open, { key: undefined })).text, "Return();");
});

Deno.test("provider: openModel() refuses settings that make a request impossible", async (t) => {
  const refused: readonly (readonly [claim: string, settings: Partial<ModelSettings>, message: RegExp])[] = [
    ["an unknown provider", { provider: "openia" }, /no provider "openia".*anthropic, openai, google/],
    ["no model", { name: "" }, /no model is named; set name/],
    ["no address", { baseUrl: "localhost:11434" }, /base_url "localhost:11434" is not an address/],
  ];
  for (const [claim, settings, message] of refused) {
    await t.step(claim, async () => {
      const error = await assertRejects(
        () => openModel(settingsOf("http://127.0.0.1/v1", settings), { env: () => undefined }),
        PlaybooksError,
      );
      assertMatch(error.message, message);
      assertEquals(error.exitCode, 2);
    });
  }
});

Deno.test("provider: openModel() opens the rehearsal, which costs nothing and always gives the same answer", async () => {
  const model = await openModel(settingsOf("", { provider: "rehearsal" }), { env: () => undefined });
  const options = { turn: emptyTurn, signal: new AbortController().signal };
  const run = () => Array.fromAsync(model.stream(request, options));
  const events = await run();
  const last = events.at(-1)!;
  assert(last.type === "completed");
  assertEquals(last.completion.usage.costUsd, 0);
  assertEquals(
    events.slice(0, -1).map((event) => event.type === "text" ? event.text : "").join(""),
    last.completion.text,
  );
  assertEquals(await run(), events);
  const stopped = await Array.fromAsync(model.stream(request, { signal: AbortSignal.abort() }));
  assertEquals(stopped.map(shortOf), ["failed aborted"]);
});
