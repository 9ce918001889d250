// deno-lint-ignore-file no-console
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeEntry, stateChecks } from "../../src/engine/mod.ts";
import { PostgresStore } from "../../src/store/postgres/postgres_store.ts";
import { testWithPostgres } from "../support/postgres_store.ts";
import { folderWith, type PlaybooksProcess } from "../support/playbooks_process.ts";
import { verifiedSession } from "../support/verified_session.ts";
import { workerCampaign } from "./worker_campaign.ts";

const isThorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";

/** There is room for all sessions in two workers, so that an orphan waits for no other session. */
const thorough = { kills: 500, workers: 4, sessions: 50, orders: 20, seed: 1, concurrency: 25 };

Deno.test("workers: workers that are killed at any moment lose nothing, and nothing is asked or ordered twice", async () => {
  const result = await workerCampaign(
    isThorough
      ? {
        ...thorough,
        onRound: (so) => console.log(JSON.stringify(so)),
      }
      : { kills: 6, workers: 2, sessions: 6, orders: 5, seed: 1 },
  );
  assert(result.kills >= (isThorough ? 500 : 6));
  if (Deno.env.get("PLAYBOOKS_TEST_FIGURES") === "1") console.log(JSON.stringify(result));
});

testWithPostgres(
  "workers: on Postgres, too, killed workers lose nothing and do nothing twice",
  async (tables) => {
    const storage = {
      settings: `url = "${tables.address}"\nlease_seconds = 2\n`,
      open: () => new PostgresStore(tables.address, { nowMs: Date.now }),
    };
    const result = await workerCampaign(
      isThorough
        ? { ...thorough, seed: 2, storage }
        : { kills: 4, workers: 2, sessions: 4, orders: 4, seed: 2, storage },
    );
    if (Deno.env.get("PLAYBOOKS_TEST_FIGURES") === "1") console.log(JSON.stringify(result));
  },
);

const counts = `# Counter
\`\`\`ts
/** @trigger At the beginning */
export async function Count(): Promise<void> {
  for (let number = 1; number <= 12; number++) {
    await Say("user", String(number));
    await Sleep(0.15);
  }
}
\`\`\`
`;

/** Waits for a line of a worker's `--json`, and gives it. */
async function lineOf(worker: PlaybooksProcess, type: string): Promise<Readonly<Record<string, string>>> {
  await worker.until(`"type":"${type}"`);
  const line = worker.stdout.split("\n").find((each) => each.includes(`"type":"${type}"`))!;
  return JSON.parse(line);
}

Deno.test("workers: a session whose worker dies goes on in another one within a second", async () => {
  await using folder = await folderWith({ "count.pb": counts });
  await folder.run(["run", "--detach", "count.pb"]);
  const first = folder.start(["worker", "--json"]);
  await first.untilTrue(() => folder.journalSoFar().length >= 6);
  const second = folder.start(["worker", "--json"]);
  await lineOf(second, "begin");
  first.kill("SIGKILL");
  const diedMs = Date.now();
  const { reason, time } = await lineOf(second, "take");
  assertEquals(reason, "orphaned");
  assert(Date.parse(time!) - diedMs < 1_000, `${Date.parse(time!) - diedMs} ms`);
  assertEquals((await lineOf(second, "end")).status, "completed");
  assertEquals(saidIn(folder.journal()), Array.from({ length: 12 }, (_, index) => String(index + 1)));
});

