import { assert, assertEquals, assertRejects } from "@std/assert";
import { PlaybooksError } from "../../../src/errors.ts";
import { LostLeaseError } from "../../../src/store/lease_errors.ts";
import type { LeasedSession } from "../../../src/store/session_store.ts";
import type { LinkFaults } from "../../../src/store/postgres/link.ts";
import { appendTo, someProgram, testWithPostgres, thisProcess } from "../../support/postgres_store.ts";

/** Cuts the connection at the n-th statement that fits. */
function cutAt(place: "before" | "after", pattern: RegExp, count = 1): LinkFaults {
  let left = count;
  const cuts = (text: string) => pattern.test(text) && left-- > 0;
  return place === "before" ? { beforeSend: cuts } : { afterAnswer: cuts };
}

const appends = /set position = position \+/;

for (const place of ["before", "after"] as const) {
  testWithPostgres(
    `postgres store: a connection lost ${place} the commit of an append appends once`,
    async (tables) => {
      const store = tables.store({ faults: cutAt(place, appends) });
      await using session = await store.begin(someProgram, thisProcess);
      await appendTo(session, "a", { long: "x".repeat(100_000) });
      await appendTo(session, "b");
      const entries = [...await tables.store().read(session.id)].map(({ entry }) => entry);
      assertEquals(entries, ["a", { long: "x".repeat(100_000) }, "b"]);
    },
  );

  testWithPostgres(
    `postgres store: a connection lost ${place} the answer of each other write does it once`,
    async (tables) => {
      for (
        const pattern of [
          /insert into \S+sessions/,
          /set token/,
          /^commit$/,
          /set shown/,
          /insert into \S+snapshots/,
          /insert into \S+checkpoints/,
          /insert into \S+messages/,
          /set is_taken/,
        ]
      ) {
        const store = tables.store({ faults: cutAt(place, pattern) });
        const first = await store.begin(someProgram, thisProcess);
        await appendTo(first, "a");
        await first.close();
        await using session = await store.open(first.id, thisProcess);
        assertEquals([session.token, session.died], [session.session.token, undefined], String(pattern));
        await session.cursor.advance(1);
        await session.snapshots.put("f1", Uint8Array.of(1));
        const fence = { expectedPosition: 1, token: session.token };
        await session.checkpoint({ n: 1 }, { ...fence, keepLastN: 2, maxCheckpointSizeMb: 1 });
        assertEquals(await session.inbox.post("k", "words"), { number: 1, isNew: true }, String(pattern));
        assertEquals(await session.inbox.post("k", "words"), { number: 1, isNew: false });
        await session.inbox.take(["k"]);
        const other = tables.store();
        assertEquals(await other.inbox(session.id).read(), []);
        assertEquals((await other.load(session.id)).checkpoint?.state, { n: 1 });
        assertEquals((await other.list()).filter(({ id }) => id === session.id).length, 1);
        await session.close();
        await store.remove(session.id);
        assertEquals((await other.trash.list()).some(({ session: { id } }) => id === session.id), true);
      }
    },
  );
}

for (const [what, comesBack] of [["comes back", true], ["stays away", false]] as const) {
  testWithPostgres(
    `postgres store: a made session stays with the process that took it, if its last answer was lost and the database ${what}`,
    async (tables) => {
      const other = tables.store();
      let taking: Promise<LeasedSession> | undefined;
      let isLosing = false;
      const take = async (id: string) => {
        await tables.run("update $s.heads set held_until = clock_timestamp()");
        const taken = await other.open(id, { ...thisProcess, pid: 1 });
        await appendTo(taken, "other");
        isLosing = !comesBack;
        return taken;
      };
      let made = "";
      const afterAnswer = (text: string) => {
        if (!isLosing || text !== "commit") return false;
        taking ??= take(made);
        return true;
      };
      const store = tables.store({ faults: { afterAnswer }, retryMs: comesBack ? 20_000 : 3000 });
      const inserted = store.insert(someProgram, thisProcess, async (session) => {
        await appendTo(session, "first");
        made = session.id;
        isLosing = true;
        return { status: "queued", position: 1 };
      });
      if (comesBack) assertEquals((await inserted).id, made);
      else await assertRejects(() => inserted, PlaybooksError);
      isLosing = false;
      await using taken = await taking!;
      await appendTo(taken, "more");
      assertEquals([...await other.read(made)].map(({ entry }) => entry), ["first", "other", "more"]);
      assertEquals((await other.get(made))?.status, "running");
    },
  );
}

