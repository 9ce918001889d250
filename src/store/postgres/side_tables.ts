import type { DeliveryCursor, Snapshots } from "../session_store.ts";
import type { Row, Run, Value } from "./link.ts";

/**
 * Runs a statement of a session's writer. Its first values are the session and the token of the lease, which the statement
 * compares. It may be repeated. Throws `LostLeaseError` if it has no row.
 */
export type Fenced = (failed: string, text: string, values: readonly Value[]) => Promise<readonly Row[]>;

type Table = (name: string) => string;

/**
 * The delivery cursor, in the row of the lease.
 *
 * A move is sent when the process next gives way to the system, as each statement is. If an append is sent before that, it
 * takes the move with it, which saves a statement for each word.
 */
export class PostgresCursor implements DeliveryCursor {
  readonly found: number;
  readonly #fenced: Fenced;
  readonly #table: Table;
  #position: number;
  #move:
    | { readonly timer: ReturnType<typeof setTimeout>; readonly done: PromiseWithResolvers<void> }
    | undefined;

  constructor(found: number, fenced: Fenced, table: Table) {
    this.found = found;
    this.#position = found;
    this.#fenced = fenced;
    this.#table = table;
  }

  get position(): number {
    return this.#position;
  }

  advance(position: number): Promise<void> | undefined {
    if (position <= this.#position) return this.#move?.done.promise;
    this.#position = position;
    this.#move ??= { timer: setTimeout(() => this.flush(), 0), done: Promise.withResolvers() };
    return this.#move.done.promise;
  }

  async replace(position: number): Promise<void> {
    await this.flush();
    this.#position = position;
    await this.#store("$3");
  }

  /** Stores a move that was not sent yet. Its own promise has the failure. */
  async flush(): Promise<void> {
    if (this.#move) await this.with(() => this.#store("greatest(shown, $3)")).catch(() => {});
  }

  /** Runs a write that stores the position, and settles the move that it makes needless. */
  async with<T>(write: (position: number) => Promise<T>): Promise<T> {
    const move = this.#move;
    this.#move = undefined;
    clearTimeout(move?.timer);
    try {
      const result = await write(this.#position);
      move?.done.resolve();
      return result;
    } catch (error) {
      move?.done.reject(error);
      throw error;
    }
  }

  /** Call this after a rewind, which has changed the row. */
  rewound(position: number): void {
    this.#position = Math.min(this.#position, position);
  }

  async #store(shown: string): Promise<void> {
    // It need not wait for the disk: after a crash of the server the last words are shown again instead of lost.
    await this.#fenced(
      "Cannot move the delivery cursor",
      `with local as (select set_config('synchronous_commit', 'off', true) as value)
        update ${this.#table("heads")} as head set shown = ${shown} from local
        where head.session = $1 and head.token = $2 and local.value is not null returning head.session`,
      [this.#position],
    );
  }
}

/** Snapshots by name. */
type Kept = ReadonlyMap<string, Uint8Array>;

/**
 * Snapshots in their table. Those of the last runs and of this one are also in memory, within a bound, so that `get`
 * answers at once for them.
 */
export class PostgresSnapshots implements Snapshots {
  readonly #fenced: Fenced;
  readonly #table: Table;
  readonly #names: Set<string>;
  readonly #near: Map<string, Uint8Array>;

  constructor(
    found: { readonly names: Iterable<string>; readonly near: Kept },
    fenced: Fenced,
    table: Table,
  ) {
    this.#names = new Set(found.names);
    this.#near = new Map(found.near);
    this.#fenced = fenced;
    this.#table = table;
  }

  async put(name: string, bytes: Uint8Array): Promise<void> {
    this.#names.add(name);
    this.#near.delete(name);
    if (bytesOf(this.#near) + bytes.length <= maxNearBytes) this.#near.set(name, bytes.slice());
    await this.#fenced(
      "Cannot keep a snapshot",
      `with held as (select session from ${
        this.#table("heads")
      } where session = $1 and token = $2 for no key update),
        kept as (insert into ${
        this.#table("snapshots")
      } (session, name, bytes) select session, $3, $4 from held
          on conflict (session, name) do update set bytes = excluded.bytes)
        select session from held`,
      [name, bytes],
    );
  }

  get(name: string): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    return this.#near.get(name)?.slice() ?? (this.#names.has(name) ? this.#ask(name) : undefined);
  }

  async prune(keep: ReadonlySet<string>): Promise<void> {
    const gone = [...this.#names].filter((name) => !keep.has(name));
    for (const name of gone) {
      this.#names.delete(name);
      this.#near.delete(name);
    }
    await this.#fenced(
      "Cannot remove snapshots",
      `with held as (select session from ${
        this.#table("heads")
      } where session = $1 and token = $2 for no key update),
        gone as (delete from ${this.#table("snapshots")} as old using held
          where old.session = held.session and name = any(string_to_array($3, E'\\n')))
        select session from held`,
      [gone.join("\n")],
    );
  }

  /** Call this after a rewind, which has removed all. */
  rewound(): void {
    this.#names.clear();
    this.#near.clear();
  }

  async #ask(name: string): Promise<Uint8Array | undefined> {
    const [row] = await this.#fenced(
      "Cannot read a snapshot",
      `select bytes from ${this.#table("heads")} as head
        left join ${this.#table("snapshots")} as kept on kept.session = head.session and name = $3
        where head.session = $1 and head.token = $2`,
      [name],
    );
    const bytes = row!["bytes"] as Uint8Array | null;
    return bytes === null ? undefined : new Uint8Array(bytes);
  }
}

/** Reads the names of a session's snapshots. For a run, also the snapshots, as many as fit into the bound. */
export async function readSnapshots(
  run: Run,
  table: Table,
  { session, forRun }: { readonly session: string; readonly forRun: boolean },
): Promise<{ readonly names: readonly string[]; readonly near: Kept }> {
  const rows = await run(
    `select name, octet_length(bytes) as size from ${table("snapshots")} where session = $1 order by size`,
    [session],
  );
  const near = new Map<string, Uint8Array>();
  for (const { name, size } of forRun ? rows : []) {
    if (bytesOf(near) + Number(size) > maxNearBytes) break;
    const [row] = await run(
      `select bytes from ${table("snapshots")} where session = $1 and name = $2`,
      [session, name!],
    );
    near.set(String(name), new Uint8Array(row!["bytes"] as Uint8Array));
  }
  return { names: rows.map(({ name }) => String(name)), near };
}

function bytesOf(kept: Kept): number {
  let sum = 0;
  for (const { length } of kept.values()) sum += length;
  return sum;
}

/** A session's snapshots in memory. A snapshot takes some hundred kilobytes. */
const maxNearBytes = 32 * 1024 * 1024;
