import { assert, assertEquals } from "@std/assert";
import { canGoOn, FileStore, type SessionFile } from "../../../src/store/mod.ts";
import { findSession } from "../../../src/store/find.ts";
import { ListIndex } from "../../../src/store/file/list_index.ts";
import { copySession } from "../../support/many_sessions.ts";
import { testClock, testProcess } from "../conformance.ts";
import { tempFolder } from "../../support/temp_files.ts";
import { countedDisk, indexedIds } from "./fixtures.ts";

const key = "0123456789abcdef";

interface Stage extends Disposable {
  readonly path: string;
  readonly store: FileStore;
  readonly ids: readonly string[];
}

/** A storage with three sessions that ended, and an index of them. */
async function stage(): Promise<Stage> {
  const temp = tempFolder();
  const store = new FileStore(temp.path, { nowMs: testClock() });
  const ids = [];
  for (const name of ["a", "b", "c"]) {
    await using session = await store.begin({ key, programPaths: ["/p/a.pb"], name }, testProcess(1));
    await session.append([name], { expectedPosition: 0, token: session.token });
    await store.update(session.id, { status: "completed" });
    ids.push(session.id);
  }
  return { path: temp.path, store, ids, [Symbol.dispose]: () => temp[Symbol.dispose]() };
}

/** What the list must be: the summaries in the folders, without an index. */
function inFolders({ store }: Stage): readonly SessionFile[] {
  return store.list().map(({ id }) => store.get(id)!);
}

/** Changes session.json as a version without the index does. */
function editSummary({ path, ids }: Stage, change: Partial<SessionFile>): void {
  const file = `${path}/${ids[0]}/session.json`;
  const { crc: _, ...summary } = JSON.parse(Deno.readTextFileSync(file));
  Deno.writeTextFileSync(`${file}.new`, JSON.stringify({ ...summary, ...change }), { mode: 0o600 });
  Deno.renameSync(`${file}.new`, file);
}

Deno.test("list index: it holds all summaries, and the list is that of the folders", async () => {
  using at = await stage();
  assertEquals(indexedIds(at.path), at.ids.toSorted());
  assertEquals(at.store.list(), inFolders(at));
  await at.store.update(at.ids[1]!, { turns: 7 });
  assertEquals(at.store.list().find(({ id }) => id === at.ids[1])?.turns, 7);
  await at.store.remove(at.ids[0]!);
  await at.store.flushIndexes();
  assertEquals(at.store.list().map(({ name }) => name), ["c", "b"]);
  await at.store.trash.restore(at.ids[0]!);
  assertEquals([at.store.list().length, indexedIds(at.path)], [3, at.ids.toSorted()]);
  assertEquals(at.store.list(), inFolders(at));
});

Deno.test("list index: a lost, torn or foreign index hides nothing, and is made anew by the next change", async () => {
  const harms: Readonly<Record<string, (path: string) => void>> = {
    lost: (path) => Deno.removeSync(path),
    emptied: (path) => Deno.writeTextFileSync(path, ""),
    "of another form": (path) => Deno.writeTextFileSync(path, "#2 0\n"),
    torn: (path) => Deno.truncateSync(path, Deno.statSync(path).size - 40),
    garbled: (path) =>
      Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replaceAll('"status"', '"statu')),
    "with wrong values": (path) =>
      Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replaceAll('"pid":1', '"pid":"1"')),
    "with other ids": (path) =>
      Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replaceAll('"id":"0', '"id":"1')),
    "a link": (path) => {
      Deno.renameSync(path, `${path}.moved`);
      Deno.symlinkSync(`${path}.moved`, path);
    },
  };
  for (const [harm, apply] of Object.entries(harms)) {
    using at = await stage();
    const before = inFolders(at);
    apply(`${at.path}/.list.jsonl`);
    assertEquals(at.store.list(), before, harm);
    await at.store.update(at.ids[1]!, { turns: 7 });
    assertEquals(at.store.list(), inFolders(at), harm);
    assertEquals(at.store.list().map(({ turns }) => turns).toSorted(), [0, 0, 7], harm);
  }
});

Deno.test("list index: a change without a line is seen, whoever made it", async () => {
  using at = await stage();
  editSummary(at, { turns: 9 });
  assertEquals(indexedIds(at.path), at.ids.slice(1).toSorted());
  assertEquals(at.store.list().find(({ id }) => id === at.ids[0])?.turns, 9);
  Deno.removeSync(`${at.path}/${at.ids[1]}`, { recursive: true });
  assertEquals([at.store.list().length, indexedIds(at.path)], [2, [at.ids[2]]]);
});