testWithPostgres("postgres store: a session whose making fails at its end is gone", async (tables) => {
  let isLosing = false;
  const store = tables.store({
    faults: { afterAnswer: (text) => isLosing && text === "commit" },
    retryMs: 300,
  });
  await assertRejects(() =>
    store.insert(someProgram, thisProcess, async (session) => {
      await appendTo(session, "first");
      isLosing = true;
      return { status: "queued", position: 1 };
    }), PlaybooksError);
  assertEquals(await tables.store().list(), []);
});

testWithPostgres(
  "postgres store: an append whose answer was lost is refused if the lease was taken over meanwhile",
  async (tables) => {
    const other = tables.store();
    let taking: Promise<void> | undefined;
    let isTaken = false;
    const takeOver = async () => {
      await tables.run("update $s.heads set held_until = clock_timestamp()");
      await using next = await other.open(session.id, { ...thisProcess, pid: 1 });
      await appendTo(next, "other");
      isTaken = true;
    };
    const store = tables.store({
      faults: {
        beforeSend(text) {
          if (isTaken || !appends.test(text)) return false;
          taking ??= takeOver();
          return true;
        },
      },
    });
    const session = await store.begin(someProgram, thisProcess);
    await assertRejects(() => appendTo(session, "lost"), LostLeaseError);
    await taking;
    assertEquals([...await other.read(session.id)].map(({ entry }) => entry), ["other"]);
    await session.close();
  },
);

testWithPostgres(
  "postgres store: a post whose answer was lost is new, and a repeated key is not",
  async (tables) => {
    let isCut = false;
    const store = tables.store({
      faults: { afterAnswer: (text) => text === "commit" && isCut && !(isCut = false) },
    });
    await using session = await store.begin(someProgram, thisProcess);
    const inbox = tables.store().inbox(session.id);
    isCut = true;
    assertEquals(await store.inbox(session.id).post("k", "words"), { number: 1, isNew: true });
    assertEquals(isCut, false);
    isCut = true;
    assertEquals(await store.inbox(session.id).post("k", "words"), { number: 1, isNew: false });
    assertEquals((await inbox.read()).length, 1);
  },
);

testWithPostgres(
  "postgres store: a writer cannot write after another process took its lease, even if that one has written nothing",
  async (tables) => {
    const paused = await tables.store().begin(someProgram, thisProcess);
    await appendTo(paused, "a");
    await tables.run("update $s.heads set held_until = clock_timestamp()");
    await using next = await tables.store().open(paused.id, { ...thisProcess, pid: 1 });
    const fence = { expectedPosition: 1, token: paused.token };
    const limits = { keepLastN: 1, maxCheckpointSizeMb: 1 };
    await assertRejects(async () => await paused.checkpoint({}, { ...fence, ...limits }), LostLeaseError);
    const late = await tables.store().begin(someProgram, thisProcess);
    await tables.run("update $s.heads set token = token + 1 where session = $1", [late.id]);
    await assertRejects(() => appendTo(late, "lost"), LostLeaseError);
    assertEquals([...await tables.store().read(late.id)], []);
    assertEquals((await tables.store().load(paused.id)).checkpoint, undefined);
    assertEquals(next.position, 1);
    for (const each of [paused, late]) await each.close();
  },
);

testWithPostgres(
  "postgres store: a database that does not come back stops the session with exit 6, and it can be resumed",
  async (tables) => {
    const store = tables.store({
      retryMs: 3000,
      faults: { beforeSend: (text) => isCut && appends.test(text) },
    });
    let isCut = false;
    const session = await store.begin(someProgram, thisProcess);
    await appendTo(session, "a");
    isCut = true;
    const error = await assertRejects(() => appendTo(session, "b"), PlaybooksError);
    assertEquals(error.exitCode, 6);
    assert(error.message.includes("does not answer"), error.message);
    isCut = false;
    const again = await assertRejects(() => appendTo(session, "b"), PlaybooksError);
    assertEquals(again.exitCode, 6, "a session that has failed writes nothing more");
    await session.close();
    await using next = await tables.store().open(session.id, thisProcess);
    assertEquals(next.loaded.entries, ["a"]);
  },
);
