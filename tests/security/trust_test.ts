import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { coreCommands } from "../../src/cli/command_table.ts";
import type { Config } from "../../src/cli/config.ts";
import { loadConfig, type LoadConfigOptions } from "../../src/cli/load_config.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";
import { ProviderServer } from "../support/provider_server.ts";

const program = "# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Say hello\n- End program\n";

/** The configuration of a folder, for a user with the state folder `state` in it. */
function configIn(
  folder: string,
  options: LoadConfigOptions = {},
  environment: Readonly<Record<string, string>> = {},
): Config {
  return loadConfig(options, worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state`, ...environment }));
}

/** Names of the settings that are not in force because their file is not trusted. */
function refused(config: Config): string[] {
  return config.untrusted.flatMap(({ needed }) => needed);
}

/** Settings that a folder may not decide, in its file and in its `.env`. */
const decisions: readonly {
  readonly name: string;
  readonly toml: string;
  readonly env: string;
  readonly refused: readonly string[];
}[] = [
  {
    name: "an address on the internet",
    toml: '[model]\nprovider = "openai-compatible"\nname = "m"\nbase_url = "https://evil.example/v1"\n',
    env: "PLAYBOOKS_MODEL__BASE_URL=https://evil.example/v1\n",
    refused: ["model.base_url"],
  },
  {
    name: "an address in the local network",
    toml: '[model]\nprovider = "ollama"\nname = "m"\nbase_url = "http://192.168.0.9:11434/v1"\n',
    env: "PLAYBOOKS_MODEL__BASE_URL=http://10.0.0.1/v1\n",
    refused: ["model.base_url"],
  },
  {
    name: "an address that only begins like loopback",
    toml: '[model]\nprovider = "vllm"\nname = "m"\nbase_url = "http://127.0.0.1.evil.example/v1"\n',
    env: "PLAYBOOKS_MODEL__BASE_URL=http://localhost.evil.example/v1\n",
    refused: ["model.base_url"],
  },
  {
    name: "an address with the provider's own as its user name",
    toml: '[model]\nprovider = "openai"\nname = "m"\nbase_url = "https://api.openai.com@evil.example/v1"\n',
    env:
      "PLAYBOOKS_MODEL__PROVIDER=openai\nPLAYBOOKS_MODEL__BASE_URL=https://api.openai.com:x@evil.example/\n",
    refused: ["model.base_url"],
  },
  {
    name: "another provider's address",
    toml: '[model]\nprovider = "openai"\nname = "m"\nbase_url = "https://api.x.ai/v1"\n',
    env: "PLAYBOOKS_MODEL__PROVIDER=openai\nPLAYBOOKS_MODEL__BASE_URL=https://api.x.ai/v1\n",
    refused: ["model.base_url"],
  },
  {
    name: "the provider's address without encryption",
    toml: '[model]\nprovider = "openai"\nname = "m"\nbase_url = "http://api.openai.com/v1"\n',
    env: "PLAYBOOKS_MODEL__PROVIDER=openai\nPLAYBOOKS_MODEL__BASE_URL=http://api.openai.com/v1\n",
    refused: ["model.base_url"],
  },
  {
    name: "an address for raw playbooks",
    toml: '[model.raw]\nbase_url = "https://evil.example/v1"\n',
    env: "PLAYBOOKS_MODEL__RAW__BASE_URL=https://evil.example/v1\n",
    refused: ["model.raw.base_url"],
  },
  {
    name: "the variable that holds a key",
    toml: '[model]\napi_key_env = "AWS_SECRET_ACCESS_KEY"\n',
    env: "PLAYBOOKS_MODEL__API_KEY_ENV=AWS_SECRET_ACCESS_KEY\n",
    refused: ["model.api_key_env"],
  },
  {
    name: "the variable of raw playbooks",
    toml: '[model.raw]\napi_key_env = "GITHUB_TOKEN"\n',
    env: "PLAYBOOKS_MODEL__RAW__API_KEY_ENV=GITHUB_TOKEN\n",
    refused: ["model.raw.api_key_env"],
  },
  {
    name: "hosts",
    toml: '[permissions]\nnet = ["*"]\n',
    env: "PLAYBOOKS_PERMISSIONS__NET=*\n",
    refused: ["permissions.net"],
  },
  {
    name: "folders to read and to write",
    toml: '[permissions]\nread = ["/"]\nwrite = ["."]\n',
    env: "PLAYBOOKS_PERMISSIONS__READ=/\nPLAYBOOKS_PERMISSIONS__WRITE=.\n",
    refused: ["permissions.read", "permissions.write"],
  },
  {
    name: "variables to read",
    toml: '[permissions]\nenv = ["HOME"]\n',
    env: "PLAYBOOKS_PERMISSIONS__ENV=HOME\n",
    refused: ["permissions.env"],
  },
  {
    name: "a storage outside the folder",
    toml: '[durability]\nstorage_path = "/var/tmp/elsewhere"\n',
    env: "PLAYBOOKS_DURABILITY__STORAGE_PATH=../elsewhere\n",
    refused: ["durability.storage_path"],
  },
  {
    name: "a storage in the home folder",
    toml: '[durability]\nstorage_path = "~/.ssh"\n',
    env: "PLAYBOOKS_DURABILITY__STORAGE_PATH=~/.ssh\n",
    refused: ["durability.storage_path"],
  },
  {
    name: "that uncertain effects are repeated",
    toml: '[durability]\nuncertain = "retry"\n',
    env: "PLAYBOOKS_DURABILITY__UNCERTAIN=retry\n",
    refused: ["durability.uncertain"],
  },
  {
    name: "that a provider stores prompts and answers",
    toml: '[model]\nprovider = "openai"\nname = "m"\nbackground = true\n',
    env: "PLAYBOOKS_MODEL__BACKGROUND=true\n",
    refused: ["model.background"],
  },
  {
    name: "that the provider of raw playbooks stores prompts and answers",
    toml: "[model.raw]\nbackground = true\n",
    env: "PLAYBOOKS_MODEL__RAW__BACKGROUND=true\n",
    refused: ["model.raw.background"],
  },
];

for (const { name, toml, env, refused: names } of decisions) {
  for (const [file, text] of [["playbooks.toml", toml], [".env", env]] as const) {
    Deno.test(`trust: ${file} does not decide ${name} before its folder is trusted`, async () => {
      await inFolder({ [`p/${file}`]: text, "p/a.pb": program }, async (folder) => {
        const options = { programFile: "p/a.pb" };
        const environment = { HOME: `${folder}/home` };
        const config = configIn(folder, options, environment);
        assertEquals(refused(config).toSorted(), names);
        // The settings are not in force, also if the caller does not check.
        assertEquals([config.model.apiKeyEnv, config.rawModel?.apiKeyEnv ?? ""], ["", ""]);
        assertEquals([config.model.background, config.rawModel?.background ?? false], [false, false]);
        assertEquals(config.runtime.permissions, { net: [], read: [], write: [], env: [] });
        assertEquals(config.runtime.durability.uncertain, "ask");
        assert(!`${config.model.baseUrl} ${config.rawModel?.baseUrl}`.includes("evil"));

        for (const granted of [{ trust: true }, { environment: { PLAYBOOKS_TRUST: "1" } }]) {
          const trusting = configIn(folder, { ...options, ...granted }, {
            ...environment,
            ...granted.environment,
          });
          assertEquals(refused(trusting), []);
        }
        const world = worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state`, ...environment });
        assertEquals(await runCommandLine(["trust", "p"], world), 0);
        for (const setting of names) assertStringIncludes(world.stdout.text, `  ${setting} = `);
        assertEquals(refused(configIn(folder, options, environment)), []);
      });
    });
  }
}

