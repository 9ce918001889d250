import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { HttpBounds } from "../../src/frontends/http/http_bounds.ts";
import { httpBounds } from "../../src/frontends/http/mod.ts";
import { HttpGate } from "../../src/frontends/http/http_gate.ts";
import { RequestMeter } from "../../src/frontends/http/request_meter.ts";

const bounds: HttpBounds = { ...httpBounds, headMs: 200, requestMs: 400, stalledMs: 60_000, checkMs: 20 };
const late = "HTTP/1.1 408 Late\r\nConnection: close\r\n\r\n";

/** A gate before a server that answers each read with `answer`, and ends a connection whose input is over. */
function gated(answer: (request: string) => Uint8Array, delayMs = 0) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const serve = async (connection: Deno.TcpConn) => {
    open.add(connection);
    try {
      const buffer = new Uint8Array(65536);
      for (let count; (count = await connection.read(buffer)) !== null;) {
        const bytes = answer(new TextDecoder().decode(buffer.subarray(0, count)));
        const writing = later(delayMs).then(async () => {
          for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
        });
        if (delayMs === 0) await writing;
        else writing.catch(() => {});
      }
    } catch {
      // The gate has ended the connection.
    } finally {
      open.delete(connection);
      connection.close();
    }
  };
  const served: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const connection of listener) served.push(serve(connection));
  })();
  const gate = new HttpGate({
    hostname: "127.0.0.1",
    port: 0,
    bounds,
    innerPort: listener.addr.port,
    lateAnswer: new TextEncoder().encode(late),
    onFault: (error) => {
      throw error;
    },
  });
  return {
    open,
    connect: () => Deno.connect({ hostname: "127.0.0.1", port: gate.port }),
    [Symbol.asyncDispose]: async () => {
      gate.close();
      gate[Symbol.dispose]();
      listener.close();
      await accepting;
      await Promise.all(served);
    },
  };
}

function later(ms: number): Promise<void> {
  return ms === 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, ms));
}

function sent(connection: Deno.TcpConn, text: string): Promise<number> {
  return connection.write(new TextEncoder().encode(text));
}

/** Everything that arrives until the end of a connection. */
async function readAll(connection: Deno.TcpConn): Promise<string> {
  let text = "";
  const buffer = new Uint8Array(65536);
  try {
    for (let count; (count = await connection.read(buffer)) !== null;) {
      text += new TextDecoder().decode(buffer.subarray(0, count));
    }
  } catch {
    // It was reset.
  }
  return text;
}

