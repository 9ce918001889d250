import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Dialect, ScriptedAnswer } from "../../support/dialect.ts";
import { inputTokens } from "../../support/dialect.ts";
import { dialects } from "../asking.ts";
import { askFor, dataOf, eventStream, type SentBody } from "./body_server.ts";
import { cpuTimeMs } from "../../support/cpu_time.ts";

const words: ScriptedAnswer = { words: ["Ret", "urn();"] };
const json = { "content-type": "application/json" };

function eventsOf(dialect: Dialect, answer: ScriptedAnswer = words): string[] {
  return [...dialect.opening(answer), ...dialect.closing(answer)];
}

/** Forms of a complete answer, for each protocol. `stream`: what was asked for. */
const forms: readonly (readonly [claim: string, stream: boolean, form: (dialect: Dialect) => SentBody])[] = [
  ["one JSON document, though a stream was asked for", true, (dialect) => ({
    body: JSON.stringify(dialect.whole(words)),
    headers: json,
  })],
  ["an indented document with a wrong type", true, (dialect) => ({
    body: `\n${JSON.stringify(dialect.whole(words), undefined, 2)}\n`,
  })],
  ["a document without a type, in many parts", true, (dialect) => ({
    body: JSON.stringify(dialect.whole(words)).match(/[^]{1,7}/g)!,
    headers: {},
  })],
  ["lines of JSON", true, (dialect) => ({
    body: `${dataOf(eventsOf(dialect)).filter((data) => data !== "[DONE]").join("\n")}\n`,
    headers: { "content-type": "application/x-ndjson" },
  })],
  ["a list of the events", true, (dialect) => ({
    body: `[${dataOf(eventsOf(dialect)).filter((data) => data !== "[DONE]").join(",\n")}]`,
    headers: json,
  })],
  ["events, though one piece was asked for", false, (dialect) => ({ body: eventsOf(dialect) })],
  ["events with the type of JSON, though one piece was asked for", false, (dialect) => ({
    body: eventsOf(dialect),
    headers: json,
  })],
  ["events without empty lines and without a last line end", true, (dialect) => ({
    body: dataOf(eventsOf(dialect)).map((data) => `data:${data}`).join("\n"),
  })],
  ["events with carriage returns, comments, ids and a byte order mark", true, (dialect) => ({
    body: `\ufeff: hello\r\n\r\n${
      eventsOf(dialect).map((event) => `: ping\r\nid: 7\r\nretry: 10\r\n${event.replaceAll("\n", "\r\n")}`)
        .join("")
    }`,
  })],
  ["events with lone carriage returns, byte by byte", true, (dialect) => ({
    body: eventsOf(dialect).join("").replaceAll("\n", "\r").split(""),
  })],
  ["signs of life between the events", true, (dialect) => ({
    body: eventsOf(dialect).map((event) => `data: {}\n\ndata: {"type":"ping"}\n\ndata:\n\n: x\n\n${event}`),
  })],
  ["numbers that JSON does not have", true, (dialect) => ({
    body: eventsOf(dialect).map((event) =>
      event.replace(/^data: \{/m, 'data: {"score": NaN, "low":[-Infinity],')
    ),
  })],
  ["fields that nobody knows", true, (dialect) => ({
    body: eventsOf(dialect).map((event) => event.replace(/^data: \{/m, 'data: {"x_new":{"a":[1]},')),
  })],
  ["an error behind the complete answer", true, (dialect) => ({
    body: [...eventsOf(dialect).filter((event) => !event.includes("[DONE]")), dialect.overloaded()],
  })],
  ["a connection that breaks behind the complete answer", true, (dialect) => ({
    body: eventsOf(dialect).filter((event) => !event.includes("[DONE]")),
    end: "broken",
  })],
];

Deno.test("wire: a complete answer in any form is read, and paid once, for every protocol", async (t) => {
  for (const dialect of dialects) {
    for (const [claim, stream, form] of forms) {
      await t.step(`${dialect.provider}: ${claim}`, async () => {
        const { events, requests } = await askFor(form(dialect), dialect, { settings: { stream } });
        const last = events.at(-1);
        assert(last?.type === "completed", JSON.stringify(events));
        const { text, finish, usage } = last.completion;
        assertEquals([text, finish, requests], ["Return();", "stop", 1]);
        assertEquals([usage.inputTokens, usage.estimated], [inputTokens, undefined]);
      });
    }
  }
});

Deno.test("wire: numbers written as text count, for every protocol", async (t) => {
  for (const dialect of dialects) {
    await t.step(dialect.provider, async () => {
      const body = eventsOf(dialect).map((event) =>
        event.replace(/(?<="\w*(?:[tT]oken|created|index)\w*":)(\d+)/g, '"$1"')
      );
      assert(body.join("") !== eventsOf(dialect).join(""));
      const { events, requests } = await askFor({ body }, dialect);
      const last = events.at(-1);
      assert(last?.type === "completed", JSON.stringify(events));
      const { inputTokens: input, outputTokens, estimated } = last.completion.usage;
      assertEquals([input, outputTokens, estimated, requests], [inputTokens, 2, undefined, 1]);
    });
  }
});

Deno.test("wire: thoughts, tool calls and cut answers keep their meaning in one piece", async (t) => {
  const toolCall = { name: "run", arguments: { code: "Return(1);" } };
  for (const dialect of dialects) {
    await t.step(dialect.provider, async () => {
      const whole = (answer: ScriptedAnswer) => ({
        body: JSON.stringify(dialect.whole(answer)),
        headers: json,
      });
      const thinking = await askFor(whole({ words: ["Return();"], thoughts: ["hm"] }), dialect);
      assertEquals(thinking.short, ["thought hm", "text Return();", "completed Return();"]);
      const calling = await askFor(whole({ words: [], toolCall }), dialect);
      assertEquals(calling.short.at(-1), "completed Return(1);");
      const cut = await askFor(whole({ words: ["Ret"], finish: "length" }), dialect);
      const last = cut.events.at(-1);
      assert(last?.type === "completed");
      assertEquals([last.completion.text, last.completion.finish], ["Ret", "length"]);
    });
  }
});

/** Errors inside an answer with a good status, with the kind of the failure, its words, and the requests. */
const errors: readonly (readonly [
  claim: string,
  sent: SentBody,
  kind: string,
  message: RegExp,
  requests: number,
])[] = [
  [
    "an error with a status",
    { body: '{"error":{"message":"no credit left","code":402}}' },
    "quota",
    /no credit left/,
    1,
  ],
  [
    "an error beside empty choices",
    {
      body: '{"choices":null,"error":{"message":"You must pay","code":"402"}}',
      headers: json,
    },
    "quota",
    /You must pay/,
    1,
  ],
  [
    "an error as text",
    { body: '{"error":"model requires more system memory"}' },
    "overload",
    /more system memory/,
    5,
  ],
  [
    "base_resp",
    {
      body: '{"base_resp":{"status_code":1004,"status_msg":"login fail: check your key"}}',
      headers: json,
    },
    "auth",
    /login fail: check your key/,
    1,
  ],
  [
    "an event of type error",
    {
      body: 'event: error\ndata: {"message":"Invalid API key provided","code":"invalid_api_key"}\n\n',
    },
    "auth",
    /Invalid API key provided/,
    1,
  ],
  [
    "an event of type error with plain words",
    { body: "event: error\ndata: upstream gone\n\n" },
    "overload",
    /upstream gone/,
    5,
  ],
  [
    "a refused request in an event",
    {
      body: 'data: {"error":{"message":"bad parameter: top_k","type":"invalid_request_error"}}\n\n',
    },
    "request",
    /refused the request.*bad parameter: top_k/,
    1,
  ],
  [
    "an error of another server inside the message",
    {
      body: JSON.stringify({
        error: { message: JSON.stringify({ error: { message: "inner words", code: 400 } }), code: 400 },
      }),
    },
    "request",
    /\(400: inner words\)/,
    1,
  ],
  [
    "words of a gateway",
    { body: '{"detail":"Not authenticated"}', headers: json },
    "auth",
    /Not authenticated/,
    1,
  ],
  [
    "a list of errors",
    { body: '[{"error":{"code":400,"message":"The list says no"}}]' },
    "request",
    /The list says no/,
    1,
  ],
  [
    "a prompt that is too long",
    {
      body:
        '{"error":{"message":"This model\'s maximum context length is 8192 tokens. You sent 9000.","code":400}}',
    },
    "context",
    /set context_tokens = 8192 under \[limits\]/,
    1,
  ],
  [
    "a refused stream",
    {
      body: '{"error":{"message":"Streaming is not supported for this model","code":400}}',
    },
    "request",
    /set stream = false under \[model\]/,
    1,
  ],
  [
    "plain words",
    { body: "no healthy upstream", headers: { "content-type": "text/plain" } },
    "request",
    /says: no healthy upstream\); check base_url/,
    1,
  ],
  [
    "a page without its type",
    { body: "<!doctype html><p>Hi", headers: {} },
    "request",
    /web page.*check base_url/,
    1,
  ],
  [
    "a document of another kind",
    { body: '{"hello":"world"}', headers: json },
    "request",
    /does not speak .*; check base_url$/,
    1,
  ],
  [
    "an event of another kind",
    { body: 'data: {"hello":"world","x":1}\n\n' },
    "request",
    /does not speak .*; check base_url$/,
    1,
  ],
  ["nothing", { body: "" }, "other", /empty answer.*base_url.*stream = false/, 2],
  ["nothing, without a type", { body: "", headers: {} }, "other", /empty answer/, 2],
  ["no content", { body: "", status: 204, headers: {} }, "other", /empty answer/, 2],
  ["comments alone", { body: ": one\n\n: two\n\n" }, "other", /empty answer/, 2],
  ["an end alone", { body: "data: [DONE]\n\n" }, "other", /empty answer/, 2],
  ["an empty document", { body: "{}", headers: json }, "other", /empty answer/, 2],
  ["a damaged event", { body: 'data: {"choices":[{"delta":{"content":"a\n\n' }, "network", /damaged/, 2],
];

Deno.test("wire: an error inside an answer is named with the server's words and a way out, for every protocol", async (t) => {
  for (const dialect of dialects) {
    for (const stream of [true, false]) {
      for (const [claim, sent, kind, message, count] of errors) {
        if (!stream && /stream = false/.test(message.source)) continue;
        await t.step(`${dialect.provider}: ${claim}${stream ? "" : ", in one piece"}`, async () => {
          const { events, requests } = await askFor(sent, dialect, { settings: { stream } });
          const last = events.at(-1);
          assert(last?.type === "failed", JSON.stringify(events));
          assertMatch(last.failure.message, message);
          assertEquals([last.failure.kind as string, requests], [kind, count], last.failure.message);
          assert(last.failure.message.length < 500, last.failure.message);
          assert(!/validation|\bZod|\[\{|undefined/i.test(last.failure.message), last.failure.message);
        });
      }
    }
  }
});

Deno.test("wire: an incomplete answer is never taken for a complete one, in any form", async (t) => {
  for (const dialect of dialects) {
    await t.step(dialect.provider, async () => {
      const lines = dataOf(dialect.opening(words)).join("\n");
      for (
        const sent of [{ body: lines }, { body: dialect.opening(words) }, {
          body: dialect.opening(words),
          end: "broken",
        }] as const
      ) {
        const { events, requests } = await askFor(sent, dialect);
        assertEquals([events.at(-1)?.type, requests], ["failed", 5]);
      }
      const half = JSON.stringify(dialect.whole(words)).slice(0, -5);
      const { events } = await askFor({ body: half, headers: json }, dialect, {
        settings: { stream: false },
      });
      assertEquals(events.at(-1)?.type, "failed");
    });
  }
});

Deno.test("wire: a connection that stays open behind [DONE] does not hold the answer", async () => {
  const chat = dialects.find(({ provider }) => provider === "openai-compatible")!;
  const started = cpuTimeMs();
  const { short, requests } = await askFor({ body: eventsOf(chat), end: "open" }, chat);
  assertEquals([short.at(-1), requests], ["completed Return();", 1]);
  assert(cpuTimeMs() - started < 10_000);
});

Deno.test("wire: a request for one piece differs from a streaming one in nothing else", async (t) => {
  const { ProviderServer } = await import("../../support/provider_server.ts");
  const { ask } = await import("../asking.ts");
  for (const dialect of dialects) {
    await t.step(dialect.provider, async () => {
      await using server = new ProviderServer([{ kind: "answer", ...words }], { dialect });
      for (const stream of [true, false]) await ask(server, { settings: { stream } });
      const [streamed, whole] = server.requests;
      const { stream: _, stream_options: __, ...rest } = streamed!.body;
      assertEquals(whole!.body, rest);
      assert(!whole!.path.includes("stream") && !whole!.path.includes("alt="));
    });
  }
});

/** Deviations of one protocol: the data of events, and the events that come of them. */
const chatCases: Readonly<Record<string, readonly unknown[]>> = {
  "choices null in the first and last chunk": [
    { choices: null },
    delta({ content: "Return();" }),
    end("stop"),
    { choices: null, usage: {} },
  ],
  "no choices, and a last chunk of usage alone": [
    { usage: null },
    delta({ content: "Return();" }),
    end("stop"),
    { usage: { prompt_tokens: 3 } },
  ],
  "no choices in a list": [
    { choices: [], prompt_filter_results: [{}] },
    delta({ content: "Return();" }),
    end("stop"),
  ],
  "delta null": [{ choices: [{ index: 0, delta: null }] }, delta({ content: "Return();" }), end("stop")],
  "wrong types beside the words": [
    { id: 7, created: "12", model: null, choices: [{ index: "0", delta: { role: null, content: null } }] },
    { created: 1.5, choices: [{ delta: { role: "model", content: "Return();", refusal: 0 } }] },
    end("stop"),
  ],
  "a message instead of a delta": [{
    choices: [{ message: { content: "Return();" }, finish_reason: "stop" }],
  }],
  "a message that repeats the deltas": [delta({ content: "Return();" }), {
    choices: [{ message: { content: "Return();" }, finish_reason: "stop" }],
  }],
  "a message without a reason": [{ choices: [{ message: { content: "Return();" } }] }],
  "text instead of a delta": [{ choices: [{ text: "Return();", finish_reason: "stop" }] }],
  "a list of parts": [
    delta({ content: [{ type: "text", text: "Return();" }, { type: "image_url" }] }),
    end("stop"),
  ],
  "a reason that is empty up to [DONE]": [delta({ content: "Return();" }, ""), end(""), "[DONE]"],
  "a reason that is null up to [DONE]": [delta({ content: "Return();" }), "[DONE]"],
  "no reason at all": [{ choices: [{ delta: { content: "Return();" } }] }, "[DONE]"],
  "a reason with the last words": [delta({ content: "Return();" }, "STOP")],
  "another word for the end": [delta({ content: "Return();" }), end("eos")],
  "a call's reason without a call": [delta({ content: "Return();" }), end("tool_calls")],
  "usage of a choice": [delta({ content: "Return();" }), {
    choices: [{ delta: {}, finish_reason: "stop", usage: { prompt_tokens: "3" } }],
  }],
  "the arguments of a call as an object": [
    delta({ tool_calls: [{ function: { name: "run", arguments: { code: "Return();" } } }] }),
    end("tool_calls"),
  ],
  "usage that is no count": [delta({ content: "Return();" }), end("stop"), {
    choices: [],
    usage: { prompt_tokens: "abc", completion_tokens: {}, total_tokens: [], cost: "free" },
  }],
  "usage in the last chunk that is text": [delta({ content: "Return();" }), {
    ...end("stop"),
    usage: "many",
  }],
  "calls that are none": [
    delta({
      content: "Return();",
      tool_calls: [5, null, {}, { function: "run" }, { function: { name: 7 } }],
    }),
    delta({ tool_calls: "run" }),
    end("stop"),
  ],
  "a call without a name": [
    delta({ tool_calls: [{ index: -1, function: { arguments: '{"code":' } }] }),
    delta({ tool_calls: [{ index: -1, function: { arguments: '"Return();"}' } }] }),
    end("tool_calls"),
  ],
  "a call without a name up to [DONE]": [
    delta({ tool_calls: { function: { arguments: '{"code":"Return();"}' } } }),
    "[DONE]",
  ],
  "a call whose name comes last, with a large number": [
    delta({ tool_calls: [{ index: 4e9, function: { arguments: '{"code":"Return();"}' } }] }),
    delta({ tool_calls: [{ index: 4e9, function: { name: "run" } }] }, "tool_calls"),
  ],
  "a whole message with a call without a name": [{
    choices: [{ message: { tool_calls: [{ function: { arguments: { code: "Return();" } } }] } }],
  }],
  "a reason that is a number": [delta({ content: "Return();" }), {
    choices: [{ delta: {}, finish_reason: 1 }],
  }],
  "content that is one part": [delta({ content: { type: "text", text: "Return();" } }), end("stop")],
  "a call in the old form": [
    delta({ function_call: { name: "run", arguments: '{"code":"Return();"}' } }),
    end("function_call"),
  ],
};

function delta(content: object, reason: string | null = null) {
  return { choices: [{ index: 0, delta: content, finish_reason: reason }] };
}

function end(reason: string) {
  return { choices: [{ index: 0, delta: {}, finish_reason: reason }] };
}

const anthropicStart = { type: "message_start", message: {} };
const anthropicText = {
  type: "content_block_delta",
  index: 0,
  delta: { type: "text_delta", text: "Return();" },
};
const anthropicEnd = { type: "message_delta", delta: { stop_reason: "end_turn" } };
const anthropicCases: Readonly<Record<string, readonly unknown[]>> = {
  "no start and no stop of a block, no usage": [anthropicStart, anthropicText, anthropicEnd, {
    type: "message_stop",
  }],
  "no message_stop": [anthropicStart, anthropicText, { type: "content_block_stop", index: 0 }, anthropicEnd],
  "nothing but [DONE] at the end": [anthropicStart, anthropicText, "[DONE]"],
  "no message_start": [anthropicText, anthropicEnd],
  "words in the start of a block": [
    anthropicStart,
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "Ret" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "urn();" } },
    anthropicEnd,
  ],
  "a block of an unknown kind": [
    anthropicStart,
    { type: "content_block_start", index: 0, content_block: { type: "new_thing", a: 1 } },
    { type: "content_block_delta", index: 0, delta: { type: "new_delta", text: "no" } },
    { ...anthropicText, index: 1 },
    { type: "new_event" },
    anthropicEnd,
  ],
  "two starts of one message": [anthropicStart, anthropicStart, anthropicText, anthropicEnd],
  "a whole message with words as text": [{ type: "message", content: "Return();" }],
};

const created = { type: "response.created", response: {} };
const item = { type: "message", content: [{ type: "output_text", text: "Return();" }] };
const openaiText = { type: "response.output_text.delta", delta: "Return();" };
const completed = { type: "response.completed", response: {} };
const openaiCases: Readonly<Record<string, readonly unknown[]>> = {
  "events without ids and numbers": [created, openaiText, completed],
  "[DONE] instead of a last event": [created, openaiText, "[DONE]"],
  "response.done": [created, openaiText, { type: "response.done", response: { status: "completed" } }],
  "words in the complete item only": [
    created,
    { type: "response.output_item.done", output_index: 0, item },
    completed,
  ],
  "words at the end of the text only": [
    created,
    { type: "response.output_text.done", text: "Return();" },
    completed,
  ],
  "words in the last event only": [created, { type: "response.completed", response: { output: [item] } }],
  "words in each of them": [
    created,
    openaiText,
    { type: "response.output_text.done", text: "Return();" },
    { type: "response.output_item.done", item },
    { type: "response.completed", response: { output: [item], usage: { input_tokens: "5" } } },
  ],
  "items and events of an unknown kind": [
    created,
    { type: "response.new_thing.delta", delta: "no" },
    { type: "response.output_item.added", output_index: 0, item: { type: "new_call" } },
    { ...openaiText, output_index: 1, item_id: "m", logprobs: "many" },
    completed,
  ],
  "a whole response without a status": [{ output: [item] }],
};

const part = { text: "Return();" };
const googleCases: Readonly<Record<string, readonly unknown[]>> = {
  "no role and no index": [{ candidates: [{ content: { parts: [part] }, finishReason: "STOP" }] }],
  "an envelope around each chunk": [{
    response: { candidates: [{ content: { parts: [part] }, finishReason: "STOP" }] },
  }],
  "parts of an unknown kind": [{
    candidates: [{
      content: { parts: [{ newThing: 1 }, { text: null }, part] },
      finishReason: "STOP",
      safetyRatings: "none",
    }],
  }],
  "content without parts at the end": [{ candidates: [{ content: { parts: [part] } }] }, {
    candidates: [{ content: {}, finishReason: "STOP" }],
  }],
  "an empty reason up to [DONE]": [
    { candidates: [{ content: { parts: [part] }, finishReason: "" }] },
    "[DONE]",
  ],
  "usage and feedback of wrong types": [{
    candidates: [{ content: { parts: [part] }, finishReason: "STOP" }],
    usageMetadata: { promptTokenCount: "5", promptTokensDetails: "x" },
    promptFeedback: { blockReason: null, safetyRatings: 1 },
  }],
};

const cases: Readonly<Record<string, Readonly<Record<string, readonly unknown[]>>>> = {
  "openai-compatible": chatCases,
  anthropic: anthropicCases,
  openai: openaiCases,
  google: googleCases,
};

Deno.test("wire: deviations of a protocol do not change the answer", async (t) => {
  for (const dialect of dialects) {
    for (const [claim, values] of Object.entries(cases[dialect.provider]!)) {
      await t.step(`${dialect.provider}: ${claim}`, async () => {
        const body = values.map((value) => `data: ${value === "[DONE]" ? value : JSON.stringify(value)}\n\n`);
        const { short, requests } = await askFor({ body, headers: eventStream }, dialect);
        assertEquals([short.filter((event) => event.startsWith("completed")), requests], [[
          "completed Return();",
        ], 1], short.join());
      });
    }
  }
});

Deno.test("wire: thoughts in the fields of open models are thoughts", async () => {
  const [chat, openai] = ["openai-compatible", "openai"].map((name) =>
    dialects.find(({ provider }) => provider === name)!
  );
  const fields = [
    { reasoning_content: "hm" },
    { reasoning: "hm" },
    { thinking: "hm" },
    { content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }] },
  ];
  for (const field of fields) {
    const body = [delta(field), delta({ content: "Return();" }), end("stop")].map((value) =>
      `data: ${JSON.stringify(value)}\n\n`
    );
    assertEquals((await askFor({ body }, chat!)).short, [
      "thought hm",
      "text Return();",
      "completed Return();",
    ]);
  }
  const values = [created, { type: "response.reasoning_text.delta", delta: "hm" }, {
    ...openaiText,
    output_index: 1,
  }, completed];
  const { short } = await askFor(
    { body: values.map((value) => `data: ${JSON.stringify(value)}\n\n`) },
    openai!,
  );
  assertEquals(short, ["thought hm", "text Return();", "completed Return();"]);
});

Deno.test("wire: a damaged answer says nothing of the AI SDK", async () => {
  const chat = dialects.at(-1)!;
  const { events } = await askFor({ body: 'data: {"choices":[{"index":0,"delta":{"content":\n\n' }, chat);
  const last = events.at(-1);
  assert(last?.type === "failed");
  assertStringIncludes(last.failure.message, "a part of the answer was damaged");
});

Deno.test("wire: words that are a number are words, for every protocol", async (t) => {
  for (const dialect of dialects) {
    for (const stream of [true, false]) {
      await t.step(`${dialect.provider}${stream ? "" : ", in one piece"}`, async () => {
        const marked: ScriptedAnswer = { words: ["4711"] };
        const text = stream ? eventsOf(dialect, marked).join("") : JSON.stringify(dialect.whole(marked));
        const body = text.replaceAll('"4711"', "4711");
        assert(body !== text);
        const { short, requests } = await askFor({ body, headers: stream ? eventStream : json }, dialect, {
          settings: { stream },
        });
        assertEquals([short.at(-1), requests], ["completed 4711", 1]);
      });
    }
  }
});
