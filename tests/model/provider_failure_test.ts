import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { ProviderServer, type Script } from "../support/provider_server.ts";
import { ask, dialects, shortOf } from "./asking.ts";
import { providerInfo } from "../../src/model/providers.ts";
import { failureCases, failureTable } from "./failures.ts";
import { providerTable } from "./provider_table.ts";

const answer: Script = { kind: "answer", words: ["Return();"] };

Deno.test("provider failure: each error is retried, or reported at once with a recovery hint", async (t) => {
  for (const { dialect, provider = dialect.provider, what, error, outcome } of failureCases) {
    for (const stream of [true, false]) {
      await t.step(`${provider}: ${what}${stream ? "" : ", not streaming"}`, async () => {
        await using server = new ProviderServer([{ kind: "error", ...error }, answer], { dialect });
        const keyEnv = providerInfo(provider)!.keyEnvs[0];
        const { events, waits } = await ask(server, {
          settings: { provider, stream },
          env: (name) => name === keyEnv ? "secret" : undefined,
        });
        if ("waitMs" in outcome) {
          assertEquals(events.map(shortOf), ["retrying 2", "text Return();", "completed Return();"]);
          assertEquals(waits, [outcome.waitMs]);
          return;
        }
        const [only] = events;
        assert(events.length === 1 && only?.type === "failed", JSON.stringify(events));
        assertEquals(only.failure.kind as string, outcome.kind, only.failure.message);
        assertMatch(only.failure.message, outcome.way);
        assert(!only.failure.message.includes("secret"), only.failure.message);
        assertEquals([waits.length, server.requests.length], [0, 1]);
      });
    }
  }
});

Deno.test("provider failure: docs/models.md lists the providers and the table of failures from the tests", async () => {
  const text = await Deno.readTextFile(new URL("../../docs/models.md", import.meta.url));
  assertStringIncludes(text, providerTable());
  assertStringIncludes(text, failureTable());
});

Deno.test("provider failure: a broken stream is requested again for every protocol", async (t) => {
  const breaks: readonly (readonly [claim: string, script: Script, kind: RegExp])[] = [
    ["reset before any text", { kind: "reset", words: [] }, /connection reset/],
    ["reset in the middle", { kind: "reset", words: ["Ret"] }, /connection reset/],
    ["an end too early", { kind: "truncate", words: ["Ret"] }, /closed in the middle/],
    ["an overload before any text", { kind: "overloaded", words: [] }, /overloaded/i],
    [
      "an answer that its provider gave up",
      { kind: "answer", words: ["Ret"], finish: "error" },
      /gave up in the middle/,
    ],
    ["an overload in the middle", { kind: "overloaded", words: ["Ret"] }, /overloaded/i],
  ];
  for (const dialect of dialects) {
    for (const [claim, script, reason] of breaks) {
      if (script.kind === "answer" && dialect.provider !== "openai-compatible") continue;
      await t.step(`${dialect.provider}: ${claim}`, async () => {
        await using server = new ProviderServer([script, answer], { dialect });
        const { events } = await ask(server);
        const before = "words" in script ? script.words.map((word) => `text ${word}`) : [];
        assertEquals(events.map(shortOf), [
          ...before,
          "retrying 2",
          "text Return();",
          "completed Return();",
        ]);
        const retrying = events[before.length];
        assert(retrying?.type === "retrying");
        assertMatch(retrying.reason, reason);
      });
    }
  }
});

Deno.test("provider failure: up to four failed attempts do not change the answer", async (t) => {
  const failures: readonly Script[] = [
    { kind: "status", status: 429 },
    { kind: "status", status: 500 },
    { kind: "reset", words: ["Ret"] },
    { kind: "truncate", words: ["Ret"] },
  ];
  for (const dialect of dialects) {
    for (let count = 1; count <= failures.length; count++) {
      await t.step(`${dialect.provider}: ${count}`, async () => {
        await using server = new ProviderServer([...failures.slice(0, count), answer], { dialect });
        const { events } = await ask(server);
        assertEquals(shortOf(events.at(-1)!), "completed Return();");
        assertEquals(server.requests.length, count + 1);
      });
    }
  }
});

Deno.test("provider failure: a request is repeated after a long silence", async () => {
  for (const dialect of dialects) {
    await using server = new ProviderServer([{ kind: "hang", words: ["Ret"] }, answer], { dialect });
    const { events } = await ask(server, { settings: { timeoutSeconds: 0.3 } });
    assertEquals(events.map(shortOf), ["text Ret", "retrying 2", "text Return();", "completed Return();"]);
  }
});

