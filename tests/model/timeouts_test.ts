import { assert, assertEquals, assertMatch } from "@std/assert";
import { SilenceError } from "../../src/model/attempt_errors.ts";
import { readFailure } from "../../src/model/failure.ts";
import { providerInfo } from "../../src/model/providers.ts";
import { usualSettings } from "../../src/model/spec.ts";
import { timeoutsOf } from "../../src/model/timeouts.ts";
import { answerBounds } from "../../src/net/mod.ts";
import { ProviderServer, type Script } from "../support/provider_server.ts";
import { head, RawServer } from "../support/raw_server.ts";
import { ask, dialects, shortOf } from "./asking.ts";

const answer: Script = { kind: "answer", words: ["Return();"] };
const elsewhere = "https://api.example/v1";
const here = "http://localhost:11434/v1";

Deno.test("timeouts: a server on this machine may be silent for longer, and one piece only has a whole time", () => {
  const times = (settings: object, baseUrl: string, maxRequestSeconds?: number) => {
    const bounds = answerBounds(maxRequestSeconds === undefined ? {} : { maxRequestSeconds });
    const { silenceMs, totalMs } = timeoutsOf({ ...usualSettings("openai"), ...settings }, baseUrl, bounds);
    return [silenceMs === undefined ? undefined : silenceMs / 1000, totalMs / 1000];
  };
  assertEquals(times({}, elsewhere), [300, 600]);
  assertEquals(times({}, here), [1800, 3600]);
  assertEquals(times({ stream: false }, elsewhere), [undefined, 600]);
  assertEquals(times({ stream: false }, here), [undefined, 3600]);
  assertEquals(times({ timeoutSeconds: 20 }, here), [20, 3600]);
  assertEquals(times({ timeoutSeconds: 900, stream: false }, elsewhere), [900, 1800]);
  assertEquals(times({ timeoutSeconds: 20, totalTimeoutSeconds: 30 }, elsewhere), [20, 30]);
  // A changed bound of all requests holds for models, too.
  assertEquals(times({}, here, 60), [1800, 60]);
  assertEquals(times({ totalTimeoutSeconds: 90 }, here, 60), [1800, 90]);
});

Deno.test("timeouts: a slow server that was silent is not asked to begin anew", async (t) => {
  for (const dialect of dialects) {
    for (const stream of [true, false]) {
      await t.step(`${dialect.provider}${stream ? "" : ", in one piece"}`, async () => {
        await using server = new RawServer((_, sent) => sent.untilClosed());
        const asking = { settings: { stream, timeoutSeconds: 0.2 } };
        const { events } = await ask({ baseUrl: `${server.address}${dialect.root}`, dialect }, asking);
        const last = events.at(-1)!;
        assert(last.type === "failed" && events.length === 1, JSON.stringify(events));
        assertEquals([last.failure.kind, server.requests.length], ["timeout", 1]);
        assertMatch(last.failure.message, /raise timeout_seconds under \[model\]/);
        assertEquals(last.failure.usage?.requests, undefined);
        assert(last.failure.usage!.inputTokens > 0);
      });
    }
  }
});

Deno.test("timeouts: a silence elsewhere is tried once more while nothing came, and as usual after the first words", () => {
  const asked = {
    id: "openai:m",
    baseUrl: elsewhere,
    keyEnv: "KEY",
    key: "k",
    info: providerInfo("openai")!,
    settings: usualSettings("openai"),
    secrets: [],
    keyWithheld: false,
    nowMs: 0,
    hasWords: false,
    timeouts: { totalMs: 1, totalSetting: "" },
  };
  const outcome = (more: object) => {
    const { retry, maxAttempts } = readFailure(new SilenceError(300_000), { ...asked, ...more });
    return [retry, maxAttempts];
  };
  assertEquals(outcome({}), [true, 2]);
  assertEquals(outcome({ settings: { ...asked.settings, stream: false } }), [false, undefined]);
  assertEquals(outcome({ baseUrl: here }), [false, undefined]);
  assertEquals(outcome({ hasWords: true, baseUrl: here }), [true, undefined]);
});

Deno.test("timeouts: an answer in one piece may take longer than a silence elsewhere may", async () => {
  await using server = new RawServer(async (_, sent) => {
    await new Promise((resolve) => setTimeout(resolve, 400));
    const body = JSON.stringify(dialects.at(-1)!.whole({ words: ["Return();"] }));
    await sent.write(head(200, { "content-length": String(body.length), connection: "close" }) + body);
  });
  const at = { baseUrl: `${server.address}/v1`, dialect: dialects.at(-1)! };
  const patient = await ask(at, { settings: { stream: false } });
  assertEquals(patient.events.map(shortOf).at(-1), "completed Return();");
  const enough = await ask(at, { settings: { stream: false, timeoutSeconds: 5 } });
  assertEquals(enough.events.map(shortOf).at(-1), "completed Return();");
});

Deno.test("timeouts: signs of a server that works are no silence", async () => {
  const chat = dialects.at(-1)!;
  await using server = new RawServer(async (_, sent) => {
    await sent.write(head(200, { "content-type": "text/event-stream", connection: "close" }));
    for (let sign = 0; sign < 8; sign++) {
      await sent.write(": working\n\n");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (
      const event of [...chat.opening({ words: ["Return();"] }), ...chat.closing({ words: ["Return();"] })]
    ) {
      await sent.write(event);
    }
  });
  const asking = { settings: { timeoutSeconds: 0.5 } };
  const { events } = await ask({ baseUrl: `${server.address}/v1`, dialect: chat }, asking);
  assertEquals(events.map(shortOf), ["text Return();", "completed Return();"]);
});

Deno.test("timeouts: the failure at the whole time names its setting", async () => {
  await using server = new ProviderServer([{ kind: "hang", words: [] }, answer]);
  const { events } = await ask(server, { settings: { totalTimeoutSeconds: 0.3 } });
  const last = events.at(-1)!;
  assert(last.type === "failed");
  assertMatch(last.failure.message, /it took longer than 0.3 s; raise total_timeout_seconds under \[model\]/);
  assertEquals(server.requests.length, 1);
});
