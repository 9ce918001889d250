import { brotliCompressSync, constants } from "node:zlib";
import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { answerBounds, boundedEvents, cutAfter, TooLargeError, watchedResponse } from "../../src/net/mod.ts";
import { ask, shortOf } from "../model/asking.ts";
import { defaultSettings, play, type Played } from "../support/harness.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { head, type RawAnswer, type RawRequest, RawServer, response } from "../support/raw_server.ts";

const megabyte = 1024 * 1024;
const zeros = new Uint8Array(64 * 1024).fill(0x61);

type Serve = (request: RawRequest, answer: RawAnswer) => Promise<unknown> | void;

/** Code that fetches from a server and says the result. */
function fetching({ address }: RawServer, options = "{}"): string {
  return `# Reader

\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  try {
    const answer = await fetch("${address}/", ${options});
    const text = await answer.text();
    await Say("user", answer.status + " " + text.length);
  } catch (error) {
    await Say("user", error.name + ": " + error.message);
  }
}
\`\`\`
`;
}

interface Limits {
  readonly maxBodyMb?: number;
  readonly maxRequestSeconds?: number;
}

async function fetchUnder(
  limits: Limits,
  serve: Serve,
  options?: string,
): Promise<Played & { server: RawServer }> {
  await using server = new RawServer(serve);
  const played = await play(fetching(server, options), {
    fetch,
    settings: {
      ...defaultSettings,
      limits: { ...defaultSettings.limits, ...limits },
      permissions: { ...defaultSettings.permissions, net: ["127.0.0.1"] },
    },
  });
  return { ...played, server };
}

/** Writes the same bytes endlessly, in one form of bodies. */
async function endless(answer: RawAnswer, headers: Readonly<Record<string, string>>): Promise<void> {
  await answer.write(head(200, headers));
  const frame = "transfer-encoding" in headers ? chunk(zeros) : zeros;
  while (await answer.write(frame)) {
    // Until the client closes the connection.
  }
}

function chunk(bytes: Uint8Array): Uint8Array {
  const encoder = new TextEncoder();
  return Uint8Array.from([...encoder.encode(`${bytes.length.toString(16)}\r\n`), ...bytes, 13, 10]);
}

/** Compressed bodies of many megabytes of one letter, by their encoding. */
const bombs: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  gzip: async () => {
    let left = 512 * 16;
    const source = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => left-- > 0 ? controller.enqueue(zeros) : controller.close(),
    });
    return new Uint8Array(
      await new Response(source.pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
    );
  },
  br: () => {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 3 };
    return Promise.resolve(brotliCompressSync(new Uint8Array(64 * megabyte), { params }));
  },
};

Deno.test("network: a body of exactly max_body_mb arrives, and one more byte is an error that names the setting", async () => {
  for (
    const [size, said] of [[megabyte, /^200 1048576$/], [
      megabyte + 1,
      /larger than 1 MB; .*max_body_mb/,
    ]] as const
  ) {
    const body = "a".repeat(size);
    const played = await fetchUnder({ maxBodyMb: 1 }, (_, answer) => answer.write(response(body)));
    assertMatch(played.said[0]!, said);
  }
});

for (
  const [what, headers] of [
    ["chunks without end", { "transfer-encoding": "chunked" }],
    ["a body without length or end", { connection: "close" }],
    ["a body of a terabyte", { "content-length": String(2 ** 40) }],
  ] as const
) {
  Deno.test(`network: ${what} stop at max_body_mb, and the connection is closed`, async () => {
    const { said } = await fetchUnder({ maxBodyMb: 1 }, (_, answer) => endless(answer, headers));
    assertMatch(said[0]!, /^TypeError: GET http:\S+ failed: the server answered, and it is larger than 1 MB/);
  });
}

for (const [encoding, makeBomb] of Object.entries(bombs)) {
  Deno.test(`network: a ${encoding} body is counted by its unpacked size, and memory stays small`, async () => {
    const body = await makeBomb();
    assertLess(body.length, 2 * megabyte);
    const before = Deno.memoryUsage().rss;
    const { said } = await fetchUnder({ maxBodyMb: 16 }, async (_, answer) => {
      await answer.write(head(200, { "content-encoding": encoding, "content-length": String(body.length) }));
      await answer.write(body);
    });
    assertStringIncludes(said[0]!, "larger than 16 MB");
    assertLess(Deno.memoryUsage().rss - before, 150 * megabyte);
  });
}

