import { assert, assertEquals } from "@std/assert";
import { PlaybooksError } from "../../../src/errors.ts";
import type { FileSystem } from "../../../src/store/file/file_system.ts";
import { FileStore } from "../../../src/store/file/file_store.ts";
import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import { append, testClock, testConformance, testProcess, use } from "../conformance.ts";
import { mayMatch } from "../../../src/store/file/may_match.ts";
import { tempFolder } from "../../support/temp_files.ts";

// deno-lint-ignore require-await -- other stores take their time to be made
testConformance("folder", async () => {
  const temp = tempFolder();
  const options = { fs: realFileSystem(), nowMs: testClock() };
  const store = new FileStore(`${temp.path}/.checkpoints`, options);
  const other = new FileStore(`${temp.path}/.checkpoints`, options);
  return {
    store,
    other,
    loseLease: (id) => Deno.remove(`${store.folderOf(id)}/lock`),
    tear: (id) =>
      Deno.writeTextFile(`${store.folderOf(id)}/journal.jsonl`, '{"n":3,"crc":"00', { append: true }),
    [Symbol.asyncDispose]: async () => {
      await Promise.all([store.flushIndexes(), other.flushIndexes()]);
      temp[Symbol.dispose]();
    },
  };
});

Deno.test("folder store: after a failure of any operation all acknowledged data is complete and no partial data remains", async () => {
  const nowMs = testClock();
  for (let failing = 1, failed = true; failed; failing++) {
    using temp = tempFolder();
    const faulty = failingAt(realFileSystem(), failing);
    const storage = `${temp.path}/.checkpoints`;
    const store = new FileStore(storage, { fs: faulty.fs, nowMs });
    const acknowledged: string[] = [];
    const attempted: string[] = [];
    try {
      await using session = await store.begin({ key: "", programPaths: [] }, testProcess(1));
      for (const entry of ["a", "b".repeat(100_000), "c"]) {
        attempted.push(entry);
        await session.append([entry], { expectedPosition: session.position, token: session.token });
        acknowledged.push(entry);
        await session.checkpoint({ last: entry }, {
          expectedPosition: session.position,
          token: session.token,
          keepLastN: 1,
          maxCheckpointSizeMb: 10,
        });
        await session.cursor.advance(session.position);
        await session.inbox.post(entry.slice(0, 1), entry);
      }
    } catch (error) {
      assert(error instanceof PlaybooksError && error.exitCode === 6, String(error));
    }
    failed = faulty.hasFailed();
    const healthy = new FileStore(storage, { fs: realFileSystem(), nowMs });
    const [summary] = healthy.list();
    if (summary === undefined) {
      assertEquals(acknowledged, [], `after a failure of operation ${failing}`);
      continue;
    }
    await using session = await healthy.open(summary.id, testProcess(2));
    const { checkpoint, entries, position } = session.loaded;
    assert(position >= acknowledged.length, `operation ${failing}: ${position} entries`);
    const known = checkpoint?.position ?? 0;
    assertEquals(entries, attempted.slice(known, position), `after a failure of operation ${failing}`);
    if (checkpoint) assertEquals(checkpoint.state, { last: attempted[known - 1] });
    for (const { key, message } of await session.inbox.read()) assert(String(message).startsWith(key));
    await healthy.flushIndexes();
  }
});

Deno.test("folder store: a damaged session.json comes back from the trash as it was", async () => {
  using temp = tempFolder();
  const store = new FileStore(temp.path, { nowMs: testClock() });
  const { id } = await use(store.begin({ key: "", programPaths: [] }, testProcess(1)), async (session) => {
    await append(session, ["a"]);
  });
  const path = `${temp.path}/${id}/session.json`;
  const damaged = Deno.readTextFileSync(path).replace("running", "ruining");
  Deno.writeTextFileSync(path, damaged);
  await store.remove(id);
  await store.trash.restore(id);
  assertEquals(Deno.readTextFileSync(path), damaged);
  assertEquals((await store.load(id)).entries, ["a"]);
});

Deno.test("folder store: a session that is restored and deleted at once is whole or gone", async () => {
  using temp = tempFolder();
  const disk = realFileSystem();
  let deleting: Promise<unknown> | undefined;
  const fs: FileSystem = {
    ...disk,
    rename(from, to) {
      // Another process begins to delete the session when it is about to come back.
      if (from.includes(".trash")) {
        deleting ??= new FileStore(temp.path, { nowMs: testClock() }).trash.delete(id).catch((error) =>
          error
        );
      }
      disk.rename(from, to);
    },
  };
  const store = new FileStore(temp.path, { fs, nowMs: testClock() });
  const { id } = await use(store.begin({ key: "", programPaths: [] }, testProcess(1)), async (session) => {
    await append(session, ["a"]);
  });
  await store.remove(id);
  await store.trash.restore(id);
  const error = await deleting;
  assert(error instanceof PlaybooksError && error.exitCode === 3, String(error));
  assertEquals((await store.load(id)).entries, ["a"]);
  assertEquals(store.trash.list(), []);
});

Deno.test("folder store: a search finds a text in each part of a journal", async () => {
  using temp = tempFolder();
  const store = new FileStore(temp.path, { nowMs: testClock() });
  const { id } = await use(store.begin({ key: "", programPaths: [] }, testProcess(1)), async (session) => {
    for (let n = 0; n < 30; n++) await append(session, [`ä word ${n} end`]);
  });
  const folder = store.folderOf(id);
  for (const partBytes of [1, 7, 100, 1e6]) {
    for (
      const [pattern, found] of [[/ä word 17 end/, true], [/word 30/, false], [/word 29 end/, true]] as const
    ) {
      const options = { pattern, codec: store.codecOf(id), partBytes };
      assertEquals(mayMatch(realFileSystem(), folder, options), found, `${pattern} in parts of ${partBytes}`);
    }
  }
});

/** A disk with a failing n-th change, like a full disk. Later changes of the same kind fail too. */
function failingAt(disk: FileSystem, failing: number) {
  let count = 0;
  let broken: string | undefined;
  const change = <T>(kind: string, work: () => T): T => {
    if (++count === failing) broken = kind;
    if (kind === broken) throw Object.assign(new Error("full"), { code: "ENOSPC" });
    return work();
  };
  const fs: FileSystem = {
    ...disk,
    open: (path, options) => {
      const file = disk.open(path, options);
      return {
        ...file,
        write: (bytes, at) => change("write", () => file.write(bytes, at)),
        sync: () => change("sync", () => file.sync()),
      };
    },
    replace: (path, bytes) => change("replace", () => disk.replace(path, bytes)),
    create: (path, bytes) => change("create", () => disk.create(path, bytes)),
    rename: (from, to) => change("rename", () => disk.rename(from, to)),
    remove: (path) => change("remove", () => disk.remove(path)),
    makeFolder: (path) => change("makeFolder", () => disk.makeFolder(path)),
    syncFolder: (path) => change("syncFolder", () => disk.syncFolder(path)),
  };
  return { fs, hasFailed: () => broken !== undefined };
}