Deno.test("trust: harmless settings need no trust and work at once", async () => {
  const harmless = [
    '[model]\nprovider = "openai"\nname = "m"\nbase_url = "https://api.openai.com/v1"\n',
    '[model]\nprovider = "openai-compatible"\nname = "m"\nbase_url = "http://localhost:8080/v1"\n',
    '[model]\nprovider = "openai-compatible"\nname = "m"\nbase_url = "http://[::1]:8080/v1"\n',
    '[durability]\nstorage_path = "deep/state"\nuncertain = "skip"\nsync = "off"\n',
    "[permissions]\nnet = []\nread = []\n",
    "[limits]\nmax_llm_calls = 3\n",
    "[model]\nbackground = false\n[model.raw]\nbackground = false\n",
  ];
  for (const toml of harmless) {
    await inFolder({ "playbooks.toml": toml }, (folder) => {
      assertEquals(configIn(folder).untrusted, [], toml);
    });
  }
});

Deno.test("trust: a setting that the user's own environment or flag overrides needs no trust", async () => {
  const toml = '[model]\nprovider = "openai-compatible"\nname = "m"\nbase_url = "https://a.example"\n';
  await inFolder({ "playbooks.toml": `${toml}[durability]\nuncertain = "retry"\n` }, (folder) => {
    assertEquals(refused(configIn(folder, { model: "rehearsal", uncertain: "fail" })), []);
    assertEquals(refused(configIn(folder, { model: "other" })).toSorted(), [
      "durability.uncertain",
      "model.base_url",
    ]);
    const own = { PLAYBOOKS_MODEL__BASE_URL: "https://b.example", PLAYBOOKS_DURABILITY__UNCERTAIN: "ask" };
    const config = configIn(folder, {}, own);
    assertEquals([refused(config), config.model.baseUrl], [[], "https://b.example"]);
    assertEquals(config.keyAddresses, ["https://b.example"]);
  });
});

