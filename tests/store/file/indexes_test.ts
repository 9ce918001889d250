import { assert, assertEquals } from "@std/assert";
import { FileStore } from "../../../src/store/mod.ts";
import { tryLock } from "../../../src/store/file/file_lock.ts";
import { ListIndex } from "../../../src/store/file/list_index.ts";
import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import { withRegistry } from "../../../src/store/file/registry.ts";
import { copySession } from "../../support/many_sessions.ts";
import { tempFolder } from "../../support/temp_files.ts";
import { testClock, testProcess } from "../conformance.ts";
import { countedDisk, indexedIds, registryVersion } from "./fixtures.ts";

const key = "0123456789abcdef";
const copies = 60;

interface Stage extends Disposable {
  readonly path: string;
  readonly id: string;
  store(): FileStore;
}

/** A storage whose indexes know one session, and copies of it that they do not know. */
async function stage(): Promise<Stage> {
  const temp = tempFolder();
  const open = () => new FileStore(temp.path, { nowMs: testClock() });
  const id = await (async (store) => {
    await using session = await store.begin({ key, programPaths: ["/p/a.pb"] }, testProcess(1));
    await session.append(["a"], { expectedPosition: 0, token: session.token });
    await store.update(session.id, { status: "completed" });
    return session.id;
  })(open());
  copySession(temp.path, id, copies);
  return { path: temp.path, id, store: open, [Symbol.dispose]: () => temp[Symbol.dispose]() };
}

interface Known {
  readonly registered: number;
  readonly keys: number;
  readonly listed: number;
  readonly mirrored: number;
}

/** How many sessions and keys each index knows. */
async function known({ path }: Stage): Promise<Known> {
  const contents = await withRegistry(path, (registry) => registry.contents());
  assert(contents.kind === "done", contents.kind);
  return {
    registered: contents.value.ids.size,
    keys: contents.value.last.size,
    listed: indexedIds(path).length,
    mirrored: Object.keys(JSON.parse(Deno.readTextFileSync(`${path}/.sessions.json`))).length,
  };
}

const all: Known = { registered: copies + 1, keys: copies + 1, listed: copies + 1, mirrored: copies + 1 };

/** Files of the storage itself, by their content. */
function filesOf({ path }: Stage): Readonly<Record<string, string>> {
  const names = [...Deno.readDirSync(path)].filter(({ isFile }) => isFile).map(({ name }) => name).toSorted();
  return Object.fromEntries(names.map((name) => [name, Deno.readFileSync(`${path}/${name}`).toHex()]));
}

Deno.test("indexes: a listing of a storage that was copied together completes them once", async () => {
  using at = await stage();
  assertEquals((await known(at)).registered, 1);
  const first = at.store();
  assertEquals(first.newest(Infinity).sessions.length, copies + 1);
  await first.completeIndexes();
  assertEquals(first.takeNotices(), []);
  assertEquals(new ListIndex(at.path).trust(), "complete");
  const before = filesOf(at);
  const counted = countedDisk();
  const second = new FileStore(at.path, { nowMs: testClock(), fs: counted.fs });
  assertEquals([second.newest(Infinity).sessions.length, counted.reads()], [copies + 1, 0]);
  await second.completeIndexes();
  assertEquals(filesOf(at), before, "the second listing has nothing to complete");
  assertEquals(await known(at), all);
});

