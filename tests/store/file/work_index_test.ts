import { assert, assertEquals } from "@std/assert";
import { FileStore } from "../../../src/store/mod.ts";
import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import { WorkIndex } from "../../../src/store/file/work_index.ts";
import { inFolder } from "../../support/world.ts";

const process = { pid: 1, host: "here", sync: "off" } as const;
const given = { key: "0123456789abcdef", programPaths: ["/p/a.pb"] };

async function queued(store: FileStore): Promise<string> {
  await using session = await store.begin(given, process);
  await store.update(session.id, { status: "queued" });
  return session.id;
}

function storeIn(folder: string): FileStore {
  return new FileStore(`${folder}/s`, { nowMs: Date.now });
}

/** Waits for a file that another task makes soon. */
async function exists(path: string): Promise<boolean> {
  for (let attempt = 0; attempt < 1_000; attempt++) {
    if (await Deno.stat(path).then(() => true, () => false)) return true;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return false;
}

function runnable(store: FileStore): readonly string[] {
  return store.runnable({ limit: 100, nowMs: Date.now() }).map(({ session }) => session.id);
}

Deno.test("work index: a look without changes reads no session, however many wait", async () => {
  await inFolder({}, async (folder) => {
    const store = storeIn(folder);
    for (let n = 0; n < 20; n++) {
      await using session = await store.begin(given, process);
      await store.update(session.id, { status: "waiting", dueAt: "2099-01-01T00:00:00.000Z" });
    }
    let reads = 0;
    const counted = realFileSystem();
    const watcher = new FileStore(`${folder}/s`, {
      nowMs: Date.now,
      fs: { ...counted, read: (path) => (reads++, counted.read(path)) },
    });
    assertEquals(runnable(watcher), []);
    const first = reads;
    for (let n = 0; n < 10; n++) assertEquals(runnable(watcher), []);
    assertEquals(reads, first);
    assertEquals(watcher.nextDueMs(), Date.UTC(2099, 0, 1));
    const id = await queued(store);
    assertEquals(runnable(watcher), [id]);
  });
});

Deno.test("work index: a lost, damaged or replaced list index hides no session", async () => {
  await inFolder({}, async (folder) => {
    const [store, watcher] = [storeIn(folder), storeIn(folder)];
    const first = await queued(store);
    assertEquals(runnable(watcher), [first]);
    const path = `${folder}/s/.list.jsonl`;
    Deno.writeTextFileSync(path, "#1 0\nnonsense\n");
    assertEquals(runnable(watcher), [first]);
    const second = await queued(store);
    assertEquals(runnable(watcher), [first, second]);
    Deno.removeSync(path);
    assertEquals(runnable(watcher), [first, second]);
    assertEquals(runnable(storeIn(folder)), [first, second], "a worker that starts without an index");
    assert(await exists(path), "it makes one");
    const third = await queued(store);
    assertEquals(runnable(watcher), [first, second, third]);
  });
});

Deno.test("work index: a change without a line is found by the next look through all sessions", async () => {
  await inFolder({}, async (folder) => {
    const store = storeIn(folder);
    const ids: string[] = [];
    let elapsedMs = 0;
    const index = new WorkIndex(
      {
        stored: (id) => store.get(id),
        storedAll: () => store.list(),
        hasNews: () => false,
        isFree: () => true,
        makeIndex: () => {},
      },
      { lines: () => [], hasMore: () => false },
      () => elapsedMs,
    );
    const found = () => index.runnable({ limit: 9, nowMs: Date.now() }).map(({ session }) => session.id);
    assertEquals(found(), []);
    ids.push(await queued(store));
    assertEquals([found(), index.hasChanged()], [[], false]);
    elapsedMs += 600_000;
    assertEquals([index.hasChanged(), found()], [true, ids]);
  });
});

Deno.test("work index: a message that was posted while a session ran is found when it waits", async () => {
  await inFolder({}, async (folder) => {
    const [store, watcher] = [storeIn(folder), storeIn(folder)];
    await queued(store);
    const session = await store.begin(given, process);
    runnable(watcher);
    store.inbox(session.id).post("1", "words");
    runnable(watcher);
    await store.update(session.id, { status: "waiting", heard: 0 });
    await session.close();
    assertEquals(runnable(watcher).includes(session.id), true);
  });
});

Deno.test("work index: an older version sees a queued session as a stopped one", async () => {
  await inFolder({}, async (folder) => {
    const store = storeIn(folder);
    const id = await queued(store);
    const stored = JSON.parse(Deno.readTextFileSync(`${folder}/s/${id}/session.json`));
    assertEquals([stored.status, stored.queued, store.get(id)?.status], ["stopped", true, "queued"]);
    await store.update(id, { status: "completed" });
    assertEquals("queued" in JSON.parse(Deno.readTextFileSync(`${folder}/s/${id}/session.json`)), false);
  });
});