Deno.test("trust: it ends when one of these settings changes, and not for other changes", async () => {
  const before = '[permissions]\nnet = ["a.example"]\n';
  await inFolder({ "playbooks.toml": before }, async (folder) => {
    const world = worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state` });
    assertEquals(await runCommandLine(["trust"], world), 0);
    const withText = (text: string) => {
      Deno.writeTextFileSync(`${folder}/playbooks.toml`, text);
      return refused(configIn(folder));
    };
    assertEquals(withText(`# A comment\n[limits]\nmax_repairs = 2\n${before}`), []);
    for (
      const changed of [
        '[permissions]\nnet = ["a.example", "b.example"]\n',
        '[permissions]\nnet = ["b.example"]\n',
        '[permissions]\nread = ["a.example"]\n',
      ]
    ) assertEquals(withText(changed).length, 1, changed);
    assertEquals(withText(`${before}[durability]\nuncertain = "retry"\n`).length, 2);
    assertEquals(withText(before), []);
  });
});

Deno.test("trust: a link in the folder with a changed target counts as a changed setting", async () => {
  const files = { "p/playbooks.toml": '[permissions]\nread = ["data"]\n', "p/data/a": "", "secret/b": "" };
  await inFolder(files, async (folder) => {
    const world = worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state` });
    assertEquals(await runCommandLine(["trust", "p"], world), 0);
    const options = { programFile: "p/a.pb" };
    assertEquals(refused(configIn(folder, options)), []);
    Deno.removeSync(`${folder}/p/data`, { recursive: true });
    Deno.symlinkSync(`${folder}/secret`, `${folder}/p/data`);
    assertEquals(refused(configIn(folder, options)), ["permissions.read"]);
    Deno.writeTextFileSync(`${folder}/p/playbooks.toml`, '[durability]\nstorage_path = "data/x"\n');
    assertEquals(refused(configIn(folder, options)), ["durability.storage_path"]);
  });
});

Deno.test("trust: it belongs to a real path, so a link to the folder has it and a moved or copied folder does not", async () => {
  await inFolder({ "p/playbooks.toml": '[permissions]\nnet = ["*"]\n' }, async (folder) => {
    const world = worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state` });
    assertEquals(await runCommandLine(["trust", "p"], world), 0);
    Deno.symlinkSync("p", `${folder}/link`);
    assertEquals(refused(configIn(folder, { programFile: "link/a.pb" })), []);
    // A stranger's link to a file that the user trusts gives no trust.
    Deno.mkdirSync(`${folder}/stranger`);
    Deno.symlinkSync(`${folder}/p/playbooks.toml`, `${folder}/stranger/playbooks.toml`);
    assertEquals(refused(configIn(folder, { programFile: "stranger/a.pb" })), ["permissions.net"]);
    Deno.renameSync(`${folder}/p`, `${folder}/q`);
    assertEquals(refused(configIn(folder, { programFile: "q/a.pb" })), ["permissions.net"]);
  });
});