Deno.test("list index: it stays small, however often summaries change", async () => {
  using at = await stage();
  const index = new ListIndex(at.path);
  const session = at.store.get(at.ids[0]!)!;
  for (let change = 1; change <= 2000; change++) {
    index.add(session);
    index.tidy(() => []);
    assert(Deno.statSync(`${at.path}/.list.jsonl`).size < 300_000);
  }
  assertEquals(indexedIds(at.path), at.ids.toSorted());
  assertEquals(at.store.list(), inFolders(at));
});

Deno.test("list index: a listing of 1,000 sessions reads none of their files, and a copied storage gets a new index", async () => {
  using at = await stage();
  copySession(at.path, at.ids[0]!, 1000);
  const counted = countedDisk();
  const store = new FileStore(at.path, { nowMs: testClock(), fs: counted.fs });
  assertEquals([store.list().length, counted.reads() >= 1000], [1003, true]);
  await store.update(at.ids[1]!, { turns: 1 });
  const before = counted.reads();
  assertEquals([store.list().length, counted.reads() - before], [1003, 0]);
  await store.lastFor("ffffffffffffffff");
  assertEquals(counted.reads() - before, 0);
  store.find(at.ids[2]!);
  assertEquals(counted.reads() - before, 1);
});

Deno.test("list index: the newest sessions are those of the list, after each kind of change", async () => {
  using at = await stage();
  const newest = () => at.store.newest(2);
  const check = () => {
    const all = at.store.list();
    assertEquals(newest().sessions, all.slice(0, 2));
    assertEquals(newest().ids.toSorted(), all.map(({ id }) => id).toSorted());
  };
  check();
  await at.store.update(at.ids[0]!, { turns: 7 });
  check();
  {
    await using _ = await at.store.open(at.ids[0]!, testProcess(2));
    check();
    assertEquals(newest().sessions[0]?.id, at.ids[0]);
  }
  await at.store.remove(at.ids[2]!);
  check();
  await at.store.flushIndexes();
  check();
  await at.store.trash.restore(at.ids[2]!);
  check();
  Deno.mkdirSync(`${at.path}/${crypto.randomUUID()}`);
  check();
});

Deno.test("list index: a look at the newest sessions reads no session's own file", async () => {
  using at = await stage();
  const before = at.store.newest(3).sessions;
  for (const id of at.ids) Deno.writeTextFileSync(`${at.path}/${id}/session.json`, "rubbish");
  assertEquals(new FileStore(at.path, { nowMs: testClock() }).newest(3).sessions, before);
});

Deno.test("list index: what a version without it changes is seen at once, and after the next change", async () => {
  using at = await stage();
  editSummary(at, { turns: 9, runAt: "2027-01-01T00:00:00.000Z" });
  // That version writes the registry, too.
  Deno.utimeSync(`${at.path}/.registry.sqlite3`, new Date(), new Date(Date.now() - 60_000));
  const first = () => new FileStore(at.path, { nowMs: testClock() }).newest(1).sessions[0];
  assertEquals([first()?.id, first()?.turns], [at.ids[0], 9]);
  await at.store.update(at.ids[1]!, { turns: 3 });
  assertEquals([first()?.id, first()?.turns], [at.ids[0], 9]);
  assertEquals(indexedIds(at.path), at.ids.toSorted());
});

Deno.test("list index: a change whose process died before its line is seen", async () => {
  using at = await stage();
  editSummary(at, { turns: 9, runAt: "2027-01-01T00:00:00.000Z" });
  Deno.writeTextFileSync(`${at.path}/.list.jsonl`, `\n! ${at.ids[0]}\n`, { append: true });
  const [first] = at.store.newest(1).sessions;
  assertEquals([first?.id, first?.turns], [at.ids[0], 9]);
});

/** The session that a resume without an id takes, by the folders alone. */
function newestInFolders(at: Stage): string | undefined {
  return inFolders(at).find(canGoOn)?.id;
}

