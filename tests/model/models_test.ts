import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type AnswerCache, type Model, openModel, openModels } from "../../src/model/mod.ts";
import { ProviderServer, type Script } from "../support/provider_server.ts";
import { request, settingsOf, shortOf } from "./asking.ts";
import { emptyTurn } from "./rehearsal/turns.ts";
import "../support/local_models.ts";

const env = () => "secret";
const nothing = { env: () => undefined };

async function lastOf(model: Model, asked = request) {
  const options = { turn: emptyTurn, signal: new AbortController().signal };
  return (await Array.fromAsync(model.stream(asked, options))).at(-1)!;
}

Deno.test("models: openModels() picks [model] for code and [model.raw] for texts, and opens each once", () => {
  const main = settingsOf("http://127.0.0.1:1");
  const models = openModels({ main, raw: { ...main, name: "small" } }, { env });
  assertEquals(models.pick("code").id, "openai-compatible:tiny");
  assertEquals(models.pick("text").id, "openai-compatible:small");
  assert(models.pick("code") === models.pick("code", " "));
  assert(models.pick("code", "ollama:qwen3") === models.pick("code", "ollama: qwen3"));
  assert(openModels({ main }, { env }).pick("text").id === "openai-compatible:tiny");
});

Deno.test("models: a model: line names a model, a provider, or both, and settings of a provider stay with it", () => {
  const main = { ...settingsOf("http://127.0.0.1:1"), apiKeyEnv: "MY_KEY", temperature: 1 };
  const { settings } = openModels({ main }, { env });
  const named = settings("code", "larger");
  assertEquals([named.provider, named.name, named.baseUrl, named.apiKeyEnv], [
    "openai-compatible",
    "larger",
    "http://127.0.0.1:1",
    "MY_KEY",
  ]);
  const other = settings("code", "anthropic:claude-opus-4-5");
  assertEquals([other.provider, other.name, other.baseUrl, other.apiKeyEnv, other.temperature], [
    "anthropic",
    "claude-opus-4-5",
    "",
    "",
    1,
  ]);
  assertEquals(settings("code", "google").name, "gemini-2.5-flash");
  assertEquals(settings("code", "qwen3:14b").name, "qwen3:14b");
});

Deno.test("models: --model, the rehearsal and a replay ignore model: lines", () => {
  const main = settingsOf("http://127.0.0.1:1");
  assertEquals(openModels({ main, fixed: true }, { env }).settings("code", "anthropic:x"), main);
  for (const provider of ["rehearsal", "replay"]) {
    const offline = { ...main, provider };
    assertEquals(openModels({ main: offline }, { env }).settings("code", "anthropic:x"), offline);
  }
});

Deno.test("models: a model that cannot be opened fails only its own request", async () => {
  const models = openModels({ main: settingsOf("", { provider: "rehearsal", name: "" }) }, nothing);
  assertEquals((await lastOf(models.pick("code"))).type, "completed");
  const broken = openModels({ main: settingsOf("http://127.0.0.1:1") }, nothing).pick("code", "anthropic");
  const last = await lastOf(broken);
  assert(last.type === "failed");
  assertStringIncludes(last.failure.message, "ANTHROPIC_API_KEY is not set");
});

Deno.test("models: a cached model gets the same request once, and a new one if anything differs", async () => {
  const kept = new Map<string, string>();
  const cache: AnswerCache = { get: (key) => kept.get(key), put: (key, text) => void kept.set(key, text) };
  const script: Script = { kind: "answer", words: ["Ret", "urn();"] };
  await using server = new ProviderServer([script]);
  const settings = settingsOf(server.baseUrl, { cache: true });
  const ask = async (more: object, asked = request) => {
    const last = await lastOf(await openModel({ ...settings, ...more }, { env, cache }), asked);
    assert(last.type === "completed");
    return [last.completion.text, last.completion.usage.inputTokens, server.requests.length];
  };
  assertEquals(await ask({}), ["Return();", 100, 1]);
  assertEquals(await ask({}), ["Return();", 0, 1]);
  assertEquals(await ask({ temperature: 1 }), ["Return();", 100, 2]);
  assertEquals(await ask({}, { ...request, system: "Other rules." }), ["Return();", 100, 3]);
  assertEquals(await ask({}, { ...request, answer: "text" }), ["Return();", 100, 4]);
  assertEquals(await ask({ cache: false }), ["Return();", 100, 5]);
  for (const key of kept.keys()) kept.set(key, "damaged");
  assertEquals(await ask({}), ["Return();", 100, 6]);
});

Deno.test("models: a cache keeps no answer that was cut off or refused", async () => {
  const kept: string[] = [];
  const cache: AnswerCache = { get: () => undefined, put: (_, text) => void kept.push(text) };
  const script: Script[] = [
    { kind: "answer", words: ["Ret"], finish: "length" },
    { kind: "answer", words: ["No"], finish: "filter" },
  ];
  await using server = new ProviderServer(script);
  const model = await openModel(settingsOf(server.baseUrl, { cache: true }), { env, cache });
  assertEquals([shortOf(await lastOf(model)), shortOf(await lastOf(model))], [
    "completed Ret",
    "completed No",
  ]);
  assertEquals(kept, []);
});

Deno.test("models: a recording of a cached model holds the answers that the runtime got", async () => {
  const lines: string[] = [];
  const cache: AnswerCache = { get: () => '{"turn":"t","answer":"Return();"}', put: () => {} };
  const world = { env, cache, record: (line: string) => void lines.push(line) };
  const model = await openModel(settingsOf("http://127.0.0.1:1", { cache: true }), world);
  await lastOf(model);
  assertEquals(JSON.parse(lines.join("")).answer, "Return();");
  assert(!lines.join("").includes("secret") && !lines.join("").includes("127.0.0.1"));
});
