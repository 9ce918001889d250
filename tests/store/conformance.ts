import { assert, assertEquals, assertRejects } from "@std/assert";
import { PlaybooksError } from "../../src/errors.ts";
import { LostLeaseError, PositionConflictError } from "../../src/store/lease_errors.ts";
import type {
  Fence,
  LeasedSession,
  NewSession,
  SessionStore,
  StateChecks,
  StoreProcess,
} from "../../src/store/session_store.ts";

/** A store under test. */
export interface Subject extends AsyncDisposable {
  readonly store: SessionStore;
  /** The same sessions as another process sees them. */
  readonly other: SessionStore;
  /** Takes the lease away from its holder without a notice. */
  loseLease(id: string): Promise<void>;
  /** Leaves half of an append, like a crash. Absent if an append is a transaction. */
  tear?(id: string): Promise<void>;
}

/** A clock for the stores of a test, in ms since 1970. Each reading is later than the previous one. */
export function testClock(): () => number {
  let now = Date.UTC(2026, 0, 1);
  return () => now += 1000;
}

/** A process that runs a session. */
export function testProcess(pid: number): StoreProcess {
  return { pid, host: "here", sync: "always" };
}

/** Registers the tests that every store must pass. */
export function testConformance(name: string, make: () => Promise<Subject>): void {
  const first = testProcess(1);
  const second = testProcess(2);
  const test = (claim: string, work: (subject: Subject) => Promise<void>) =>
    Deno.test(`${name} store: ${claim}`, async () => {
      await using subject = await make();
      await work(subject);
    });

  test("entries are read in order with their positions, from any position", async ({ store, other }) => {
    await using session = await store.begin(program(), first);
    const places = [session.place()];
    for (let n = 1; n <= 40; n++) {
      await append(session, [{ n, text: "ü".repeat(n) }]);
      places.push(session.place());
    }
    await append(session, [{ n: 41 }, { n: 42 }]);
    assertEquals(session.position, 42);
    for (const [index, after] of places.entries()) {
      const read = [...await other.read(session.id, { after })];
      assertEquals(read.map(({ position }) => position), range(index + 1, 42));
      assertEquals(read.map(({ entry }) => (entry as { readonly n: number }).n), range(index + 1, 42));
    }
    for (const position of [1, 7, 41, 42, 50]) {
      const read = [...await other.read(session.id, { after: { position, end: 0 } })];
      assertEquals(read.map(({ position }) => position), range(position + 1, 42));
    }
    const all = [...await session.read()];
    assertEquals(all.map(({ synced }) => synced).slice(-3), [39, 40, 40]);
    assertEquals([...await other.read(session.id)], all);
  });

  test("the next process reads all acknowledged entries", async ({ store, other }) => {
    const session = await store.begin(program(), first);
    await append(session, ["a", { long: "x".repeat(200_000) }]);
    await session.close();
    await using again = await other.open(session.id, second);
    assertEquals(again.loaded.entries, ["a", { long: "x".repeat(200_000) }]);
    assertEquals(again.loaded.position, 2);
  });

  test("a second writer is refused with exit 4, and the first one continues", async ({ store, other }) => {
    await using session = await store.begin(program(), first);
    const error = await assertRejects(() => other.open(session.id, second), PlaybooksError);
    assertEquals(error.exitCode, 4);
    assert(error.message.includes("pid 1 on here"), error.message);
    await append(session, ["still here"]);
    assertEquals(await entriesOf(other, session.id), ["still here"]);
  });

  test("the token grows with each lease, also after a lost lease", async ({ store, other, loseLease }) => {
    const session = await store.begin(program(), first);
    const tokens = [session.token];
    await session.close();
    const again = await other.open(session.id, second);
    tokens.push(again.token);
    await loseLease(session.id);
    await using last = await store.open(session.id, first);
    tokens.push(last.token);
    assert(tokens[0]! < tokens[1]! && tokens[1]! < tokens[2]!, tokens.join());
    await again.close().catch(() => {});
  });

  test("a writer without its lease cannot write anything", async (subject) => {
    const { store, other, loseLease } = subject;
    const stale = await store.begin(program(), first);
    await append(stale, ["a"]);
    await loseLease(stale.id);
    await using session = await other.open(stale.id, second);
    await append(session, ["b"]);
    await session.snapshots.put("f1", Uint8Array.of(2));
    await session.cursor.advance(1);
    await session.inbox.post("key", "message");
    const fence = fenceOf(stale);
    await assertRejects(async () => await stale.append(["lost"], fence), LostLeaseError);
    await assertRejects(async () => await stale.append(["lost"], fenceOf(session)), LostLeaseError);
    await assertRejects(async () => await stale.checkpoint({}, { ...fence, ...limits }), LostLeaseError);
    await assertRejects(async () => await stale.snapshots.put("f1", Uint8Array.of(1)), LostLeaseError);
    await assertRejects(async () => await stale.snapshots.prune(new Set()), LostLeaseError);
    await assertRejects(async () => await stale.cursor.advance(2), LostLeaseError);
    await assertRejects(async () => await stale.inbox.take(["key"]), LostLeaseError);
    await stale.close().catch(() => {});
    await append(session, ["c"]);
    assertEquals(await entriesOf(other, session.id), ["a", "b", "c"]);
    assertEquals(await session.snapshots.get("f1"), Uint8Array.of(2));
    assertEquals(session.cursor.position, 1);
    assertEquals((await session.inbox.read()).length, 1);
    assertEquals(await session.checkpoints(), []);
  });

  test("an append with an old token writes nothing", async ({ store, other }) => {
    const before = await store.begin(program(), first);
    await before.close();
    await using session = await other.open(before.id, second);
    const fence = { expectedPosition: 0, token: before.token };
    await assertRejects(async () => await session.append(["a"], fence), LostLeaseError);
    assertEquals(await entriesOf(other, session.id), []);
  });

  test("an append at an unexpected position writes nothing", async ({ store, other }) => {
    await using session = await store.begin(program(), first);
    await append(session, ["a"]);
    for (const expectedPosition of [0, 2]) {
      const fence = { expectedPosition, token: session.token };
      await assertRejects(async () => await session.append(["x"], fence), PositionConflictError);
      await assertRejects(
        async () => await session.checkpoint({}, { ...fence, ...limits }),
        PositionConflictError,
      );
    }
    await append(session, ["b"]);
    assertEquals(await entriesOf(other, session.id), ["a", "b"]);
  });

  test("checkpoint N is the state after N entries, and a load takes the newest permitted one", async (subject) => {
    const { store, other } = subject;
    const session = await store.begin(program(), first);
    for (let n = 1; n <= 6; n++) {
      await append(session, [n]);
      if (n % 2 === 0) {
        const written = await session.checkpoint({ sum: n }, { ...fenceOf(session), ...limits });
        assertEquals([written.kind, "position" in written && written.position], ["written", n]);
      }
    }
    await append(session, [7]);
    assertEquals(await session.checkpoints(), [4, 6]);
    for (let position = 0; position <= 7; position++) {
      const { checkpoint, entries, position: at } = await other.load(session.id, { position });
      const known = position >= 6 ? 6 : position >= 4 ? 4 : 0;
      assertEquals(checkpoint?.position ?? 0, known);
      assertEquals(checkpoint?.state, known === 0 ? undefined : { sum: known });
      assertEquals([entries, at], [range(known + 1, position), position]);
    }
    const error = await assertRejects(() => other.load(session.id, { position: 8 }), PlaybooksError);
    assertEquals(error.exitCode, 3);
    await session.close();
    await using again = await other.open(session.id, second);
    assertEquals(again.loaded.checkpoint?.state, { sum: 6 });
    assertEquals(again.loaded.entries, [7]);
  });

  test("a rewind leaves the first entries, and the session continues there", async ({ store, other }) => {
    const limits = { keepLastN: 9, maxCheckpointSizeMb: 1 };
    const { id } = await use(store.begin(program(), first), async (session) => {
      for (let n = 1; n <= 6; n++) {
        await append(session, [{ n, text: "x".repeat(n === 5 ? 70_000 : n) }]);
        if (n % 2 === 0) {
          const fence = { expectedPosition: n, token: session.token };
          await session.checkpoint({ n }, { ...limits, ...fence });
        }
      }
      await session.cursor.advance(5);
      await session.snapshots.put("f1", new Uint8Array([1]));
      const fence = { expectedPosition: 6, token: session.token };
      for (const wrong of [7, 100]) {
        assertEquals((await rejected(() => session.rewind(wrong, fence))).exitCode, 3);
      }
      await rejected(() => session.rewind(3, { ...fence, token: session.token + 1 }), LostLeaseError);
      return session;
    });
    for (const position of [5, 3, 2]) {
      await use(store.open(id, first), async (session) => {
        const expectedPosition = session.position;
        await rejected(
          () => session.rewind(position, { expectedPosition: expectedPosition + 1, token: session.token }),
          PositionConflictError,
        );
        await session.rewind(position, { expectedPosition, token: session.token });
        assertEquals([session.position, session.cursor.position], [position, position]);
        await append(session, [{ n: "new" }]);
      });
      const loaded = await other.load(id);
      assertEquals([loaded.position, loaded.hasSnapshot("f1")], [position + 1, false]);
      assertEquals(loaded.checkpoint?.position, position >= 4 ? 4 : 2);
      const read = [...await other.read(id)].map(({ entry }) => (entry as { readonly n: unknown }).n);
      assertEquals(read, [...range(1, position), "new"]);
    }
  });

  test("a session can begin from a state", async ({ store, other }) => {
    await using session = await store.begin(
      { ...program(), base: { position: 5, state: { five: 5 } } },
      first,
    );
    assertEquals(session.position, 5);
    await append(session, ["six"]);
    const loaded = await other.load(session.id);
    assertEquals([loaded.checkpoint?.state, loaded.entries, loaded.position], [{ five: 5 }, ["six"], 6]);
  });

  test("a session that is made whole is seen only when it is whole", async ({ store, other }) => {
    const given = { ...program(), key: "0123456789abcdef", name: "whole" };
    let id = "";
    const made = await store.insert(given, first, async (session) => {
      id = session.id;
      await append(session, ["a", { long: "x".repeat(100_000) }]);
      await session.inbox.post("key", "message");
      await session.cursor.replace(2);
      assertEquals([await other.get(id), (await other.list()).length], [undefined, 0]);
      return { status: "waiting", position: 2, turns: 7 };
    });
    assertEquals([made.id, made.name, made.status, made.turns], [id, "whole", "waiting", 7]);
    assertEquals((await other.lastFor(given.key))?.id, id);
    assertEquals(await entriesOf(other, id), ["a", { long: "x".repeat(100_000) }]);
    assertEquals((await other.inbox(id).read()).length, 1);
    const taken = await assertRejects(
      () => store.insert(given, first, () => Promise.resolve({})),
      PlaybooksError,
    );
    assertEquals(taken.exitCode, 2);
    const failure = new Error("failed");
    const failed = await assertRejects(() =>
      store.insert(program(), first, async (session) => {
        await append(session, ["lost"]);
        throw failure;
      })
    );
    assertEquals(failed, failure);
    assertEquals((await other.list()).map((session) => session.id), [id]);
    await using session = await other.open(id, second);
    assertEquals([session.position, session.cursor.position, session.loaded.notices], [2, 2, []]);
  });

  test("sessions that are made at the same time all stay", async ({ store, other }) => {
    const make = async (from: SessionStore) => {
      const ids: string[] = [];
      for (let n = 0; n < 12; n++) {
        const { id } = await from.insert(program(), first, async (session) => {
          await append(session, [n]);
          return { status: "queued", position: 1 };
        });
        ids.push(id);
      }
      return ids;
    };
    const made = (await Promise.all([store, other, store, other, store, other].map(make))).flat();
    assertEquals((await other.list()).map(({ id }) => id).sort(), made.sort());
    for (const id of made) assertEquals((await entriesOf(other, id)).length, 1);
  });

  test("the cursor never goes back, and the next process finds it", async ({ store, other }) => {
    const session = await store.begin(program(), first);
    assertEquals(session.cursor.found, 0);
    await append(session, ["a", "b", "c"]);
    await session.cursor.advance(2);
    await session.cursor.advance(1);
    assertEquals(session.cursor.position, 2);
    await session.close();
    await using again = await other.open(session.id, second);
    assertEquals([again.cursor.found, again.cursor.position], [2, 2]);
  });

  test("snapshots can be replaced and pruned, and the next process reads them", async ({ store, other }) => {
    const session = await store.begin(program(), first);
    await session.snapshots.put("f1", Uint8Array.of(1, 2, 3));
    await session.snapshots.put("f2", Uint8Array.of(4));
    await session.snapshots.put("f2", Uint8Array.of(5));
    assertEquals(await session.snapshots.get("f3"), undefined);
    await session.close();
    await using again = await other.open(session.id, second);
    assertEquals(await again.snapshots.get("f1"), Uint8Array.of(1, 2, 3));
    assertEquals(await again.snapshots.get("f2"), Uint8Array.of(5));
    assertEquals(["f2", "f3"].map((name) => again.loaded.hasSnapshot(name)), [true, false]);
    await again.snapshots.prune(new Set(["f1"]));
    assertEquals(await again.snapshots.get("f2"), undefined);
    assertEquals(await again.snapshots.get("f1"), Uint8Array.of(1, 2, 3));
  });

  test("messages are kept in order and once per key, also while no process runs the session", async (subject) => {
    const { store, other } = subject;
    const session = await store.begin(program(), first);
    assertEquals(await other.inbox(session.id).post("k1", { words: "one" }), { number: 1, isNew: true });
    assertEquals(await session.inbox.post("../k2", "two"), { number: 2, isNew: true });
    assertEquals(await other.inbox(session.id).post("k1", "again"), { number: 1, isNew: false });
    await session.inbox.take(["k1"]);
    await session.close();
    assertEquals(await other.inbox(session.id).post("k1", "again"), { number: 1, isNew: false });
    assertEquals(await other.inbox(session.id).post("k3", "three"), { number: 3, isNew: true });
    await using again = await other.open(session.id, second);
    assertEquals(await again.inbox.read(), [
      { key: "../k2", number: 2, message: "two" },
      { key: "k3", number: 3, message: "three" },
    ]);
    await again.inbox.take(["k1", "../k2", "k3"]);
    assertEquals(await store.inbox(session.id).read(), []);
  });

  test("sessions are listed by newest run, found by name and by key, and removed", async (subject) => {
    const { store, other } = subject;
    const a = await store.begin({ ...program(), name: "a" }, first);
    const b = await store.begin({ ...program(), key: otherKey }, first);
    const c = await store.begin(program(), first);
    assertEquals((await other.list()).map(({ id }) => id), [c.id, b.id, a.id]);
    assertEquals((await other.lastFor(key))?.id, c.id);
    for (const limit of [2, Infinity]) {
      const newest = await other.newest?.(limit);
      if (!newest) continue;
      assertEquals(newest.ids.toSorted(), [a.id, b.id, c.id].toSorted());
      assertEquals(newest.sessions.map(({ id }) => id), [c.id, b.id, a.id].slice(0, limit));
    }
    await a.close();
    await using again = await other.open(a.id, { ...second, change: { turns: 3 } });
    assertEquals((await other.list()).map(({ id }) => id), [a.id, c.id, b.id]);
    for (const limit of [2, 3, Infinity]) {
      const newest = await other.newest?.(limit);
      if (!newest) continue;
      const { sessions, ids } = newest;
      assertEquals(sessions.map(({ id }) => id), [a.id, c.id, b.id].slice(0, limit));
      assertEquals([...ids].sort(), [a.id, b.id, c.id].sort());
    }
    assertEquals((await store.lastFor(key))?.id, a.id);
    assertEquals(again.session.turns, 3);
    const found = await other.find("a");
    assertEquals(found.kind === "found" && found.session.id, a.id);
    await assertRejects(() => other.update(b.id, { name: "a" }), PlaybooksError, "has that name");
    await other.update(b.id, { name: "b" });
    assertEquals((await store.get(b.id))?.name, "b");
    assertEquals((await assertRejects(() => other.remove(a.id), PlaybooksError)).exitCode, 4);
    await b.close();
    await other.remove(b.id);
    await other.flushIndexes();
    assertEquals(await store.get(b.id), undefined);
    assertEquals((await store.list()).map(({ id }) => id), [a.id, c.id]);
    await c.close();
  });

  test("a removed session is in the trash, and comes back whole or is deleted", async ({ store, other }) => {
    const idOf = async (each: SessionStore) => (await each.trash.list()).map(({ session }) => session.id);
    const a = await store.begin({ ...program(), name: "a" }, first);
    const b = await store.begin(program(), first);
    await append(a, [1, 2]);
    const before = (await store.get(a.id))!;
    for (const session of [a, b]) await session.close();
    assertEquals(await idOf(store), []);
    for (const { id } of [a, b]) await other.remove(id);
    await other.flushIndexes();
    assertEquals([(await store.list()).length, (await store.find("a")).kind], [0, "missing"]);
    assertEquals(await store.lastFor(key), undefined);
    assertEquals(await idOf(store), [b.id, a.id]);
    const [, trashed] = await store.trash.list();
    assert(trashed!.bytes > 0 && trashed!.removedAt > before.createdAt);

    const restored = await store.trash.restore(a.id);
    assertEquals([restored.name, restored.status], ["a", "stopped"]);
    assertEquals((await other.lastFor(key))?.id, a.id);
    assertEquals([...await other.read(a.id)].length, 2);
    assertEquals((await other.verify(a.id, sums)).faults, []);
    assertEquals(await idOf(other), [b.id]);
    await other.trash.delete(b.id);
    assertEquals(await idOf(store), []);
    for (const lost of [b.id, a.id]) {
      assertEquals((await assertRejects(() => store.trash.restore(lost), PlaybooksError)).exitCode, 3);
      const failure = await assertRejects(async () => await store.trash.delete(lost), PlaybooksError);
      assertEquals(failure.exitCode, 3);
    }
  });

  test("a session that comes back loses its name if another one has it by now", async ({ store }) => {
    const a = await store.begin({ ...program(), name: "a" }, first);
    await a.close();
    await store.remove(a.id);
    await using b = await store.begin({ ...program(), name: "a" }, first);
    assertEquals((await store.trash.restore(a.id)).name, undefined);
    const found = await store.find("a");
    assertEquals(found.kind === "found" && found.session.id, b.id);
  });

  test("a text of an entry is never missed by a search", async ({ store, other }) => {
    await using session = await store.begin(program(), first);
    await append(session, ["words", { deep: ["Äpfel", 17.5] }, "x".repeat(200_000) + "end"]);
    for (const pattern of [/words/, /äpfel/i, /17\.5/, /xend/]) {
      assertEquals(await other.mayContain(session.id, pattern), true, String(pattern));
    }
    await using without = await store.begin(program(), first);
    await append(without, ["words"]);
    assertEquals(await other.mayContain(without.id, /nothing/), false);
  });

  test("the holder of a lease is known while it has the lease", async ({ store, other }) => {
    const session = await store.begin(program(), first);
    const { pid, host } = (await other.holder(session.id))!;
    assertEquals({ pid, host }, { pid: 1, host: "here" });
    await session.close();
    assertEquals(await other.holder(session.id), undefined);
  });

  test("a session without its process is stopped, and an unknown session is exit 3", async ({ store, other }) => {
    const session = await store.begin(program(), first);
    assertEquals((await other.get(session.id))?.status, "running");
    await session.close();
    assertEquals((await other.get(session.id))?.status, "stopped");
    const unknown = "01234567-89ab-7cde-8f01-23456789abcd";
    assertEquals(await other.get(unknown), undefined);
    assertEquals((await assertRejects(() => other.open(unknown, second), PlaybooksError)).exitCode, 3);
    assertEquals((await assertRejects(() => other.remove(unknown), PlaybooksError)).exitCode, 3);
    assertEquals(
      (await assertRejects(async () => await other.inbox(unknown).read(), PlaybooksError)).exitCode,
      3,
    );
  });

  test("a check finds a checkpoint that its entries do not lead to, and changes nothing", async ({ store, other }) => {
    const session = await store.begin(program(), first);
    await append(session, [1, 2]);
    await session.checkpoint({ sum: 3 }, { ...fenceOf(session), ...limits });
    await append(session, [3]);
    assertEquals((await other.verify(session.id, sums)).running, true);
    await session.close();
    const sound = await other.verify(session.id, sums);
    assertEquals([sound.entries, sound.checkpoints, sound.faults], [3, 1, []]);
    await using again = await store.open(session.id, second);
    await again.checkpoint({ sum: 7 }, { ...fenceOf(again), ...limits });
    const { faults } = await other.verify(session.id, sums);
    assertEquals(faults.map(({ kind }) => kind), ["wrong state"]);
    const all = await other.verifyAll(sums);
    assertEquals([all.sessions.map(({ id }) => id), all.index.damaged], [[session.id], []]);
    assertEquals(await other.verifyIndexes(), all.index);
    assert(await other.sizeOf(session.id) > 0);
  });

  test("changes of a summary that one process makes at once are made in their order", async ({ store, other }) => {
    await using session = await store.begin(program(), first);
    await Promise.all(
      Array.from({ length: 12 }, (_, n) => store.update(session.id, { turns: n, dueAt: timeOf(n) })),
    );
    const { turns, dueAt } = (await other.get(session.id))!;
    assertEquals([turns, dueAt], [11, timeOf(11)]);
  });

  test("a worker may take queued sessions, those that wait longest first, and no others", async (subject) => {
    const { store, other } = subject;
    const ids: string[] = [];
    for (const status of ["queued", "queued", "stopped", "completed", "failed", "waiting"] as const) {
      const session = await store.begin(program(), first);
      ids.push(session.id);
      assertEquals(
        await runnable(other),
        ids.slice(0, 2).slice(0, ids.length - 1).map((id) => `queued ${id}`),
      );
      await store.update(session.id, { status });
      await session.close();
    }
    const [a, b] = ids as [string, string];
    assertEquals(await runnable(other), [`queued ${a}`, `queued ${b}`]);
    assertEquals(await runnable(other, { limit: 1 }), [`queued ${a}`]);
    assertEquals(await runnable(other, { except: new Set([a]) }), [`queued ${b}`]);
    const taken = await other.open(a, second);
    assertEquals(await runnable(store), [`queued ${b}`]);
    const held = async () => (await store.held()).map(({ id }) => id);
    assertEquals(await held(), [a]);
    await store.update(a, { status: "queued" });
    assertEquals(await runnable(store), [`queued ${b}`], "its process still has the lease");
    assertEquals(await held(), [a]);
    await store.update(a, { status: "completed" });
    assertEquals([await runnable(store), await held()], [[`queued ${b}`], []], "no worker would take it");
    await store.update(a, { status: "queued" });
    await taken.close();
    assertEquals(await held(), []);
    assertEquals(await runnable(store), [`queued ${b}`, `queued ${a}`]);
    await store.remove(b);
    assertEquals(await runnable(other), [`queued ${a}`]);
  });

  test("a worker may take a session whose timer has passed, and no queued one before its time", async (subject) => {
    const { store, other } = subject;
    const dueMs = Date.UTC(2026, 5, 1);
    const ids: string[] = [];
    for (const status of ["waiting", "queued", "stopped"] as const) {
      const session = await store.begin(program(), first);
      await store.update(session.id, { status, dueAt: new Date(dueMs + ids.length).toISOString() });
      await session.close();
      ids.push(session.id);
    }
    assertEquals(await runnable(other, { nowMs: dueMs - 1 }), []);
    assertEquals(await other.nextDueMs(), dueMs);
    assertEquals(await runnable(other, { nowMs: dueMs }), [`due ${ids[0]}`]);
    assertEquals(await runnable(other, { nowMs: dueMs + 1 }), [`due ${ids[0]}`, `queued ${ids[1]}`]);
    const taken = await other.open(ids[0]!, second);
    assertEquals((await other.get(ids[0]!))?.dueAt, undefined, "a run begins without the old time");
    await taken.close();
  });

  test("a worker may take a waiting session when a message is news to it", async ({ store, other }) => {
    const ids: string[] = [];
    for (
      const change of [
        { status: "waiting" },
        { status: "waiting", heard: 1 },
        { status: "stopped", exit: 5 },
        { status: "stopped", exit: 1 },
      ] as const
    ) {
      const session = await store.begin(program(), first);
      await store.update(session.id, change);
      await session.close();
      ids.push(session.id);
    }
    const [asks, hasHeard, decides] = ids as [string, string, string];
    assertEquals(await runnable(other), []);
    for (const id of ids) await other.inbox(id).post("1", "words");
    assertEquals((await runnable(store)).toSorted(), [`answered ${asks}`, `answered ${decides}`].toSorted());
    await other.inbox(hasHeard).post("2", "words");
    assertEquals((await runnable(store)).includes(`answered ${hasHeard}`), true);
    const taken = await store.open(asks, first);
    await taken.inbox.take(["1"]);
    await store.update(asks, { status: "waiting" });
    await taken.close();
    assertEquals((await runnable(other)).includes(`answered ${asks}`), false);
  });

  test("a worker may take a session whose process died, but not before the time that its backoff names", async (subject) => {
    const { store, other, loseLease } = subject;
    const session = await store.begin(program(), first);
    const held = await store.begin(program(), first);
    const dueMs = Date.UTC(2026, 5, 1);
    await store.update(held.id, { dueAt: new Date(dueMs).toISOString() });
    assertEquals(await runnable(other, { nowMs: dueMs }), []);
    for (const { id } of [session, held]) await loseLease(id);
    assertEquals(await runnable(other), [`orphaned ${session.id}`]);
    assertEquals((await runnable(other, { nowMs: dueMs })).length, 2);
    const [orphan] = await other.runnable({ limit: 1, nowMs: 0 });
    assertEquals(orphan?.session.status, "running", "it is as it was stored");
    for (const each of [session, held]) await each.close().catch(() => {});
  });

  test("a worker hears of a new session and of a message", async ({ store, other }) => {
    const stop = new AbortController();
    assertEquals(await runnable(other), []);
    const begun = other.changed(stop);
    const session = await store.begin(program(), first);
    await begun;
    await store.update(session.id, { status: "waiting" });
    await session.close();
    assertEquals(await runnable(other), []);
    const posted = other.changed(stop);
    await store.inbox(session.id).post("1", "words");
    await posted;
    assertEquals(await runnable(other), [`answered ${session.id}`]);
    const last = other.changed(stop);
    stop.abort();
    await last;
  });

  test("after a crash only the incomplete append is dropped", async ({ store, other, tear }) => {
    if (!tear) return;
    const session = await store.begin(program(), first);
    await append(session, ["a", "b"]);
    await session.close();
    await tear(session.id);
    assertEquals(await entriesOf(other, session.id), ["a", "b"]);
    await using again = await other.open(session.id, second);
    assertEquals([again.loaded.position, again.loaded.notices.length], [2, 1]);
    await append(again, ["c"]);
    assertEquals(await entriesOf(other, session.id), ["a", "b", "c"]);
  });
}

