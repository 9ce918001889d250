import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { type Config, type ConfigSources, resolveConfig } from "../../src/cli/config.ts";
import { loadConfig } from "../../src/cli/load_config.ts";
import { ignoredText } from "../../src/cli/other_variables.ts";
import { shellVariables } from "../../src/cli/shell_variables.ts";
import { environmentName, settingName, settings } from "../../src/cli/settings.ts";
import { exitCodes, PlaybooksError } from "../../src/errors.ts";
import { defaultBounds } from "../../src/engine/bounds.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";
import "../support/local_models.ts";

function resolved(toml: string, sources: Partial<ConfigSources> = {}): Config {
  return resolveConfig({
    cwd: "/work",
    file: { path: "/project/playbooks.toml", text: toml },
    environment: {},
    isTrusted: () => true,
    ...sources,
  });
}

function refusal(toml: string, sources: Partial<ConfigSources> = {}): string {
  const error = assertThrows(() => resolved(toml, sources), PlaybooksError);
  assertEquals(error.exitCode, exitCodes.usage);
  return error.message;
}

const bare: ConfigSources = { cwd: "/work", environment: {} };

Deno.test("config: without a file or variable all settings have defaults, and the model is the rehearsal", () => {
  const config = resolveConfig(bare);
  assertEquals(config.model, {
    provider: "rehearsal",
    name: "",
    baseUrl: "",
    apiKeyEnv: "",
    temperature: 0.2,
    maxOutputTokens: 8000,
    reasoningTokens: 0,
    timeoutSeconds: 0,
    totalTimeoutSeconds: 0,
    stream: true,
    cache: false,
    background: false,
  });
  assertEquals(config.prices, {});
  assertEquals(config.rawModel, undefined);
  assertEquals(config.modelFrom, "default");
  assertEquals(config.storagePath, "/work/.checkpoints");
  assertEquals(config.durabilityEnabled, true);
  assertEquals(config.files, []);
  assertEquals(config.runtime, {
    limits: {
      maxLlmCalls: 100,
      maxCostUsd: null,
      maxTokens: null,
      maxToolServers: 20,
      maxTools: 200,
      maxToolResultMb: 16,
      maxSeconds: null,
      maxRepairs: 3,
      messageBatchTimeout: 0.5,
      messageBatchMaxWait: 2,
      artifactResultThreshold: 500,
      contextTokens: 150_000,
      maxFileKb: 4096,
      ...defaultBounds,
      maxAnswerKb: 1024,
      maxBodyMb: 16,
      maxErrorBodyKb: 64,
      maxRequestSeconds: 600,
    },
    durability: { sync: "always", keepLastN: 10, maxCheckpointSizeMb: 100, uncertain: "ask" },
    permissions: { net: [], read: [], write: [], env: [] },
  });
});

Deno.test("config: a key or a table that stands twice is refused with its line and column", () => {
  const place = /^Cannot use \/project\/playbooks\.toml, line \d+, column \d+: it is not TOML: /;
  for (
    const toml of [
      "[limits]\nmax_repairs = 1\nmax_repairs = 2\n",
      "[limits]\nmax_repairs = 1\n[model]\n[limits]\n",
      'model.name = "a"\n[model]\nname = "b"\n',
      '[prices."openai:x"]\ninput = 1\ninput = 2\noutput = 1\n',
    ]
  ) {
    assertMatch(refusal(toml), place, toml);
  }
});