Deno.test("workers: a worker that was paused while another took its session over writes nothing, and works on", async () => {
  await using folder = await folderWith({ "count.pb": counts });
  await folder.run(["run", "--detach", "count.pb"]);
  const first = folder.start(["worker", "--json"]);
  await first.untilTrue(() => folder.journalSoFar().at(-1)?.type === "start");
  first.kill("SIGSTOP");
  const session = folder.onlySession();
  // A paused process keeps its lock on this machine; so another machine is played by removing it.
  await Deno.remove(folder.sessionFile("lock"));
  const second = folder.start(["worker", "--json"]);
  assertEquals((await lineOf(second, "take")).reason, "orphaned");
  assertEquals((await lineOf(second, "end")).status, "completed");
  first.kill("SIGCONT");
  const end = await lineOf(first, "end");
  assertEquals(String(end.exit), "4");
  assertStringIncludes(end.message!, "another process has");
  assertEquals(saidIn(folder.journal()), Array.from({ length: 12 }, (_, index) => String(index + 1)));
  assertEquals(verifiedSession(`${folder.path}/.checkpoints`, session).findings, []);
  const next = (await folder.run(["run", "--detach", "count.pb"])).stdout.trim();
  second.kill("SIGTERM");
  assertEquals((await second.finished).code, 0);
  await first.until(`"session":"${next}","time"`);
  first.kill("SIGTERM");
  const stopped = await first.finished;
  assertEquals(stopped.code, 0, stopped.stdout + stopped.stderr);
  const listed: readonly { id: string; status: string }[] = JSON.parse(
    (await folder.run(["sessions", "list", "--json"])).stdout,
  );
  assertEquals(listed.find(({ id }) => id === next)?.status, "queued");
});

testWithPostgres(
  "workers: on Postgres, the sessions of a paused worker go on when their leases end, and it cannot write when it wakes",
  async (tables) => {
    await using folder = await folderWith({
      "count.pb": counts,
      "playbooks.toml": `[durability]\nurl = "${tables.address}"\nlease_seconds = 2\n`,
    });
    await using store = new PostgresStore(tables.address, { nowMs: Date.now });
    const queued = await folder.run(["run", "--detach", "count.pb"]);
    assertEquals(queued.code, 0, queued.stderr);
    const id = queued.stdout.trim();
    const entries = async () => [...await store.read(id)].map(({ entry }) => decodeEntry(entry));
    const first = folder.start(["worker", "--json"]);
    while ((await entries()).length < 8) await lineOf(first, "take");
    first.kill("SIGSTOP");
    const pausedMs = Date.now();
    const second = folder.start(["worker", "--json"]);
    const { reason, time } = await lineOf(second, "take");
    assertEquals(reason, "orphaned");
    assert(Date.parse(time!) - pausedMs < 3_000 + startMs, `${Date.parse(time!) - pausedMs} ms`);
    await lineOf(second, "end");
    first.kill("SIGCONT");
    const end = await lineOf(first, "end");
    assertEquals(String(end.exit), "4");
    assertEquals(
      end.message,
      "another process has taken it over, because its lease had ended; nothing is lost",
    );
    assertEquals(saidIn(await entries()), Array.from({ length: 12 }, (_, index) => String(index + 1)));
    assertEquals((await store.verify(id, stateChecks())).faults, []);
  },
);

/** More than a worker takes to start, on a busy machine. */
const startMs = 3_000;

/** Ends its process at entry 33 in every run; the other program has fewer. */
const dies = counts.replace("Sleep(0.15)", "Sleep(0.001)");
const slow = counts.replace("number <= 12", "number <= 7").replace("0.15", "0.8");

Deno.test("workers: a session that ends its process again and again soon runs alone, so that others get on", async () => {
  await using folder = await folderWith({ "dies.pb": dies, "slow.pb": slow });
  await folder.run(["run", "--detach", "dies.pb", "--name", "bad"]);
  const good = (await folder.run(["run", "--detach", "slow.pb"])).stdout.trim();
  let takes = "";
  for (let starts = 0; !takes.includes(`"status":"completed"`); starts++) {
    assert(starts < 30, takes);
    const worker = folder.start(["worker", "--json"], { crashAt: 33 });
    await Promise.race([worker.until('"status":"completed"').catch(() => {}), worker.finished]);
    worker.kill("SIGKILL");
    takes += (await worker.finished).stdout;
  }
  const takesOf = (id: string) =>
    takes.split("\n").filter((line) => line.includes('"type":"take"') && line.includes(id));
  assert(takesOf(good).length <= 4, takes);
  assert(takesOf('"name":"bad"').length >= 3, takes);
  assertEquals(saidIn(folder.journal(good)), Array.from({ length: 7 }, (_, index) => String(index + 1)));
});

function saidIn(entries: ReturnType<Awaited<ReturnType<typeof folderWith>>["journal"]>): readonly string[] {
  return entries.flatMap((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.text] : []
  );
}
