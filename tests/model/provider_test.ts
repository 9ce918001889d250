// @ts-types="#types/assert.d.ts"
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PlaybooksError } from "../../src/errors.ts";
import { type ModelEvent, type ModelRequest, type ModelSettings, openModel } from "../../src/model/mod.ts";
import { type Clock, silenceMs } from "../../src/model/retry.ts";
import { ProviderServer, type Script } from "../support/provider_server.ts";

const request: ModelRequest = {
  answer: "code",
  system: "The rules.",
  messages: [
    { role: "user", text: "[turn 1 of Main · Seller (agent 1000)]" },
    { role: "assistant", text: "Return();" },
    { role: "user", text: "[turn 2 of Main · Seller (agent 1000)]" },
  ],
};
const answer: Script = { kind: "answer", words: ["Ret", "urn();"], cachedTokens: 60 };
const answered = ["text Ret", "text urn();", "completed Return();"];

Deno.test("a provider streams the answer and gives its usage", async () => {
  await using server = new ProviderServer([answer]);
  const { events } = await ask(server);
  assertEquals(events, [
    { type: "text", text: "Ret" },
    { type: "text", text: "urn();" },
    {
      type: "completed",
      completion: {
        text: "Return();",
        finish: "stop",
        usage: { inputTokens: 100, outputTokens: 2, cachedTokens: 60 },
        model: "openai-compatible:tiny",
      },
    },
  ]);
  assertEquals(
    server.requests.map(({ path, key, body }) => ({ path, key, body: { ...body, stream_options: 0 } })),
    [{
      path: "/v1/chat/completions",
      key: "secret",
      body: {
        model: "tiny",
        max_tokens: 50,
        temperature: 0.2,
        stream: true,
        stream_options: 0,
        messages: [
          { role: "system", content: "The rules." },
          { role: "user", content: request.messages[0]!.text },
          { role: "assistant", content: "Return();" },
          { role: "user", content: request.messages[2]!.text },
        ],
      },
    }],
  );
});

Deno.test("a provider says why an answer ended", async (t) => {
  for (
    const [finish, expected] of [["length", "length"], ["content_filter", "filter"], ["tool_calls", "other"]]
  ) {
    await t.step(finish!, async () => {
      await using server = new ProviderServer([{ kind: "answer", words: ["x"], finish: finish! }]);
      const last = (await ask(server)).events.at(-1)!;
      assert(last.type === "completed");
      assertEquals(last.completion.finish as string, expected);
    });
  }
});

Deno.test("a provider tries again what may go better, and starts the text over", async (t) => {
  const tries:
    readonly (readonly [claim: string, script: Script, before: readonly string[], waitMs: number])[] = [
      ["rate limit", { kind: "status", status: 429 }, [], 1000],
      [
        "rate limit with a wait in seconds",
        { kind: "status", status: 429, headers: { "retry-after": "7" } },
        [],
        7000,
      ],
      [
        "rate limit until a date",
        { kind: "status", status: 429, headers: { "retry-after": "Thu, 01 Jan 1970 00:00:05 GMT" } },
        [],
        5000,
      ],
      ["overload", { kind: "status", status: 503, headers: { "retry-after-ms": "20" } }, [], 20],
      ["server error", { kind: "status", status: 500 }, [], 1000],
      ["timeout of the server", { kind: "status", status: 408 }, [], 1000],
      ["reset before any text", { kind: "reset", words: [] }, [], 1000],
      ["reset in the middle", { kind: "reset", words: ["Ret"] }, ["text Ret"], 1000],
      ["an end too early", { kind: "truncate", words: ["Ret"] }, ["text Ret"], 1000],
      ["an error within the stream", { kind: "stream-error", words: ["R"], message: "overloaded" }, [
        "text R",
      ], 1000],
    ];
  for (const [claim, script, before, waitMs] of tries) {
    await t.step(claim, async () => {
      await using server = new ProviderServer([script, answer]);
      const { events, waits } = await ask(server);
      assertEquals(events.map(shortOf), [...before, `retrying 2`, ...answered]);
      assertEquals(waits, [waitMs]);
      assertEquals(server.requests.length, 2);
    });
  }
});

