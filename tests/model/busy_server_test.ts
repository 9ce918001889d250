import { assert, assertEquals, assertMatch } from "@std/assert";
import type { ModelEvent } from "../../src/model/mod.ts";
import { answerBounds } from "../../src/net/mod.ts";
import type { Dialect } from "../support/dialect.ts";
import { ask, type Asking, dialects } from "./asking.ts";

const chat = dialects.find(({ provider }) => provider === "openai-compatible")!;

/** Events without words. */
const wordless: Readonly<Record<string, string>> = {
  "empty choices": 'data: {"choices":[{"index":0,"delta":{},"finish_reason":null}]}\n\n',
  "usage": 'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":9}}\n\n',
  "comments": ": alive\n\n",
  "empty lines": "\n",
  "pings": 'data: {"type":"ping"}\n\n',
};

interface Asked {
  readonly last: ModelEvent;
  readonly requests: number;
  readonly ms: number;
  /** Milliseconds of the longest pause of a timer. */
  readonly pauseMs: number;
}

/** Asks a server that sends `first`, and then `event` without end and without a pause. */
async function askBusy(
  { first = "", event, headers = {}, encode = (text) => text }: {
    readonly first?: string;
    readonly event: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly encode?: (body: ReadableStream<Uint8Array>) => ReadableStream<Uint8Array>;
  },
  asking: Asking,
  dialect: Dialect = chat,
): Promise<Asked> {
  let requests = 0;
  const bytes = new TextEncoder().encode(event.repeat(Math.ceil(40_000 / event.length)));
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
    requests++;
    let isFirst = true;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.enqueue(isFirst && first !== "" ? new TextEncoder().encode(first) : bytes);
        isFirst = false;
      },
    });
    return new Response(encode(body), { headers: { "content-type": "text/event-stream", ...headers } });
  });
  const startMs = performance.now();
  let [lastMs, pauseMs] = [startMs, 0];
  const beat = setInterval(() => {
    pauseMs = Math.max(pauseMs, performance.now() - lastMs);
    lastMs = performance.now();
  }, 10);
  const baseUrl = `http://127.0.0.1:${server.addr.port}${dialect.root}`;
  const { events } = await ask({ baseUrl, dialect }, asking);
  clearInterval(beat);
  return { last: events.at(-1)!, requests, ms: performance.now() - startMs, pauseMs };
}

const shortTime = { bounds: answerBounds({ maxRequestSeconds: 1 }) };

Deno.test("busy server: max_request_seconds ends a stream without words and without pauses", async (t) => {
  for (const dialect of dialects) {
    for (const [claim, event] of Object.entries(wordless)) {
      await t.step(`${dialect.provider}: ${claim}`, async () => {
        const { last, requests, ms, pauseMs } = await askBusy({ event }, shortTime, dialect);
        assert(last.type === "failed", JSON.stringify(last));
        assertEquals(requests, 1);
        if (last.failure.kind === "timeout") {
          assertMatch(last.failure.message, /longer than 1 s; raise max_request_seconds under \[limits\]/);
        } else assertMatch(last.failure.message, /KB without a word; check base_url/);
        assert(ms < 4000 && pauseMs < 1000, `${ms} ms, pause ${pauseMs} ms`);
      });
    }
  }
});

Deno.test("busy server: words of an answer that never ends are kept, and count by an estimate", async () => {
  const first = chat.opening({ words: ["Return();"] }).join("");
  const { last, requests } = await askBusy({ first, event: wordless["empty choices"]! }, shortTime);
  assert(last.type === "completed", JSON.stringify(last));
  assertEquals([last.completion.text, last.completion.finish, requests], ["Return();", "length", 1]);
});

Deno.test("busy server: a compressed stream is bounded by its unpacked bytes without words", async () => {
  for (const event of [wordless["comments"]!, wordless["usage"]!]) {
    const { last, requests, ms, pauseMs } = await askBusy({
      event,
      headers: { "content-encoding": "gzip" },
      encode: (body) =>
        body.pipeThrough(new CompressionStream("gzip") as TransformStream<Uint8Array, Uint8Array>),
    }, { bounds: answerBounds({ maxAnswerKb: 4, maxRequestSeconds: 60 }) });
    assert(last.type === "failed", JSON.stringify(last));
    assertMatch(last.failure.message, /sent \d+ KB without a word; check base_url$/);
    assertEquals([last.failure.kind, requests], ["other", 1]);
    assert(last.failure.usage!.inputTokens > 0);
    assert(ms < 20_000 && pauseMs < 1000, `${ms} ms, pause ${pauseMs} ms`);
  }
});

Deno.test("busy server: data behind [DONE] does not hold the answer", async () => {
  const answer = { words: ["Return();"] };
  const first = [...chat.opening(answer), ...chat.closing(answer)].join("");
  const { last, ms } = await askBusy({ first, event: wordless["comments"]! }, {});
  assert(last.type === "completed", JSON.stringify(last));
  assertEquals([last.completion.text, last.completion.finish], ["Return();", "stop"]);
  assert(ms < 8000, `${ms} ms`);
});

Deno.test("busy server: an abort ends the request at once", async () => {
  const stop = new AbortController();
  setTimeout(() => stop.abort(), 300);
  const { last, ms } = await askBusy({ event: wordless["usage"]! }, { signal: stop.signal });
  assert(last.type === "failed" && last.failure.kind === "aborted", JSON.stringify(last));
  assert(ms < 3000, `${ms} ms`);
});
