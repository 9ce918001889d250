import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EventStreams } from "../../src/frontends/http/event_stream.ts";
import * as library from "../../src/frontends/http/http_library.ts";
import { type HttpBounds, httpBounds } from "../../src/frontends/http/http_bounds.ts";
import { problemOf } from "../../src/frontends/http/problem.ts";
import { serveHttp } from "../../src/frontends/http/mod.ts";

const small: HttpBounds = {
  ...httpBounds,
  maxHeadBytes: 4096,
  maxConnections: 3,
  headMs: 400,
  requestMs: 800,
  idleMs: 300,
  stalledMs: 300,
  checkMs: 50,
};

async function serverWith(
  fetch: (request: Request) => Promise<Response>,
  bounds = small,
): Promise<AsyncDisposable & { readonly port: number }> {
  const onFault = (error: unknown) => {
    throw error;
  };
  const server = await serveHttp(library, { hostname: "127.0.0.1", port: 0, bounds, fetch, onFault });
  return { port: server.port, [Symbol.asyncDispose]: () => server.close() };
}

const hello = (request: Request) => request.text().then(() => new Response("hello"));

/** Everything that a server sends on one connection until it closes it. */
async function sent(port: number, text: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text)).catch(() => {});
  return await received(connection);
}

async function received(connection: Deno.Conn): Promise<string> {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(65536);
  let text = "";
  for (;;) {
    const count = await connection.read(bytes).catch(() => null);
    if (count === null) return text;
    text += decoder.decode(bytes.subarray(0, count), { stream: true });
  }
}

Deno.test("http bounds: a client that sends its head or its body slowly is dropped in time", async () => {
  await using server = await serverWith(hello);
  const cases = [
    ["GET / HTTP/1.1\r\nHost: x\r\nA", small.headMs],
    ["POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab", small.requestMs],
    ["POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", small.requestMs],
  ] as const;
  for (const [text, boundMs] of cases) {
    const start = performance.now();
    const answer = await sent(server.port, text);
    const tookMs = performance.now() - start;
    assertStringIncludes(answer, "HTTP/1.1 408 ");
    assertStringIncludes(answer, '"type":"urn:playbooks:too-slow"');
    assert(tookMs >= boundMs - 10 && tookMs < boundMs + 3000, `${text}: ${tookMs} ms`);
  }
});

const patient: HttpBounds = { ...small, headMs: 20_000, requestMs: 20_000 };
const refusals: readonly (readonly [string, (request: Request) => Promise<Response>])[] = [
  ["unread", () => Promise.resolve(new Response("refused", { status: 413 }))],
  ["opened", ({ body }) => Promise.resolve(new Response(body === null ? "" : "refused", { status: 413 }))],
  ["read in part", async ({ body }) => {
    for await (const _ of body!) break;
    return new Response("refused", { status: 413 });
  }],
];