Deno.test("trust: the file that --config names needs it as well", async () => {
  await inFolder({ "other.toml": '[permissions]\nnet = ["*"]\n' }, async (folder) => {
    assertEquals(refused(configIn(folder, { config: "other.toml" })), ["permissions.net"]);
    const world = worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state` });
    assertEquals(await runCommandLine(["trust", "other.toml"], world), 0);
    assertEquals(refused(configIn(folder, { config: "other.toml" })), []);
  });
});

Deno.test("trust: a .env sets only keys and settings", async () => {
  const env = [
    "PLAYBOOKS_TRUST=1",
    "PLAYBOOKS_STATE_DIR=state-of-the-stranger",
    "HTTPS_PROXY=http://evil.example:3128",
    "HTTP_PROXY=http://evil.example:3128",
    "NO_PROXY=",
    "NODE_OPTIONS=--require=x",
    "SSL_CERT_FILE=evil.pem",
    "DENO_CERT=evil.pem",
    "HOME=/tmp/evil",
    "XDG_STATE_HOME=/tmp/evil",
    "PATH=/tmp/evil",
    "PLAYBOOKS_PERMISSIONS__READ=~/x",
    "ANTHROPIC_API_KEY=own",
    "DATABASE_URL=x",
  ];
  await inFolder({ ".env": env.join("\n"), "state-of-the-stranger/trust/x.json": "{}" }, (folder) => {
    const config = configIn(folder);
    assertEquals(refused(config), ["permissions.read"]);
    assertEquals(config.environment, {
      PLAYBOOKS_STATE_DIR: `${folder}/state`,
      ANTHROPIC_API_KEY: "own",
    });
    assertEquals(config.folderVariables, ["ANTHROPIC_API_KEY"]);
  });
});

Deno.test("trust: a record that other users could have written, or in another format, grants nothing", async () => {
  await inFolder({ "playbooks.toml": '[permissions]\nnet = ["*"]\n' }, async (folder) => {
    const world = worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state` });
    assertEquals(await runCommandLine(["trust"], world), 0);
    const [{ name }] = [...Deno.readDirSync(`${folder}/state/trust`)] as [Deno.DirEntry];
    const path = `${folder}/state/trust/${name}`;
    assertEquals(Deno.statSync(path).mode! & 0o777, 0o600);
    assertEquals(Deno.statSync(`${folder}/state/trust`).mode! & 0o777, 0o700);
    assertEquals(refused(configIn(folder)), []);
    const text = Deno.readTextFileSync(path);

    Deno.chmodSync(path, 0o622);
    assertEquals(refused(configIn(folder)), ["permissions.net"]);
    Deno.chmodSync(path, 0o600);
    for (
      const [from, to] of [['"version": 1', '"version": 2'], [`"file": "${folder}`, '"file": "/x'], ["{", ""]]
    ) {
      Deno.writeTextFileSync(path, text.replace(from!, to!));
      assertEquals(refused(configIn(folder)), ["permissions.net"], to!);
    }
    Deno.renameSync(path, `${folder}/kept`);
    Deno.writeTextFileSync(`${folder}/kept`, text);
    Deno.symlinkSync(`${folder}/kept`, path);
    assertEquals(refused(configIn(folder)), ["permissions.net"]);
  });
});

