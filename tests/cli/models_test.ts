import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { loadConfig } from "../../src/cli/load_config.ts";
import { openRecordingFile } from "../../src/cli/recording_file.ts";
import { sessionModels } from "../../src/cli/session_models.ts";
import { PlaybooksError } from "../../src/errors.ts";
import { type ModelRequest } from "../../src/model/mod.ts";
import { ProviderServer } from "../support/provider_server.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";

async function models(folder: string, args: readonly string[], environment: Record<string, string> = {}) {
  const world = worldIn(folder, environment);
  const exit = await runCommandLine(["models", ...args], world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

const keys = { ANTHROPIC_API_KEY: "sk-very-secret", GROQ_API_KEY: "gsk-very-secret" };

Deno.test("models: it lists the configured models and the providers with a key, and never a key", async () => {
  const toml = '[model]\nprovider = "anthropic"\n[model.raw]\nprovider = "ollama"\nname = "qwen3:14b"\n' +
    'base_url = "http://kim:word@localhost:11434/v1?token=t"\n';
  await inFolder({ "playbooks.toml": toml }, async (folder) => {
    const { exit, stdout } = await models(folder, [], keys);
    assertEquals(exit, 0);
    const rows = stdout.split("\n").map((line) => line.split(/ {2,}/));
    assertEquals(rows.slice(0, 4), [
      ["USE", "MODEL", "ADDRESS", "KEY", "PRICE"],
      [
        "steps",
        "anthropic:claude-haiku-4-5",
        "https://api.anthropic.com/v1",
        "in ANTHROPIC_API_KEY",
        "$1 in, $5 out",
      ],
      ["raw", "ollama:qwen3:14b", "http://****@localhost:11434/v1?****", "none", "free"],
      ["key", "groq", "https://api.groq.com/openai/v1", "in GROQ_API_KEY", "not known"],
    ]);
    for (const text of [stdout, (await models(folder, ["--json"], keys)).stdout]) {
      assertEquals(/secret|word@|token=t/.test(text), false);
    }
  });
});

Deno.test("models: without a model it says that the rehearsal sends no requests", async () => {
  await inFolder({}, async (folder) => {
    const { models: [only] } = JSON.parse((await models(folder, ["--json"])).stdout);
    assertEquals([only.use, only.model, only.address, only.key], ["all", "rehearsal", null, null]);
    const unkeyed = await models(folder, ["--model", "openai:x"]);
    assertStringIncludes(unkeyed.stdout, "OPENAI_API_KEY is not set");
  });
});

const trust = { PLAYBOOKS_TRUST: "1" };

Deno.test("models: --test asks each model for one word, and fails if one does not answer", async () => {
  await using good = new ProviderServer([{ kind: "answer", words: ["ok"] }], { key: "k" });
  await using busy = new ProviderServer([{ kind: "status", status: 503, message: "loading" }]);
  const toml = (url: string) =>
    `[model]\nprovider = "openai-compatible"\nname = "m"\nbase_url = "${url}"\napi_key_env = "KEY"\n`;
  const files = { "good.toml": toml(good.baseUrl), "busy.toml": toml(busy.baseUrl) };
  await inFolder(files, async (folder) => {
    const ok = await models(folder, ["--test", "--config", "good.toml"], { KEY: "k", ...keys, ...trust });
    assertEquals(ok.exit, 0);
    assertStringIncludes(ok.stdout, "with --model groq:NAME");
    assertMatch(ok.stdout, /answers \(100 tokens in, 1 out\), \d+\.\d s/);
    const bad = await models(folder, ["--test", "--config", "good.toml"], { KEY: "wrong", ...trust });
    assertEquals(bad.exit, 1);
    assertStringIncludes(bad.stdout, "check the key in KEY");
    // There is no retry, because a person waits for the result.
    const { exit, stdout } = await models(folder, ["--test", "--json", "--config", "busy.toml"], trust);
    assertEquals([exit, JSON.parse(stdout).models[0].test.ok, busy.requests.length], [1, false, 1]);
  });
});

const request: ModelRequest = {
  answer: "code",
  system: "",
  messages: [{ role: "user", text: "[turn 1 of Main · A (agent 1000)]\nplaybook" }],
};

Deno.test("models: those of a run record, replay and cache answers as configured", async () => {
  await using server = new ProviderServer([{ kind: "answer", words: ["Return();"] }]);
  const toml = `[model]\nprovider = "vllm"\nname = "m"\nbase_url = "${server.baseUrl}"\ncache = true\n`;
  await inFolder({ "playbooks.toml": toml, "a.pb": "" }, async (folder) => {
    const world = worldIn(folder);
    const ask = async (model: string | undefined, record: string | undefined, resumed = false) => {
      const config = loadConfig({ programFile: "a.pb", ...(model ? { model } : {}) }, world);
      using models = sessionModels(config, { record, resumed }, world);
      const stream = (await models.open("code")).stream(request, { signal: new AbortController().signal });
      const last = (await Array.fromAsync(stream)).at(-1)!;
      return last.type === "completed" ? last.completion.text : last.type;
    };
    const lines = () => Deno.readTextFileSync(`${folder}/a.jsonl`).trim().split("\n").length;
    assertEquals(await ask(undefined, "a.jsonl"), "Return();");
    assertEquals(await ask(undefined, "a.jsonl", true), "Return();");
    assertEquals([lines(), server.requests.length], [2, 1]);
    assertEquals(await ask("replay:a.jsonl", undefined), "Return();");
    assertEquals(await ask(undefined, "a.jsonl"), "Return();");
    assertEquals([lines(), server.requests.length], [1, 1]);
    const kept = [...Deno.readDirSync(`${folder}/.checkpoints/.cache`)].map(({ name }) => name);
    assertEquals(kept.length, 1);
    assertMatch(kept[0]!, /^[0-9a-f]{64}\.json$/);
  });
});

Deno.test("models: --record does not overwrite a file that is not a recording", async () => {
  await inFolder({ "a.pb": "# A\n", "empty": "" }, (folder) => {
    const open = (path: string) => openRecordingFile(path, { append: false });
    const error = assertThrows(() => open(`${folder}/a.pb`), PlaybooksError);
    assertMatch(
      error.message,
      /Cannot record into .*a\.pb: there is a file of that name that is no recording/,
    );
    assertEquals(Deno.readTextFileSync(`${folder}/a.pb`), "# A\n");
    assertThrows(() => open(`${folder}/no/such`), PlaybooksError, "name a file that can be written");
    open(`${folder}/empty`)[Symbol.dispose]();
  });
});