const ok = new TextEncoder().encode("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
const whole = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

/** A client sends `before`, and then `byte` again and again. Each byte comes in time, but the request never ends. */
const drips: readonly (readonly [what: string, before: readonly string[], byte: string])[] = [
  ["the first head", [], "a"],
  ["the second head", [whole], "a"],
  ["the head after a body", ["POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab", whole], "a"],
  ["a body", ["POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n"], "a"],
  ["a second body", [whole, "POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\n"], "a"],
  ["a body in chunks", ["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"], "1\r\na\r\n"],
  ["the length of a chunk", ["POST / HTTP/1.1\r\ntransfer-encoding: gzip, chunked\r\n\r\n1\r\na\r\n"], "0"],
  ["what ends a body in chunks", ["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"], "a: b\r\n"],
  [
    "the head after chunks",
    ["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"],
    "a",
  ],
];

for (const [what, before, byte] of drips) {
  Deno.test(`http gate: a client that sends ${what} in drips is dropped`, async () => {
    await using gate = gated(() => ok);
    using client = await gate.connect();
    const read = readAll(client);
    for (const part of before) await sent(client, part);
    let isOver = false;
    const fromMs = performance.now();
    const ended = read.finally(() => isOver = true);
    while (!isOver && performance.now() - fromMs < 10_000) {
      await sent(client, byte).catch(() => {});
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert(isOver, "It is still open");
    await ended;
  });
}

Deno.test("http gate: a client that is late is told so, unless an answer is on its way", async () => {
  await using gate = gated((request) => request.includes("answered") ? ok : new Uint8Array());
  using silent = await gate.connect();
  assertEquals(await readAll(silent), late);
  using answered = await gate.connect();
  await sent(answered, "POST /answered HTTP/1.1\r\nContent-Length: 5\r\n\r\na");
  assertEquals(await readAll(answered), new TextDecoder().decode(ok));
});

Deno.test("http gate: a client that neither reads nor sends its body does not stay", async () => {
  await using gate = gated(() => new Uint8Array(32 * 1024 * 1024));
  using client = await gate.connect();
  await sent(client, "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\n");
  const fromMs = performance.now();
  do await new Promise((resolve) => setTimeout(resolve, 20)); while (
    gate.open.size > 0 && performance.now() - fromMs < 10_000
  );
  assertEquals(gate.open.size, 0);
});

Deno.test("http gate: a client that ends its side after a whole request gets the answer, and then the end", async () => {
  await using gate = gated(() => ok, 10 * bounds.checkMs);
  for (const text of [whole, "POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"]) {
    using client = await gate.connect();
    await sent(client, text);
    await client.closeWrite();
    assertEquals(await readAll(client), new TextDecoder().decode(ok));
  }
});

Deno.test("http gate: a client that leaves gives its place back, within a request and after an answer", async () => {
  await using gate = gated(() => ok);
  for (const text of ["", "GET / HT", "POST / HTTP/1.1\r\nContent-Length: 20\r\n\r\nab", whole]) {
    using client = await gate.connect();
    await sent(client, text);
    if (text === whole) await client.read(new Uint8Array(1024));
    await client.closeWrite();
    const fromMs = performance.now();
    while (gate.open.size > 0 && performance.now() - fromMs < 5000) await later(5);
    assertEquals(gate.open.size, 0, text);
  }
});

Deno.test("http gate: a client may wait long for its answer, and between two requests", async () => {
  await using gate = gated((request) => request.includes("wait") ? new Uint8Array() : ok);
  for (
    const first of [whole, whole.replace("/", "/wait"), "POST /wait HTTP/1.1\r\nContent-Length: 2\r\n\r\nab"]
  ) {
    using client = await gate.connect();
    await sent(client, first);
    await new Promise((resolve) => setTimeout(resolve, bounds.requestMs + 5 * bounds.checkMs));
    await sent(client, "GET /last HTTP/1.1\r\n\r\n");
    const buffer = new Uint8Array(1024);
    assertStringIncludes(
      new TextDecoder().decode(buffer.subarray(0, await client.read(buffer) ?? 0)),
      "200 OK",
    );
  }
});

const requests: readonly (readonly [text: string, isWhole: boolean])[] = [
  [whole, true],
  [whole + whole, true],
  ["POST / HTTP/1.1\r\ncontent-length:3\r\n\r\nabc", true],
  ["POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", false],
  ["POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc" + whole, true],
  [
    "POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=b\r\n\r\n0\r\n\r\n0\r\nA: b\r\n\r\n" + whole,
    true,
  ],
  ["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n", false],
  ["POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n0\r\n\r\n", false],
];

for (const [text, isWhole] of requests) {
  Deno.test(`request meter: the end of a request is found, however its bytes arrive: ${JSON.stringify(text)}`, () => {
    const bytes = new TextEncoder().encode(text);
    for (const size of [1, 2, 3, 7, bytes.length]) {
      const meter = new RequestMeter(0);
      for (let at = 0; at < bytes.length; at += size) assert(meter.take(bytes.subarray(at, at + size), 0));
      assertEquals(meter.isLate({ headMs: 1, requestMs: 1 }, 2), !isWhole);
    }
  });
}

Deno.test("request meter: a head without an end is bounded", () => {
  const meter = new RequestMeter(0);
  let bytes = 0;
  while (meter.take(new TextEncoder().encode("a".repeat(1000)), 0)) bytes += 1000;
  assert(bytes < 300_000);
});
