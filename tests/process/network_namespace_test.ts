import { assert, assertEquals } from "@std/assert";
import { decodeEntry, type Entry, stateChecks } from "../../src/engine/mod.ts";
import { PostgresStore } from "../../src/store/postgres/postgres_store.ts";
import { NetworkNamespace } from "../support/network_namespace.ts";
import { folderWith, type PlaybooksProcess, type TestFolder } from "../support/playbooks_process.ts";
import { makePostgres, postgresMissing } from "../support/postgres_server.ts";

const program = `# Mover
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  state.sum = 0;
  for (let n = 1; n <= 10; n++) {
    await Say("user", "early " + n);
    state.sum += n;
  }
  await SaveArtifact("long", "", "x".repeat(100_000));
  const name = await Yield("user");
  for (let n = 1; n <= 60; n++) {
    await Say("user", name + " " + n + " of " + state.sum);
    await Sleep(0.03);
  }
}
\`\`\`
`;

const words = [
  ...Array.from({ length: 10 }, (_, index) => `early ${index + 1}`),
  ...Array.from({ length: 60 }, (_, index) => `Bo ${index + 1} of 55`),
];

/** A session that began in a folder, and waits in Postgres for a worker. Its answer has come. */
interface MovedSession {
  /** Starts a worker inside the namespace or outside. */
  readonly worker: (where: "inside" | "outside") => PlaybooksProcess;
  readonly entries: () => Promise<readonly Entry[]>;
  /** Waits until the lease of the session has ended: no word of its worker has come for two seconds. */
  readonly untilLeaseEnds: () => Promise<void>;
  /** Queues another session, and returns its id. */
  readonly queue: () => Promise<string>;
  /** Checks that the session ended as if it had never moved. */
  readonly assertEnd: () => Promise<void>;
}

const missing = postgresMissing() ?? NetworkNamespace.missing();

function testAcrossNetworks(
  claim: string,
  { retrySeconds }: { readonly retrySeconds: number },
  work: (moved: MovedSession, network: NetworkNamespace) => Promise<void>,
): void {
  Deno.test({
    name: missing === undefined ? claim : `${claim} (not tested here: ${missing})`,
    ignore: missing !== undefined,
    fn: async () => {
      using network = NetworkNamespace.make();
      const server = makePostgres({ listen_addresses: `127.0.0.1,${network.outside}` });
      try {
        await using folder = await folderWith({ "mover.pb": program });
        const address = server.address();
        await using store = new PostgresStore(address, { nowMs: Date.now });
        await work(await movedSession({ folder, store, address, network, retrySeconds }), network);
      } finally {
        server.remove();
      }
    },
  });
}

async function movedSession({ folder, store, address, network, retrySeconds }: {
  readonly folder: TestFolder;
  readonly store: PostgresStore;
  readonly address: string;
  readonly network: NetworkNamespace;
  readonly retrySeconds: number;
}): Promise<MovedSession> {
  const inFolder = { PLAYBOOKS_STATE_DIR: `${folder.path}/state` };
  const env = (url: string, retrySeconds = 30) => ({
    ...inFolder,
    PLAYBOOKS_DURABILITY__URL: url,
    PLAYBOOKS_DURABILITY__LEASE_SECONDS: "2",
    PLAYBOOKS_DURABILITY__RETRY_SECONDS: String(retrySeconds),
  });
  const run = async (exit: number, env: Readonly<Record<string, string>>, ...args: string[]) => {
    const { code, stdout, stderr } = await folder.run(args, { env });
    assertEquals(code, exit, stderr);
    return stdout.trim();
  };
  const database = env(address);
  await run(0, database, "store", "migrate");
  await run(75, inFolder, "run", "mover.pb", "--name", "moved");
  await run(0, inFolder, "sessions", "export", "moved", "-o", "moved.playbooks");
  await run(0, database, "sessions", "import", "moved.playbooks");
  await run(0, database, "run", "mover.pb", "--resume=moved", "--message", "Bo", "--detach");
  const [session] = await store.list();
  const { id } = session!;
  const entries = async () => [...await store.read(id)].map(({ entry }) => decodeEntry(entry));
  const inside = env(address.replace("127.0.0.1", network.outside), retrySeconds);
  return {
    worker: (where) =>
      folder.start(
        ["worker", "--json"],
        where === "inside" ? { env: inside, by: network.command } : { env: database },
      ),
    entries,
    untilLeaseEnds: () => until(async () => await store.holder(id) === undefined, "the lease does not end"),
    queue: () => run(0, database, "run", "--detach", "mover.pb", "--message", "Bo"),
    assertEnd: async () => {
      const all = await entries();
      const said = all.flatMap((entry) =>
        entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.text] : []
      );
      assertEquals(said, words);
      assertEquals(all.at(-1)?.type, "end");
      assertEquals((await store.verify(id, stateChecks())).faults, []);
      assertEquals((await store.get(id))?.status, "completed");
    },
  };
}

async function endOf(worker: PlaybooksProcess, text: string): Promise<void> {
  await worker.until(text);
  worker.kill("SIGTERM");
  const { code, stdout, stderr } = await worker.finished;
  assertEquals(code, 0, stdout + stderr);
}

/** Waits until the session has some entries more than before. */
async function untilLonger({ entries }: MovedSession, more: number): Promise<void> {
  const before = (await entries()).length;
  await until(async () => (await entries()).length >= before + more, "the session does not go on");
}

async function until(condition: () => Promise<boolean>, failed: string): Promise<void> {
  for (const end = performance.now() + maxMs; !await condition();) {
    assert(performance.now() < end, failed);
  }
}

/** More than each wait takes on a busy machine. */
const maxMs = 60_000;

testAcrossNetworks(
  "namespaces: a session that began in a folder ends in a worker of another network as if it had never moved",
  { retrySeconds: 30 },
  async (moved) => {
    await endOf(moved.worker("inside"), '"status":"completed"');
    await moved.assertEnd();
  },
);

testAcrossNetworks(
  "namespaces: a worker whose cable is pulled and plugged in during a run goes on, and says nothing twice",
  { retrySeconds: 9 },
  async (moved, network) => {
    const worker = moved.worker("inside");
    for (let cuts = 0; cuts < 2; cuts++) {
      await untilLonger(moved, 10);
      network.pull();
      await moved.untilLeaseEnds();
      network.plug();
    }
    await endOf(worker, '"status":"completed"');
    await moved.assertEnd();
  },
);

testAcrossNetworks(
  "namespaces: another worker takes the session of one that stays cut off, which writes nothing when it is back",
  { retrySeconds: 2 },
  async (moved, network) => {
    const cut = moved.worker("inside");
    await untilLonger(moved, 10);
    network.pull();
    const other = moved.worker("outside");
    await other.until('"status":"completed"');
    network.plug();
    await moved.assertEnd();
    other.kill("SIGTERM");
    await other.finished;
    const next = await moved.queue();
    await cut.until(`"session":"${next}"`);
    await endOf(cut, '"status":"completed"');
    await moved.assertEnd();
  },
);
