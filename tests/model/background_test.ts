import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { exitCodes, PlaybooksError } from "../../src/errors.ts";
import type {
  AcceptedRequest,
  AskedAnew,
  ModelEvent,
  ModelRequest,
  ModelSettings,
} from "../../src/model/mod.ts";
import { openModel, overlay, parseModelSpec, providerNames } from "../../src/model/mod.ts";
import type { Clock } from "../../src/model/retry.ts";
import { answerBounds } from "../../src/net/mod.ts";
import { askedTokens, BackgroundServer } from "../support/background_server.ts";
import "../support/local_models.ts";
import { request, settingsOf, shortOf } from "./asking.ts";

const words = "Say one two three";

/** What one call of a model did. */
interface Called {
  readonly events: readonly ModelEvent[];
  /** Ids of answers, as the caller was told them. */
  readonly accepted: readonly AcceptedRequest[];
  readonly anew: readonly AskedAnew[];
}

/** Options of a call. */
interface Calling {
  readonly accepted?: AcceptedRequest;
  readonly settings?: Partial<ModelSettings>;
  readonly request?: ModelRequest;
  readonly signal?: AbortSignal;
  readonly maxAnswerKb?: number;
  /** Called at each event, and when the id is known. */
  readonly on?: (what: string) => void;
}

function opened(server: Pick<BackgroundServer, "baseUrl">, calling: Calling = {}) {
  const clock: Clock = {
    now: () => 0,
    random: () => 0,
    sleep: () => new Promise((resolve) => setTimeout(resolve, 1)),
  };
  const settings = settingsOf(server.baseUrl, { provider: "openai", background: true, ...calling.settings });
  const { maxAnswerKb } = calling;
  return openModel(settings, {
    env: () => "secret",
    sendsKeyTo: () => true,
    clock,
    ...(maxAnswerKb === undefined ? {} : { bounds: answerBounds({ maxAnswerKb }) }),
  });
}

/** Calls the model once, to the end. */
async function call(server: Pick<BackgroundServer, "baseUrl">, calling: Calling = {}): Promise<Called> {
  const model = await opened(server, calling);
  const events: ModelEvent[] = [];
  const accepted: AcceptedRequest[] = [];
  const anew: AskedAnew[] = [];
  const stream = model.stream(calling.request ?? request, {
    signal: calling.signal ?? new AbortController().signal,
    background: {
      ...(calling.accepted ? { accepted: calling.accepted } : {}),
      onAccepted: (each) => {
        accepted.push(each);
        calling.on?.("accepted");
      },
      onAskedAnew: (reason) => anew.push(reason),
    },
  });
  for await (const event of stream) {
    events.push(event);
    calling.on?.(shortOf(event));
  }
  return { events, accepted, anew };
}

/** Begins an answer and leaves it: the call is aborted as soon as the id is known. */
async function begun(server: BackgroundServer, calling: Calling = {}): Promise<AcceptedRequest> {
  const abort = new AbortController();
  const { accepted } = await call(server, { ...calling, signal: abort.signal, on: () => abort.abort() });
  assertEquals(accepted.length, 1);
  return accepted[0]!;
}

function last({ events }: Called): string {
  return shortOf(events.at(-1)!);
}

/** The text of the events equals the text of the completion, and its tokens are those of one answer. */
function assertAnswer(called: Called, text = words): void {
  assertEquals(last(called), `completed ${text}`);
  const start = called.events.findLastIndex(({ type }) => type === "retrying") + 1;
  const shown = called.events.slice(start).flatMap((event) => event.type === "text" ? [event.text] : []);
  assertEquals(shown.join(""), text);
  const end = called.events.at(-1)!;
  assert(end.type === "completed");
  const { inputTokens, outputTokens, estimated } = end.completion.usage;
  assertEquals([inputTokens, outputTokens, estimated], [askedTokens, text.split(" ").length, undefined]);
}