/** Sends a body of 5 MB, and reads only when all is sent. */
async function sendAllThenRead(
  port: number,
  { isChunked, pauseMs }: { readonly isChunked: boolean; readonly pauseMs: number },
): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const part = "x".repeat(512 * 1024);
  const [header, wrapped, last] = isChunked
    ? ["Transfer-Encoding: chunked", `80000\r\n${part}\r\n`, "0\r\n\r\n"]
    : [`Content-Length: ${10 * part.length}`, part, ""];
  const write = async (text: string) => {
    let bytes = new TextEncoder().encode(text);
    while (bytes.length > 0) bytes = bytes.subarray(await connection.write(bytes));
  };
  await write(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n\r\n`);
  for (let count = 0; count < 10; count++) {
    await write(wrapped);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  await write(last);
  return await received(connection);
}

Deno.test("http bounds: a client that reads only after it has sent a large body gets the refusal", async (t) => {
  for (const [name, refuse] of refusals) {
    for (const isChunked of [false, true]) {
      for (const pauseMs of [0, 150]) {
        await t.step(
          `${name}, ${isChunked ? "chunked" : "with a length"}, ${pauseMs} ms between parts`,
          async () => {
            await using server = await serverWith(refuse, patient);
            const answer = await sendAllThenRead(server.port, { isChunked, pauseMs });
            assertEquals(answer.slice(0, 12), "HTTP/1.1 413");
            assert(answer.includes("refused"), answer);
          },
        );
      }
    }
  }
});

Deno.test("http bounds: a client that sends without end after a refusal is cut off", async () => {
  const [, refuse] = refusals[0]!;
  await using server = await serverWith(refuse, { ...patient, maxBodyBytes: 64 * 1024 });
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999999\r\n\r\n";
  await connection.write(new TextEncoder().encode(head));
  const part = new Uint8Array(64 * 1024);
  const isCut = (async () => {
    for (let count = 0; count < 10_000; count++) await connection.write(part);
    return false;
  })().catch(() => true);
  assertEquals((await received(connection)).slice(0, 12), "HTTP/1.1 413");
  assert(await isCut, "the server read on");
});

Deno.test("http bounds: a connection without a request, and one that is kept for the next, are closed in time", async () => {
  await using server = await serverWith(hello);
  assertStringIncludes(await sent(server.port, ""), "408");
  const kept = await sent(server.port, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  assertStringIncludes(kept, "hello");
});

Deno.test("http bounds: a long head is refused, and so is a request that is not HTTP", async () => {
  await using server = await serverWith(hello);
  const long = await sent(server.port, `GET / HTTP/1.1\r\nHost: x\r\nA: ${"x".repeat(20_000)}\r\n\r\n`);
  assertStringIncludes(long, "HTTP/1.1 431 ");
  assertStringIncludes(long, '"type":"urn:playbooks:head-too-large"');
  const many = Array.from({ length: 3000 }, (_, index) => `h${index}: 1\r\n`).join("");
  assertStringIncludes(await sent(server.port, `GET / HTTP/1.1\r\nHost: x\r\n${many}\r\n`), "HTTP/1.1 431 ");
  for (
    const text of [
      "HELLO\r\n\r\n",
      "GET / HTTP/9.9\r\n\r\n",
      "\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03\r\n\r\n",
    ]
  ) {
    assertStringIncludes(await sent(server.port, text), "HTTP/1.1 400 ");
  }
  const twice =
    "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
  assertStringIncludes(await sent(server.port, twice), "HTTP/1.1 400 ");
});

Deno.test("http bounds: more connections than maxConnections are refused, and a free place is given again", async () => {
  const waits = Promise.withResolvers<void>();
  await using server = await serverWith(async () => {
    await waits.promise;
    return new Response("hello");
  });
  const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const all = Array.from({ length: 6 }, () => sent(server.port, request));
  // Those that are refused end at once.
  const refused = await Promise.all((await firstEnded(all, 3)).map((each) => each));
  assertEquals(refused, ["", "", ""]);
  waits.resolve();
  const answers = await Promise.all(all);
  assertEquals(answers.filter((answer) => answer.includes("hello")).length, 3);
  assertStringIncludes(await sent(server.port, request), "hello");
});

/** The results of the first `count` promises that end. */
async function firstEnded<T>(promises: readonly Promise<T>[], count: number): Promise<readonly T[]> {
  const results: T[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const each of promises) {
    each.then((result) => {
      results.push(result);
      if (results.length === count) resolve();
    });
  }
  await promise;
  return results.slice(0, count);
}

Deno.test("http bounds: a client that does not read its answer is dropped, and the answer is not held in memory", async () => {
  let chunks = 0;
  const cancelled = Promise.withResolvers<void>();
  await using server = await serverWith(() =>
    Promise.resolve(
      new Response(
        new ReadableStream({
          pull(controller) {
            chunks++;
            controller.enqueue(new Uint8Array(65536));
          },
          cancel: () => cancelled.resolve(),
        }),
      ),
    )
  );
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  await cancelled.promise;
  assert(chunks < 1000, `${chunks} chunks`);
});

Deno.test("http bounds: a client that does not read a long text is dropped in time", async () => {
  const dropped = Promise.withResolvers<void>();
  await using server = await serverWith((request) => {
    request.signal.addEventListener("abort", () => dropped.resolve());
    return Promise.resolve(new Response("x".repeat(64 * 1024 * 1024)));
  });
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  const start = performance.now();
  await dropped.promise;
  const tookMs = performance.now() - start;
  assert(tookMs > small.requestMs && tookMs < small.requestMs + small.stalledMs + 5000, `${tookMs} ms`);
});

Deno.test("http bounds: a stream that only gets comments is kept longer than any bound of time", async () => {
  const bounds = { ...small, heartbeatMs: 50, stalledMs: 100, requestMs: 200, headMs: 200 };
  const streams = new EventStreams(bounds, Date.now, problemOf);
  const fetch = () =>
    Promise.resolve(streams.open(async function* (signal) {
      yield [];
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
    }));
  await using server = await serverWith(fetch, bounds);
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
  const bytes = new Uint8Array(1000);
  const start = performance.now();
  while (performance.now() - start < 5 * bounds.requestMs) assert(await connection.read(bytes) !== null);
  streams.close();
});

Deno.test("http bounds: an error of a handler is an answer without its words, and the server goes on", async () => {
  await using server = await serverWith(() => Promise.reject(new Error("secret at /home/x")));
  const answer = await sent(server.port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  assertStringIncludes(answer, "HTTP/1.1 500 ");
  assertEquals(answer.includes("secret"), false);
});

Deno.test("http bounds: a head without one valid host gets the reason, and is no fault of the server", async () => {
  await using server = await serverWith(hello);
  const heads = [
    "GET / HTTP/1.0\r\n",
    "GET / HTTP/1.1\r\n",
    "GET / HTTP/1.1\r\nHost: \r\n",
    "GET / HTTP/1.1\r\nHost: a@b\r\n",
    "GET / HTTP/1.1\r\nHost: a b\r\n",
    "GET / HTTP/1.1\r\nHost: a:99999\r\n",
  ];
  for (const head of heads) {
    const answer = await sent(server.port, `${head}Connection: close\r\n\r\n`);
    assertStringIncludes(answer, " 400 Bad Request\r\n", head);
    assertEquals(answer.includes("fault of playbooks"), false, head);
  }
});
