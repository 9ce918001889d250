import { assertEquals, assertNotEquals } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import { TraceFold, type TraceSpan } from "../../src/session/mod.ts";

const usage = { inputTokens: 7, outputTokens: 3, cachedTokens: 0, costUsd: 0.25 };
const frame = {
  id: "f1",
  agent: "1000",
  playbook: "Main",
  mode: "model",
  resolves: false,
  args: {},
  source: "s",
};
const agent = { id: "1000", klass: "Clerk", properties: {}, begins: [] };

/** The spans of entries, which need only the fields that spans are made from. */
function spansOf(
  entries: readonly object[],
  more: { readonly hasContent?: boolean } = {},
): readonly TraceSpan[] {
  const fold = new TraceFold({ id: "s1", program: "a.pb", hasContent: false, ...more });
  return entries.flatMap((entry, index) => fold.take({ at: (index + 1) * 1000, ...entry } as Entry));
}

function run(token: number) {
  return { type: "run", token, model: "openai:gpt-5.9" };
}

const beginning = [
  { type: "session", id: "s1" },
  run(1),
  { type: "agent", agent },
  { type: "thread", kind: "begin", frame },
  { type: "request", frame: "f1", text: "the prompt" },
];
const turn = { type: "turn", frame: "f1", text: "the code", usage, model: "openai:gpt-5.9" };
const facts = (spans: readonly TraceSpan[]) =>
  spans.map(({ name, startMs, endMs, error }) => [name, startMs, endMs, ...(error ? [error.type] : [])]);

Deno.test("trace: a request that a kill interrupted ends with the journal of its run, and is made again by the next", () => {
  const spans = spansOf([...beginning, { ...run(2), at: 60_000 }, { ...turn, at: 61_000 }]);
  assertEquals(facts(spans), [["chat", 5000, 5000, "interrupted"], ["chat gpt-5.9", 60_000, 61_000]]);
  assertNotEquals(spans[0]!.id, spans[1]!.id);
  const { attributes } = spans[1]!;
  assertEquals(
    [
      attributes["gen_ai.provider.name"],
      attributes["gen_ai.usage.output_tokens"],
      attributes["playbooks.cost_usd"],
    ],
    ["openai", 3, 0.25],
  );
});

Deno.test("trace: a request whose model failed counts its tokens, and its repetition is another span", () => {
  const lost = { type: "lost", frame: "f1", usage, model: "openai:gpt-5.9" };
  const sameRun = spansOf([...beginning, lost, turn]);
  assertEquals(facts(sameRun), [["chat gpt-5.9", 5000, 6000, "model_failure"], ["chat gpt-5.9", 6000, 7000]]);
  const nextRun = spansOf([...beginning, lost, { ...run(2), at: 60_000 }, { ...turn, at: 61_000 }]);
  assertEquals(facts(nextRun)[1], ["chat gpt-5.9", 60_000, 61_000]);
  assertEquals(nextRun[0]!.attributes["gen_ai.usage.input_tokens"], 7);
});

Deno.test("trace: the end of the program ends all that is open, once, and the session comes last", () => {
  const end = { type: "end", status: "failed", reason: "no more paper" };
  const spans = spansOf([...beginning, turn, end, end]);
  assertEquals(facts(spans).slice(1), [["invoke_agent Clerk", 4000, 7000], [
    "invoke_workflow a.pb",
    1000,
    7000,
    "failed",
  ]]);
  assertEquals(spans.at(-1)!.error, { type: "failed" });
  assertEquals(spansOf([...beginning, end], { hasContent: true }).at(-1)!.error?.message, "no more paper");
  assertEquals(spans.map(({ parent }) => parent), [spans[1]!.id, spans[2]!.id, undefined]);
});

Deno.test("trace: the same entries give the same ids, and those after a rewind give others", () => {
  const ids = (entries: readonly object[]) => spansOf([...entries, turn]).map(({ id }) => id);
  assertEquals(ids(beginning), ids(beginning));
  const [, , ...rest] = beginning;
  assertNotEquals(ids([beginning[0]!, run(2), ...rest]), ids(beginning));
});

Deno.test("trace: an outside effect has its host and no path, and a failed one the name of its error", () => {
  const asked = { ordinal: 0, name: "Fetch", args: ["https://shop.example/secret"] };
  const wait = { kind: "outside", key: "k1", repeatable: true, what: "GET https://shop.example/secret" };
  const effect = {
    type: "effect",
    frame: "f1",
    ordinal: 0,
    outcome: { ok: false, error: { name: "TypeError", message: "secret" } },
  };
  const [span] = spansOf([...beginning, turn, { type: "start", frame: "f1", asked, wait }, effect]).slice(1);
  assertEquals(span!.error, { type: "TypeError" });
  assertEquals([span!.attributes["server.address"], span!.attributes["http.request.method"]], [
    "shop.example",
    "GET",
  ]);
  assertEquals(JSON.stringify(span).includes("secret"), false);
});
