import { Database } from "../../../src/store/postgres/database.ts";
import { parseDatabaseAddress } from "../../../src/store/postgres/address.ts";
import { PostgresStore } from "../../../src/store/postgres/postgres_store.ts";
import { postgresMissing, sharedPostgres } from "../../support/postgres_server.ts";
import { testClock, testConformance } from "../conformance.ts";

const missing = postgresMissing();
if (missing === undefined) {
  testConformance("postgres", async () => {
    const address = sharedPostgres().address();
    const nowMs = testClock();
    const store = new PostgresStore(address, { nowMs });
    const other = new PostgresStore(address, { nowMs });
    await store.migrate();
    const database = new Database(parseDatabaseAddress(address), { retryMs: 20_000 });
    return {
      store,
      other,
      loseLease: async (id) => {
        await database.query(
          "Cannot end a lease",
          `update ${database.table("heads")} set held_until = clock_timestamp() where session = $1`,
          [id],
        );
      },
      async [Symbol.asyncDispose]() {
        await database.query("Cannot remove the schema", `drop schema ${database.address.schema} cascade`);
        for (const each of [store, other, database]) await each.close();
      },
    };
  });
} else {
  // deno-lint-ignore no-console
  console.warn(`postgres store: not tested here: ${missing}`);
}