Deno.test("config: a table may stand below the tables inside it, and its mistakes keep their places", () => {
  const raw = '[model.raw]\nprovider = "anthropic"\nname = "claude-haiku-4-5"\n\n[model]\n';
  const config = resolved(`[limits]\nmax_repairs = 1\n${raw}provider = "openai"\nname = "gpt-5"\n`);
  assertEquals([config.model.name, config.rawModel?.name, config.runtime.limits.maxRepairs], [
    "gpt-5",
    "claude-haiku-4-5",
    1,
  ]);
  const servers = resolved('[mcp.servers.files]\ncommand = "npx"\n[mcp.servers]\n[mcp]\n').servers;
  assertEquals(servers.map(({ name }) => name), ["files"]);
  assertStringIncludes(
    refusal(`${raw}nam = "x"\n`),
    "line 6, column 1: there is no key model.nam; did you mean",
  );
  assertStringIncludes(refusal(`${raw}[model]\n`), "line 6, column 2: it is not TOML: ");
  assertStringIncludes(
    refusal(`${raw}__proto__.x = 1\n`),
    "line 6, column 1: there is no table [model.__proto__]",
  );
});

Deno.test("config: the message about a setting of the original names the command that moves it", async (t) => {
  const cases = [
    ["timeout_s = 60\n", "there is no key timeout_s"],
    ["[llm_cache]\nenabled = true\n", "there is no table [llm_cache]"],
    ['[model.execution]\nname = "x"\n', "there is no table [model.execution]"],
    ['[durability]\nstorage_type = "filesystem"\n', "there is no key durability.storage_type"],
  ] as const;
  for (const [toml, expected] of cases) {
    await t.step(expected, () => {
      const original =
        "; it is a setting of the original, which playbooks upgrade FILE turns into those of this version";
      assertStringIncludes(refusal(toml), expected + original);
    });
  }
  for (const toml of ["timeout = 60\n", '[model.exec]\nname = "x"\n', "[llm]\nenabled = true\n"]) {
    assertEquals(refusal(toml).includes("original"), false, toml);
  }
});