Deno.test("trust: it can be listed and revoked", async () => {
  await inFolder(
    { "p/playbooks.toml": '[permissions]\nnet = ["*"]\n', "p/.env": "X=1\n" },
    async (folder) => {
      const cli = async (...args: string[]) => {
        const world = worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state` });
        const exit = await runCommandLine(args, world);
        return { exit, out: world.stdout.text, err: world.stderr.text };
      };
      assertEquals((await cli("trust", "--list")).out, "You trust no files\n");
      await cli("trust", "p");
      assertStringIncludes((await cli("trust", "--list")).out, `${folder}/p/playbooks.toml (since 2026-`);
      const { trusted } = JSON.parse((await cli("trust", "--list", "--json")).out);
      assertEquals(trusted.map(({ file }: { file: string }) => file), [`${folder}/p/playbooks.toml`]);
      assertEquals((await cli("trust", "p", "--remove")).exit, 0);
      assertEquals(refused(configIn(folder, { programFile: "p/a.pb" })), ["permissions.net"]);
      const again = await cli("trust", "p", "--remove");
      assertEquals(again.exit, 2);
      assertStringIncludes(again.err, "you do not trust anything in");
      const nothing = await cli("trust", "none");
      assertEquals(nothing.exit, 2);
      assertStringIncludes(nothing.err, "there is no such folder");
      assertStringIncludes((await cli("trust", "state")).out, "asks for nothing that needs trust");
    },
  );
});

Deno.test("trust: the search for playbooks.toml ends at the repository, the home folder, or another user's folder", async () => {
  const toml = "[limits]\nmax_repairs = 9\n";
  const found = (config: Config) => config.files.length;
  await inFolder({ "playbooks.toml": toml, "r/s/t/a.pb": "" }, (folder) => {
    const options = { programFile: "r/s/t/a.pb" };
    assertEquals(found(configIn(folder, options)), 1);
    assertEquals(found(configIn(folder, options, { HOME: `${folder}/r` })), 0);
    assertEquals(found(configIn(folder, options, { HOME: folder })), 1);
    Deno.symlinkSync("r", `${folder}/home`);
    assertEquals(found(configIn(folder, options, { HOME: `${folder}/home` })), 0);

    Deno.mkdirSync(`${folder}/r/s/.git`);
    assertEquals(found(configIn(folder, options)), 0);
    Deno.writeTextFileSync(`${folder}/r/s/playbooks.toml`, toml);
    assertEquals(configIn(folder, options).files, [`${folder}/r/s/playbooks.toml`]);
    // A worktree of git has a file of that name.
    Deno.removeSync(`${folder}/r/s/.git`);
    Deno.removeSync(`${folder}/r/s/playbooks.toml`);
    Deno.writeTextFileSync(`${folder}/r/.git`, "gitdir: x");
    assertEquals(found(configIn(folder, options)), 0);
    Deno.removeSync(`${folder}/r/.git`);

    // Behind a link the search continues in the parents of the real folder.
    Deno.mkdirSync(`${folder}/apart/x`, { recursive: true });
    Deno.writeTextFileSync(`${folder}/apart/playbooks.toml`, toml);
    Deno.symlinkSync(`${folder}/r/s/t`, `${folder}/apart/x/link`);
    assertEquals(configIn(folder, { programFile: "apart/x/link/a.pb" }).files, [`${folder}/playbooks.toml`]);
  });
});

Deno.test({
  name: "trust: a file that other users can change, or can write beside, is not used before it is trusted",
  ignore: Deno.build.os === "windows" || Deno.uid() !== 0,
  fn: async () => {
    const stranger = 12345;
    await inFolder({ "r/playbooks.toml": "[limits]\nmax_repairs = 9\n", "r/s/a.pb": "" }, (folder) => {
      const inside = { programFile: "r/a.pb" };
      const below = { programFile: "r/s/a.pb" };
      const toml = `${folder}/r/playbooks.toml`;
      assertEquals(refused(configIn(folder, inside)), []);
      Deno.chownSync(toml, stranger, stranger);
      assertEquals(refused(configIn(folder, inside)), ["owner"]);
      assertStringIncludes(configIn(folder, inside).untrusted[0]!.lines.join(), `owner = "user ${stranger}"`);
      assertEquals(refused(configIn(folder, { ...inside, trust: true })), []);
      Deno.chownSync(toml, 0, 0);
      Deno.chmodSync(toml, 0o666);
      assertEquals(refused(configIn(folder, inside)), ["owner"]);
      Deno.chmodSync(toml, 0o664);
      assertEquals(refused(configIn(folder, inside)), []);
      Deno.chownSync(toml, 0, stranger);
      assertEquals(refused(configIn(folder, inside)), ["owner"]);
      Deno.chownSync(toml, 0, 0);
      Deno.chmodSync(`${folder}/r`, 0o777);
      assertEquals(refused(configIn(folder, inside)), ["owner"]);
      Deno.chmodSync(`${folder}/r`, 0o755);
      // The search from a subfolder never enters another user's folder.
      assertEquals(configIn(folder, below).files, [toml]);
      Deno.chownSync(`${folder}/r`, stranger, stranger);
      assertEquals(configIn(folder, below).files, []);
      assertEquals(refused(configIn(folder, inside)), ["owner"]);
    });
  },
});

/** A run in a stranger's folder, by a user with keys. */
async function strangers(files: Readonly<Record<string, string>>, args: readonly string[]) {
  const folder = await folderWith({ "a.pb": program, ...files });
  const env = {
    PLAYBOOKS_TRUST: "",
    PLAYBOOKS_STATE_DIR: `${folder.path}/state`,
    OPENAI_API_KEY: "sk-user",
    AWS_SECRET_ACCESS_KEY: "aws-secret",
  };
  return { folder, env, ran: await folder.run(args, { env }) };
}

Deno.test("trust: a run that needs trust ends with exit 2, names the settings, and sends nothing", async () => {
  await using server = new ProviderServer([{ kind: "answer", words: ["EndProgram();"] }], {});
  const toml = '[model]\nprovider = "openai-compatible"\nname = "m"\n' +
    `base_url = "${server.baseUrl}"\napi_key_env = "AWS_SECRET_ACCESS_KEY"\n`;
  const { folder, env, ran } = await strangers({ "playbooks.toml": toml }, ["run", "a.pb"]);
  await using _ = folder;
  assertEquals([ran.code, ran.stdout], [2, ""]);
  assertStringIncludes(ran.stderr, `${folder.path}/playbooks.toml asks for\n`);
  assertStringIncludes(ran.stderr, '  model.api_key_env = "AWS_SECRET_ACCESS_KEY"');
  assertMatch(ran.stderr, new RegExp(`^ {2}playbooks trust ${folder.path}$`, "m"));
  assert(!ran.stderr.includes("aws-secret"));
  assertEquals([server.requests.length, folder.sessions()], [0, []]);

  // A resume, a plan and a test of the models need trust too.
  for (
    const args of [["run", "a.pb", "--resume"], ["models", "--test"], ["crash-test", "a.pb", "--model", "m"]]
  ) {
    const other = await folder.run(args, { env });
    assertEquals(other.code, 2, args.join(" ") + other.stderr);
    assertStringIncludes(other.stderr, "playbooks trust");
  }
  assertEquals(server.requests.length, 0);

  const once = await folder.run(["run", "a.pb", "--trust"], { env });
  assertEquals(once.code, 0, once.stderr);
  assertStringIncludes(once.stderr, `ℹ Model: openai-compatible:m at ${server.baseUrl}`);
  assertEquals(server.requests.at(-1)!.headers["authorization"], "Bearer aws-secret");
  // The trust was for one run only.
  assertEquals((await folder.run(["run", "a.pb"], { env })).code, 2);
  assertEquals((await folder.run(["trust"], { env })).code, 0);
  assertEquals((await folder.run(["run", "a.pb"], { env })).code, 0);
});

Deno.test("trust: a loopback address needs no trust, and gets no key of the user without it", async () => {
  await using server = new ProviderServer([{ kind: "answer", words: ["EndProgram();"] }], {});
  const toml = `[model]\nprovider = "openai-compatible"\nname = "m"\nbase_url = "${server.baseUrl}"\n`;
  const { folder, env, ran } = await strangers({ "playbooks.toml": toml }, ["run", "a.pb"]);
  await using _ = folder;
  const key = () => server.requests.at(-1)!.headers["authorization"];
  assertEquals([ran.code, server.requests.length, key()], [0, 1, undefined], ran.stderr);
  assertStringIncludes(ran.stderr, `ℹ Model: openai-compatible:m at ${server.baseUrl}`);
  await folder.run(["trust"], { env });
  await folder.run(["run", "a.pb"], { env });
  assertEquals(key(), "Bearer sk-user");
  await folder.run(["trust", "--remove"], { env });
  // A key of the folder's own may go where the folder says.
  await folder.write(".env", "OPENAI_API_KEY=sk-of-the-folder\n");
  await folder.run(["run", "a.pb"], { env: { ...env, OPENAI_API_KEY: "sk-user" } });
  assertEquals(key(), undefined);
  const { OPENAI_API_KEY: _key, ...keyless } = env;
  await folder.run(["run", "a.pb"], { env: keyless });
  assertEquals(key(), "Bearer sk-of-the-folder");
});

Deno.test("trust: a command that refuses the place of the sessions advises --trust only if it has this flag", async () => {
  const url = "postgres://nobody@db.example/x";
  await using folder = await folderWith({
    "a.pb": program,
    "playbooks.toml": `[model]\nprovider = "rehearsal"\n[durability]\nurl = "${url}"\n`,
  });
  const looking = coreCommands.filter(({ name }) =>
    /^sessions |^store |^resume$|^worker$|^serve$/.test(name)
  );
  let refusals = 0;
  for (const { name, operandCount, flags } of looking) {
    const operands = ["x@3", "y"].slice(0, operandCount.min);
    const world = worldIn(folder.path, { PLAYBOOKS_STATE_DIR: `${folder.path}/state` });
    await runCommandLine([...name.split(" "), ...operands], world);
    const stderr = world.stderr.text;
    if (!stderr.includes("playbooks trust")) continue;
    refusals++;
    const hasFlag = flags.some((flag) => flag.name === "trust");
    assert(hasFlag || !stderr.includes("--trust"), `${name}: ${stderr}`);
  }
  assert(refusals > 12, `${refusals} refusals`);
});
