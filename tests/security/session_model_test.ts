import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { type Config, resolveConfig } from "../../src/cli/config.ts";
import { modelInWords } from "../../src/cli/model_words.ts";
import { configOfSession, keptModels } from "../../src/cli/kept_models.ts";
import { PlaybooksError } from "../../src/errors.ts";
import type { KeptModels } from "../../src/engine/mod.ts";
import { Seal } from "../../src/user/mod.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { ProviderServer } from "../support/provider_server.ts";
import { inFolder } from "../support/world.ts";
import "../support/local_models.ts";

const program =
  "# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Ask the user for $n\n- Say hi\n- End program\n";

const toml = (url: string, name = "m") =>
  `[model]\nprovider = "openai-compatible"\nname = "${name}"\nbase_url = "${url}"\n`;

/** A server with two answers: the first asks the user, and the second ends the program. */
function server(): ProviderServer {
  return new ProviderServer([
    { kind: "answer", words: ['state.n = await Yield("user");'] },
    { kind: "answer", words: ['await Say("user", "hi"); EndProgram();'] },
  ]);
}

/** A folder with a session that waits for a person, and with its state folder. */
async function begun(
  files: Readonly<Record<string, string>>,
  env: Record<string, string> = {},
  flags: string[] = [],
) {
  const folder = await folderWith({ "a.pb": program, ...files });
  const own = { PLAYBOOKS_STATE_DIR: `${folder.path}/state` };
  const first = await folder.run(["run", "a.pb", ...flags], { env: { ...own, ...env } });
  assertEquals(first.code, 75, first.stderr);
  return {
    folder,
    resume: (args: readonly string[] = [], env: Record<string, string> = {}) =>
      folder.run(["run", "a.pb", "--resume", "--message", "5", ...args], { env: { ...own, ...env } }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

Deno.test("session's model: another model and server in the configuration give a notice and get no request", async () => {
  await using one = server();
  await using two = server();
  await using test = await begun({ "playbooks.toml": toml(one.baseUrl) });
  await test.folder.write("playbooks.toml", toml(two.baseUrl, "other"));
  const resumed = await test.resume();
  assertEquals([resumed.code, resumed.stdout], [0, "hi\n"], resumed.stderr);
  assertStringIncludes(
    resumed.stderr,
    `⚠️  The configuration names openai-compatible:other at ${two.baseUrl}; ` +
      `the session goes on with its own model, openai-compatible:m at ${one.baseUrl}`,
  );
  assertEquals([one.requests.length, two.requests.length], [2, 0]);
  assertStringIncludes(JSON.stringify(one.requests[1]!.body), '"model":"m"');
});

Deno.test("session's model: a missing configuration, or a key of another provider, never changes the model", async () => {
  for (const env of [{}, { OPENAI_API_KEY: "sk-x" }, { ANTHROPIC_API_KEY: "sk-y" }]) {
    await using one = server();
    await using test = await begun({ "playbooks.toml": toml(one.baseUrl) });
    await Deno.remove(`${test.folder.path}/playbooks.toml`);
    const resumed = await test.resume([], env);
    assertEquals([resumed.code, resumed.stdout, one.requests.length], [0, "hi\n", 2], resumed.stderr);
  }
});

Deno.test("session's model: a rehearsal stays a rehearsal when a key or a server appears", async () => {
  await using one = server();
  await using test = await begun({});
  await test.folder.write("playbooks.toml", toml(one.baseUrl));
  const resumed = await test.resume([], { ANTHROPIC_API_KEY: "sk-y" });
  assertEquals([resumed.code, one.requests.length], [0, 0], resumed.stderr);
  assertStringIncludes(resumed.stderr, "the session goes on with its own model, rehearsal");
});

Deno.test("session's model: --model changes the model, and the session keeps the new one", async () => {
  await using one = server();
  await using test = await begun({ "playbooks.toml": toml(one.baseUrl) });
  // The rehearsal stops again, because its own question follows the words.
  const switched = await test.folder.run(["run", "a.pb", "--resume", "--model", "rehearsal"], {
    env: { PLAYBOOKS_STATE_DIR: `${test.folder.path}/state` },
  });
  assertEquals(switched.code, 75, switched.stderr);
  assertStringIncludes(
    switched.stderr,
    `⚠️  --model names rehearsal; openai-compatible:m at ${one.baseUrl} answered so far`,
  );
  const resumed = await test.resume();
  assertStringIncludes(resumed.stderr, "the session goes on with its own model, rehearsal");
  assertEquals(one.requests.length, 1);
});

Deno.test("session's model: without its key no work is done, and the message says how to continue", async () => {
  await using folder = await folderWith({
    "a.pb": program,
    "playbooks.toml": '[model]\nprovider = "openai"\nname = "m"\n',
  });
  const own = { PLAYBOOKS_STATE_DIR: `${folder.path}/state` };
  // No request leaves this machine, because no server listens at the proxy's address.
  const closed = { HTTPS_PROXY: "http://127.0.0.1:9", OPENAI_API_KEY: "sk-x" };
  const first = await folder.run(["run", "a.pb"], { env: { ...own, ...closed } });
  assertEquals(first.code, 1, first.stderr);
  const before = folder.journalLines();
  await Deno.remove(`${folder.path}/playbooks.toml`);
  const resumed = await folder.run(["run", "a.pb", "--resume"], { env: own });
  assertEquals([resumed.code, resumed.stdout], [2, ""], resumed.stderr);
  assertStringIncludes(
    resumed.stderr,
    "with its own model, openai:m: openai needs a key and OPENAI_API_KEY is not set; " +
      "set it in the environment or in .env beside the program; or name another one with --model",
  );
  assertEquals(folder.journalLines(), before);
  const list = await folder.run(["sessions", "list", "--json"]);
  assertEquals(JSON.parse(list.stdout)[0].status, "stopped");
  const named = await folder.run(["run", "a.pb", "--resume", "--model", "rehearsal"], { env: own });
  assertEquals(named.code, 75, named.stderr);
});

Deno.test("session's model: a fork keeps the model, and a refused fork leaves no session", async () => {
  await using one = server();
  await using two = server();
  await using test = await begun({ "playbooks.toml": toml(one.baseUrl) });
  await test.folder.write("playbooks.toml", toml(two.baseUrl, "other"));
  const refused = await test.resume(["--fork", "--model", "anthropic:claude-haiku-4-5"]);
  assertEquals([refused.code, test.folder.sessions().length], [2, 1], refused.stderr);
  const forked = await test.resume(["--fork"]);
  assertEquals([forked.code, forked.stdout, two.requests.length], [0, "hi\n", 0], forked.stderr);
});

Deno.test("session's model: the journal holds no password or token from an address", async () => {
  await using one = server();
  const address = one.baseUrl.replace("//", "//me:hunter2@");
  await using test = await begun({ "playbooks.toml": toml(`${address}?token=hunter3`) });
  const journal = Deno.readTextFileSync(test.folder.sessionFile("journal.jsonl"));
  assertStringIncludes(journal, one.baseUrl);
  assert(!journal.includes("hunter"));
});

const configured = (toml: string, isTrusted = true): Config =>
  resolveConfig({
    cwd: "/p",
    file: { path: "/p/playbooks.toml", text: toml },
    environment: {},
    isTrusted: () => isTrusted,
  });

const remote = (host: string, keyEnv = "MY_KEY") =>
  `[model]\nprovider = "openai-compatible"\nname = "m"\nbase_url = "https://${host}/v1"\napi_key_env = "${keyEnv}"\n`;

Deno.test("session's model: a session that names a server or a variable needs this user's own mark", async () => {
  await inFolder({}, async (folder) => {
    const seal = new Seal(`${folder}/state`);
    const own = keptModels(configured(remote("a.example")), seal);
    const now = configured('[model]\nprovider = "rehearsal"\n');
    const asked: string[] = [];
    const choose = (models: KeptModels, by = seal, answer = false) =>
      configOfSession({ id: "s", model: "x", models }, now, {
        seal: by,
        isTrusted: false,
        confirm: (question) => Promise.resolve(asked.push(question) > 0 && answer),
      });
    const chosen = await choose(own);
    assertEquals([chosen.config.model.baseUrl, chosen.config.model.apiKeyEnv], [
      "https://a.example/v1",
      "MY_KEY",
    ]);
    assertEquals([chosen.config.keyAddresses, asked], [["https://a.example/v1"], []]);
    assertEquals(Deno.statSync(`${folder}/state/secret`).mode! & 0o777, 0o600);

    const { seal: mark, ...unsealed } = own;
    const evil = { ...own.main, address: "https://evil.example/v1" };
    const forged: KeptModels[] = [
      unsealed,
      { ...own, main: evil },
      { ...own, main: { ...own.main, keyEnv: "AWS_SECRET_ACCESS_KEY" } },
      { ...own, raw: evil },
      { ...own, seal: mark!.replace(/^./, (digit) => digit === "0" ? "1" : "0") },
      { ...own, seal: "" },
      { main: { ...evil, address: "http://127.0.0.1:9", keyEnv: "GITHUB_TOKEN" } },
    ];
    for (const models of forged) {
      const error = await assertRejects(() => choose(models), PlaybooksError);
      assertEquals(error.exitCode, 2);
      assertStringIncludes(error.message, "you have not trusted that");
      assertStringIncludes(error.message, "--trust");
    }
    assertEquals(asked.length, forged.length);
    // Another user, or a user without the state folder, must decide as well.
    await assertRejects(() => choose(own, new Seal(`${folder}/other`)), PlaybooksError);
    await assertRejects(() => choose(own, new Seal(undefined)), PlaybooksError);
    assertEquals((await choose(unsealed, seal, true)).config.model.baseUrl, "https://a.example/v1");
  });
});

Deno.test("session's model: a loopback address from a stranger's session gets no key", async () => {
  await inFolder({}, async (folder) => {
    const models = {
      main: { provider: "openai-compatible", name: "m", address: "http://127.0.0.1:9", keyEnv: "" },
    };
    const { config, isKept } = await configOfSession({ id: "s", model: "x", models }, configured(""), {
      seal: new Seal(`${folder}/state`),
      isTrusted: false,
      confirm: () => Promise.resolve(false),
    });
    assertEquals([isKept, config.model.baseUrl, config.keyAddresses], [true, "http://127.0.0.1:9", []]);
  });
});

Deno.test("session's model: an older session without a model uses the configured one, with a notice", async () => {
  const now = configured(remote("a.example"));
  const options = { seal: new Seal(undefined), isTrusted: false, confirm: () => Promise.resolve(false) };
  const other = await configOfSession({ id: "s", model: "openai:gpt-5" }, now, options);
  assertEquals(other.config, now);
  assertEquals(other.facts, [{ type: "model-not-kept", model: modelInWords(now), before: "openai:gpt-5" }]);
  const same = await configOfSession({ id: "s", model: "openai-compatible:m" }, now, options);
  assertEquals(same.facts, []);
});

Deno.test("session's model: an empty or foreign secret is replaced, and no two users share a mark", async () => {
  await inFolder({ "a/secret": "", "b/secret": "short" }, (folder) => {
    for (const name of ["a", "b"]) {
      const mark = new Seal(`${folder}/${name}`).of(["x"]);
      assert(mark !== undefined && new Seal(`${folder}/${name}`).isOn(mark, ["x"]));
      assertEquals(Deno.statSync(`${folder}/${name}/secret`).size, 32);
    }
    const seal = new Seal(`${folder}/a`);
    // Parts are delimited: other parts with the same text give another mark.
    assert(!seal.isOn(seal.of(["ab", "c"])!, ["a", "bc"]));
    assert(!new Seal(`${folder}/b`).isOn(seal.of(["x"])!, ["x"]));
  });
});
