import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { httpBounds } from "../../src/frontends/http/mod.ts";
import { HttpGate } from "../../src/frontends/http/http_gate.ts";

const bounds = { ...httpBounds, maxConnections: 3, headMs: 200, requestMs: 400, stalledMs: 200, checkMs: 20 };

/** A gate before a server without bounds, which answers with the length of each body, and never answers `/silent`. */
async function withGate(work: (port: number) => Promise<void>): Promise<void> {
  const server = createServer({ requestTimeout: 0, headersTimeout: 0 }, async (request, response) => {
    let length = 0;
    try {
      for await (const chunk of request) length += chunk.length;
      if (request.url === "/silent") return;
      response.end(`${length} bytes`);
    } catch {
      // The gate has ended the connection.
    }
  });
  const listens = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", () => listens.resolve());
  await listens.promise;
  const gate = new HttpGate({
    hostname: "127.0.0.1",
    port: 0,
    bounds,
    innerPort: (server.address() as AddressInfo).port,
    lateAnswer: new TextEncoder().encode("HTTP/1.1 408 late\r\n\r\n"),
    onFault: (error) => {
      throw error;
    },
  });
  await work(gate.port);
  gate.close();
  gate[Symbol.dispose]();
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  server.closeAllConnections();
  await closed.promise;
}

async function answerTo(
  port: number,
  text: string,
): Promise<{ readonly answer: string; readonly tookMs: number }> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  const startMs = performance.now();
  for (const part of text.split("|")) await connection.write(new TextEncoder().encode(part));
  const answer = await new Response(connection.readable).text().catch(() => "");
  return { answer, tookMs: performance.now() - startMs };
}

const post = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";

Deno.test("http gate: whole requests pass in any pieces, also when they are larger than its buffer", async () => {
  await withGate(async (port) => {
    for (const length of [0, 2, 200_000]) {
      const text = `${post}Content-Length: ${length}\r|\n\r|\n${"x".repeat(length)}`;
      assertStringIncludes((await answerTo(port, text)).answer, `${length} bytes`);
    }
  });
});

Deno.test("http gate: a head or a body that is late gets its answer in time, and one without a request, too", async () => {
  await withGate(async (port) => {
    const cases = [
      ["", bounds.headMs],
      ["POST / HTTP/1.1\r\nHost", bounds.headMs],
      [`${post}Content-Length: 10\r\n\r\nab`, bounds.requestMs],
      [`${post}Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n`, bounds.requestMs],
    ] as const;
    for (const [text, boundMs] of cases) {
      const { answer, tookMs } = await answerTo(port, text);
      assertStringIncludes(answer, "HTTP/1.1 408", text);
      assert(tookMs >= boundMs && tookMs < boundMs + 2000, `${text}: ${tookMs} ms`);
    }
  });
});

Deno.test("http gate: a connection on which nothing moves is ended", async () => {
  await withGate(async (port) => {
    const { answer, tookMs } = await answerTo(port, `${post.replace("/", "/silent")}\r\n`);
    assertEquals(answer, "");
    assert(tookMs >= bounds.requestMs + bounds.stalledMs - bounds.checkMs && tookMs < 3000, `${tookMs} ms`);
  });
});

Deno.test("http gate: more connections than its bound are refused at once, and a place is free again after an end", async () => {
  await withGate(async (port) => {
    const open = [];
    for (let n = 0; n < bounds.maxConnections; n++) {
      open.push(await Deno.connect({ hostname: "127.0.0.1", port }));
    }
    const { answer, tookMs } = await answerTo(port, "");
    assertEquals(answer, "");
    assert(tookMs < bounds.headMs, `${tookMs} ms`);
    for (const each of open) each.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assertStringIncludes((await answerTo(port, `${post}\r\n`)).answer, "0 bytes");
  });
});