Deno.test("network: a POST with a too large answer is not uncertain and is not sent again", async () => {
  const { said, server } = await fetchUnder(
    { maxBodyMb: 1 },
    (_, answer) => endless(answer, { "transfer-encoding": "chunked" }),
    '{ method: "POST", body: "order" }',
  );
  assertMatch(said[0]!, /^TypeError: POST .* the server answered/);
  assertEquals(server.requests.length, 1);
});

for (
  const [what, serve] of [
    ["a head that never comes", (_, answer) => answer.untilClosed()],
    ["a head that ends after its first line", async (_, answer) => {
      await answer.write("HTTP/1.1 200 OK\r\n");
      await answer.untilClosed();
    }],
    ["a body that stops", async (_, answer) => {
      await answer.write(head(200, { "content-length": "10" }) + "a");
      await answer.untilClosed();
    }],
    [
      "a body that drips",
      (_, answer) => drip(answer, head(200, { "transfer-encoding": "chunked" }), "1\r\na\r\n"),
    ],
    ["a head that drips", (_, answer) => drip(answer, "HTTP/1.1 200 OK\r\n", "x-drip: 1\r\n")],
  ] as readonly (readonly [string, Serve])[]
) {
  Deno.test(`network: ${what} ends after max_request_seconds`, async () => {
    const { said } = await fetchUnder({ maxRequestSeconds: 0.3 }, serve);
    assertMatch(
      said[0]!,
      /failed: it took longer than 0.3 s; raise max_request_seconds|too many headers|too large/i,
    );
  });
}

