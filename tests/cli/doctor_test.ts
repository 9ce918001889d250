import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../../src/errors.ts";
import { FileStore } from "../../src/store/mod.ts";
import { inFolder, Recorder, runCommandLine, worldIn } from "../support/world.ts";

/** The findings of `doctor --json`, and its exit code. The folder's state folder is `folder/state`. */
async function doctor(
  folder: string,
  args: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
) {
  const asked: Request[] = [];
  const world = {
    ...worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state`, ...environment }),
    fetch: ((input, init) => {
      asked.push(new Request(input, init));
      const { hostname } = new URL(asked.at(-1)!.url);
      if (hostname.startsWith("gone")) return Promise.reject(new TypeError("connection refused"));
      return Promise.resolve(new Response("", { status: hostname.startsWith("busy") ? 503 : 401 }));
    }) as typeof fetch,
  };
  const exit = await runCommandLine(["doctor", "--json", ...args], world);
  const { text } = world.stdout;
  const { ok, findings } = text === "" ? { ok: false, findings: [] } : JSON.parse(text) as {
    readonly ok: boolean;
    readonly findings: readonly {
      readonly about: string;
      readonly verdict: string;
      readonly text: string;
      readonly fix: string | null;
      readonly facts?: Record<string, unknown>;
    }[];
  };
  const of = (about: string) => findings.filter((each) => each.about === about);
  return { exit, ok, findings, of, asked, text, stderr: world.stderr.text };
}

function names(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

const server = (baseUrl: string) =>
  `[model]\nprovider = "openai-compatible"\nname = "m"\nbase_url = "${baseUrl}"\napi_key_env = "KEY"\n`;

Deno.test("doctor: an empty folder has no fault, only no model, and nothing is left on disk", async () => {
  await inFolder({}, async (folder) => {
    const { exit, ok, findings, of, asked } = await doctor(folder);
    assertEquals([exit, ok, asked.length, names(folder)], [exitCodes.ok, true, 0, []]);
    assertEquals(
      findings.filter(({ verdict }) => verdict !== "ok").map(({ about, fix }) => [about, fix !== null]),
      [["model", true]],
    );
    const { facts } = of("storage")[0]!;
    assertEquals([facts!.path, facts!.exists, facts!.locks], [`${folder}/.checkpoints`, false, "work"]);
    assert(Number(facts!.sync_ms) > 0 && Number(facts!.free_bytes) > 0);
    const text = worldIn(folder);
    assertEquals(await runCommandLine(["doctor", "--offline"], text), exitCodes.ok);
    const lines = text.stdout.text.trimEnd().split("\n");
    assert(lines.every((line) => /^(?:✅ |⚠️ {2}|❌ | {16}Fix: )/.test(line)), text.stdout.text);
    const faults = lines.filter((line) => /^[⚠❌]/u.test(line)).length;
    assertEquals(lines.filter((line) => line.includes("Fix: ")).length, faults);
  });
});

Deno.test("doctor: a storage that cannot be used is a fault with a fix, and exit code 1", async () => {
  await inFolder({ ".checkpoints": "a file" }, async (folder) => {
    const { exit, ok, of } = await doctor(folder);
    assertEquals([exit, ok, of("storage")[0]!.verdict], [exitCodes.failed, false, "broken"]);
    assertStringIncludes(of("storage")[0]!.fix!, "storage_path");
  });
  await inFolder({}, async (folder) => {
    await Deno.mkdir(`${folder}/.checkpoints`);
    await Deno.chmod(`${folder}/.checkpoints`, 0o777);
    const { exit, of } = await doctor(folder);
    assertEquals([exit, of("storage")[0]!.verdict], [exitCodes.failed, "broken"]);
  });
});

Deno.test("doctor: wrong settings are a finding, and a wrong flag is wrong usage", async () => {
  await inFolder({ "playbooks.toml": "[limits]\nmax_llm_cals = 1\n" }, async (folder) => {
    const { exit, of } = await doctor(folder);
    assertEquals([exit, of("settings")[0]!.verdict], [exitCodes.failed, "broken"]);
    assertStringIncludes(of("settings")[0]!.text, "did you mean max_llm_calls");
    const missing = await doctor(folder, ["--config", "gone.toml"]);
    assertEquals([missing.exit, missing.text], [exitCodes.usage, ""]);
    assertStringIncludes(missing.stderr, "there is no such file");
  });
});

Deno.test("doctor: the model's server gets one request without the key, and the key is never printed", async () => {
  const key = { KEY: "sk-very-secret", PLAYBOOKS_TRUST: "1" };
  const cases = [
    ["https://good.example/v1", "ok", exitCodes.ok],
    ["https://kim:pass-word@good.example/v1?token=tok-en", "ok", exitCodes.ok],
    ["https://busy.example/v1", "warning", exitCodes.ok],
    ["https://gone.example/v1", "broken", exitCodes.failed],
  ] as const;
  for (const [address, verdict, code] of cases) {
    await inFolder({ "playbooks.toml": server(address) }, async (folder) => {
      const { exit, of, asked, text } = await doctor(folder, [], key);
      assertEquals([of("model")[0]!.verdict, exit, asked.length], [verdict, code, 1], text);
      const sent = asked.map(({ url, headers }) => url + JSON.stringify([...headers])).join();
      assertEquals(/very-secret|pass-word|tok-en/.test(sent + text), false, sent);
      assertEquals(of("model")[0]!.facts!.key, { variable: "KEY", set: true, needed: false });
      assertEquals((await doctor(folder, ["--offline"], key)).asked.length, 0);
    });
  }
});

Deno.test("doctor: settings that need trust are named, and their server is not asked", async () => {
  await inFolder({ "playbooks.toml": server("https://good.example/v1") }, async (folder) => {
    const { of, asked } = await doctor(folder, ["--offline"], { KEY: "k" });
    assertEquals([of("trust")[0]!.verdict, asked.length], ["warning", 0]);
    assertStringIncludes(of("trust")[0]!.fix!, `playbooks trust ${folder}`);
  });
});

Deno.test("doctor: a model that needs a key and has none is a fault, and is not asked", async () => {
  await inFolder({}, async (folder) => {
    const { exit, of, asked } = await doctor(folder, ["--model", "openai:x"]);
    assertEquals([exit, of("model")[0]!.verdict, asked.length], [exitCodes.failed, "broken", 0]);
    assertStringIncludes(of("model")[0]!.fix!, "OPENAI_API_KEY");
  });
});

Deno.test("doctor: --tools starts the configured servers, and only those of a trusted folder", async () => {
  const script = new URL("../support/tool_server.ts", import.meta.url).pathname;
  const table = (name: string, args: readonly string[]) =>
    `[mcp.servers.${name}]\ncommand = ${JSON.stringify(Deno.execPath())}\nargs = ${JSON.stringify(args)}\n`;
  await inFolder({}, async (folder) => {
    const good = ["run", "-A", "--quiet", "--no-config", script, "--state", folder, "--era", "legacy"];
    const toml = table("good", good) + table("bad", ["eval", "throw new Error('no')"]);
    await Deno.writeTextFile(`${folder}/playbooks.toml`, toml);
    const trusted = { PLAYBOOKS_TRUST: "1", PATH: Deno.env.get("PATH")!, HOME: Deno.env.get("HOME")! };
    const listed = (await doctor(folder, ["--offline"], trusted)).of("tools");
    assertEquals(listed.map(({ verdict, facts }) => [verdict, facts]), [["ok", {
      servers: ["good", "bad"],
    }]]);
    const { exit, of } = await doctor(folder, ["--offline", "--tools"], trusted);
    assertEquals([exit, of("tools").map(({ verdict }) => verdict)], [exitCodes.failed, ["ok", "broken"]]);
    assert(Number(of("tools")[0]!.facts!.tools) > 0);
    const { PLAYBOOKS_TRUST: _, ...untrusted } = trusted;
    const refused = await doctor(folder, ["--offline", "--tools"], untrusted);
    assertEquals(refused.of("tools").map(({ text }) => text), ["no tool servers are configured"]);
    assertEquals(refused.of("trust")[0]!.verdict, "warning");
  });
});

Deno.test("doctor: it names the sessions that wait, with the command that resumes them", async () => {
  const ask = "# A\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Ask the user for a $name\n";
  await inFolder({ "a.pb": ask }, async (folder) => {
    const run = await runCommandLine(
      ["run", "a.pb", "--non-interactive", "--name", "monday"],
      worldIn(folder),
    );
    assertEquals(run, exitCodes.waiting);
    const before = names(`${folder}/.checkpoints`);
    const { exit, of } = await doctor(folder, ["--offline"]);
    const [id] = before.filter((name) => name.length === 36);
    const [found] = of("sessions");
    assertEquals([exit, found!.verdict, found!.facts], [exitCodes.ok, "warning", {
      "waiting for a person or a timer": 1,
    }]);
    assertStringIncludes(found!.fix!, `playbooks resume ${id!.slice(-8)} (monday, a.pb, waiting`);
    assertEquals(of("index")[0]!.facts, { sessions: 1 });
    assertEquals(names(`${folder}/.checkpoints`), before);
    await Deno.writeTextFile(`${folder}/.checkpoints/.sessions.json`, "{");
    const damaged = await doctor(folder, ["--offline"]);
    assertEquals([damaged.exit, damaged.of("index")[0]!.verdict], [exitCodes.ok, "warning"]);
  });
});

Deno.test("doctor: it says how wide a terminal is, and warns if it is not UTF-8", async () => {
  await inFolder({}, async (folder) => {
    const cases = [
      [{ LANG: "de_DE.UTF-8" }, "80 columns, colours, UTF-8"],
      [{ LANG: "C.UTF-8", NO_COLOR: "1" }, "80 columns, no colours (NO_COLOR), UTF-8"],
      [{ LC_ALL: "C", LANG: "de_DE.UTF-8" }, "the locale C is not UTF-8"],
      [{ LANG: "C.UTF-8", TERM: "dumb" }, "TERM is dumb"],
    ] as const;
    for (const [environment, expected] of cases) {
      const stdout = new Recorder({ terminal: true });
      await runCommandLine(["doctor", "--offline"], { ...worldIn(folder, environment), stdout });
      assertStringIncludes(stdout.text, expected);
    }
  });
});

Deno.test("doctor: it says where notifications and traces go, without secrets, and which were not sent", async () => {
  const settings = `[notify]
url = "https://hooks.example/services/s3cret"
token_env = "HOOK_TOKEN"
[telemetry]
enabled = true
endpoint = "https://user:s3cret@collector.example/otlp"
`;
  await inFolder({ "playbooks.toml": settings }, async (folder) => {
    const trusted = { PLAYBOOKS_TRUST: "1" };
    const { of, text } = await doctor(folder, ["--offline"], trusted);
    assertEquals(of("notifications").map(({ verdict }) => verdict), ["ok", "warning"]);
    assertStringIncludes(of("notifications")[0]!.text, "https://hooks.example/****");
    assertStringIncludes(of("notifications")[1]!.text, "HOOK_TOKEN, which has no value");
    assertEquals(of("telemetry").map(({ text }) => text), ["goes to https://collector.example"]);
    assert(!text.includes("s3cret"), text);

    const store = new FileStore(`${folder}/.checkpoints`, { nowMs: Date.now });
    const leased = await store.begin({ key: "k", programPaths: [] }, { pid: 1, host: "h", sync: "always" });
    const notification = { key: "k1", event: "failed", at: new Date(0).toISOString() } as const;
    await store.update(leased.id, { status: "failed", position: 9, traced: 3, notification });
    await leased.close();
    const later = await doctor(folder, ["--offline"], { ...trusted, HOOK_TOKEN: "token-of-the-test" });
    for (const about of ["notifications", "telemetry"]) {
      assertEquals(later.of(about).map(({ verdict, facts }) => [verdict, facts?.unsent]), [["warning", 1]]);
    }
    await store.update(leased.id, { traced: 9, notified: "k1" });
    const sent = await doctor(folder, ["--offline"], { ...trusted, HOOK_TOKEN: "token-of-the-test" });
    assertEquals(sent.of("notifications").concat(sent.of("telemetry")).map(({ facts }) => facts?.unsent), [
      0,
      0,
    ]);
  });
});
