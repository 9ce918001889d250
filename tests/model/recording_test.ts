import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { PlaybooksError } from "../../src/errors.ts";
import { type Model, type ModelEvent, type ModelRequest, openModel } from "../../src/model/mod.ts";
import { recordModel } from "../../src/model/record.ts";
import { settingsOf, shortOf } from "./asking.ts";

const id = "0199f3a2-1111-7abc-8def-0123456789ab";
const otherId = "019a0000-2222-7abc-8def-ba9876543210";

function requestOf(last: string, more: Partial<ModelRequest> = {}): ModelRequest {
  return { answer: "code", system: "The rules.", messages: [{ role: "user", text: last }], ...more };
}

/** A model that answers `answer 1`, `answer 2`, … */
function counting(): Model {
  let count = 0;
  return {
    id: "test:counting",
    async *stream() {
      await Promise.resolve();
      const text = `answer ${++count}`;
      yield { type: "thought", text: "hm" };
      yield { type: "text", text };
      const usage = { inputTokens: 10, outputTokens: 3, cachedTokens: 1, costUsd: 0.5 };
      yield { type: "completed", completion: { text, finish: "stop", usage, model: "test:counting" } };
    },
  };
}

function askOnce(model: Model, request: ModelRequest): Promise<ModelEvent[]> {
  return Array.fromAsync(model.stream(request, { signal: new AbortController().signal }));
}

async function recordingOf(requests: readonly ModelRequest[]): Promise<string> {
  let text = "";
  const model = recordModel(counting(), (line) => text += line);
  for (const request of requests) await askOnce(model, request);
  return text;
}

function replayOf(text: string): Promise<Model> {
  const settings = settingsOf("", { provider: "replay", name: "a.jsonl" });
  return openModel(settings, { env: () => undefined, readText: () => text });
}

async function answerOf(model: Model, request: ModelRequest): Promise<string> {
  const last = (await askOnce(model, request)).at(-1)!;
  return last.type === "completed"
    ? last.completion.text
    : last.type === "failed"
    ? last.failure.message
    : "";
}

const first = requestOf("[turn 1 of Main · Seller (agent 1000)]\nState: {}");
const second = requestOf('[turn 2 of Main · Seller (agent 1000)]\nState: {"x":1}');

Deno.test("recording: it has one readable line per answer and holds only requests and answers", async () => {
  const text = await recordingOf([first]);
  const { fingerprint, system, ...rest } = JSON.parse(text);
  assertMatch(fingerprint, /^[0-9a-f]{16}$/);
  assertMatch(system, /^[0-9a-f]{16}$/);
  assertEquals(rest, {
    kind: "code",
    messages: first.messages,
    answer: "answer 1",
    finish: "stop",
    usage: { inputTokens: 10, outputTokens: 3, cachedTokens: 1, costUsd: 0.5 },
    model: "test:counting",
  });
  assert(text.endsWith("}\n"));
});

Deno.test("recording: a replay gives the recorded answers in any order and costs nothing", async () => {
  const model = await replayOf(await recordingOf([first, second]));
  assertEquals((await askOnce(model, second)).map(shortOf), ["text answer 2", "completed answer 2"]);
  assertEquals((await askOnce(model, first)).at(-1), {
    type: "completed",
    completion: {
      text: "answer 1",
      finish: "stop",
      usage: { inputTokens: 10, outputTokens: 3, cachedTokens: 1, costUsd: 0 },
      model: "test:counting",
    },
  });
});

Deno.test("recording: equal requests get only their recorded answers, in order", async () => {
  const model = await replayOf(await recordingOf([first, first]));
  assertEquals(await answerOf(model, first), "answer 1");
  assertEquals(await answerOf(model, first), "answer 2");
  assertStringIncludes(await answerOf(model, first), "beyond the 2 that were recorded; record it again");
});

Deno.test("recording: a replay ignores values that differ between runs", async (t) => {
  const differences: readonly (readonly [claim: string, before: string, now: string])[] = [
    ["session ids", `Session ${id}`, `Session ${otherId}`],
    ["times", "at 2026-03-01T12:00:00Z, 12:00:01", "at 2027-01-02T03:04:05.678Z, 03:04:09"],
    ["milliseconds since 1970", "at 1772366400000", "at 1803366400123"],
    ["artifacts of such texts", "a_0123abcd", "a_4567cdef"],
    ["line ends and space at them", "one \r\ntwo", "one\ntwo\n"],
  ];
  for (const [claim, before, now] of differences) {
    await t.step(claim, async () => {
      const line = "[turn 1 of Main · Seller (agent 1000)]\n";
      const model = await replayOf(await recordingOf([requestOf(line + before)]));
      assertEquals(await answerOf(model, requestOf(line + now)), "answer 1");
    });
  }
  await t.step("the system prompt, but an equal one comes first", async () => {
    const other = { ...first, system: "Other rules." };
    const model = await replayOf(await recordingOf([first, other]));
    assertEquals(await answerOf(model, other), "answer 2");
    assertEquals(await answerOf(model, { ...first, system: "New rules." }), "answer 1");
  });
});

