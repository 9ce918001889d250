import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { PostgresStore } from "../../../store/mod.ts";
import { jsonText } from "../../../text/mod.ts";
import { printNotices, storedSessions } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";

/** `playbooks store migrate`: makes the tables of the configured database, or brings them to this version. */
export async function storeMigrate(
  options: { readonly json: boolean; readonly config?: string },
  world: World,
): Promise<ExitCode> {
  const store = storedSessions(options, world);
  if (!(store instanceof PostgresStore)) {
    throw new PlaybooksError(
      `Cannot migrate ${store.location}: it is a folder, which needs no migration; to keep sessions in Postgres, set ` +
        "url under [durability] in playbooks.toml, or PLAYBOOKS_DURABILITY__URL",
      { exitCode: exitCodes.usage },
    );
  }
  const { before, after } = await store.migrate();
  printNotices(store, world);
  const { location } = store;
  if (options.json) writeAll(world.stdout, `${jsonText({ location, before, after }, 2)}\n`);
  else if (before === after) {
    writeAll(world.stdout, `The tables of ${location} have version ${after} already\n`);
  } else if (before === 0) writeAll(world.stdout, `Made the tables of ${location}, version ${after}\n`);
  else writeAll(world.stdout, `Upgraded the tables of ${location} from version ${before} to ${after}\n`);
  return exitCodes.ok;
}
