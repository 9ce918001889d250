import { exitCodes, PlaybooksError } from "../errors.ts";
import {
  FileStore,
  findSession,
  maskedDatabaseAddress,
  type NewestSessions,
  notFoundError,
  PostgresStore,
  realFileSystem,
  type SessionFile,
  type SessionStore,
  Storages,
} from "../store/mod.ts";
import { atEnd } from "./endings.ts";
import { tell } from "../frontends/tell.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load_config.ts";
import { refusePosition } from "./session_reference.ts";
import { requireTrustInStorage } from "./trust.ts";
import type { World } from "./world.ts";

/** The sessions of the configuration of the current folder, or of the named configuration. */
export function storedSessions(options: { readonly config?: string }, world: World): SessionStore {
  const config = loadConfig(options.config === undefined ? {} : { config: options.config }, world);
  // Commands that only look at sessions, or change them, have no such flag.
  requireTrustInStorage(config, { hasFlag: false });
  return sessionsOf(config, world);
}

/** The sessions in the database or the storage folder of a configuration. */
export function sessionsOf(
  { storagePath, database, encrypt, runtime }: Config,
  world: World,
  { registryPaceMs }: { readonly registryPaceMs?: number } = {},
): SessionStore {
  const options = { nowMs: world.now, maxSessionMb: runtime.limits.maxSessionMb };
  const encryption = { key: storageKey(world), encrypt };
  if (!database) return new FileStore(storagePath, { ...options, encryption, registryPaceMs });
  if (encrypt) throw notEncryptedError(locationOf({ storagePath, database }));
  const store = new PostgresStore(database.url, { ...options, ...database });
  atEnd(world, () => store.close());
  return store;
}

function notEncryptedError(location: string): PlaybooksError {
  return new PlaybooksError(
    `Cannot encrypt the sessions in ${location}: encrypt works for folders alone; set encrypt = false under ` +
      "[durability], and let the database encrypt its disk",
    { exitCode: exitCodes.usage },
  );
}

/** The name of the store that a configuration means, as in `SessionStore.location`. */
export function locationOf({ storagePath, database }: Pick<Config, "storagePath" | "database">): string {
  return database ? maskedDatabaseAddress(database.url) : storagePath;
}

/** Notes the storage folder of sessions, so that they are found from any folder. */
export function rememberStorage({ folder }: SessionStore, world: World): void {
  if (folder !== undefined) storagesOf(world).remember(folder);
}

/** The key of encrypted sessions. Only the shell can set it: a folder's `.env` would lie beside what it opens. */
export function storageKey({ environment }: Pick<World, "environment">): string | undefined {
  return environment["PLAYBOOKS_KEY"];
}

/** The list of all storage folders of this user. */
function storagesOf(world: World): Storages {
  return new Storages(realFileSystem(), world.environment, Deno.build.os);
}

/** The sessions that ran last, at most `limit`, and the ids of all. */
export async function newestSessions(sessions: SessionStore, limit: number): Promise<NewestSessions> {
  const newest = await sessions.newest?.(limit);
  if (newest) return newest;
  const all = await sessions.list();
  return { sessions: all.slice(0, limit), ids: all.map(({ id }) => id) };
}

/** A session that a reference means, and its store. */
export interface FoundSession {
  readonly sessions: SessionStore;
  readonly session: SessionFile;
  readonly position?: number;
}

/**
 * Finds a session in the given storage, else in the user's other storages, so that an id works from any folder. Throws a
 * `PlaybooksError` (exit code 3) if there is none, or more than one.
 */
export async function findAnywhere(
  reference: string,
  sessions: SessionStore,
  world: World,
): Promise<FoundSession> {
  const here = await sessions.find(reference);
  if (here.kind === "found") return { sessions, ...here };
  if (here.kind === "missing") {
    const found = [];
    for (const other of otherStorages(sessions, world)) {
      const there = await other.find(reference);
      if (there.kind === "found") found.push({ sessions: other, ...there });
      if (there.kind === "ambiguous") throw notFoundError(reference, there);
    }
    if (found.length > 1) throw severalStoragesError(reference, found);
    if (found[0]) return found[0];
    await refuseTrashed(reference, sessions);
  }
  throw notFoundError(reference, here);
}

/** Throws a `PlaybooksError` (exit code 3) for a session that is in the trash. */
async function refuseTrashed(reference: string, sessions: SessionStore): Promise<void> {
  const trashed = await sessions.trash.list();
  const found = findSession(trashed.map(({ session }) => session), reference);
  if (found.kind !== "found") return;
  const { id } = found.session;
  throw new PlaybooksError(
    `Session "${reference}" is in the trash; bring it back with: playbooks sessions rm --restore ${id}`,
    { exitCode: exitCodes.noSuchSession },
  );
}

/** As {@linkcode findAnywhere}, for a command that takes a whole session: refuses `@N` (exit code 2). */
export async function findWhole(
  reference: string,
  sessions: SessionStore,
  world: World,
): Promise<Omit<FoundSession, "position">> {
  const found = await findAnywhere(reference, sessions, world);
  refusePosition(reference, found.position);
  return found;
}

/** A name, or the id of a copied session, may be in several storages. The folder decides between them. */
function severalStoragesError(
  reference: string,
  found: readonly FoundSession[],
): PlaybooksError {
  const places = found.map(({ sessions, session }) => `${session.id} in ${sessions.location}`).join(", ");
  return new PlaybooksError(
    `Session "${reference}" fits ${found.length} sessions: ${places}; go to the folder of the one that you mean`,
    { exitCode: exitCodes.noSuchSession },
  );
}

/** This user's other storages, the last used first. */
export function otherStorages(sessions: SessionStore, world: World): SessionStore[] {
  const encryption = sessions instanceof FileStore
    ? sessions.vault.encryption
    : { key: storageKey(world), encrypt: false };
  return storagesOf(world).list().filter((path) => path !== sessions.folder)
    .map((path) =>
      new FileStore(path, { nowMs: world.now, maxSessionMb: sessions.maxSessionMb, encryption })
    );
}

/** Prints the notices of the session store, such as an unreadable file. */
export function printNotices(sessions: SessionStore, world: World): void {
  for (const notice of sessions.takeNotices()) tell(world.stderr, `⚠️  ${notice}\n`);
}

/** Formats bytes for people: `12 kB`. */
export function bytesInWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [unit, size] = bytes < 1e6
    ? ["kB", 1e3] as const
    : bytes < 1e9
    ? ["MB", 1e6] as const
    : ["GB", 1e9] as const;
  return `${Number((bytes / size).toPrecision(3))} ${unit}`;
}

/** Formats US dollars for people. A rehearsal is free, and many turns cost less than a cent. */
export function costInWords(costUsd: number): string {
  return `$${costUsd.toFixed(costUsd > 0 && costUsd < 1 ? 4 : 2)}`;
}