Deno.test("recording: a replay reports every other difference, line by line", async () => {
  const model = await replayOf(await recordingOf([first, second]));
  const changed = requestOf('[turn 2 of Main · Seller (agent 1000)]\nState: {"x":2}');
  assertEquals(
    await answerOf(model, changed),
    `Cannot replay a.jsonl: it has no answer for [turn 2 of Main · Seller (agent 1000)]; the nearest request ` +
      `there is that of [turn 2 of Main · Seller (agent 1000)], and message 1 of 1 differs (- recorded, + now):
  [turn 2 of Main · Seller (agent 1000)]
- State: {"x":1}
+ State: {"x":2}
record it again with --record`,
  );
  const events = await askOnce(model, { ...first, answer: "text" });
  assertEquals(events.map(shortOf), ["failed request"]);
});

Deno.test("recording: a replay shows the first differing message if the last one is equal", async () => {
  const long = (said: string): ModelRequest => ({
    ...first,
    messages: [...first.messages, { role: "assistant", text: said }, ...second.messages],
  });
  const model = await replayOf(await recordingOf([long("Return(1);")]));
  const message = await answerOf(model, long("Return(2);"));
  assertStringIncludes(message, "message 2 of 3 differs");
  assertStringIncludes(message, "- Return(1);\n+ Return(2);");
});

Deno.test("recording: a handwritten recording needs only turn lines and answers", async () => {
  const turn = "[turn 1 of Main · Seller (agent 1000)]";
  const model = await replayOf(
    `{"turn":"${turn}","answer":"one"}\n\n{"turn":"${turn}","answer":"two","finish":"length"}\n`,
  );
  assertEquals(await answerOf(model, first), "one");
  const last = (await askOnce(model, first)).at(-1)!;
  assert(last.type === "completed");
  assertEquals([last.completion.text, last.completion.finish], ["two", "length"]);
  assertStringIncludes(await answerOf(model, second), "it holds no request with messages");
});

Deno.test("recording: a line of a newer format is refused with a message", async () => {
  const text = `{"version":2,"turn":"[turn 1 of Main · Solo (agent 1000)]","answer":"Return();"}\n`;
  const error = await assertRejects(() => replayOf(text), PlaybooksError);
  assertMatch(error.message, /line 1: a newer playbooks wrote it, in format 2; install the newer version/);
  assertEquals(error.exitCode, 2);
});

Deno.test("recording: a replay names the invalid line of a file, or the missing file", async () => {
  const bad: readonly (readonly [text: string, why: string])[] = [
    ["{}\n", 'line 1: it has no "answer"'],
    ['{"turn":"t","answer":"a"}\nhello\n', "line 2: "],
    ['{"answer":"a"}\n', 'neither "messages" nor "turn"'],
    [
      '{"answer":"a","messages":[{"role":"system","text":"x"}]}\n',
      "not a list of objects with role and text",
    ],
  ];
  for (const [text, why] of bad) {
    const error = await assertRejects(() => replayOf(text), PlaybooksError);
    assertStringIncludes(error.message, why);
    assertEquals(error.exitCode, 2);
  }
  const settings = settingsOf("", { provider: "replay", name: "/no/such/file" });
  const error = await assertRejects(() => openModel(settings, { env: () => undefined }), PlaybooksError);
  assertMatch(error.message, /Cannot replay \/no\/such\/file: there is no such file/);
});

Deno.test("recording: an answer that cannot be recorded is a failure, and failures are not recorded", async () => {
  const full = recordModel(counting(), () => {
    throw new Error("disk full");
  });
  const last = (await askOnce(full, first)).at(-1)!;
  assert(last.type === "failed");
  assertEquals(
    last.failure.message,
    "Cannot record the answer of test:counting: disk full; fix this, then resume",
  );
  const lines: string[] = [];
  const failing: Model = {
    id: "test:failing",
    async *stream() {
      await Promise.resolve();
      yield { type: "failed", failure: { kind: "overload", message: "no" } };
    },
  };
  assertEquals((await askOnce(recordModel(failing, (line) => lines.push(line)), first)).map(shortOf), [
    "failed overload",
  ]);
  assertEquals(lines, []);
});
