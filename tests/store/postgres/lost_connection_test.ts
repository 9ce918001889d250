import { assert, assertEquals, assertRejects } from "@std/assert";
import { PlaybooksError } from "../../../src/errors.ts";
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

testWithPostgres(
  "postgres store: a writer whose lease was taken over while its append had no answer appends nothing",
  async (tables) => {
    const other = tables.store();
    const took: Promise<unknown>[] = [];
    const store = tables.store({
      faults: {
        beforeSend(text) {
          if (took.length > 0 || !appends.test(text)) return false;
          took.push((async () => {
            await tables.run("update $s.heads set held_until = clock_timestamp()");
            await using next = await other.open(session.id, { ...thisProcess, pid: 1 });
            await appendTo(next, "other");
          })());
          return true;
        },
      },
    });
    const session = await store.begin(someProgram, thisProcess);
    const error = await assertRejects(() => appendTo(session, "lost"), PlaybooksError);
    await Promise.all(took);
    // The repeated append may come before the take-over; then the next one is refused.
    const last = error.exitCode === 4
      ? error
      : await assertRejects(() => appendTo(session, "lost"), PlaybooksError);
    assertEquals(last.exitCode, 4);
    await session.close();
  },
);

testWithPostgres(
  "postgres store: a database that does not come back stops the session with exit 6, and it can be resumed",
  async (tables) => {
    const store = tables.store({
      retryMs: 1000,
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