for (const stream of [true, false]) {
  const how = stream ? "streaming" : "without streaming";

  Deno.test(`background: ${how}, the id is known before the first word, and the server stores the answer`, async () => {
    await using server = new BackgroundServer(() => words);
    server.holds = true;
    const seen: string[] = [];
    const running = call(server, {
      settings: { stream },
      on: (what) => {
        if (what === "accepted") server.finish();
        seen.push(what);
      },
    });
    assertAnswer(await running);
    assertEquals(seen[0], "accepted");
    assertEquals(seen.filter((each) => each === "accepted").length, 1);
    const { body, key } = server.requests[0]!;
    assertEquals([body["background"], body["store"], body["stream"] ?? false, key], [
      true,
      true,
      stream,
      "secret",
    ]);
    assertEquals(server.paid, 1);
  });

  Deno.test(`background: ${how}, an answer that is still being made is fetched after a stop`, async () => {
    await using server = new BackgroundServer(() => words);
    server.holds = true;
    const accepted = await begun(server, { settings: { stream } });
    const fetching = call(server, { accepted, settings: { stream } });
    await server.until(({ calls }) => calls.filter((each) => each.startsWith("GET")).length >= 2);
    server.finish();
    const called = await fetching;
    assertAnswer(called);
    assertEquals([called.accepted, called.anew, server.paid], [[], [], 1]);
  });

  Deno.test(`background: ${how}, an answer that ended meanwhile is fetched, and nothing is asked`, async () => {
    await using server = new BackgroundServer(() => words);
    const accepted = await begun(server, { settings: { stream } });
    for (const again of [true, false]) {
      const called = await call(server, { accepted, settings: { stream: again } });
      assertAnswer(called);
      assertEquals([called.accepted, called.anew], [[], []]);
    }
    assertEquals(server.paid, 1);
  });

  for (const status of ["failed", "cancelled", "expired"] as const) {
    Deno.test(`background: ${how}, an answer that ended as ${status} is asked anew, once`, async () => {
      await using server = new BackgroundServer((_, count) => count === 0 ? "no" : words);
      server.holds = true;
      const accepted = await begun(server, { settings: { stream } });
      server.end(status);
      server.holds = false;
      const called = await call(server, { accepted, settings: { stream } });
      assertAnswer(called);
      assertEquals(called.anew, ["lost"]);
      assertEquals(called.accepted.map(({ id }) => id), ["resp_2"]);
      assertEquals(server.paid, 2);
    });

    Deno.test(`background: ${how}, an answer that ends as ${status} while it is read is asked anew`, async () => {
      await using server = new BackgroundServer((_, count) => count === 0 ? "no good" : words);
      server.holds = true;
      let ended = false;
      const called = await call(server, {
        settings: { stream },
        on: () => {
          if (ended) return;
          ended = true;
          server.holds = false;
          server.end(status);
        },
      });
      assertEquals(last(called), `completed ${words}`);
      assertEquals(server.paid, 2);
      assertEquals(called.accepted.map(({ id }) => id), ["resp_1", "resp_2"]);
    });
  }

  Deno.test(`background: ${how}, an answer that the server forgot is asked anew, once`, async () => {
    await using server = new BackgroundServer(() => words);
    const accepted = await begun(server, { settings: { stream } });
    server.forget();
    const called = await call(server, { accepted, settings: { stream } });
    assertAnswer(called);
    assertEquals([called.anew, server.paid], [["lost"], 2]);
  });

  Deno.test(`background: ${how}, a server that fails while an answer is fetched is asked again for it`, async () => {
    await using server = new BackgroundServer(() => words);
    const accepted = await begun(server, { settings: { stream } });
    for (const status of [500, 503, 429, 504]) server.fault("GET", { kind: "status", status });
    const called = await call(server, { accepted, settings: { stream } });
    assertAnswer(called);
    assertEquals([called.anew, server.paid], [[], 1]);
  });

  Deno.test(`background: ${how}, a key that may not fetch an answer is named, and nothing is asked`, async () => {
    await using server = new BackgroundServer(() => words);
    const accepted = await begun(server, { settings: { stream } });
    server.fault("GET", { kind: "status", status: 401, message: "Incorrect API key provided." });
    const called = await call(server, { accepted, settings: { stream } });
    assertEquals([last(called), called.anew, server.paid], ["failed auth", [], 1]);
  });
}

