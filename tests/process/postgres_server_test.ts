import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { makePostgres, postgresMissing, type PostgresServer } from "../support/postgres_server.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { parseDatabaseAddress } from "../../src/store/postgres/address.ts";
import { Database } from "../../src/store/postgres/database.ts";
import { StoppingProxy } from "../support/stopping_proxy.ts";
import { waitFor } from "../support/tool_servers.ts";

/** Says 300 words, one after the other. */
const program = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  for (let n = 1; n <= 300; n++) await Say("user", "word " + n);
}
\`\`\`
`;

/** Writes an entry each 50 ms. */
const sleeper = `# Sleeper
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  for (let n = 1; n <= 2000; n++) await Sleep(0.05);
}
\`\`\`
`;

/** Offers a tool. */
const greeter = `# Greeter
A greeter.
## Greet($name)
public: true
### Steps
- Say hello to $name
`;

const words = Array.from({ length: 300 }, (_, index) => `word ${index + 1}`);
const missing = postgresMissing();

/** Registers a test with a server of its own, because the test kills it. */
function testWithServer(
  claim: string,
  work: (folder: TestFolder, server: PostgresServer, env: Readonly<Record<string, string>>) => Promise<void>,
): void {
  Deno.test({
    name: missing === undefined ? claim : `${claim} (not tested here: ${missing})`,
    ignore: missing !== undefined,
    fn: async () => {
      const server = makePostgres();
      try {
        await using folder = await folderWith({ "clerk.pb": program });
        const env = {
          PLAYBOOKS_STATE_DIR: `${folder.path}/state`,
          PLAYBOOKS_DURABILITY__URL: server.address(),
          PLAYBOOKS_LIMITS__MAX_WORDS_PER_MINUTE: "100000",
        };
        assertEquals((await folder.run(["store", "migrate"], { env })).code, 0);
        await work(folder, server, env);
      } finally {
        server.remove();
      }
    },
  });
}

testWithServer(
  "postgres: a run stops with exit 6 if its database is killed, and a resume says the rest once",
  async (folder, server, env) => {
    const run = folder.start(["run", "clerk.pb"], {
      env: { ...env, PLAYBOOKS_DURABILITY__RETRY_SECONDS: "2" },
    });
    await run.until("word 20\n");
    server.kill();
    const stopped = await run.finished;
    assertEquals(stopped.code, 6, stopped.stderr);
    assertStringIncludes(stopped.stderr, "cannot be reached");
    assert(!stopped.stderr.includes("at file:"), stopped.stderr);
    server.start();
    const resumed = await folder.run(["run", "clerk.pb", "--resume"], { env });
    assertEquals(resumed.code, 0, resumed.stderr);
    const said = [stopped, resumed].flatMap(({ stdout }) => stdout.trim().split("\n"));
    // The cursor does not wait for the disk, so a crash of the server may repeat the last words, but loses none.
    assertEquals([...new Set(said)], words);
    assert(said.length - words.length <= 3, `${said.length - words.length} words came twice`);
    assertEquals((await folder.run(["sessions", "verify"], { env })).code, 0);
  },
);

testWithServer(
  "postgres: a run continues if its database is killed and comes back in time",
  async (folder, server, env) => {
    const run = folder.start(["run", "clerk.pb"], { env });
    await run.until("word 20\n");
    server.kill();
    server.start();
    const { code, stdout, stderr } = await run.finished;
    assertEquals(code, 0, stderr);
    assertEquals(stdout.trim().split("\n"), words);
  },
);

testWithServer(
  "postgres: a session is resumed at once after kill -9, at any entry, and says each word once",
  async (folder, _, env) => {
    let all = "";
    for (const crashAt of [3, 40, 41, 200]) {
      const args = crashAt === 3 ? ["run", "clerk.pb"] : ["run", "clerk.pb", "--resume"];
      const killed = await folder.run(args, { env, crashAt });
      assertEquals(killed.signal, "SIGKILL", killed.stderr);
      all += killed.stdout;
    }
    const last = await folder.run(["run", "clerk.pb", "--resume"], { env });
    assertEquals(last.code, 0, last.stderr);
    assertEquals((all + last.stdout).trim().split("\n"), words);
  },
);