Deno.test("a provider tries again after a long silence", async () => {
  await using server = new ProviderServer([{ kind: "hang", words: ["Ret"] }, answer]);
  const { events } = await ask(server, { silentAfter: "text Ret" });
  assertEquals(events.map(shortOf), ["text Ret", "retrying 2", ...answered]);
});

Deno.test("a provider gives up after five attempts, each waited for longer than the one before", async () => {
  await using server = new ProviderServer([{ kind: "status", status: 500, message: "no luck" }]);
  const { events, waits } = await ask(server);
  const last = events.at(-1)!;
  assert(last.type === "failed");
  assertEquals(last.failure.kind, "overload");
  assertMatch(last.failure.message, /no luck.*resume the session to try again \(after 5 attempts\)$/);
  assertEquals(waits, [1000, 2000, 4000, 8000]);
  assertEquals(server.requests.length, 5);
});

Deno.test("a provider does not try again what cannot go better, and says the way out", async (t) => {
  const status = (code: number, message: string, more: object = {}): Script => ({
    kind: "status",
    status: code,
    message,
    ...more,
  });
  const failures: readonly (readonly [claim: string, script: Script, kind: string, message: RegExp])[] = [
    [
      "unknown model",
      status(404, "no such model"),
      "request",
      /has no model "tiny" \(404: no such model\); check name/,
    ],
    [
      "bad request",
      status(400, "bad temperature"),
      "request",
      /refused the request \(400: bad temperature\)$/,
    ],
    ["too large", status(413, "too large"), "request", /refused/],
    ["no credit", status(429, "quota", { code: "insufficient_quota" }), "auth", /no credit is left/],
    [
      "a wait of an hour",
      status(429, "later", { headers: { "retry-after": "3600" } }),
      "rate-limit",
      /in 60 minutes$/,
    ],
    ["a web page", { kind: "page" }, "request", /answers with a web page.*check base_url$/],
  ];
  for (const [claim, script, kind, message] of failures) {
    await t.step(claim, async () => {
      await using server = new ProviderServer([script]);
      const { events, waits } = await ask(server);
      const [only] = events;
      assert(events.length === 1 && only?.type === "failed");
      assertEquals(only.failure.kind as string, kind);
      assertMatch(only.failure.message, message);
      assertEquals([waits.length, server.requests.length], [0, 1]);
    });
  }
});

Deno.test("a provider names the variable of a key that is missing or wrong", async () => {
  for (
    const [key, way] of [[undefined, "set OPENAI_API_KEY"], [
      "wrong",
      "check the key in OPENAI_API_KEY",
    ]] as const
  ) {
    await using server = new ProviderServer([answer], { key: "right" });
    const { events } = await ask(server, { key });
    const [only] = events;
    assert(events.length === 1 && only?.type === "failed");
    assertEquals(only.failure.kind, "auth");
    assert(only.failure.message.includes(way), only.failure.message);
    assertEquals(server.requests[0]!.key, key);
  }
});

Deno.test("a provider needs no key where the server needs none, and takes it from the variable that is named", async () => {
  await using open = new ProviderServer([answer]);
  assertEquals((await ask(open, { key: undefined })).events.map(shortOf), answered);
  await using closed = new ProviderServer([answer], { key: "secret" });
  const env = (name: string) => name === "MY_KEY" ? "secret" : undefined;
  assertEquals((await ask(closed, { env, settings: { apiKeyEnv: "MY_KEY" } })).events.map(shortOf), answered);
});

Deno.test("a provider names the address at which nobody answers", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const baseUrl = `http://127.0.0.1:${listener.addr.port}/v1`;
  listener.close();
  const { events, waits } = await ask({ baseUrl });
  const [only] = events;
  assert(events.length === 1 && only?.type === "failed");
  assertEquals(only.failure, {
    kind: "network",
    message: `Cannot reach ${baseUrl}: connection refused; start the server, or set base_url`,
  });
  assertEquals(waits, []);
});

Deno.test("a provider does not try again a port that no request may go to", async () => {
  const { events } = await ask({ baseUrl: "http://127.0.0.1:9/v1" });
  const [only] = events;
  assert(events.length === 1 && only?.type === "failed");
  assertMatch(only.failure.message, /requests to this port are blocked; check base_url$/);
});

