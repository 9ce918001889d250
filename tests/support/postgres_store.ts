import { parseDatabaseAddress } from "../../src/store/postgres/address.ts";
import { Database } from "../../src/store/postgres/database.ts";
import { PostgresStore } from "../../src/store/postgres/postgres_store.ts";
import type { LeasedSession, NewSession, StoreProcess } from "../../src/store/session_store.ts";
import { postgresMissing, sharedPostgres } from "./postgres_server.ts";

/** Tables of one test, in a schema of their own. */
export class TestTables implements AsyncDisposable {
  readonly address: string;
  /** Runs statements as an administrator would. */
  readonly database: Database;
  readonly #stores: PostgresStore[] = [];

  private constructor(address: string) {
    this.address = address;
    this.database = new Database(parseDatabaseAddress(address), { retryMs: 20_000 });
  }

  static async make(address = sharedPostgres().address()): Promise<TestTables> {
    const tables = new TestTables(address);
    await tables.store().migrate();
    return tables;
  }

  /** A store, as another process would open it. It is closed with the tables. */
  store(
    options: Partial<ConstructorParameters<typeof PostgresStore>[1]> = {},
    address = this.address,
  ): PostgresStore {
    const store = new PostgresStore(address, { nowMs: Date.now, retryMs: 20_000, ...options });
    this.#stores.push(store);
    return store;
  }

  async run(text: string, values: readonly string[] = []) {
    return await this.database.query(
      "Cannot prepare a test",
      text.replaceAll("$s.", this.database.table("")),
      values,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const store of this.#stores) await store.close();
    await this.run(`drop schema if exists ${this.database.address.schema} cascade`).catch(() => {});
    await this.database.close();
  }
}

/** Registers a test that needs Postgres. It is ignored, with the reason in its name, if there is none. */
export function testWithPostgres(claim: string, work: (tables: TestTables) => Promise<void>): void {
  const missing = postgresMissing();
  Deno.test({
    name: missing === undefined ? claim : `${claim} (not tested here: ${missing})`,
    ignore: missing !== undefined,
    fn: async () => {
      await using tables = await TestTables.make();
      await work(tables);
    },
  });
}

/** This process, as a store knows it. */
export const thisProcess: StoreProcess = { pid: Deno.pid, host: Deno.hostname(), sync: "always" };

/** A session of some program. */
export const someProgram: NewSession = { key: "0123456789abcdef", programPaths: ["/p/a.pb"] };

/** Appends entries after those that a session has. */
export async function appendTo(session: LeasedSession, ...entries: readonly unknown[]): Promise<void> {
  await session.append(entries, { expectedPosition: session.position, token: session.token });
}