Deno.test("list index: the newest session that can go on is that of the folders, after each kind of change", async () => {
  using at = await stage();
  const [a, b, c] = at.ids as [string, string, string];
  const check = (what: string) => {
    assertEquals(at.store.newestToGoOn()?.id, newestInFolders(at), what);
    const fresh = new FileStore(at.path, { nowMs: testClock() });
    assertEquals(fresh.newestToGoOn()?.id, newestInFolders(at), what);
  };
  check("all have ended");
  for (const id of [c, a, b]) await at.store.update(id, { status: "waiting" });
  check("all wait, and changed in another order than they ran");
  await at.store.update(a, { name: "renamed" });
  check("an old one has another name");
  {
    await using _ = await at.store.open(a, testProcess(2));
    check("one runs");
  }
  await at.store.update(a, { status: "failed" });
  check("the newest has failed");
  await at.store.remove(c);
  check("one is in the trash, and the indexes do not know it");
  await at.store.flushIndexes();
  check("one is in the trash");
  await at.store.update(b, { turns: 5 });
  await at.store.trash.restore(c);
  check("one came back");
  Deno.writeTextFileSync(`${at.path}/.list.jsonl`, `\n! ${c} 1\n`, { append: true });
  check("a process died in a change");
  new ListIndex(at.path).remake(inFolders(at));
  await at.store.update(b, { turns: 6 });
  check("the index was made anew");
  Deno.removeSync(`${at.path}/${newestInFolders(at)}`, { recursive: true });
  check("a person removed the newest");
  editSummary(at, { status: "stopped", runAt: "2030-01-01T00:00:00.000Z" });
  Deno.utimeSync(`${at.path}/.registry.sqlite3`, new Date(), new Date(Date.now() - 60_000));
  check("a version without the index ran one");
});

Deno.test("list index: a restored session with an old time does not hide a newer one before it", async () => {
  using at = await stage();
  const [a, b, c] = at.ids as [string, string, string];
  await at.store.remove(a);
  await at.store.flushIndexes();
  await at.store.update(b, { status: "waiting" });
  await at.store.update(c, { status: "waiting" });
  await at.store.trash.restore(a);
  await at.store.update(b, { turns: 2 });
  assertEquals(new FileStore(at.path, { nowMs: testClock() }).newestToGoOn()?.id, c);
});

Deno.test("list index: one that is made anew tells the newest session, in whatever order it gets them", async () => {
  using at = await stage();
  for (const id of at.ids) await at.store.update(id, { status: "waiting" });
  const [a, b, c] = at.ids.map((id) => at.store.get(id)!);
  const index = new ListIndex(at.path);
  for (const order of [[a, b, c], [c, b, a], [c, a, b], [b, c, a]]) {
    index.remake(order.map((each) => each!));
    index.mark();
    assertEquals(index.newestAtEnd(() => true)?.id, c!.id);
    assertEquals(index.newestAtEnd(({ id }) => id !== c!.id)?.id, b!.id);
    assertEquals(index.newestAtEnd(() => false), undefined);
  }
});

Deno.test("list index: the newest session that can go on is found with a look at its own file alone", async () => {
  using at = await stage();
  copySession(at.path, at.ids[0]!, 500);
  await at.store.update(at.ids[1]!, { status: "waiting" });
  const counted = countedDisk();
  const store = new FileStore(at.path, { nowMs: testClock(), fs: counted.fs });
  assertEquals(store.newestToGoOn()?.id, at.ids[1]);
  assertEquals([counted.lists(), counted.reads() <= 3], [0, true]);
});

Deno.test("list index: a session is found by a part of its id, or by its name, as in a list of all", async () => {
  using at = await stage();
  const [a, b] = at.ids as [string, string];
  copySession(at.path, a, 300);
  await at.store.update(b, { name: 'it is "b": 7' });
  const counted = countedDisk();
  const store = new FileStore(at.path, { nowMs: testClock(), fs: counted.fs });
  const copy = at.store.list().at(-1)!.id;
  const references = [
    ...[a, copy].flatMap((
      id,
    ) => [id.slice(-8), id.slice(-8).toUpperCase(), id.slice(0, 15), `${id.slice(-9)}@3`]),
    ...['it is "b": 7', 'it is "b": 7@2', "a", "c@1", "0000", "zzzz", "completed", "1 {", "/p/a.pb", "A", ""],
  ];
  for (const reference of references) {
    assertEquals([reference, store.find(reference)], [reference, findSession(at.store.list(), reference)]);
  }
  const before = [counted.reads(), counted.lists()];
  for (const reference of [a.slice(-8), copy.slice(0, 13), 'it is "b": 7']) {
    assertEquals(store.find(reference).kind, "found", reference);
  }
  assertEquals([counted.reads() <= before[0]! + 9, counted.lists()], [true, before[1]!]);
});