Deno.test("indexes: a change of any kind completes them, without a listing", async (t) => {
  const changes: Readonly<Record<string, (store: FileStore, id: string) => Promise<unknown>>> = {
    update: (store, id) => store.update(id, { turns: 3 }),
    begin: async (store) => {
      const session = await store.begin({ key: "f".repeat(16), programPaths: [] }, testProcess(2));
      await store.flushIndexes();
      await session.close();
      await store.remove(session.id);
      await store.flushIndexes();
    },
    resume: async (store, id) => {
      await using _ = await store.open(id, testProcess(2));
      await store.flushIndexes();
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    await t.step(what, async () => {
      using at = await stage();
      await change(at.store(), at.id);
      assertEquals(new ListIndex(at.path).trust(), "complete");
      assertEquals(await known(at), all);
    });
  }
});

Deno.test("indexes: a registry whose first fill was cut off is filled by the next change", async () => {
  using at = await stage();
  await registryVersion(at.path, undefined);
  await at.store().update(at.id, { turns: 3 });
  assertEquals(await known(at), all);
});

Deno.test("indexes: a new registry is filled, also if the old one was damaged without a change of its time", async () => {
  using at = await stage();
  await at.store().update(at.id, { turns: 2 });
  const path = `${at.path}/.registry.sqlite3`;
  const { mtime } = Deno.lstatSync(path);
  {
    using file = Deno.openSync(path, { write: true });
    file.writeSync(new TextEncoder().encode("rubbish ".repeat(100)));
  }
  Deno.utimeSync(path, mtime!, mtime!);
  assertEquals(new ListIndex(at.path).trust(), "complete");
  const store = at.store();
  await store.update(at.id, { turns: 3 });
  assertEquals(store.takeNotices().map((notice) => notice.split(" ").slice(0, 4).join(" ")), [
    "The registry was damaged",
  ]);
  assertEquals(await known(at), all);
});

Deno.test("indexes: a lost or foreign list index, registry or JSON index is made anew by a listing", async (t) => {
  for (const lost of [".list.jsonl", ".registry.sqlite3", ".sessions.json"]) {
    for (const harm of ["lost", "empty", "rubbish"]) {
      await t.step(`${lost} ${harm}`, async () => {
        using at = await stage();
        if (harm === "lost") Deno.removeSync(`${at.path}/${lost}`);
        else Deno.writeTextFileSync(`${at.path}/${lost}`, harm === "empty" ? "" : "rubbish ".repeat(999));
        const store = at.store();
        assertEquals(store.newest(Infinity).sessions.length, copies + 1);
        await store.completeIndexes();
        assertEquals(await known(at), all);
        assertEquals(at.store().newest(Infinity).sessions.length, copies + 1);
      });
    }
  }
});

Deno.test("indexes: while another process holds the lock of the storage, a listing leaves the work to it", async () => {
  using at = await stage();
  using lock = Deno.openSync(`${at.path}/.lock`, { read: true, write: true });
  assertEquals(tryLock(lock), "locked");
  const before = filesOf(at);
  const store = at.store();
  assertEquals(store.newest(Infinity).sessions.length, copies + 1);
  await store.completeIndexes();
  assertEquals(filesOf(at), before);
});

Deno.test("indexes: processes that list at once complete them together", async () => {
  using at = await stage();
  const stores = Array.from({ length: 4 }, () => at.store());
  for (const store of stores) store.newest(Infinity);
  await Promise.all(stores.map((store) => store.completeIndexes()));
  assertEquals(new ListIndex(at.path).trust(), "complete");
  assertEquals(await known(at), all);
});

Deno.test("indexes: folders that are no sessions, and damaged ones, are looked at once", async () => {
  using at = await stage();
  Deno.mkdirSync(`${at.path}/${crypto.randomUUID()}`);
  Deno.mkdirSync(`${at.path}/a folder of somebody`);
  Deno.writeTextFileSync(`${at.path}/${at.store().list().at(-1)!.id}/session.json`, "rubbish");
  const store = at.store();
  store.newest(Infinity);
  await store.completeIndexes();
  const before = filesOf(at);
  const next = at.store();
  next.newest(Infinity);
  await next.completeIndexes();
  assertEquals(filesOf(at), before);
});

Deno.test("indexes: in an empty storage a listing writes nothing", async () => {
  using temp = tempFolder();
  const store = new FileStore(temp.path, { nowMs: testClock(), fs: realFileSystem() });
  assertEquals([store.newest(9).sessions, store.list()], [[], []]);
  await store.completeIndexes();
  assertEquals([...Deno.readDirSync(temp.path)], []);
});

Deno.test("indexes: a worker completes those of a copied storage without a listing, and once", async () => {
  using at = await stage();
  await at.store().completeIndexes();
  assertEquals((await known(at)).registered, 1, "no listing has found a lack");
  await at.store().completeIndexes({ look: true });
  assertEquals(new ListIndex(at.path).trust(), "complete");
  const before = filesOf(at);
  const counted = countedDisk();
  await new FileStore(at.path, { nowMs: testClock(), fs: counted.fs }).completeIndexes({ look: true });
  assertEquals([filesOf(at), counted.reads()], [before, 0]);
  assertEquals(await known(at), all);
});

Deno.test("indexes: the time in which code keeps the thread busy is not time in which the registry did not answer", async () => {
  using temp = tempFolder();
  const result = await withRegistry(temp.path, async (registry) => {
    const first = registry.contents();
    await new Promise((resolve) => setTimeout(resolve, 0));
    for (const untilMs = performance.now() + busyMs; performance.now() < untilMs;);
    await first;
    return await registry.isNew();
  });
  assertEquals(result, { kind: "done", value: true });
});

/** Longer than the registry is waited for. */
const busyMs = 5_300;