/** Writes a few bytes repeatedly, with pauses of any length. */
async function drip(answer: RawAnswer, first: string, drop: string): Promise<void> {
  for (let more = await answer.write(first); more; more = await answer.write(drop)) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

Deno.test("network: redirects share the time of one request", async () => {
  const { said } = await fetchUnder({ maxRequestSeconds: 0.4 }, async (_, answer) => {
    await new Promise((resolve) => setTimeout(resolve, 100));
    await answer.write(response("", { status: 302, headers: { location: "/again" } }));
  });
  assertStringIncludes(said[0]!, "it took longer than 0.4 s");
});

Deno.test("network: a POST that runs out of time is uncertain", async () => {
  const { said } = await fetchUnder(
    { maxRequestSeconds: 0.3 },
    (_, answer) => answer.untilClosed(),
    '{ method: "POST", body: "order" }',
  );
  assertMatch(said[0]!, /^UncertainEffectError: .*it took longer than 0.3 s/);
});

Deno.test("network: too many or endless headers are an error and do not fill the memory", async () => {
  const line = `x-header: ${"a".repeat(1000)}\r\n`;
  const { said } = await fetchUnder({ maxRequestSeconds: 20 }, async (_, answer) => {
    await answer.write("HTTP/1.1 200 OK\r\n");
    while (await answer.write(line.repeat(50))) {
      // Until the client closes the connection.
    }
  });
  assertMatch(said[0]!, /^TypeError: GET /);
});

// A model's answer.

const small = answerBounds({ maxAnswerKb: 4, maxErrorBodyKb: 1, maxRequestSeconds: 60 });

function event(delta: object): string {
  const choices = [{ index: 0, delta, finish_reason: null }];
  return `data: ${
    JSON.stringify({ id: "1", object: "chat.completion.chunk", created: 0, model: "tiny", choices })
  }\n\n`;
}

const stream = head(200, { "content-type": "text/event-stream", connection: "close" });

/** Sends a request to a model with a server that sends one text, then another endlessly. */
async function askEndless(first: string, again: string, settings: { readonly stream?: boolean } = {}) {
  await using server = new RawServer(async (_, answer) => {
    let more = await answer.write(first);
    while (more) more = await answer.write(again);
  });
  const asked = await ask({ baseUrl: `${server.address}/v1` }, { settings, bounds: small });
  return { ...asked, requests: server.requests.length };
}

Deno.test("network: an endless answer is cut at max_answer_kb, reported as cut off, and its tokens are estimated", async () => {
  const { events, requests } = await askEndless(stream, event({ content: "await Say('user', 'ha');\n" }));
  const last = events.at(-1);
  assert(last?.type === "completed", JSON.stringify(last));
  const { finish, text, usage } = last.completion;
  assertEquals([finish, requests], ["length", 1]);
  assert(text.length > 3900 && text.length <= 4096, String(text.length));
  assert(usage.outputTokens >= 1000 && usage.inputTokens > 0, JSON.stringify(usage));
});

Deno.test("network: endless thoughts are cut too", async () => {
  const { events } = await askEndless(stream, event({ reasoning_content: "hmm, ".repeat(20) }));
  const last = events.at(-1);
  assert(last?.type === "completed");
  assertEquals([last.completion.finish, last.completion.text], ["length", ""]);
  assert(last.completion.usage.outputTokens >= 1000);
});

Deno.test("network: an endless tool call is cut too", async () => {
  const call = (text: string) => ({
    tool_calls: [{ index: 0, id: "c", function: { name: "run", arguments: text } }],
  });
  const { events } = await askEndless(stream + event(call('{"code":"')), event(call("a".repeat(100))));
  assertEquals(events.at(-1)?.type, "completed");
});

for (
  const [what, first, again] of [
    ["one line without end", `${stream}data: {"choices":[{"delta":{"content":"`, "a".repeat(10_000)],
    ["lines of one event without end", stream, `data: ${"a".repeat(1000)}\n`],
    ["comments without end", stream, `: ${"ping".repeat(100)}\n`],
  ] as const
) {
  Deno.test(`network: a stream with ${what} is cut`, async () => {
    const before = Deno.memoryUsage().rss;
    const { events, requests } = await askEndless(first, again);
    const last = events.at(-1);
    assert(last?.type === "completed", events.map(shortOf).join());
    assertEquals([last.completion.finish, requests], ["length", 1]);
    assertLess(Deno.memoryUsage().rss - before, 200 * megabyte);
  });
}

Deno.test("network: a stream with events of no words without end fails by its size, with one request", async () => {
  const before = Deno.memoryUsage().rss;
  const { events, requests } = await askEndless(stream, event({}));
  const last = events.at(-1);
  assert(last?.type === "failed", events.map(shortOf).join());
  assertMatch(last.failure.message, /KB without a word; check base_url/);
  assertEquals(requests, 1);
  assertLess(Deno.memoryUsage().rss - before, 200 * megabyte);
});

Deno.test("network: an endless answer without streaming is cut and counts as one answer", async () => {
  const json = head(200, { "content-type": "application/json", connection: "close" });
  const { events, requests } = await askEndless(
    `${json}{"choices":[{"message":{"content":"`,
    "a".repeat(50_000),
    {
      stream: false,
    },
  );
  const last = events.at(-1);
  assert(last?.type === "completed", events.map(shortOf).join());
  assertEquals([last.completion.finish, last.completion.text, requests], ["length", "", 1]);
  assert(last.completion.usage.outputTokens >= 1024);
});

Deno.test("network: an answer without streaming is cut if its words are too long", async () => {
  const message = { role: "assistant", content: "a".repeat(5000) };
  const body = JSON.stringify({
    id: "1",
    object: "chat.completion",
    created: 0,
    model: "tiny",
    choices: [{ index: 0, message, finish_reason: "stop" }],
  });
  await using server = new RawServer((_, answer) =>
    answer.write(response(body, { headers: { "content-type": "application/json" } }))
  );
  const { events } = await ask({ baseUrl: `${server.address}/v1` }, {
    settings: { stream: false },
    bounds: small,
  });
  const last = events.at(-1);
  assert(last?.type === "completed");
  assertEquals(last.completion.finish, "length");
});

Deno.test("network: an endless error body is cut at max_error_body_kb, and the failure is reported", async () => {
  const begin = head(401, { "content-type": "application/json", connection: "close" });
  const { events, requests } = await askEndless(`${begin}{"error":{"message":"bad key `, "x".repeat(10_000));
  const last = events.at(-1);
  assert(last?.type === "failed", events.map(shortOf).join());
  assertEquals([last.failure.kind, requests], ["auth", 1]);
  assertLess(last.failure.message.length, 1000);
});

Deno.test("network: a request to a model that sends no head ends after max_request_seconds and is not repeated", async () => {
  await using server = new RawServer((_, answer) => answer.untilClosed());
  const bounds = answerBounds({ maxRequestSeconds: 0.3 });
  const { events } = await ask({ baseUrl: `${server.address}/v1` }, { bounds });
  assert(events[0]?.type === "failed");
  assertMatch(events[0].failure.message, /it took longer than 0.3 s; raise max_request_seconds/);
  assertEquals(server.requests.length, 1);
});

Deno.test("network: a slow answer is cut after max_request_seconds and kept as cut off", async () => {
  await using server = new RawServer((_, answer) => drip(answer, stream, event({ content: "a" })));
  const bounds = answerBounds({ maxRequestSeconds: 0.5 });
  const { events } = await ask({ baseUrl: `${server.address}/v1` }, { bounds });
  const last = events.at(-1);
  assert(last?.type === "completed", events.map(shortOf).join());
  assertEquals(last.completion.finish, "length");
  assertMatch(last.completion.text, /^a+$/);
});

Deno.test("network: a run with an endless model reports it, pays once for each answer, and can be resumed", async () => {
  let count = 0;
  await using server = new RawServer(async (_, answer) => {
    if (++count > 1) {
      const end = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
      const code = 'await Say("user", "short"); EndProgram();';
      return await answer.write(
        `${stream}${event({ content: code })}data: ${JSON.stringify(end)}\n\ndata: [DONE]\n\n`,
      );
    }
    await answer.write(stream);
    while (await answer.write(event({ content: "// and on\n".repeat(50) }))) {
      // Until the client closes the connection.
    }
  });
  await using folder = await folderWith({
    "p.pb": "# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Say hello\n- End program\n",
    "playbooks.toml":
      `[model]\nprovider = "openai-compatible"\nname = "m"\nbase_url = "${server.address}/v1"\n` +
      "[limits]\nmax_answer_kb = 8\n",
  });
  const run = await folder.run(["run", "p.pb"], { env: { OPENAI_API_KEY: "k", PLAYBOOKS_TRUST: "1" } });
  assertEquals([run.code, run.stdout], [0, "short\n"], run.stderr);
  assertEquals(server.requests.length, 2);
  assertStringIncludes(server.requests[1]!.body, "cut off after");
  const [first] = folder.journal().filter((entry) => entry.type === "turn");
  assertEquals(first?.finish, "length");
  assert((first?.usage.outputTokens ?? 0) >= 2000);
});

Deno.test("network: a very long cut-off answer does not fill the window of the next request", async () => {
  const bodies: string[] = [];
  await using server = new RawServer(async (request, answer) => {
    bodies.push(request.body);
    if (bodies.length > 1) return await answer.write(response("{}", { status: 400 }));
    await answer.write(stream);
    while (await answer.write(event({ content: "// and on\n".repeat(500) }))) {
      // Until the client closes the connection.
    }
  });
  await using folder = await folderWith({
    "p.pb": "# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Say hello\n",
    "playbooks.toml":
      `[model]\nprovider = "openai-compatible"\nname = "m"\nbase_url = "${server.address}/v1"\n`,
  });
  await folder.run(["run", "p.pb"], { env: { OPENAI_API_KEY: "k", PLAYBOOKS_TRUST: "1" } });
  assertEquals(bodies.length, 2);
  assertLess(bodies[1]!.length, 50_000);
  assertMatch(bodies[1]!, /cut off after 1\d{6} characters/);
});

Deno.test("network: an event counts up to its empty line, however its bytes arrive", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  for (const end of ["\n\n", "\r\n\r\n"]) {
    for (const size of [1, 3, 100]) {
      const take = boundedEvents(20);
      const stream = bytes(`data: 12345${end}`.repeat(50));
      for (let at = 0; at < stream.length; at += size) take(stream.subarray(at, at + size), () => {});
      assertThrows(() => take(bytes("data: 1\ndata: 2345678"), () => {}), TooLargeError);
    }
  }
});

Deno.test("network: an error body is cut at the byte, with a note, and the connection is closed", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("abc")),
    cancel: () => void (cancelled = true),
  });
  let ends = 0;
  const watched = watchedResponse(new Response(body), { take: cutAfter(1024), ended: () => ends++ });
  const text = await watched.text();
  assertEquals(text, `${"abc".repeat(341)}a … (cut at 1 KB)`);
  assertEquals([cancelled, ends], [true, 1]);
});