const key = "0123456789abcdef";
const otherKey = "fedcba9876543210";
/** Limits of a checkpoint that hold for all tests. */
export const limits = { keepLastN: 2, maxCheckpointSizeMb: 10 };

/** The state is the sum of the entries. */
export const sums: StateChecks = {
  fold: (from, entries) => ({
    sum: (entries as number[]).reduce(
      (sum, entry) => sum + entry,
      (from as { sum: number } | undefined)?.sum ?? 0,
    ),
  }),
  restore: ({ checkpoint }) => checkpoint?.state,
  isNewer: (_error): _error is Error => false,
};

function program(): NewSession {
  return { key, programPaths: ["/p/a.pb"] };
}

/** The fence of an append by the holder of the lease. */
export function fenceOf({ position, token }: LeasedSession): Fence {
  return { expectedPosition: position, token };
}

/** Appends entries under the lease. */
export async function append(session: LeasedSession, entries: readonly unknown[]): Promise<void> {
  await session.append(entries, fenceOf(session));
}

function timeOf(n: number): string {
  return new Date(Date.UTC(2026, 1, n + 1)).toISOString();
}

/** The sessions that a worker may take, as `queued <id>`. */
async function runnable(
  store: SessionStore,
  options: Partial<Parameters<SessionStore["runnable"]>[0]> = {},
): Promise<readonly string[]> {
  const all = await store.runnable({ limit: 100, nowMs: Date.UTC(2026, 1, 1), ...options });
  return all.map(({ reason, session }) => `${reason} ${session.id}`);
}

async function entriesOf(store: SessionStore, id: string): Promise<readonly unknown[]> {
  return [...await store.read(id)].map(({ entry }) => entry);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => from + index);
}

/** Uses a leased session and closes it. */
export async function use(
  leased: Promise<LeasedSession>,
  work: (session: LeasedSession) => Promise<unknown>,
): Promise<LeasedSession> {
  await using session = await leased;
  await work(session);
  return session;
}

/** The error of a call that throws at once or later. */
async function rejected(
  call: () => unknown,
  type: new (...args: never[]) => PlaybooksError = PlaybooksError as never,
): Promise<PlaybooksError> {
  return await assertRejects(async () => await call(), type as typeof PlaybooksError);
}
