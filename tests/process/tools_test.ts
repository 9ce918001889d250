import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { killedJsonLines } from "../support/json_lines.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { httpServer, noted, remoteLines, waitFor } from "../support/tool_servers.ts";

const isThorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";

/** A program with an agent for each server, and a begin playbook in code. */
function program(agents: readonly string[], code: string): string {
  return `${agents.join("\n")}
# Client
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
${code}
  EndProgram();
}
\`\`\`
`;
}

/** A folder with a program whose agent `Counter` has the test server; the server's files are in the folder itself. */
async function folderOf(code: string, more: Parameters<typeof remoteLines>[1] = {}): Promise<TestFolder> {
  const folder = await folderWith({});
  await folder.write("tools.pb", program([`# Counter\n${remoteLines(folder.path, more)}`], code));
  return folder;
}

/** Runs a program, kills it at random moments, and resumes it until it ends. Returns its words, and how often a person chose. */
async function runWithKills(
  folder: TestFolder,
  { kills, everyMs, file = "tools.pb" }: {
    readonly kills: number;
    readonly everyMs: number;
    readonly file?: string;
  },
): Promise<{ readonly words: string; readonly retried: number; readonly killed: number }> {
  let [retried, killed] = [0, 0];
  const policy: string[] = [];
  let words = "";
  for (let run = 0;; run++) {
    const process = folder.start(["run", file, "--resume", ...policy.splice(0)]);
    if (run < kills) {
      // From the moment at which the session goes on, so that each run gets further.
      const before = folder.journalSoFar().length;
      await process.untilTrue(() => folder.journalSoFar().length > before, 20);
      await new Promise((resolve) => setTimeout(resolve, Math.random() * everyMs));
      process.kill("SIGKILL");
    }
    process.closeInput();
    const { code, signal, stdout, stderr } = await process.finished;
    words += stdout;
    if (signal === "SIGKILL") killed++;
    else if (code === 5) {
      // It was killed between the start of a call and the handle of its task: a person must choose.
      retried++;
      policy.push("--on-uncertain", "retry");
    } else {
      assertEquals(code, 0, stderr);
      return { words, retried, killed };
    }
  }
}

for (const era of ["legacy", "modern"] as const) {
  Deno.test(`tools: a call that became a task (${era}) is fetched after kills at random moments, and not made again`, async () => {
    const seconds = isThorough ? 10 : 3;
    await using folder = await folderOf(
      `
  const done = await Counter.work(${seconds}, "job");
  await Say("user", done);`,
      { era },
    );
    const kills = isThorough ? 10 : 3;
    const { words, retried, killed } = await runWithKills(folder, { kills, everyMs: 1000 });
    assertEquals(words, "work job is done\n");
    assert(killed > 0);
    // An uncertain call may have been killed before it reached the server. Its task has no handle to be fetched by.
    const made = noted(folder.path, "count-job").length;
    assert(made >= 1 && made <= 1 + retried, `made ${made} times, ${retried} chosen again`);
    assertEquals(folder.journal().filter(({ type }) => type === "task").length, 1);
  });
}

Deno.test("tools: three servers, of which one dies on the way, and kills at random moments: the same outcome", async () => {
  await using folder = await folderWith({ "a/.keep": "", "b/.keep": "", "c/.keep": "" });
  const agents = ["A", "B", "C"].map((name) =>
    `# ${name}\n${
      remoteLines(`${folder.path}/${name.toLowerCase()}`, { era: name === "B" ? "modern" : "legacy" })
    }`
  );
  await folder.write(
    "tools.pb",
    program(
      agents,
      `
  const found: string[] = [];
  for (let round = 1; round <= 4; round++) {
    const [a, b, c] = await Promise.all([
      A.weather(\`city \${round}\`),
      B.slowRead({ seconds: 0.2, name: \`b\${round}\` }),
      C.read(\`c\${round}\`),
    ]);
    found.push(\`\${a.sky}, \${b}, \${c}\`);
  }
  await Say("user", found.join("; "));`,
    ),
  );
  const murder = (async () => {
    await waitFor(() => assert(noted(`${folder.path}/b`, "calls").length > 0), 80);
    const [{ pid }] = noted(`${folder.path}/b`, "starts") as [{ readonly pid: number }];
    try {
      Deno.kill(pid, "SIGKILL");
    } catch {
      // A kill of the run has ended it.
    }
  })();
  const { words, retried } = await runWithKills(folder, { kills: isThorough ? 10 : 2, everyMs: 2000 });
  await murder;
  const rounds = [1, 2, 3, 4].map((round) => `clear over city ${round}, read slowly, 0`);
  assertEquals([words, retried], [`${rounds.join("; ")}\n`, 0]);
  for (const server of ["a", "b", "c"]) {
    // A repeated call has the key of the first one.
    const keys = new Set(noted(`${folder.path}/${server}`, "calls").map(({ key }) => key));
    assertEquals(keys.size, 4, server);
  }
});