Deno.test("config: the example playbooks.toml changes nothing and explains every key with its default", async () => {
  const text = await Deno.readTextFile(new URL("../../playbooks.toml", import.meta.url));
  const asShipped = resolved(text);
  const defaults = resolved("");
  assertEquals({ ...asShipped, settings: [] }, { ...defaults, settings: [] });

  // A commented-out key shows its default; a key without a default shows an example.
  const written = text.replace(/^# (\[|\w+ = )/gm, "$1");
  const tables = written.split(/^(?=\[)/m);
  for (const setting of settings) {
    const table = tables.find((part) => part.startsWith(`[${setting.table}]`)) ?? "";
    const [, value] = new RegExp(`^${setting.key} = ("[^"]*"|\\[\\]|[\\w.]+)`, "m").exec(table) ?? [];
    const shown = value === undefined ? undefined : JSON.parse(value);
    if (setting.default !== null) assertEquals(shown, setting.default, settingName(setting));
    else assertEquals(typeof shown, "number", settingName(setting));
  }
  const examples = /^# {3}.*\n/gm;
  const keys = [...written.replace(examples, "").matchAll(/^(\w+) = /gm)].map(([, key]) => key!);
  assertEquals(keys.toSorted(), settings.map(({ key }) => key).toSorted());
});

Deno.test("config: the example playbooks.toml and the guide say the same about uncertain effects", async () => {
  const read = (path: string) => Deno.readTextFile(new URL(`../../${path}`, import.meta.url));
  const [example, guide] = [await read("playbooks.toml"), await read("docs/sessions.md")];
  const [, again, error, stops] =
    /does it again \("(\w+)"\), gives the code an error \("(\w+)"\), or stops with exit code 5 \("(\w+)"\)/
      .exec(example)!;
  const rowOf = (policy: string | undefined) =>
    new RegExp(`^\\| \`${policy}\` \\| (.*) \\|$`, "m").exec(guide)?.[1] ?? "";
  assertMatch(rowOf(again), /^it is sent again/);
  assertMatch(rowOf(error), /^the code gets an `UncertainEffectError`/);
  assertMatch(rowOf(stops), /^the session stops with exit code 5/);
});

Deno.test("config: the environment overrides a file, and a flag overrides the environment", () => {
  const toml = '[limits]\nmax_llm_calls = 5\nmax_repairs = 1\n[durability]\nuncertain = "fail"\n';
  const config = resolved(toml, {
    environment: { PLAYBOOKS_LIMITS__MAX_LLM_CALLS: "7", PLAYBOOKS_DURABILITY__UNCERTAIN: "skip" },
    uncertain: "retry",
  });
  assertEquals(config.runtime.limits.maxLlmCalls, 7);
  assertEquals(config.runtime.limits.maxRepairs, 1);
  assertEquals(config.runtime.durability.uncertain, "retry");
  const from = Object.fromEntries(config.settings.map((setting) => [setting.name, setting.from]));
  assertEquals(from["limits.max_llm_calls"], "the environment variable PLAYBOOKS_LIMITS__MAX_LLM_CALLS");
  assertEquals(from["limits.max_repairs"], "/project/playbooks.toml, line 3");
  assertEquals(from["durability.uncertain"], "--on-uncertain");
  assertEquals(from["limits.max_tokens"], "default");
});

Deno.test("config: the environment gives values of every type", () => {
  const config = resolved("[limits]\nmax_cost_usd = 2.5\n", {
    environment: {
      PLAYBOOKS_LIMITS__MAX_COST_USD: "none",
      PLAYBOOKS_DURABILITY__ENABLED: "false",
      PLAYBOOKS_PERMISSIONS__NET: "a.example, b.example",
      PLAYBOOKS_PERMISSIONS__ENV: '["HOME"]',
      PLAYBOOKS_MODEL__RAW__TEMPERATURE: "0",
      PLAYBOOKS_DEBUG: "1",
    },
  });
  assertEquals(config.runtime.limits.maxCostUsd, null);
  assertEquals(config.durabilityEnabled, false);
  assertEquals(config.runtime.permissions.net, ["a.example", "b.example"]);
  assertEquals(config.runtime.permissions.env, ["HOME"]);
  assertEquals(config.rawModel?.temperature, 0);
});

Deno.test("config: a variable that can only mean a setting is refused with the right name", () => {
  for (const setting of settings) {
    const right = environmentName(setting);
    const spellings = [right.replace("PLAYBOOKS_", "").replaceAll("__", "_"), right.toLowerCase().slice(10)];
    if (setting.key.includes("_")) spellings.push(setting.key.toUpperCase());
    for (const spelling of spellings) {
      for (const variable of [`PLAYBOOKS_${spelling}`, `playbooks_${spelling}`]) {
        // The command of [notify] gets these two.
        if (/^PLAYBOOKS_NOTIFY_(LINK|COMMAND)$/.test(variable)) continue;
        const [environment, dotEnv] = [{ [variable]: "1" }, {
          path: "/p/.env",
          variables: { [variable]: "1" },
        }];
        for (const sources of [{ environment }, { dotEnv }]) {
          const error = assertThrows(() => resolveConfig({ ...bare, ...sources }), PlaybooksError);
          assertEquals(error.exitCode, exitCodes.usage);
          assertStringIncludes(error.message, variable);
          // A key that several tables have names one of them.
          assertMatch(
            error.message,
            new RegExp(`did you mean PLAYBOOKS_\\w+__${setting.key.toUpperCase()}$`),
          );
        }
      }
    }
  }
});

Deno.test("config: a variable that may mean a setting is a warning, and another program's variable is none", () => {
  const ignoredBy = (environment: Readonly<Record<string, string>>) =>
    resolveConfig({ ...bare, environment }).ignored;
  for (
    const [name, meant] of [
      ["PLAYBOOKS_MODEL", "PLAYBOOKS_MODEL__<KEY>"],
      ["PLAYBOOKS_LIMITS", "PLAYBOOKS_LIMITS__<KEY>"],
      ["PLAYBOOKS_PROVIDER", "PLAYBOOKS_MODEL__PROVIDER"],
      ["PLAYBOOKS_SYNC", "PLAYBOOKS_DURABILITY__SYNC"],
      ["PLAYBOOKS_LIMITS_MAX_LLM_CALS", "PLAYBOOKS_LIMITS__MAX_LLM_CALLS"],
      ["PLAYBOOKS_MAX_CALLS", "PLAYBOOKS_LIMITS__MAX_LLM_CALLS"],
      ["PLAYBOOKS_TRUSTED", "PLAYBOOKS_TRUST"],
      ["PLAYBOOKS_STATE_DIRR", "PLAYBOOKS_STATE_DIR"],
      ["PLAYBOOKS_KEYS", "PLAYBOOKS_KEY"],
      ["PLAYBOOKS_trust", "PLAYBOOKS_TRUST"],
    ] as const
  ) {
    const [ignored, ...more] = ignoredBy({ [name]: "1" });
    assertEquals([ignored?.isTold, more.length], [true, 0], name);
    assertEquals(
      ignoredText(ignored!),
      `The environment variable ${name} has no effect: there is no such setting; did you mean ${meant}`,
    );
  }
  for (
    const name of ["PLAYBOOKS_HOME", "PLAYBOOKS_BINARY", "PLAYBOOKS_TEST_THOROUGH", "PLAYBOOKS_GET_VERSION"]
  ) {
    assertEquals(ignoredBy({ [name]: "1" }).map(({ isTold }) => isTold), [false], name);
  }
  const known = [
    ...shellVariables,
    "PLAYBOOKS_NOTIFY_EVENT",
    "PLAYBOOKS_NOTIFY_LINK",
    "PLAYBOOKS_",
    "MY_PLAYBOOKS_KEY",
  ];
  assertEquals(ignoredBy(Object.fromEntries(known.map((name) => [name, "1"]))), []);
});

Deno.test("config: a .env that sets what only the shell can set is a warning", () => {
  for (const name of shellVariables) {
    const dotEnv = { path: "/p/.env", variables: { [name]: "1" } };
    assertEquals(resolveConfig({ ...bare, dotEnv }).ignored.map(ignoredText), [
      `${name} in /p/.env has no effect: only the environment of the shell can set it`,
    ]);
  }
});

Deno.test("config: the reference explains each variable that is no setting", () => {
  const text = Deno.readTextFileSync(new URL("../../docs/reference.md", import.meta.url));
  for (const name of shellVariables) assertStringIncludes(text, `| \`${name}\` |`);
});

Deno.test("config: ignored variables are told by a run and in the list of settings", async () => {
  const program = "# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- End program\n";
  await inFolder({ "a.pb": program, ".env": "PLAYBOOKS_TRUST=1\n" }, async (folder) => {
    const cli = async (...args: readonly string[]) => {
      const world = worldIn(folder, { PLAYBOOKS_MODEL: "x", PLAYBOOKS_HOME: "/x" });
      return {
        exit: await runCommandLine(args, world),
        stdout: world.stdout.text,
        stderr: world.stderr.text,
      };
    };
    for (const args of [["run", "a.pb"], ["run", "a.pb", "--quiet"], ["run", "a.pb", "--json"]]) {
      const { exit, stdout, stderr } = await cli(...args);
      assertEquals(exit, 0);
      assertMatch(stderr, /PLAYBOOKS_MODEL has no effect.*\n.*PLAYBOOKS_TRUST in .*\.env has no effect/);
      assertEquals(stderr.includes("PLAYBOOKS_HOME"), false);
      assertEquals(stdout.includes("no effect"), false);
    }
    const { ignored } = JSON.parse((await cli("config", "show", "--json")).stdout);
    assertEquals(ignored.length, 3);
    assertMatch(
      (await cli("config", "show")).stdout,
      /PLAYBOOKS_HOME has no effect: there is no such setting\n/,
    );
  });
});

Deno.test("config: a host that can permit nothing is refused, in a file, the environment and a flag", async (t) => {
  const wrong = [
    "https://api.example",
    "http://127.0.0.1:80",
    "api.example/v1",
    "*.example",
    "api.example:",
    "api.example:0",
    "api.example:99999",
    "api.example:https",
    "two words",
    "user@api.example",
    "[::1",
  ];
  const right = [
    "*",
    "a.example",
    "a.example:443",
    "127.0.0.1",
    "LOCALHOST",
    "[::1]:80",
    "::1",
    "bücher.example",
  ];
  for (const host of [...wrong, ...right]) {
    await t.step(host, async () => {
      const isRight = right.includes(host);
      const toml = `[permissions]\nnet = ["b.example", ${JSON.stringify(host)}]\n`;
      const environment = { PLAYBOOKS_PERMISSIONS__NET: host };
      if (isRight) {
        assertEquals(resolved(toml).runtime.permissions.net, ["b.example", host]);
        assertEquals(resolveConfig({ ...bare, environment }).runtime.permissions.net, [host]);
      } else {
        assertMatch(
          refusal(toml),
          /playbooks\.toml, line 2, .* must be a list of hosts such as "example\.com"/,
        );
        assertThrows(
          () => resolveConfig({ ...bare, environment }),
          PlaybooksError,
          "must be a list of hosts",
        );
      }
      await inFolder({}, async (folder) => {
        const world = worldIn(folder);
        const exit = await runCommandLine(["run", "none.pb", `--allow-net=b.example,${host}`], world);
        assertEquals(exit, exitCodes.usage);
        assertEquals(world.stderr.text.includes("--allow-net takes hosts"), !isRight, world.stderr.text);
      });
    });
  }
});

Deno.test("config: --config /dev/null means no playbooks.toml, and the storage is in the current folder", async () => {
  await inFolder({ "playbooks.toml": '[durability]\nstorage_path = "elsewhere"\n' }, (folder) => {
    const world = worldIn(folder, { HOME: folder });
    const named = (config: string) => loadConfig({ config, programFile: "x.pb" }, world);
    assertEquals(named("playbooks.toml").storagePath, `${folder}/elsewhere`);
    for (const config of ["/dev/null", "/dev/../dev/null"]) {
      assertEquals([named(config).storagePath, named(config).files], [`${folder}/.checkpoints`, []]);
    }
    for (const config of ["/dev/zero", "/dev/tty", folder, "gone.toml"]) {
      assertEquals(assertThrows(() => named(config), PlaybooksError).exitCode, exitCodes.usage);
    }
    return Promise.resolve();
  });
});

Deno.test("config: relative paths start at the folder of their source", () => {
  const toml = '[durability]\nstorage_path = "state"\n[permissions]\nread = ["data", "/etc", "~/notes"]\n';
  const config = resolved(toml, { environment: { HOME: "/home/kim" } });
  assertEquals(config.storagePath, "/project/state");
  assertEquals(config.runtime.permissions.read, ["/project/data", "/etc", "/home/kim/notes"]);
  assertEquals(resolved("").storagePath, "/project/.checkpoints");
  const environment = { PLAYBOOKS_DURABILITY__STORAGE_PATH: "mine" };
  assertEquals(resolved(toml, { environment }).storagePath, "/work/mine");
});

Deno.test("config: a [model] table chooses the model, and [model.raw] inherits from it", () => {
  const config = resolved('[model]\ntemperature = 1\n[model.raw]\nname = "small"\n');
  assertEquals(config.modelFrom, "file");
  assertEquals(config.model.provider, "anthropic");
  assertEquals(config.model.name, "claude-haiku-4-5");
  assertEquals(config.rawModel, { ...config.model, name: "small" });
  assertEquals(resolved("[model]\n").model.provider, "anthropic");
});

Deno.test("config: a key in the environment alone chooses its provider", () => {
  const chosen = (environment: Record<string, string>) => {
    const { model, modelFrom } = resolveConfig({ ...bare, environment });
    return [model.provider, model.name, modelFrom];
  };
  assertEquals(chosen({ ANTHROPIC_API_KEY: "k" }), ["anthropic", "claude-haiku-4-5", "environment"]);
  assertEquals(chosen({ OPENAI_API_KEY: "k" }), ["openai", "gpt-5-mini", "environment"]);
  assertEquals(chosen({ GOOGLE_API_KEY: "k" }), ["google", "gemini-2.5-flash", "environment"]);
  assertEquals(chosen({ GEMINI_API_KEY: "k", ANTHROPIC_API_KEY: "k" })[0], "anthropic");
  assertEquals(chosen({ ANTHROPIC_API_KEY: " ", GROQ_API_KEY: "k" }), ["rehearsal", "", "default"]);
  const said = resolved('[model]\nprovider = "google"\n', { environment: { OPENAI_API_KEY: "k" } });
  assertEquals([said.model.provider, said.model.name], ["google", "gemini-2.5-flash"]);
  const flag = resolveConfig({ ...bare, environment: { OPENAI_API_KEY: "k" }, model: "rehearsal" });
  assertEquals(flag.model.provider, "rehearsal");
});

Deno.test("config: the user's own prices are read and shown with the other settings", () => {
  const toml = '[prices."openai:gpt-5.9"]\ninput = 2\ncached_input = 0.5\noutput = 8.25\n';
  const config = resolved(toml);
  assertEquals(config.prices, { "openai:gpt-5.9": { input: 2, cachedInput: 0.5, output: 8.25 } });
  assertEquals(config.settings.slice(-3), [
    { name: 'prices."openai:gpt-5.9".input', value: 2, from: "/project/playbooks.toml, line 1" },
    { name: 'prices."openai:gpt-5.9".cached_input', value: 0.5, from: "/project/playbooks.toml, line 1" },
    { name: 'prices."openai:gpt-5.9".output', value: 8.25, from: "/project/playbooks.toml, line 1" },
  ]);
});

Deno.test("config: settings of one provider are never used for another", () => {
  const toml =
    '[model]\nprovider = "openai-compatible"\nname = "a"\nbase_url = "http://here"\napi_key_env = "KEY"\n';
  const flag = resolved(toml, { model: "openai:b" });
  assertEquals(flag.model, { ...flag.model, provider: "openai", name: "b", baseUrl: "", apiKeyEnv: "" });
  assertEquals(flag.modelFrom, "flag");
  const raw = resolved(`${toml}[model.raw]\nprovider = "rehearsal"\n`).rawModel!;
  assertEquals([raw.provider, raw.name, raw.baseUrl, raw.apiKeyEnv], ["rehearsal", "", "", ""]);
});

Deno.test("config: a server from the environment without a provider belongs to the provider of --model", () => {
  const environment = { PLAYBOOKS_MODEL__BASE_URL: "http://here", PLAYBOOKS_MODEL__API_KEY_ENV: "KEY" };
  const { model } = resolved("", { model: "openai-compatible:x", environment });
  assertEquals([model.provider, model.baseUrl, model.apiKeyEnv], ["openai-compatible", "http://here", "KEY"]);
  const named = { ...environment, PLAYBOOKS_MODEL__PROVIDER: "groq", PLAYBOOKS_MODEL__NAME: "x" };
  const other = resolved("", { model: "openai-compatible:x", environment: named }).model;
  assertEquals([other.baseUrl, other.apiKeyEnv], ["", ""]);
  const file = resolved('[model]\nbase_url = "http://there"\n', { model: "openai-compatible:x" }).model;
  assertEquals(file.baseUrl, "");
});

Deno.test("config: --model takes a provider and a name, a provider, or a name with colons", () => {
  const toml =
    '[model]\nprovider = "openai-compatible"\nname = "a"\nbase_url = "http://here"\n[model.raw]\nname = "r"\n';
  const named = resolved(toml, { model: "llama3.2:3b" });
  assertEquals([named.model.provider, named.model.name, named.model.baseUrl], [
    "openai-compatible",
    "llama3.2:3b",
    "http://here",
  ]);
  assertEquals(named.rawModel, undefined);
  assertEquals(resolved(toml, { model: "rehearsal" }).model.provider, "rehearsal");
  assertEquals(resolved("", { model: "openai-compatible:x:1b" }).model.name, "x:1b");
  assertStringIncludes(refusal("", { model: "llama3.2:3b" }), "names no provider");
  assertStringIncludes(refusal("", { model: "groq" }), "groq:NAME");
  assertEquals(resolved("", { model: "openai" }).model.name, "gpt-5-mini");
  assertEquals(resolved("", { model: "ollama:qwen3:14b" }).model.name, "qwen3:14b");
  assertEquals(resolved("", { model: "replay:runs/a.jsonl" }).model.name, "runs/a.jsonl");
});

Deno.test("config: the error for a wrong key or value names file, line, column, key and the nearest known key", async (t) => {
  const cases: readonly (readonly [string, string])[] = [
    [
      "[limits]\nmax_llm_cals = 3\n",
      "playbooks.toml, line 2, column 1: there is no key limits.max_llm_cals; did you mean max_llm_calls",
    ],
    [
      "[limit]\nmax_llm_calls = 3\n",
      "line 1, column 2: there is no table [limit]; did you mean limits",
    ],
    ["max_llm_calls = 3\n", "line 1, column 1: there is no key max_llm_calls; it must be under [limits]"],
    ["[model.rw]\nname = 'x'\n", "line 1, column 2: there is no table [model.rw]; did you mean model.raw"],
    ["limits = 3\n", "line 1, column 1: limits is a table"],
    [
      "[limits]\n\nmax_llm_calls = 'ten'\n",
      'line 3, column 1: limits.max_llm_calls is "ten", and must be a whole number',
    ],
    ["[limits]\nmax_llm_calls = 1.5\n", "must be a whole number of at least 1"],
    ["[limits]\nmax_cost_usd = -1\n", "or left out for no limit"],
    ["[model]\ntemperature = 3\n", "must be a number from 0 to 2"],
    ["[durability]\nsync = 'sometimes'\n", '"always", "batch", "off"'],
    ["[durability]\nenabled = 'yes'\n", "must be true or false"],
    ["[durability]\nstorage_path = ''\n", "must be the path of a folder"],
    ["[permissions]\nnet = 'x'\n", "must be a list of hosts"],
    ["[permissions]\nread = [3]\n", "must be a list of folders"],
    ["[model]\nprovider = 'ollama'\n", "needs a model's name"],
    ["[model]\nprovider = 'olama'\n", 'must be one of "anthropic"'],
    [
      "[prices]\ninput = 1\n",
      'line 2, column 1: prices are tables of their own: write [prices."provider:name"]',
    ],
    ['[prices."a:b"]\ninput = 1\n', "line 1, column 2: prices.a:b must give both input and output"],
    [
      '[prices."a:b"]\ninputs = 1\n',
      "line 2, column 1: there is no key prices.a:b.inputs; did you mean input",
    ],
    [
      '[prices."a:b"]\ninput = 1\noutput = "2"\n',
      'line 3, column 1: prices.a:b.output is "2", and must be US dollars for a million tokens',
    ],
    ["[limits]\nmax_llm_calls = = 3\n", "line 2: it is not TOML"],
    ["[limits\n", "line 1: it is not TOML"],
    [`\na${".a".repeat(9000)} = 1\n`, "line 2: a name has more than 32 parts"],
    [`[ "a"${" . 'a'".repeat(9000)} ]\n`, "line 1: a name has more than 32 parts"],
    ["[limits]\n" + "a=1\n".repeat(2000), "it has more than 1000 keys"],
    ["#".repeat(70_000), "it is longer than 64 KiB"],
    ['"limits".x.max_turns = 1\n', "line 1, column 1: there is no table [limits.x]"],
    ["limits = { sub = 1, max_llm_cals = 3 }\n", "line 1, column 12: there is no key limits.sub"],
    ['[model]\nname = """\n[limits]\nx = 1"""\ny = 1\n', "line 5, column 1: there is no key model.y"],
    ["limits.max_llm_calls = 0\n", "line 1, column 1: limits.max_llm_calls is 0"],
  ];
  for (const [toml, expected] of cases) {
    await t.step(JSON.stringify(toml), () => assertStringIncludes(refusal(toml), expected));
  }
  assertStringIncludes(
    refusal("", { environment: { PLAYBOOKS_LIMITS__MAX_LLM_CALS: "3" } }),
    "PLAYBOOKS_LIMITS__MAX_LLM_CALS: there is no such setting; did you mean PLAYBOOKS_LIMITS__MAX_LLM_CALLS",
  );
  assertStringIncludes(
    refusal("", { dotEnv: { path: "/p/.env", variables: { PLAYBOOKS_LIMITS__MAX_REPAIRS: "x" } } }),
    "PLAYBOOKS_LIMITS__MAX_REPAIRS in /p/.env",
  );
});

Deno.test("config: the nearest playbooks.toml upward from the program is read, and the .env beside it", async () => {
  const files = {
    "playbooks.toml": "[limits]\nmax_repairs = 1\n",
    "deep/playbooks.toml": "[limits]\nmax_repairs = 2\n",
    "deep/er/a.pb": "# A\n",
    "deep/er/.env":
      "PLAYBOOKS_LIMITS__MAX_TOKENS=9\nGROQ_API_KEY=from file\nXAI_API_KEY='two words'\nNEW=1\n",
    "other.toml": "[limits]\nmax_repairs = 3\n",
  };
  await inFolder(files, (folder) => {
    const world = worldIn(folder, { GROQ_API_KEY: "by the shell" });
    const config = loadConfig({ programFile: "deep/er/a.pb" }, world);
    assertEquals(config.runtime.limits.maxRepairs, 2);
    assertEquals(config.runtime.limits.maxTokens, 9);
    assertEquals(config.environment, {
      GROQ_API_KEY: "by the shell",
      XAI_API_KEY: "two words",
    });
    assertEquals(config.files, [`${folder}/deep/playbooks.toml`, `${folder}/deep/er/.env`]);
    assertEquals(loadConfig({}, world).runtime.limits.maxRepairs, 1);
    const named = loadConfig({ programFile: "deep/er/a.pb", config: "other.toml" }, world);
    assertEquals(named.runtime.limits.maxRepairs, 3);
    const error = assertThrows(() => loadConfig({ config: "none.toml" }, world), PlaybooksError);
    assertStringIncludes(error.message, `${folder}/none.toml: there is no such file`);
  });
});

Deno.test("config: a configuration that is not text is refused", async () => {
  await inFolder({ "playbooks.toml": new Uint8Array([0xff, 0xfe, 0x00]) }, (folder) => {
    const error = assertThrows(() => loadConfig({}, worldIn(folder)), PlaybooksError);
    assertStringIncludes(error.message, "it is not text in UTF-8");
  });
});

Deno.test("config: each permission is read from its own key", () => {
  const { runtime } = resolved(
    '[permissions]\nnet = ["a.example"]\nread = ["/r"]\nwrite = ["/w"]\nenv = ["E"]',
  );
  assertEquals(runtime.permissions, { net: ["a.example"], read: ["/r"], write: ["/w"], env: ["E"] });
});

Deno.test("config: a variable of the shell wins over one of .env", () => {
  const { environment } = resolved("", {
    environment: { ANTHROPIC_API_KEY: "shell" },
    dotEnv: { path: "/project/.env", variables: { ANTHROPIC_API_KEY: "file", OPENAI_API_KEY: "file" } },
  });
  assertEquals([environment["ANTHROPIC_API_KEY"], environment["OPENAI_API_KEY"]], ["shell", "file"]);
});
