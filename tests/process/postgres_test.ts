import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { sharedPostgres } from "../support/postgres_server.ts";
import { PostgresStore } from "../../src/store/postgres/postgres_store.ts";
import { noted, remoteLines } from "../support/tool_servers.ts";
import { testWithPostgres } from "../support/postgres_store.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";

const ask = `# Greeter
## Main
### Triggers
- At the beginning
### Steps
- Ask the user for $name
- Tell the user it is done
- End program
`;
/** A code playbook with results of every kind, and a text that becomes a blob. */
const code = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  const texts = [];
  for (let n = 0; n < 40; n++) texts.push(await SaveArtifact("a" + n, "", "text " + n));
  await SaveArtifact("long", "", "x".repeat(100_000) + "end");
  await Say("user", "kept " + texts.length);
  await Say("user", "hello " + await Yield("user"));
}
\`\`\`
`;

/** Runs command lines in a folder, with sessions in the database of an address, or in the folder. */
function shell(folder: TestFolder, address: string, more: Readonly<Record<string, string>> = {}) {
  const env = {
    PLAYBOOKS_STATE_DIR: `${folder.path}/state`,
    PLAYBOOKS_TRUST: "",
    ...(address === "" ? {} : { PLAYBOOKS_DURABILITY__URL: address }),
    ...more,
  };
  return async (...args: string[]) => {
    const { code, ...output } = await folder.run(args, { env });
    return { exit: code, ...output };
  };
}

testWithPostgres(
  "cli: every command on sessions works with Postgres as with a folder",
  async ({ address }) => {
    await using folder = await folderWith({ "ask.pb": ask, "code.pb": code });
    const pb = shell(folder, address);
    const ids = async () =>
      JSON.parse((await pb("sessions", "list", "--json")).stdout) as {
        id: string;
        status: string;
        folder?: string;
      }[];
    const waiting = await pb("run", "code.pb", "--name", "clerk");
    assertEquals(waiting.exit, 75, waiting.stderr);
    assertStringIncludes(waiting.stdout, "kept 40");
    assertEquals([...Deno.readDirSync(folder.path)].some(({ name }) => name === ".checkpoints"), false);
    const [clerk] = await ids();
    assertEquals(clerk?.status, "waiting");

    assertStringIncludes((await pb("sessions", "show", "clerk")).stdout, "Database     postgres://");
    assertStringIncludes((await pb("sessions", "log", "clerk")).stdout, "kept 40");
    assertStringIncludes((await pb("sessions", "search", "xend")).stdout, "end");
    assertStringIncludes((await pb("sessions", "dump", "clerk")).stdout, " ok ");
    assertEquals((await pb("run", "code.pb", "--resume", "--plan")).exit, 0);
    const fork = await pb("sessions", "fork", "clerk@10", "--name", "copy");
    assertEquals(fork.exit, 0, fork.stderr);
    assertEquals((await pb("resume", "copy", "--message", "Bo")).exit, 2, "the copy does not wait yet");
    const copied = await pb("resume", "copy");
    assertEquals([copied.exit, copied.stdout.trim()], [75, "kept 40"]);
    const answered = await pb("resume", "copy", "--message", "Bo");
    assertEquals([answered.exit, answered.stdout.trim()], [0, "hello Bo"], answered.stderr);
    assertStringIncludes((await pb("sessions", "diff", "clerk", "copy")).stdout, "copy");

    const exported = await pb("sessions", "export", "clerk", "-o", "clerk.playbooks");
    assertEquals(exported.exit, 0, exported.stderr);
    const inFolderShell = shell(folder, "");
    assertEquals((await inFolderShell("sessions", "import", "clerk.playbooks", "--as", "moved")).exit, 0);
    const moved = await inFolderShell("resume", "moved", "--message", "Cy");
    assertEquals([moved.exit, moved.stdout.trim()], [0, "hello Cy"], moved.stderr);
    assertEquals((await inFolderShell("sessions", "export", "moved", "-o", "back.playbooks")).exit, 0);
    assertEquals((await pb("sessions", "import", "back.playbooks", "--as", "back")).exit, 0);

    assertEquals((await pb("sessions", "rename", "back", "again")).exit, 0);
    const rewound = await pb("sessions", "rewind", "again@12", "--yes");
    assertEquals(rewound.exit, 0, rewound.stderr);
    // It was imported, and a database is beside no program.
    assertEquals((await pb("resume", "again")).exit, 2);
    const onward = await pb("run", "code.pb", "--resume=again");
    assertEquals([onward.exit, onward.stdout.trim()], [75, "kept 40"], onward.stderr);
    assertEquals((await pb("sessions", "rm", "again", "--yes")).exit, 0);
    assertStringIncludes((await pb("sessions", "rm", "--trash")).stdout, "again");
    assertEquals((await pb("sessions", "rm", "--restore", "again")).exit, 0);
    assertEquals((await pb("sessions", "verify")).exit, 0);
    const detached = await pb("run", "--detach", "ask.pb", "--message", "Di");
    assertEquals(detached.exit, 0, detached.stderr);
    const worker = await pb("worker", "--until-idle");
    assertEquals(worker.exit, 0, worker.stderr);
    assertStringIncludes(
      (await pb("sessions", "show", detached.stdout.trim())).stdout,
      "Status       completed",
    );
    assertEquals((await pb("sessions", "prune", "--yes")).exit, 0);
    assertStringIncludes((await pb("doctor", "--offline")).stdout, "storage      postgres://");
  },
);