Deno.test("background: an answer in one piece is read from a stream, and the other way round", async () => {
  for (const stream of [true, false]) {
    await using server = new BackgroundServer(() => words);
    server.holds = true;
    const accepted = await begun(server, { settings: { stream } });
    const fetching = call(server, { accepted, settings: { stream: !stream } });
    await server.until(({ calls }) => calls.filter((each) => each.startsWith("GET")).length >= 2);
    server.finish();
    assertAnswer(await fetching);
    assertEquals(server.paid, 1);
  }
});

Deno.test("background: a server that cannot stream an answer again gives it in one piece", async () => {
  await using server = new BackgroundServer(() => words);
  server.holds = true;
  const accepted = await begun(server);
  server.canStream = false;
  const fetching = call(server, { accepted });
  await server.until(({ calls }) => calls.filter((each) => each === "GET /v1/responses/resp_1").length >= 2);
  server.finish();
  assertAnswer(await fetching);
  assertEquals(server.paid, 1);
});

Deno.test("background: a broken stream continues after the last event, and no word comes twice", async () => {
  for (const repeats of [0, 1, 3]) {
    await using server = new BackgroundServer(() => words);
    server.repeats = repeats;
    server.holds = true;
    let isBroken = false;
    const running = call(server, {
      on: (what) => {
        if (isBroken || !what.startsWith("text ")) return;
        isBroken = true;
        server.breakStreams();
      },
    });
    await server.until(({ calls }) => calls.some((each) => each.startsWith("GET")));
    server.finish();
    const called = await running;
    assertAnswer(called);
    assertEquals(called.events.filter(({ type }) => type === "retrying"), []);
    const continued = server.calls.filter((each) => each.startsWith("GET"));
    assertEquals(continued.length, 1);
    assertStringIncludes(continued[0]!, "?stream=true&starting_after=");
    assertEquals(server.paid, 1);
  }
});

Deno.test("background: a silent stream continues after the last event, and nothing is paid again", async () => {
  await using server = new BackgroundServer(() => words);
  server.holds = true;
  const running = call(server, { settings: { timeoutSeconds: 0.2 } });
  await server.until(({ calls }) => calls.some((each) => each.includes("starting_after=")));
  server.finish();
  const called = await running;
  assertAnswer(called);
  assertEquals(called.events.filter(({ type }) => type === "retrying"), []);
  assertEquals(server.paid, 1);
});

Deno.test("background: a connection that breaks again and again is an attempt that failed, and the next one fetches", async () => {
  await using server = new BackgroundServer(() => words);
  server.holds = true;
  let isFirst = true;
  const called = await call(server, {
    on: (what) => {
      if (what === "retrying 2") server.finish();
      if (!what.startsWith("text ") || !isFirst) return;
      isFirst = false;
      for (let index = 0; index < 4; index++) server.fault("GET stream", { kind: "close" });
      server.breakStreams();
    },
  });
  assertAnswer(called);
  assertEquals(called.events.filter(({ type }) => type === "retrying").length, 1);
  assertEquals(server.paid, 1);
});

Deno.test("background: another request, model, server or setting of the answer is asked anew", async () => {
  await using server = new BackgroundServer(() => words);
  await using other = new BackgroundServer(() => words);
  const accepted = await begun(server);
  const cases: readonly (readonly [string, Calling, BackgroundServer])[] = [
    ["request", { request: { ...request, system: "Other rules." } }, server],
    ["words", { request: { ...request, messages: [{ role: "user", text: "Other words" }] } }, server],
    ["kind", { request: { ...request, answer: "text" } }, server],
    ["model", { settings: { name: "small" } }, server],
    ["temperature", { settings: { temperature: 1 } }, server],
    ["server", {}, other],
  ];
  for (const [what, calling, asked] of cases) {
    const before = asked.paid;
    const called = await call(asked, { ...calling, accepted });
    assertAnswer(called);
    assertEquals([called.anew, asked.paid - before], [["changed"], 1], what);
    assert(asked.calls.every((each) => !each.startsWith("GET")), what);
  }
});