Deno.test("tools: Ctrl+C cancels a call, and leaves a task to the next run; servers end with the run", async () => {
  await using folder = await folderOf('await Say("user", await Counter.work(4, "job"));');
  const first = folder.start(["run", "tools.pb"]);
  await first.untilTrue(() => folder.journalSoFar().some(({ type }) => type === "task"), 20);
  first.kill("SIGINT");
  assertEquals((await first.finished).code, 130);
  await waitFor(() => assertEquals(noted(folder.path, "ends").length, 1));
  const planned = await folder.run(["resume", "--plan"]);
  assertMatch(planned.stdout + planned.stderr, /would fetch task task-1-\S+ of Counter\.work\(/);
  const second = await folder.run(["resume"]);
  assertEquals([second.code, second.stdout], [0, "work job is done\n"], second.stderr);
  assertEquals([noted(folder.path, "count-job").length, noted(folder.path, "cancelled")], [1, []]);
  const dumped = await folder.run(["sessions", "dump", folder.onlySession()]);
  assertMatch(dumped.stdout, /tools +.*tool-server 1\.0 has 16 tools: count, read/);
  assertMatch(dumped.stdout, /#1 became task task-1-/);

  await using other = await folderOf('await Counter.slow(60, "s");');
  const slow = other.start(["run", "tools.pb"]);
  await slow.untilTrue(() => noted(other.path, "calls").length > 0, 20);
  slow.kill("SIGINT");
  assertEquals((await slow.finished).code, 130);
  await waitFor(() => assertEquals(noted(other.path, "cancellations").length, 1));
  const resumed = await other.run(["resume"]);
  assertEquals(resumed.code, 5);
  assertStringIncludes(resumed.stderr, 'Counter.slow({"seconds":60,"name":"s"})');
});

Deno.test("tools: a server ends when the run is killed", async () => {
  await using folder = await folderOf('await Counter.slow(60, "s");');
  const process = folder.start(["run", "tools.pb"]);
  await process.untilTrue(() => noted(folder.path, "calls").length > 0, 20);
  process.kill("SIGKILL");
  await process.finished;
  await waitFor(() => assertEquals(noted(folder.path, "ends").length, 1));
});

Deno.test("tools: no server is started before the user trusts the file that describes it", async () => {
  await using folder = await folderOf('await Say("user", await Counter.secret());');
  const env = { PLAYBOOKS_TRUST: "", PLAYBOOKS_STATE_DIR: `${folder.path}/state` };
  const refused = await folder.run(["run", "tools.pb"], { env });
  assertEquals([refused.code, folder.sessions()], [2, []]);
  assertMatch(refused.stderr, /tools\.pb asks for\n {2}Counter\.remote = \[.*playbooks trust \S+tools\.pb/s);
  const checked = await folder.run(["check", "tools.pb"], { env });
  assertEquals(checked.code, 0, checked.stderr);
  assertEquals(noted(folder.path, "starts"), []);

  const trusted = await folder.run(["trust", "."], { env });
  assertMatch(trusted.stdout, /^Trusted: .*tools\.pb\n {2}Counter\.remote = /);
  const run = await folder.run(["run", "tools.pb"], { env });
  assertEquals([run.code, run.stdout], [0, "Playbooks+MCP FTW!\n"], run.stderr);
  // Another text of the playbooks changes nothing, another server does.
  const text = await Deno.readTextFile(`${folder.path}/tools.pb`);
  await folder.write("tools.pb", text.replace("EndProgram()", "/* the end */ EndProgram()"));
  assertEquals((await folder.run(["run", "tools.pb"], { env })).code, 0);
  await folder.write("tools.pb", text.replace("--no-config", '--no-config","--allow-ffi'));
  assertEquals((await folder.run(["run", "tools.pb"], { env })).code, 2);
});

Deno.test("tools: [mcp.servers] describes servers for agents that name them", async () => {
  await using folder = await folderWith({});
  await using http = await httpServer(folder.path, { more: ["--token", "key-7"] });
  await folder.write(
    "tools.pb",
    program(["# Counter\nremote: counters"], 'await Say("user", await Counter.secret());'),
  );
  const toml = (name: string) =>
    `[mcp.servers.${name}]\nurl = "${http.url}"\nauth = { type = "bearer", token_env = "COUNTER_TOKEN" }\n`;
  await folder.write("playbooks.toml", toml("counter"));
  const unknown = await folder.run(["run", "tools.pb"]);
  assertEquals([unknown.code, folder.sessions()], [2, []]);
  assertStringIncludes(
    unknown.stderr,
    "remote: counters of Counter is not in playbooks.toml: describe it under [mcp.servers.counters]; did you mean counter",
  );
  await folder.write("playbooks.toml", toml("counters"));
  const unset = await folder.run(["run", "tools.pb"]);
  assertEquals(unset.code, 2);
  assertStringIncludes(unset.stderr, "needs the environment variable COUNTER_TOKEN, which has no value");
  await folder.write(".env", "COUNTER_TOKEN=key-7\n");
  const run = await folder.run(["run", "tools.pb"]);
  assertEquals([run.code, run.stdout], [0, "Playbooks+MCP FTW!\n"], run.stderr);
  // A secret of the configuration is not in the session.
  assert(!Deno.readTextFileSync(folder.sessionFile("journal.jsonl")).includes("key-7"));
  await folder.write("playbooks.toml", '[mcp.servers.counters]\ntransport = "pigeon"\nurl = "x"\n');
  const wrong = await folder.run(["run", "tools.pb"]);
  assertEquals(wrong.code, 2);
  assertMatch(wrong.stderr, /playbooks\.toml, line 2.*"transport" must be stdio/s);
});

Deno.test("tools: a server that cannot be reached ends the run with exit 1, and says which, why and how to fix it", async () => {
  await using folder = await folderWith({
    "tools.pb": program(["# Counter\nremote:\n  command: no-such-server"], "await Counter.secret();"),
  });
  const run = await folder.run(["run", "tools.pb"]);
  assertEquals([run.code, run.stdout], [1, ""]);
  assertMatch(
    run.stderr,
    /❌ The tool server of Counter cannot be reached \(the command no-such-server\): .*; install that program, or correct `command:`/s,
  );
  assertEquals(folder.journal().map(({ type }) => type), ["session", "run"]);
});

Deno.test("tools: a server's question goes to the person; its answers outlive a kill, and progress is shown", async () => {
  await using folder = await folderOf(`
  await Counter.slow(0.2, "s");
  await Say("user", await Counter.order("pens"));`);
  const first = folder.start(["run", "tools.pb", "--json"]);
  await first.until("How many of pens?");
  first.send("2\n");
  await first.until("color (one of red, green)");
  first.kill("SIGKILL");
  const { stdout } = await first.finished;
  const events = killedJsonLines(stdout);
  const progress = events.filter((event) => event.type === "progress");
  assertEquals(progress.at(-1)?.message, "step 4");
  assertEquals(events.find((event) => event.type === "ask")?.klass, "Counter");
  const second = await folder.run(["resume"], { input: "green\nyes\n" });
  assertEquals(second.code, 0, second.stderr);
  assertStringIncludes(second.stdout, 'ordered {"amount":2,"color":"green","gift":true}');
  assertEquals(noted(folder.path, "orders").length, 1);
});
