import { assert, assertEquals, assertThrows } from "@std/assert";
import { EventStreams } from "../../src/frontends/http/event_stream.ts";
import { httpBounds, HttpError } from "../../src/frontends/http/mod.ts";
import { exitCodes, PlaybooksError } from "../../src/errors.ts";
import { IdempotentAnswers } from "../../src/frontends/http/idempotency.ts";
import { problemOf } from "../../src/frontends/http/problem.ts";
import { readEventPlace, type StreamLine } from "../../src/frontends/http/session_lines.ts";

const line = (text: string, id?: string): StreamLine => ({
  fact: { type: "log", agent: "1000", klass: "A", text },
  position: 7,
  ...(id === undefined ? {} : { id }),
});

const streamsWith = (bounds: Partial<typeof httpBounds> = {}) =>
  new EventStreams({ ...httpBounds, ...bounds }, () => 0, problemOf);

Deno.test("http streams: a line is an event with its id, and the client is told when to connect again", async () => {
  const response = streamsWith().open(async function* () {
    yield [line("a"), line("b\nc\u2028", "7")];
  });
  assertEquals(response.headers.get("content-type"), "text/event-stream; charset=utf-8");
  const data = (text: string) =>
    `data: {"type":"log","agent":"1000","klass":"A","text":${text},"time":"1970-01-01T00:00:00.000Z","position":7}\n\n`;
  assertEquals(await response.text(), `retry: 1000\n\n${data('"a"')}id: 7\n${data('"b\\nc\\u2028"')}`);
});

Deno.test("http streams: a silent stream gets comments, and ends at once when the server closes", async () => {
  const streams = streamsWith({ heartbeatMs: 5 });
  const response = streams.open(async function* (signal) {
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    yield [];
  });
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const seen = [];
  while (seen.length < 3) seen.push((await reader.read()).value);
  assertEquals(seen, ["retry: 1000\n\n", ":\n\n", ":\n\n"]);
  streams.close();
  for (let done = false; !done;) ({ done = false } = await reader.read());
});

Deno.test("http streams: more than maxStreams are refused, and a stream that ended gives its place", async () => {
  const streams = streamsWith({ maxStreams: 2 });
  const silent = async function* (signal: AbortSignal): AsyncGenerator<readonly StreamLine[]> {
    yield [];
    if (signal.aborted) return;
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
  };
  const [one, two] = [streams.open(silent), streams.open(silent)];
  assertEquals(assertThrows(() => streams.open(silent), HttpError).kind, "too-many");
  await one.body!.cancel();
  const three = streams.open(silent);
  streams.close();
  await Promise.all([two.text(), three.text()]);
});

Deno.test("http streams: a client that stops to read is dropped, and its source ends", async () => {
  const ended = Promise.withResolvers<void>();
  const response = streamsWith({ stalledMs: 20 }).open(async function* (signal) {
    signal.addEventListener("abort", () => ended.resolve());
    while (!signal.aborted) yield [line("x")];
  });
  const reader = response.body!.getReader();
  await reader.read();
  await ended.promise;
  // It gets what was under way, and can connect again.
  for (let done = false; !done;) ({ done } = await reader.read());
});

Deno.test("http streams: a client that leaves while its source is silent, or fails, is no fault of the server", async () => {
  for (const end of ["ends", "fails"]) {
    const faults: unknown[] = [];
    const streams = new EventStreams(httpBounds, () => 0, (error) => {
      faults.push(error);
      return problemOf(error);
    });
    const source = Promise.withResolvers<void>();
    const response = streams.open(async function* (signal) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      source.resolve();
      if (end === "fails") throw new Error("late");
      yield [];
    });
    const reader = response.body!.getReader();
    await reader.read();
    await new Promise((resolve) => setTimeout(resolve, 0));
    await reader.cancel();
    await source.promise;
    await new Promise((resolve) => setTimeout(resolve, 0));
    assertEquals(faults, [], end);
  }
});

Deno.test("http streams: an error of the source is told to its reader, without its words if it is ours", async () => {
  const failing = (error: Error) =>
    streamsWith().open(async function* () {
      yield [line("a")];
      await Promise.reject(error);
    });
  const storage = new PlaybooksError("The disk is full", { exitCode: exitCodes.storage });
  const text = await failing(storage).text();
  assert(text.includes('event: problem\ndata: {"type":"urn:playbooks:storage"'), text);
  assert(text.includes("The disk is full"), text);
  assert(!(await failing(new TypeError("x is not a function")).text()).includes("x is not"));
});

Deno.test("http streams: a place is a number of entries, perhaps with a number of events", () => {
  assertEquals(readEventPlace("0"), { position: 0, events: 0 });
  assertEquals(readEventPlace("12"), { position: 12, events: 0 });
  assertEquals(readEventPlace("12.2"), { position: 11, events: 2 });
  for (const text of ["", "-1", "1.", ".1", "1e3", "x", "1.2.3", " 1", "9".repeat(16)]) {
    assertEquals([text, readEventPlace(text)], [text, undefined]);
  }
});

Deno.test("http answers: a repeated key gets the first answer, also while that is made; a failed request may be repeated", async () => {
  const answers = new IdempotentAnswers();
  const first = Promise.withResolvers<{ json: unknown }>();
  let count = 0;
  const work = () => {
    count++;
    return first.promise;
  };
  const both = [answers.get("k", "a", work), answers.get("k", "a", work)];
  first.resolve({ json: 1 });
  assertEquals((await Promise.all(both)).map((answer) => "json" in answer && answer.json), [1, 1]);
  assertEquals(count, 1);
  const error = await answers.get("k", "b", work).then(() => undefined, (error) => error);
  assertEquals(error instanceof HttpError && error.kind, "key-reused");
  const fails = () => Promise.reject(new HttpError("conflict", "not now"));
  await answers.get("l", "a", fails).catch(() => {});
  assertEquals(await answers.get("l", "a", () => Promise.resolve({ json: 2 })), { json: 2 });
});