testWithServer(
  "postgres: a worker ends within 10 seconds after SIGTERM if its database does not answer, busy or idle",
  async (folder, server, env) => {
    await folder.write("sleeper.pb", sleeper);
    const queued = await folder.run(["run", "--detach", "sleeper.pb"], { env });
    assertEquals(queued.code, 0, queued.stderr);
    await using proxy = new StoppingProxy(server.port);
    const address = env["PLAYBOOKS_DURABILITY__URL"]!;
    const cut = { ...env, PLAYBOOKS_DURABILITY__URL: address.replace(`:${server.port}/`, `:${proxy.port}/`) };
    const busy = folder.start(["worker"], { env: cut });
    await busy.until("taken (queued)");
    const idle = folder.start(["worker"], { env: cut });
    await idle.until("at the same time");
    proxy.stop();
    const fromMs = performance.now();
    for (const worker of [busy, idle]) worker.kill("SIGTERM");
    for (const worker of [busy, idle]) {
      const { code, stdout, stderr } = await worker.finished;
      assertEquals(code, 0, stderr);
      assertStringIncludes(stdout, "Worker stopped");
    }
    const tookMs = performance.now() - fromMs;
    assert(tookMs < 10_000, `The workers ended after ${Math.round(tookMs)} ms`);
  },
);

testWithServer(
  "postgres: a server ends within 10 seconds after SIGTERM if its database does not answer, also while it begins or answers",
  async (folder, server, env) => {
    await folder.write("sleeper.pb", sleeper);
    await folder.write("greeter.pb", greeter);
    const queued = await folder.run(["run", "--detach", "sleeper.pb"], { env });
    assertEquals(queued.code, 0, queued.stderr);
    await using proxy = new StoppingProxy(server.port);
    const address = env["PLAYBOOKS_DURABILITY__URL"]!;
    await using silent = new StoppingProxy(server.port);
    silent.stop();
    const [cut, away] = [proxy, silent].map(({ port }) => {
      return { ...env, PLAYBOOKS_DURABILITY__URL: address.replace(`:${server.port}/`, `:${port}/`) };
    });
    const busy = folder.start(["serve", "--port", "0"], { env: cut! });
    await busy.until("taken (queued)", "stderr");
    const page = new URL(/http:\S+/.exec(busy.stdout)![0]);
    const authorization = `Bearer ${page.searchParams.get("token")}`;
    proxy.stop();
    const asked = Array.from(
      { length: 3 },
      () => fetch(new URL("/v1/sessions", page), { headers: { authorization } }).catch(() => undefined),
    );
    const beginning = [["mcp", "greeter.pb", "--http", "--port", "0"], ["mcp", "greeter.pb"]]
      .map((command) => folder.start(command, { env: away! }));
    // They have connected, and wait for the first answer.
    await waitFor(() => assert(silent.connections >= beginning.length));
    const fromMs = performance.now();
    for (const each of [busy, ...beginning]) each.kill("SIGTERM");
    for (const each of [busy, ...beginning]) {
      const { code, stderr } = await each.finished;
      assertEquals(code, 0, stderr);
    }
    const tookMs = performance.now() - fromMs;
    assert(tookMs < 10_000, `The servers ended after ${Math.round(tookMs)} ms`);
    for (const each of asked) await (await each)?.body?.cancel();
  },
);