Deno.test("background: an id that cannot be one is never sent to a server", async () => {
  await using server = new BackgroundServer(() => words);
  const accepted = await begun(server);
  for (const id of ["", "..", "../files", "a/b", "a?b=c", "x".repeat(201), "a b"]) {
    const called = await call(server, { accepted: { ...accepted, id } });
    assertEquals(called.anew, ["changed"], id);
    const model = await opened(server);
    await model.cancel!({ ...accepted, id });
  }
  assert(server.calls.every((each) => each === "POST /v1/responses"));
});

Deno.test("background: without the setting nothing is stored, and an earlier answer is still fetched", async () => {
  await using server = new BackgroundServer(() => words);
  const plain = await call(server, { settings: { background: false } });
  assertAnswer(plain);
  const { body } = server.requests[0]!;
  assertEquals([body["store"], "background" in body, plain.accepted], [false, false, []]);
  const accepted = await begun(server);
  const fetched = await call(server, { accepted, settings: { background: false } });
  assertAnswer(fetched);
  assertEquals(server.paid, 2);
  server.forget();
  const anew = await call(server, { accepted, settings: { background: false } });
  assertAnswer(anew);
  assertEquals([anew.anew, anew.accepted, server.paid], [["lost"], [], 3]);
});

Deno.test("background: a request that fails before its id is tried again as any other", async () => {
  await using server = new BackgroundServer(() => words);
  server.fault("POST", { kind: "status", status: 503 });
  server.fault("POST", { kind: "close" });
  const called = await call(server);
  assertAnswer(called);
  assertEquals(called.events.filter(({ type }) => type === "retrying").length, 2);
  assertEquals([called.accepted.length, server.paid], [1, 1]);
});

Deno.test("background: an aborted call cancels nothing, and cancel() cancels at the same server alone", async () => {
  await using server = new BackgroundServer(() => words);
  await using other = new BackgroundServer(() => words);
  server.holds = true;
  const accepted = await begun(server);
  assertEquals(server.calls.filter((each) => each.endsWith("/cancel")), []);
  await (await opened(other)).cancel!(accepted);
  assertEquals(other.calls, []);
  const model = await opened(server, { settings: { name: "small" } });
  await model.cancel!(accepted);
  assertEquals(server.requests.at(-1), {
    method: "POST",
    path: "/v1/responses/resp_1/cancel",
    key: "secret",
    body: {},
  });
  assertEquals(server.answers[0]!.status, "cancelled");
});

Deno.test("background: a cancel that fails is no error", async () => {
  await using server = new BackgroundServer(() => words);
  const accepted = await begun(server);
  server.fault("cancel", { kind: "status", status: 500 });
  await (await opened(server)).cancel!(accepted);
  const { baseUrl } = server;
  await server[Symbol.asyncDispose]();
  await (await opened({ baseUrl })).cancel!({ ...accepted, server: baseUrl });
});

Deno.test("background: the rest of an answer beyond a bound is cancelled", async () => {
  await using server = new BackgroundServer(() => `${"x".repeat(3000)} and more`);
  server.holds = true;
  const called = await call(server, { maxAnswerKb: 2 });
  const end = called.events.at(-1)!;
  assert(end.type === "completed");
  assertEquals(end.completion.finish, "length");
  await server.until(({ calls }) => calls.some((each) => each.endsWith("/cancel")));
  assertEquals(server.paid, 1);
});

Deno.test("background: every provider without OpenAI's responses API refuses the setting, with the way out", async () => {
  for (const provider of providerNames().filter((name) => name !== "openai")) {
    const error = await assertRejects(
      () =>
        openModel(settingsOf("http://127.0.0.1:9/v1", { provider, background: true }), { env: () => "key" }),
      PlaybooksError,
    );
    assertEquals(error.exitCode, exitCodes.usage);
    assertStringIncludes(error.message, "background = true needs OpenAI's responses API");
    assertStringIncludes(error.message, provider);
  }
});

Deno.test("background: another provider of a model line or a flag does not inherit the setting", () => {
  const base = settingsOf("", { provider: "openai", background: true });
  assertEquals(overlay(base, parseModelSpec("openai:other")).background, true);
  assertEquals(overlay(base, parseModelSpec("other")).background, true);
  assertEquals(overlay(base, parseModelSpec("anthropic:claude")).background, false);
  assertEquals(overlay(base, { provider: "anthropic", background: true }).background, true);
});
