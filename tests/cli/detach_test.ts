import { assertEquals, assertStringIncludes } from "@std/assert";
import { FileStore } from "../../src/store/mod.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";
import { codeProgram } from "./host/stage.ts";

const files = {
  "greet.pb": codeProgram(`await Say("user", "hello " + await Yield("user"));`),
  "city.pb": `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin(city: string) {
  await Say("user", "to " + city);
}
\`\`\`
`,
};

function world(folder: string) {
  return { ...worldIn(folder, { HOME: folder }), now: Date.now };
}

async function run(folder: string, ...args: string[]) {
  const own = world(folder);
  const exit = await runCommandLine(args, own);
  return { exit, stdout: own.stdout.text, stderr: own.stderr.text };
}

Deno.test("run --detach: it queues a session, prints its id, and does nothing else; a worker runs it", async () => {
  await inFolder(files, async (folder) => {
    const { exit, stdout, stderr } = await run(
      folder,
      "run",
      "--detach",
      "city.pb",
      "--city",
      "Lyon",
      "--name",
      "j1",
    );
    assertEquals(exit, 0, stderr);
    const store = new FileStore(`${folder}/.checkpoints`, { nowMs: Date.now });
    const [session] = store.list();
    assertEquals([stdout, session?.status, session?.name], [`${session?.id}\n`, "queued", "j1"]);
    assertEquals([...store.read(session!.id)].map(({ entry }) => (entry as { type: string }).type), [
      "session",
      "run",
    ]);
    assertStringIncludes((await run(folder, "sessions", "list", "--json")).stdout, `"status": "queued"`);
    assertStringIncludes(
      (await run(folder, "sessions", "show", "j1")).stdout,
      "queued, for playbooks worker",
    );

    const worker = await run(folder, "worker", "--until-idle");
    assertEquals(worker.exit, 0, worker.stderr);
    assertStringIncludes(worker.stdout, `▶ ${session!.id} j1 city.pb: taken (queued)`);
    assertStringIncludes(worker.stdout, `✅ ${session!.id} j1 city.pb: completed`);
    const log = await run(folder, "sessions", "log", "j1");
    assertStringIncludes(log.stdout, "to Lyon");
  });
});

Deno.test("run --detach: --json prints a session line and an end line, and a worker's lines are objects", async () => {
  await inFolder(files, async (folder) => {
    const lines = (text: string) => text.trimEnd().split("\n").map((line) => JSON.parse(line));
    const detached = lines(
      (await run(folder, "run", "--detach", "--json", "city.pb", "--city", "Lyon")).stdout,
    );
    assertEquals(detached.map(({ type }) => type), ["session", "end"]);
    const [{ session }, end] = detached;
    assertEquals([end.session, end.status, end.exit, end.next], [session, "queued", 0, "playbooks worker"]);
    const worker = lines((await run(folder, "worker", "--until-idle", "--json")).stdout);
    assertEquals(worker.map(({ type }) => type), ["begin", "take", "end", "stop"]);
    assertEquals([worker[1].session, worker[1].reason], [session, "queued"]);
    assertEquals([worker[2].status, worker[2].exit], ["completed", 0]);
  });
});

Deno.test("run --detach: a message waits for the first question, and a later one is given by resume --detach", async () => {
  await inFolder(files, async (folder) => {
    await run(folder, "run", "--detach", "greet.pb", "--name", "a", "--message", "Ann");
    await run(folder, "run", "--detach", "greet.pb", "--name", "b");
    const worker = await run(folder, "worker", "--until-idle");
    assertStringIncludes(worker.stdout, "b greet.pb: waits for user");
    assertStringIncludes((await run(folder, "sessions", "log", "a")).stdout, "hello Ann");
    const store = new FileStore(`${folder}/.checkpoints`, { nowMs: Date.now });
    assertEquals(store.list().map(({ name, status }) => [name, status]).toSorted(), [
      ["a", "completed"],
      ["b", "waiting"],
    ]);
    const answered = await run(folder, "resume", "b", "--detach", "--message", "Bea");
    assertEquals([answered.exit, answered.stdout.trim()], [
      0,
      store.list().find(({ name }) => name === "b")!.id,
    ]);
    await run(folder, "worker", "--until-idle");
    assertStringIncludes((await run(folder, "sessions", "log", "b")).stdout, "hello Bea");
    const ended = await run(folder, "resume", "b", "--detach");
    assertEquals(ended.exit, 2);
    assertStringIncludes(ended.stderr, "it has completed");
  });
});