testWithPostgres(
  "cli: worker --until-idle waits for the lease of a dead process, and leaves the sessions of live ones",
  async (tables) => {
    await using folder = await folderWith({ "ask.pb": ask });
    const pb = shell(folder, tables.address);
    const queue = async () => (await pb("run", "--detach", "ask.pb")).stdout.trim();
    const [orphan, orphanOfHere, live] = [await queue(), await queue(), await queue()];
    const elsewhere = { pid: 1, host: "elsewhere", sync: "always" } as const;
    await using _ = await tables.store({ leaseMs: 2000 }).open(live, elsewhere);
    const ended = new Deno.Command("true").spawn();
    await ended.status;
    const here = { ...elsewhere, pid: ended.pid, host: Deno.hostname() };
    for (const [id, process] of [[orphan, elsewhere], [orphanOfHere, here]] as const) {
      const dead = await tables.store().open(id, process);
      await dead.close();
      await tables.run(
        `update $s.heads set held_until = clock_timestamp() + interval '3 seconds' where session = $1::uuid`,
        [id],
      );
    }
    const worker = await pb("worker", "--until-idle");
    assertEquals(worker.exit, 0, worker.stderr);
    const lines = worker.stdout.trim().split("\n");
    assertEquals(lines.filter((line) => line.includes("taken (orphaned)")).length, 2, worker.stdout);
    for (const id of [orphan, orphanOfHere]) {
      assertStringIncludes(worker.stdout, `${id} ask.pb: taken (orphaned)`);
    }
    assertStringIncludes(lines.at(-1)!, "Worker stopped; 1 session is held by other processes");
  },
);

for (const era of ["legacy", "modern"] as const) {
  testWithPostgres(
    `cli: with Postgres, a tool call that became a task (${era}) is fetched by the next worker, and not made again`,
    async ({ address }) => {
      await using folder = await folderWith({});
      const calls = `# Client
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Say("user", await Counter.work(3, "job"));
}
\`\`\`
`;
      await folder.write("tools.pb", `# Counter\n${remoteLines(folder.path, { era })}\n${calls}`);
      const env = { PLAYBOOKS_DURABILITY__URL: address, PLAYBOOKS_DURABILITY__LEASE_SECONDS: "2" };
      const session = (await folder.run(["run", "--detach", "tools.pb"], { env })).stdout.trim();
      const killed = folder.start(["worker"], { env });
      await using store = new PostgresStore(address, { nowMs: Date.now });
      const types = async () =>
        [...await store.read(session)].map(({ entry }) => (entry as { type: string }).type);
      while (!(await types()).includes("task")) await new Promise((resolve) => setTimeout(resolve, 10));
      killed.kill("SIGKILL");
      await killed.finished;
      const next = await folder.run(["worker", "--until-idle"], { env });
      assertEquals(next.code, 0, next.stderr);
      assertStringIncludes(next.stdout, "taken (orphaned)");
      assertStringIncludes(
        (await folder.run(["sessions", "log", session], { env })).stdout,
        "work job is done",
      );
      assertEquals(noted(folder.path, "count-job").length, 1);
      assertEquals((await types()).filter((type) => type === "task").length, 1);
    },
  );
}

testWithPostgres(
  "cli: a folder that names a database needs trust, and its password is shown nowhere",
  async ({ address }) => {
    const named = address.replace("postgres@", "postgres:secret@");
    await using folder = await folderWith({
      "ask.pb": ask,
      "playbooks.toml": `[durability]\nurl = "${named}"\n`,
    });
    const pb = shell(folder, "");
    for (const args of [["run", "ask.pb"], ["sessions"], ["store", "migrate"]]) {
      const refused = await pb(...args);
      assertEquals(refused.exit, 2);
      assertStringIncludes(refused.stderr, "playbooks trust");
    }
    const shown = [
      await pb("trust", "."),
      await pb("config", "show"),
      await pb("config", "show", "--json"),
      await pb("doctor", "--offline"),
    ];
    const ran = await pb("run", "ask.pb", "--json");
    assertEquals(ran.exit, 75, ran.stderr);
    const dumped = await pb(
      "sessions",
      "dump",
      (JSON.parse((await pb("sessions", "list", "--json")).stdout) as { id: string }[])[0]!.id,
      "--json",
    );
    for (const { stdout, stderr } of [...shown, ran, dumped]) {
      assertEquals(`${stdout}${stderr}`.includes("secret"), false);
    }
    assert(shown.every(({ exit }) => exit <= 1));
  },
);

testWithPostgres(
  "cli: a database without tables, and one that is not there, are one line with exit 6",
  async () => {
    await using folder = await folderWith({ "ask.pb": ask });
    const empty = sharedPostgres().address();
    const { exit, stderr } = await shell(folder, empty)("run", "ask.pb");
    assertEquals(exit, 6);
    assertStringIncludes(stderr, "playbooks store migrate");
    const made = await shell(folder, empty)("store", "migrate");
    assertStringIncludes(made.stdout, "Made the tables of postgres://");
    assertStringIncludes((await shell(folder, empty)("store", "migrate")).stdout, "have version 1 already");
    const gone = await shell(folder, "postgres://me:secret@127.0.0.1:1/x")("sessions", "list");
    assertEquals([gone.exit, gone.stderr.trim().split("\n").length, gone.stderr.includes("secret")], [
      6,
      1,
      false,
    ]);
    const folderStore = await shell(folder, "")("store", "migrate");
    assertEquals(folderStore.exit, 2);
    const encrypted = await shell(folder, empty, { PLAYBOOKS_DURABILITY__ENCRYPT: "true" })(
      "sessions",
      "list",
    );
    assertEquals(encrypted.exit, 2);
    assertStringIncludes(encrypted.stderr, "Cannot encrypt the sessions in postgres://");
  },
);
