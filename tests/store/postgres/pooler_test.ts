import { assert, assertEquals, assertRejects } from "@std/assert";
import { PlaybooksError } from "../../../src/errors.ts";
import { PgBouncer, pgBouncerMissing } from "../../support/pg_bouncer.ts";
import { postgresMissing, sharedPostgres } from "../../support/postgres_server.ts";
import { appendTo, someProgram, TestTables, thisProcess } from "../../support/postgres_store.ts";

const missing = postgresMissing() ?? pgBouncerMissing();
const ignored =
  "extra_float_digits,statement_timeout,lock_timeout,idle_in_transaction_session_timeout,synchronous_commit";

/** Registers a test with the address of tables through a pooler. */
function testWithPooler(
  claim: string,
  settings: Readonly<Record<string, string>>,
  work: (tables: TestTables, pooled: string) => Promise<void>,
): void {
  Deno.test({
    name: missing === undefined ? claim : `${claim} (not tested here: ${missing})`,
    ignore: missing !== undefined,
    fn: async () => {
      const { port } = sharedPostgres();
      await using bouncer = await PgBouncer.before(port, settings);
      await using tables = await TestTables.make();
      await work(tables, tables.address.replace(`:${port}/`, `:${bouncer.port}/`));
    },
  });
}

for (const pool_mode of ["transaction", "session"]) {
  for (const ignore_startup_parameters of ["extra_float_digits", ignored]) {
    testWithPooler(
      `postgres pooler: PgBouncer with pool_mode = ${pool_mode} and ${
        ignore_startup_parameters === ignored ? "settings that it ignores" : "settings that it refuses"
      }`,
      // Few connections to the server, so that those of the clients take turns.
      { pool_mode, ignore_startup_parameters, default_pool_size: pool_mode === "session" ? "20" : "3" },
      async (tables, pooled) => {
        const store = tables.store({}, pooled);
        const sessions = await Promise.all(
          Array.from({ length: 6 }, () => store.begin(someProgram, thisProcess)),
        );
        const long = "x".repeat(100_000);
        await Promise.all(sessions.map(async (session, index) => {
          for (let n = 0; n < 20; n++) await appendTo(session, { index, n }, n === 7 ? long : "");
          await session.cursor.advance(5);
          await session.snapshots.put("f1", Uint8Array.of(index));
          const fence = { expectedPosition: 40, token: session.token };
          await session.checkpoint({ index }, { ...fence, keepLastN: 2, maxCheckpointSizeMb: 1 });
        }));
        // Messages are found without notifications.
        const [first] = sessions;
        assertEquals(await first!.inbox.read(), []);
        await tables.store().inbox(first!.id).post("k", "words");
        assertEquals((await first!.inbox.read()).map(({ message }) => message), ["words"]);
        for (const [index, session] of sessions.entries()) {
          await session.close();
          const entries = [...await tables.store().read(session.id)].map(({ entry }) => entry);
          const expected = Array.from({ length: 20 }, (_, n) => [{ index, n }, n === 7 ? long : ""]).flat();
          assertEquals(entries, expected);
        }
        assertEquals((await store.list()).length, 6);
        const found = await store.runnable({ limit: 10, nowMs: Date.now() });
        assertEquals(found.map(({ reason }) => reason), Array(6).fill("orphaned"));
        // Without notifications, a worker looks again after a second.
        const stop = new AbortController();
        await store.changed({ signal: stop.signal });
      },
    );
  }
}

testWithPooler(
  "postgres pooler: a time limit that cannot be lifted through a pooler is refused with a way out",
  { pool_mode: "transaction", ignore_startup_parameters: ignored },
  async (tables, pooled) => {
    await tables.run("drop role if exists hurried").catch(() => {});
    await tables.run("create role hurried login superuser");
    await tables.run("alter role hurried set statement_timeout = '5s'");
    // Without a pooler we lift the limit ourselves.
    await tables.store({}, tables.address.replace("postgres@", "hurried@")).list();
    await tables.run("alter role postgres set statement_timeout = '5s'");
    try {
      const error = await assertRejects(() => tables.store({}, pooled).list(), PlaybooksError);
      assertEquals(error.exitCode, 6);
      assert(error.message.includes("statement_timeout = 5s"), error.message);
      assert(error.message.includes("alter role"), error.message);
    } finally {
      await tables.run("alter role postgres reset statement_timeout");
    }
  },
);

testWithPooler(
  "postgres pooler: the words of a pooler that refuses a connection are shown",
  { pool_mode: "transaction", auth_type: "trust", auth_file: "/dev/null" },
  async (tables, pooled) => {
    const error = await assertRejects(() => tables.store({}, pooled).list(), PlaybooksError);
    assertEquals(error.exitCode, 6);
    assert(/ reports: .*(user|auth|config)/.test(error.message), error.message);
  },
);