Deno.test("provider failure: a request fails after five attempts with growing waits", async () => {
  await using server = new ProviderServer([{ kind: "status", status: 500, message: "no luck" }]);
  const { events, waits } = await ask(server);
  const last = events.at(-1)!;
  assert(last.type === "failed");
  assertEquals(last.failure.kind, "overload");
  assertMatch(last.failure.message, /no luck.*resume the session to try again \(after 5 attempts\)$/);
  assertEquals(waits, [1000, 2000, 4000, 8000]);
  assertEquals(server.requests.length, 5);
});

Deno.test("provider failure: a refusal before any text fails with a recovery hint, and a later one ends the answer", async (t) => {
  for (const dialect of dialects) {
    await t.step(dialect.provider, async () => {
      await using none = new ProviderServer([{ kind: "answer", words: [], finish: "filter" }], { dialect });
      const [only, ...more] = (await ask(none)).events;
      assert(only?.type === "failed" && more.length === 0);
      assertEquals(only.failure.kind, "filter");
      assertMatch(only.failure.message, /change what the playbook asks for, or take another model$/);
      for (const finish of ["filter", "refusal"] as const) {
        await using some = new ProviderServer([{ kind: "answer", words: ["No"], finish }], { dialect });
        const last = (await ask(some)).events.at(-1)!;
        assert(last.type === "completed");
        assertEquals([last.completion.text, last.completion.finish], ["No", "filter"]);
      }
    });
  }
});

Deno.test("provider failure: a web page is never an answer", async (t) => {
  for (const dialect of dialects) {
    await t.step(dialect.provider, async () => {
      await using server = new ProviderServer([{ kind: "page" }], { dialect });
      const [only] = (await ask(server)).events;
      assert(only?.type === "failed");
      assertMatch(only.failure.message, /answers with a web page.*check base_url$/);
      assertEquals(server.requests.length, 1);
    });
  }
});

Deno.test("provider failure: the error names a server that speaks another protocol", async () => {
  await using server = new ProviderServer([{ kind: "error", status: 200, body: { hello: "world" } }]);
  const [only] = (await ask(server, { settings: { stream: false } })).events;
  assert(only?.type === "failed");
  assertMatch(only.failure.message, /does not speak chat completions; check base_url$/);
});

Deno.test("provider failure: the error for a missing or wrong key names its variable", async () => {
  const ways = [[undefined, "set OPENAI_API_KEY"], ["wrong", "check the key in OPENAI_API_KEY"]] as const;
  for (const [key, way] of ways) {
    await using server = new ProviderServer([answer], { key: "right" });
    const { events } = await ask(server, { key });
    const [only] = events;
    assert(events.length === 1 && only?.type === "failed");
    assertEquals(only.failure.kind, "auth");
    assertStringIncludes(only.failure.message, way);
    assertEquals(server.requests[0]!.key, key);
  }
});

Deno.test("provider failure: the error for an address without an answer names the address", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const baseUrl = `http://127.0.0.1:${listener.addr.port}/v1`;
  listener.close();
  for (const dialect of dialects) {
    const { events, waits } = await ask({ baseUrl, dialect });
    const [only] = events;
    assert(events.length === 1 && only?.type === "failed");
    assertEquals(only.failure, {
      kind: "network",
      message: `Cannot reach ${baseUrl}: connection refused; start the server, or set base_url`,
    });
    assertEquals(waits, []);
  }
});

Deno.test("provider failure: a request to a forbidden port is not repeated", async () => {
  const { events } = await ask({ baseUrl: "http://127.0.0.1:9/v1" });
  const [only] = events;
  assert(events.length === 1 && only?.type === "failed");
  // Deno 2.7 connects to such a port, and no server listens there.
  assertMatch(
    only.failure.message,
    /(requests to this port are blocked; check|start the server, or set) base_url$/,
  );
});

Deno.test("provider failure: a stopped request fails as aborted before, during and between attempts", async (t) => {
  for (const dialect of dialects) {
    await t.step(`${dialect.provider}: before`, async () => {
      await using server = new ProviderServer([answer], { dialect });
      const { events } = await ask(server, { signal: AbortSignal.abort() });
      assertEquals(events.map(shortOf), ["failed aborted"]);
    });
    await t.step(`${dialect.provider}: while it streams`, async () => {
      await using server = new ProviderServer([{ kind: "hang", words: ["Ret"] }], { dialect });
      const stop = new AbortController();
      const { events } = await ask(server, { signal: stop.signal, onEvent: () => stop.abort() });
      assertEquals(events.map(shortOf), ["text Ret", "failed aborted"]);
    });
    await t.step(`${dialect.provider}: while it waits`, async () => {
      await using server = new ProviderServer([{ kind: "status", status: 500 }], { dialect });
      const stop = new AbortController();
      const { events } = await ask(server, { signal: stop.signal, onWait: () => stop.abort() });
      assertEquals(events.map(shortOf), ["retrying 2", "failed aborted"]);
    });
  }
});