Deno.test("sessions stop: a queued session leaves the queue, and resume --detach queues it again", async () => {
  await inFolder(files, async (folder) => {
    await run(folder, "run", "--detach", "city.pb", "--city", "Lyon", "--name", "a");
    const stop = await run(folder, "sessions", "stop", "a");
    assertEquals(stop.exit, 0, stop.stderr);
    assertStringIncludes(stop.stdout, "is no longer queued");
    assertEquals((await run(folder, "worker", "--until-idle")).stdout.includes("taken"), false);
    assertEquals((await run(folder, "resume", "a", "--detach")).exit, 0);
    assertStringIncludes((await run(folder, "worker", "--until-idle")).stdout, "completed");
  });
});

Deno.test("run --detach: a mistake is reported before a session exists", async () => {
  await inFolder({ ...files, "empty.pb": "# Nothing\n" }, async (folder) => {
    for (
      const [args, words] of [
        [["city.pb"], "city"],
        [["empty.pb"], "No playbook says when"],
        [["--allow-net=a.example", "city.pb", "--city", "x"], "--detach and --allow-net"],
        [["--plan", "city.pb"], "--detach and --plan"],
      ] as const
    ) {
      const { exit, stderr } = await run(folder, "run", "--detach", ...args);
      assertEquals(exit, 2, stderr);
      assertStringIncludes(stderr, words);
    }
    const store = new FileStore(`${folder}/.checkpoints`, { nowMs: Date.now });
    assertEquals(store.list(), []);
  });
});

Deno.test("worker: --until-idle counts the sessions that it could not run, and its exit code names the reason", async () => {
  const untrusted = { ...files, "playbooks.toml": `[permissions]\nnet = ["example.com"]\n` };
  await inFolder(untrusted, async (folder) => {
    const queue = async (name: string, ...args: string[]) => {
      const queued = await run(folder, "run", "--detach", "--name", name, ...args);
      assertEquals(queued.exit, 0, queued.stderr);
      return queued.stdout.trim();
    };
    const worker = async (...args: string[]) => {
      const { exit, stdout } = await run(folder, "worker", "--until-idle", ...args);
      const lines = (await run(folder, "worker", "--until-idle", "--json", ...args)).stdout;
      const { refused, held, exit: said } = JSON.parse(lines.trimEnd().split("\n").at(-1)!);
      assertEquals(said, exit);
      return [exit, refused, held, stdout.trimEnd().split("\n").at(-1)!.replace(/^.*⏹️ +/, "")];
    };
    const city = ["city.pb", "--trust", "--city", "Lyon"];
    // Each run of a worker below is followed by a second one, which finds the same.
    await queue("a", ...city);
    const refused = (count: string) => `Worker stopped; ${count} could not be run here, as said above`;
    assertEquals(await worker(), [2, 1, 0, refused("1 session")]);
    const store = new FileStore(`${folder}/.checkpoints`, { nowMs: Date.now });
    const newer = await queue("b", ...city);
    const session = await store.open(newer, { pid: 1, host: "newer", sync: "always" });
    session.append([{ type: "run", version: 99, playbooks: "9.0.0", token: 2, at: Date.now() }], {
      expectedPosition: session.position,
      token: session.token,
    });
    await store.update(newer, { status: "queued" });
    await session.close();
    // Trust is missed first: what a person must fix counts more than a newer version.
    assertEquals(await worker(), [2, 2, 0, refused("2 sessions")]);
    assertEquals(await worker("--trust"), [6, 1, 0, refused("1 session")]);
    const busy = await queue("c", ...city);
    const held = await store.open(busy, { pid: 1, host: "elsewhere", sync: "always" });
    const both = `${refused("1 session")}; 1 session is held by other processes`;
    assertEquals(await worker("--trust"), [6, 1, 1, both]);
    await held.close();
    await store.remove(newer);
    assertEquals(await worker("--trust"), [0, 0, 0, "Worker stopped"]);
  });
});

Deno.test("worker: a storage that cannot hold sessions is a mistake, and not an idle worker", async () => {
  await inFolder(
    { ...files, "kept": "a file", "off.toml": "[durability]\nenabled = false\n" },
    async (folder) => {
      const env = { HOME: folder, PLAYBOOKS_DURABILITY__STORAGE_PATH: "kept" };
      for (
        const args of [["worker", "--until-idle"], ["sessions"], ["sessions", "verify"], ["resume"], [
          "sessions",
          "prune",
        ]]
      ) {
        const own = { ...worldIn(folder, env), now: Date.now };
        assertEquals(await runCommandLine(args, own), 6, args.join(" "));
        assertStringIncludes(
          own.stderr.text,
          `Cannot read the sessions in ${folder}/kept: a file is where a folder should be`,
        );
      }
      const off = await run(folder, "worker", "--until-idle", "--config", "off.toml");
      assertEquals(off.exit, 2);
      assertStringIncludes(
        off.stderr,
        "the sessions of a worker must be kept: set durability.enabled = true",
      );
    },
  );
});