testWithServer(
  "postgres: a run ends within 10 seconds after SIGTERM if its database does not answer, at once after a second one, and says why",
  async (folder, server, env) => {
    await folder.write("sleeper.pb", sleeper);
    await using proxy = new StoppingProxy(server.port);
    const address = env["PLAYBOOKS_DURABILITY__URL"]!;
    const cut = { ...env, PLAYBOOKS_DURABILITY__URL: address.replace(`:${server.port}/`, `:${proxy.port}/`) };
    const start = async () => {
      const run = folder.start(["run", "--json", "sleeper.pb"], { env: cut });
      await run.until('"type":"sleep"');
      return run;
    };
    const runs = [await start(), await start()];
    proxy.stop();
    const fromMs = performance.now();
    for (const run of runs) run.kill("SIGTERM");
    for (const run of runs) await run.until("A second Ctrl+C ends at once", "stderr");
    runs[1]!.kill("SIGINT");
    const [waited, ended] = await Promise.all(runs.map((run) => run.finished));
    const tookMs = performance.now() - fromMs;
    assert(tookMs < 10_000, `The runs ended after ${Math.round(tookMs)} ms`);
    assertEquals([waited!.code, ended!.code], [143, 130], waited!.stderr + ended!.stderr);
    for (const { stdout, stderr } of [waited!, ended!]) {
      assertStringIncludes(stderr, "⏳ Stopping; waiting for the database postgres://");
      assertStringIncludes(stdout.trimEnd().split("\n").at(-1)!, '"type":"end"');
    }
    assertStringIncludes(waited!.stderr, "did not answer, so the process was ended; nothing is lost");
    assertStringIncludes(waited!.stderr, "   Resume with: playbooks resume ");
  },
);

testWithServer(
  "postgres: a worker ends with exit 6 if a person must fix its database before it can be used",
  async (folder, server) => {
    const address = `postgres://postgres@127.0.0.1:${server.port}`;
    const guarded = address.replace("postgres@", "guarded:wrong@");
    const away = "postgres://127.0.0.1:1/x";
    const newer = server.address();
    const env = (url: string) => ({ env: { PLAYBOOKS_DURABILITY__URL: url } });
    assertEquals((await folder.run(["store", "migrate"], env(newer))).code, 0);
    const database = new Database(parseDatabaseAddress(newer), { retryMs: 20_000 });
    await database.query("Cannot", `update ${database.table("meta")} set version = 99`);
    await database.close();
    const toFix = [`${address}/missing`, `${address}/postgres?schema=empty`, `${guarded}/postgres`, newer];
    for (const url of [...toFix, away]) {
      const commands = [["worker", "--until-idle"], ...(url === away ? [] : [["worker"], ["serve"]])];
      for (const command of commands) {
        const { code, stderr } = await folder.run(command, env(url));
        assertEquals(
          [code, stderr.split("\n").filter((line) => /Cannot /.test(line)).length],
          [6, 1],
          stderr,
        );
      }
    }
    // A server may be started later than its workers.
    const waiting = folder.start(["worker"], env(away));
    await waiting.until("is tried again");
    waiting.kill("SIGTERM");
    assertEquals((await waiting.finished).code, 0);
  },
);

Deno.test("postgres: a host that cannot be reached is described by what keeps it away", async () => {
  await using folder = await folderWith({ "clerk.pb": program });
  const cases = [
    // The system has no route for TCP to a broadcast address, whatever its network is.
    ["255.255.255.255", "the network has no route to its host", Deno.build.os === "linux"],
    ["127.0.0.1", "the connection is refused", true],
    ["/run/nowhere", "its socket does not exist", true],
  ] as const;
  for (const [host, text] of cases.filter(([, , isHere]) => isHere)) {
    const url = host.startsWith("/") ? `postgres:///x?host=${host}` : `postgres://${host}:1/x`;
    const { code, stderr } = await folder.run(["sessions"], { env: { PLAYBOOKS_DURABILITY__URL: url } });
    assertEquals(code, 6, stderr);
    assertStringIncludes(stderr, text);
    assertEquals(/os error|E[A-Z]{5,}/.test(stderr), false, stderr);
  }
});
