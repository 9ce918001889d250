import { version } from "../../version.ts";
import type { Database } from "./database.ts";
import { migrations, schemaVersion } from "./schema.ts";

/** The result of a migration: the versions of the tables before and after; equal if there was nothing to do. */
export interface MigrationResult {
  readonly before: number;
  readonly after: number;
}

/**
 * Makes the tables, or brings them to the version of this program. Two processes that migrate at the same time wait for
 * each other. Throws a `PlaybooksError` (exit 6) for tables of a newer version.
 */
export async function migrateDatabase(database: Database): Promise<MigrationResult> {
  const { schema } = database.address;
  return await database.retried("Cannot make the tables", async () => {
    const link = await database.connect();
    try {
      return await link.transaction("read write", async (run) => {
        await run("select pg_advisory_xact_lock(hashtext($1))", [`playbooks migrate ${schema}`]);
        await run(`create schema if not exists ${schema}`);
        await run(`create table if not exists ${database.table("meta")} (
          version integer primary key, playbooks text not null, made_at timestamptz not null default now())`);
        const before = await database.schemaVersion({ run });
        if (before > schemaVersion) database.checkVersion(before);
        for (const { version: to, statements } of migrations) {
          if (to <= before) continue;
          for (const statement of statements(schema)) await run(statement);
          await run(`insert into ${database.table("meta")} (version, playbooks) values ($1, $2)`, [
            to,
            version,
          ]);
        }
        return { before, after: schemaVersion };
      });
    } finally {
      await link.close();
    }
  });
}
