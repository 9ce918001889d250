import { assert, assertEquals } from "@std/assert";
import { stateChecks } from "../../src/engine/mod.ts";
import { FileStore } from "../../src/store/mod.ts";
import { binary, folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { hasStrace, runInjected } from "../support/strace.ts";
import { copyBelow } from "../support/temp_files.ts";

const program = `# Clerk
## Main
### Triggers
- At the beginning
### Steps
- Ask the user for their $name
- Say "Hello, {$name}"
- Wait for the user's $answer
- Say "Goodbye"
- End program
`;
const settings = '[model]\nprovider = "rehearsal"\n';

/** System calls that change files. The process is killed when it makes one of them. */
const calls = ["mkdir", "fdatasync", "fsync", "rename", "link", "ftruncate", "unlink", "rmdir", "unlinkat"];
const thorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";

/** What a test finds after a kill. */
interface Found {
  readonly folder: TestFolder;
  readonly store: FileStore;
  /** The id of the session before the command. */
  readonly id: string;
  /** Its number of entries before the command. */
  readonly position: number;
  /** Runs the command again, to its end. */
  again(): Promise<number>;
}

/**
 * Runs a command on copies of a storage, and kills it at one change of files after another. Returns the number of kills.
 * `check` looks at each storage.
 */
async function killAtEachChange(
  args: (id: string, folder: TestFolder) => readonly string[],
  check: (found: Found) => Promise<void>,
): Promise<number> {
  await using folder = await folderWith({ "clerk.pb": program, "playbooks.toml": settings });
  const run = await folder.run(["run", "clerk.pb", "--name", "monday"], { input: "Ada\n" });
  assertEquals(run.code, 75, run.stderr);
  const id = folder.onlySession();
  await folder.run(["sessions", "export", "monday", "-o", "monday.playbooks"]);
  const first = new FileStore(`${folder.path}/.checkpoints`, { nowMs: Date.now });
  const { position } = await first.load(id);
  let kills = 0;
  for (const call of calls) {
    for (let nth = 1, killed = true; killed; nth += thorough || nth < 6 ? 1 : 3) {
      const storage = `${folder.path}/${call}-${nth}`;
      copyBelow(`${folder.path}/.checkpoints`, storage);
      const env = { PLAYBOOKS_DURABILITY__STORAGE_PATH: storage };
      const command = args(id, folder);
      const finished = await runInjected(folder, command, [`${call}:signal=KILL:when=${nth}`], { env });
      killed = finished.signal === "SIGKILL";
      const store = new FileStore(storage, { nowMs: Date.now });
      const again = async () => (await folder.run(command, { env })).code;
      try {
        if (!killed) assertEquals(finished.code, 0, finished.stderr);
        await checkWhole(store);
        await check({ folder, store, id, position, again });
      } catch (error) {
        throw new Error(`killed at ${call} ${nth}`, { cause: error });
      }
      if (killed) kills++;
      await store.flushIndexes();
      await Deno.remove(storage, { recursive: true });
    }
  }
  return kills;
}

/** Each session that can be seen is sound, and can be opened. */
async function checkWhole(store: FileStore): Promise<void> {
  for (const { id } of store.list()) {
    const { faults } = store.verify(id, stateChecks());
    assertEquals(faults, [], id);
    await using session = await store.open(id, { pid: Deno.pid, host: "test", sync: "always" });
    assert(session.position > 0, id);
  }
}

/** Numbers of entries, by session. */
async function positionsIn(store: FileStore): Promise<ReadonlyMap<string, number>> {
  const all = store.list().map(async ({ id }) => [id, (await store.load(id)).position] as const);
  return new Map(await Promise.all(all));
}

function test(claim: string, work: () => Promise<void>): void {
  if (binary !== undefined) Deno.test({ name: `commands: ${claim}`, ignore: !hasStrace, fn: work });
}

test("a rewind that is killed at any change leaves the session whole, at its old or its new place", async () => {
  const kills = await killAtEachChange(
    (id) => ["sessions", "rewind", `${id}@5`, "--yes"],
    async ({ store, id, position, again }) => {
      const positions = await positionsIn(store);
      const now = positions.get(id);
      assert(now === 5 || now === position, String(now));
      const others = [...positions].filter(([other]) => other !== id).map(([, entries]) => entries);
      if (now === 5) assert(others.includes(position), "nothing keeps all entries");
      for (const entries of others) assertEquals(entries, position);
      if (now === 5) return;
      assertEquals(await again(), 0);
      assertEquals((await positionsIn(store)).get(id), 5);
    },
  );
  assert(kills > 20, String(kills));
});

test("a fork that is killed at any change is whole, or is not there", async () => {
  const kills = await killAtEachChange(
    (id) => ["sessions", "fork", `${id}@7`],
    async ({ store, id, position, again }) => {
      const positions = await positionsIn(store);
      assertEquals(positions.get(id), position);
      for (const [other, entries] of positions) assert(other === id || entries === 7, `${other}: ${entries}`);
      if (positions.size === 1) assertEquals(await again(), 0);
    },
  );
  assert(kills > 15, String(kills));
});

test("an import that is killed at any change leaves the whole session, or none", async () => {
  const kills = await killAtEachChange(
    (_, folder) => ["sessions", "import", `${folder.path}/monday.playbooks`],
    async ({ store, id, position, again }) => {
      const positions = await positionsIn(store);
      assertEquals(positions.get(id), position);
      for (const entries of positions.values()) assertEquals(entries, position);
      if (positions.size === 1) assertEquals(await again(), 0);
    },
  );
  assert(kills > 15, String(kills));
});

test("a removal that is killed at any change leaves the session in the storage or in the trash", async () => {
  const kills = await killAtEachChange(
    (id) => ["sessions", "rm", id, "--yes"],
    async ({ store, id, position }) => {
      const trashed = store.trash.list().map(({ session }) => session.id);
      const listed = store.list().map((session) => session.id);
      assertEquals([...trashed, ...listed], [id]);
      if (trashed.length > 0) await store.trash.restore(id);
      assertEquals((await store.load(id)).position, position);
      assertEquals(store.get(id)?.name, "monday");
    },
  );
  assert(kills > 3, String(kills));
});