Deno.test("a provider that is stopped fails as aborted: before, while it streams, and while it waits", async (t) => {
  await t.step("before", async () => {
    await using server = new ProviderServer([answer]);
    assertEquals((await ask(server, { signal: AbortSignal.abort() })).events.map(shortOf), [
      "failed aborted",
    ]);
  });
  await t.step("while it streams", async () => {
    await using server = new ProviderServer([{ kind: "hang", words: ["Ret"] }]);
    const stop = new AbortController();
    const { events } = await ask(server, { signal: stop.signal, onEvent: () => stop.abort() });
    assertEquals(events.map(shortOf), ["text Ret", "failed aborted"]);
  });
  await t.step("while it waits", async () => {
    await using server = new ProviderServer([{ kind: "status", status: 500 }]);
    const stop = new AbortController();
    const { events } = await ask(server, { signal: stop.signal, onWait: () => stop.abort() });
    assertEquals(events.map(shortOf), ["retrying 2", "failed aborted"]);
  });
});

Deno.test("openModel() refuses settings that no request could be made with", async (t) => {
  const refused: readonly (readonly [claim: string, settings: Partial<ModelSettings>, message: RegExp])[] = [
    [
      "a provider of a later version",
      { provider: "anthropic" },
      /no provider "anthropic".*rehearsal, openai-compatible$/,
    ],
    ["no model", { name: "" }, /no model is named; set name/],
    ["no address", { baseUrl: "localhost:11434" }, /base_url "localhost:11434" is no address/],
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

Deno.test("openModel() opens the rehearsal, which costs nothing and answers the same each time", async () => {
  const model = await openModel(settingsOf("", { provider: "rehearsal" }), { env: () => undefined });
  const run = () => Array.fromAsync(model.stream(request, { signal: new AbortController().signal }));
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

interface Asking {
  readonly key?: string | undefined;
  readonly env?: (name: string) => string | undefined;
  readonly settings?: Partial<ModelSettings>;
  readonly signal?: AbortSignal;
  /** The event after which the long silence passes at once. */
  readonly silentAfter?: string;
  readonly onEvent?: () => void;
  readonly onWait?: () => void;
}

/** Asks once, with a clock on which backoffs take no time and silence lasts for ever. */
async function ask(
  server: { readonly baseUrl: string },
  asking: Asking = {},
): Promise<{ events: ModelEvent[]; waits: number[] }> {
  const waits: number[] = [];
  const events: ModelEvent[] = [];
  let silenceOver = false;
  const clock: Clock = {
    now: () => 0,
    random: () => 0,
    async sleep(ms, signal) {
      if (ms !== silenceMs) {
        waits.push(ms);
        return asking.onWait?.();
      }
      const heard = Promise.withResolvers<void>();
      signal.addEventListener("abort", () => heard.resolve());
      if (!silenceOver) await heard.promise;
      silenceOver = false;
    },
  };
  const key = "key" in asking ? asking.key : "secret";
  const env = asking.env ?? ((name) => name === "OPENAI_API_KEY" ? key : undefined);
  const model = await openModel(settingsOf(server.baseUrl, asking.settings ?? {}), { env, clock });
  const signal = asking.signal ?? new AbortController().signal;
  for await (const event of model.stream(request, { signal })) {
    events.push(event);
    if (shortOf(event) === asking.silentAfter) silenceOver = events.length === 1;
    asking.onEvent?.();
  }
  return { events, waits };
}

function settingsOf(baseUrl: string, settings: Partial<ModelSettings>): ModelSettings {
  return {
    provider: "openai-compatible",
    name: "tiny",
    baseUrl,
    apiKeyEnv: "",
    temperature: 0.2,
    maxOutputTokens: 50,
    ...settings,
  };
}

function shortOf(event: ModelEvent): string {
  switch (event.type) {
    case "text":
      return `text ${event.text}`;
    case "retrying":
      return `retrying ${event.attempt}`;
    case "completed":
      return `completed ${event.completion.text}`;
    case "failed":
      return `failed ${event.failure.kind}`;
  }
}
