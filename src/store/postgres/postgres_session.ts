import { type CheckpointSchedule, tooBigNotice } from "../checkpoint_schedule.ts";
import { formats } from "../format.ts";
import { withoutMarks } from "../growing_list.ts";
import { LostLeaseError, PositionConflictError } from "../lease_errors.ts";
import type {
  CheckpointLimits,
  CheckpointOutcome,
  EntryPlace,
  Fence,
  LeasedSession,
  LoadedSession,
  StoredEntry,
  SyncMode,
} from "../session_store.ts";
import type { LeaseHolder, SessionFile } from "../session_summary.ts";
import { ConnectionLostError } from "./database_error.ts";
import type { Database } from "./database.ts";
import { type EncodedEntries, encodeEntries } from "./entries.ts";
import type { LeaseRenewal } from "./lease_renewal.ts";
import type { Row, Value } from "./link.ts";
import { Listener } from "./listener.ts";
import { noSuchPosition, readEntriesOf } from "./loading.ts";
import { LeasedInbox, PostgresInbox } from "./postgres_inbox.ts";
import { type Fenced, PostgresCursor, PostgresSnapshots } from "./side_tables.ts";

/** The parts of a session whose lease was taken. */
interface LeasedParts {
  readonly database: Database;
  readonly leases: LeaseRenewal;
  readonly listener: Listener;
  readonly leaseMs: number;
  readonly sync: SyncMode;
  readonly session: SessionFile;
  readonly token: number;
  readonly died: LeaseHolder | undefined;
  readonly loaded: LoadedSession;
  readonly base: number;
  readonly bytes: number;
  readonly shown: number;
  readonly snapshots: ConstructorParameters<typeof PostgresSnapshots>[0];
  readonly schedule: CheckpointSchedule;
}

/**
 * A session in Postgres, open for writing.
 *
 * Invariants:
 * P1. Each statement that writes compares the token of the lease in the same transaction. A take-over changes the token,
 *     so a process that was paused or cut off can write nothing afterwards. Its own clock does not count.
 * P2. An append also compares the position. If its answer is lost, the position, the token and the last record tell whether
 *     it was done. So it is done once, however often it is sent.
 * P3. At most one append is under way. After a failure nothing more is written.
 */
export class PostgresSession implements LeasedSession {
  readonly id: string;
  readonly readsAtOnce = false;
  readonly session: SessionFile;
  readonly token: number;
  readonly died: LeaseHolder | undefined;
  readonly loaded: LoadedSession;
  readonly inbox: LeasedInbox;
  readonly cursor: PostgresCursor;
  readonly snapshots: PostgresSnapshots;
  readonly #parts: LeasedParts;
  readonly #database: Database;
  readonly #appendStatements = new Map<number, string>();
  #position: number;
  #bytes: number;
  #failure: unknown;
  #isClosed = false;
  /** Writes that the caller may not have awaited. */
  readonly #underWay = new Set<Promise<unknown>>();
  /** Entries that a sync mode other than `always` holds back were appended since the last flush. */
  #isUnsynced = false;
  #syncTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: LeasedParts) {
    this.#parts = parts;
    this.#database = parts.database;
    this.id = parts.session.id;
    this.session = parts.session;
    this.token = parts.token;
    this.died = parts.died;
    this.loaded = parts.loaded;
    this.#position = parts.loaded.position;
    this.#bytes = parts.bytes;
    const fenced: Fenced = (failed, text, values) => this.#fenced(failed, text, values);
    const table = (name: string) => this.#table(name);
    this.cursor = new PostgresCursor(Math.min(parts.shown, this.#position), fenced, table);
    this.snapshots = new PostgresSnapshots(parts.snapshots, fenced, table);
    this.inbox = new LeasedInbox(new PostgresInbox(parts.database, this.id), {
      session: this.id,
      listener: parts.listener,
      take: (hashes) => this.#take(hashes),
    });
    parts.leases.add(this.id, this.token);
  }

  get position(): number {
    return this.#position;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(entries: readonly unknown[], fence: Fence): Promise<void> {
    this.#check(fence);
    return this.#append(encodeEntries(entries, this.#position));
  }

  async flush(): Promise<void> {
    clearTimeout(this.#syncTimer);
    this.#syncTimer = undefined;
    await this.cursor.flush();
    await Promise.all(this.#underWay);
    if (this.#failure) throw this.#failure;
    if (!this.#isUnsynced || this.#parts.sync !== "batch") return;
    this.#isUnsynced = false;
    // A commit that waits for the disk makes all earlier commits durable as well.
    await this.#fenced(
      "Cannot make entries durable",
      `update ${
        this.#table("heads")
      } set position = position where session = $1 and token = $2 returning session`,
      [],
    );
  }

  place(): EntryPlace {
    return { position: this.#position, end: this.#bytes };
  }

  read(options: { readonly after?: EntryPlace } = {}): Promise<Iterable<StoredEntry>> {
    return readEntriesOf(this.#database, { id: this.id, ...options });
  }

  async rewind(position: number, fence: Fence): Promise<void> {
    this.#check(fence);
    if (position > this.#position || position < this.#parts.base) {
      throw noSuchPosition(this.id, position, this.#position);
    }
    const { id } = this;
    const bytes = await this.#database.transaction(`Cannot rewind session "${id}"`, async (run) => {
      const gone = "where session = $1 and position > $2";
      const [head] = await run(
        `update ${this.#table("heads")} set position = $3, shown = least(shown, $3)
          where session = $1 and token = $2 returning session`,
        [id, this.token, position],
      );
      if (!head) throw new LostLeaseError(id, this.#position);
      await run(`delete from ${this.#table("entries")} ${gone}`, [id, position]);
      await run(`delete from ${this.#table("checkpoints")} ${gone}`, [id, position]);
      await run(`delete from ${this.#table("snapshots")} where session = $1`, [id]);
      const [size] = await run(
        `update ${this.#table("heads")} set bytes =
          (select coalesce(sum(octet_length(record) + 1), 0) from ${
          this.#table("entries")
        } where session = $1) +
          (select coalesce(sum(octet_length(bytes)), 0) from ${this.#table("blobs")} where session = $1)
          where session = $1 returning bytes`,
        [id],
      );
      return Number(size!["bytes"]);
    }).catch((error) => this.#fail(error));
    this.#position = position;
    this.#bytes = bytes;
    this.cursor.rewound(position);
    this.snapshots.rewound();
  }

  isCheckpointDue(): boolean {
    return this.#parts.schedule.due(this.#bytes);
  }

  async checkpoint(state: unknown, options: Fence & CheckpointLimits): Promise<CheckpointOutcome> {
    this.#check(options);
    const json = JSON.stringify(withoutMarks(state));
    const bytes = new TextEncoder().encode(json).length;
    this.#parts.schedule.done(this.#bytes, bytes);
    const position = this.#position;
    if (bytes > options.maxCheckpointSizeMb * 1024 * 1024) {
      return { kind: "too-big", bytes, notice: tooBigNotice(position, bytes, options.maxCheckpointSizeMb) };
    }
    await this.#fenced(`Cannot keep a checkpoint of session "${this.id}"`, this.#checkpointStatement(), [
      position,
      formats.checkpoint,
      json,
      Math.max(1, options.keepLastN) - 1,
    ]);
    return { kind: "written", position, bytes };
  }

  async checkpoints(): Promise<readonly number[]> {
    const rows = await this.#database.query(
      `Cannot list the checkpoints of session "${this.id}"`,
      `select position from ${this.#table("checkpoints")} where session = $1 order by position`,
      [this.id],
    );
    return rows.map(({ position }) => Number(position));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    if (!this.#failure) await this.flush().catch(() => {});
    this.#isClosed = true;
    clearTimeout(this.#syncTimer);
    this.#parts.leases.remove(this.id, this.token);
    this.inbox[Symbol.dispose]();
    // If this fails, the lease ends by its time.
    await this.#database.write(
      { session: this.id, sync: "always" },
      `with freed as (update ${this.#table("heads")} set held_until = null where session = $1 and token = $2
        returning session) select pg_notify($3, session::text) from freed`,
      [this.id, this.token, Listener.channelOf(this.#database)],
    ).catch(() => {});
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #append(encoded: EncodedEntries): Promise<void> {
    const failed = `Cannot append to session "${this.id}"`;
    const { sync, leaseMs } = this.#parts;
    const blobs = [...encoded.blobs].flat();
    const { count, bytes, lines } = encoded;
    const statement = this.#appendStatement(encoded.blobs.size);
    await this.cursor.with((shown) =>
      this.#database.retried(failed, async (attempt) => {
        if (attempt > 1 && await this.#isAppended(encoded)) return;
        const values = [this.id, this.token, this.#position, count, bytes, leaseMs, lines, shown, ...blobs];
        const rows = await this.#database.write({ session: this.id, sync }, statement, values);
        if (rows.length > 0 || await this.#isAppended(encoded)) return;
        throw new ConnectionLostError("The append was refused and is possible again");
      })
    ).catch((error) => this.#fail(error));
    this.#position += encoded.count;
    this.#bytes += encoded.bytes;
    if (sync !== "always") this.#noteUnsynced();
  }

  /** Whether entries are there whose append got no answer. Throws if they can no longer be appended. */
  async #isAppended({ count, lastLine }: EncodedEntries): Promise<boolean> {
    const [head] = await this.#database.write(
      { session: this.id, sync: "always" },
      `select head.token, head.position, last.record from ${this.#table("heads")} as head
        left join ${
        this.#table("entries")
      } as last on last.session = head.session and last.position = head.position
        where head.session = $1`,
      [this.id],
    );
    if (Number(head?.["token"]) !== this.token) throw new LostLeaseError(this.id, this.#position);
    const actual = Number(head!["position"]);
    if (actual === this.#position) return false;
    if (actual === this.#position + count && head!["record"] === lastLine) return true;
    throw new PositionConflictError(this.id, { expected: this.#position, actual });
  }

  #noteUnsynced(): void {
    this.#isUnsynced = true;
    if (this.#parts.sync !== "batch") return;
    // The next append reports a failure.
    this.#syncTimer ??= setTimeout(() => this.flush().catch(() => {}), batchMs);
  }

  /** Runs a statement that compares the token. It may be repeated. Its first values are the session and the token. */
  async #fenced(failed: string, text: string, values: readonly Value[]): Promise<readonly Row[]> {
    this.#refuseStopped();
    const written = this.#database.retried(failed, async () => {
      const rows = await this.#database.write({ session: this.id, sync: "always" }, text, [
        this.id,
        this.token,
        ...values,
      ]);
      if (rows.length === 0) throw new LostLeaseError(this.id, this.#position);
      return rows;
    }).catch((error) => this.#fail(error));
    this.#underWay.add(written);
    try {
      return await written;
    } finally {
      this.#underWay.delete(written);
    }
  }

  async #take(hashes: readonly string[]): Promise<void> {
    await this.#fenced(
      "Cannot take messages",
      `with held as (select session from ${
        this.#table("heads")
      } where session = $1 and token = $2 for no key update),
        taken as (update ${this.#table("messages")} as message set is_taken = true from held
          where message.session = held.session and key_hash = any(string_to_array($3, ',')))
        select session from held`,
      [hashes.join()],
    );
  }

  #check({ expectedPosition, token }: Fence): void {
    this.#refuseStopped();
    if (token !== this.token) throw new LostLeaseError(this.id, this.#position);
    if (expectedPosition !== this.#position) {
      throw new PositionConflictError(this.id, { expected: expectedPosition, actual: this.#position });
    }
  }

  #refuseStopped(): void {
    if (this.#failure) throw this.#failure;
    if (this.#isClosed) throw new LostLeaseError(this.id, this.#position);
  }

  #fail(error: unknown): never {
    this.#failure ??= error;
    throw error;
  }

  #table(name: string): string {
    return this.#database.table(name);
  }

  /** $1 session, $2 token, $3 position, $4 count, $5 bytes, $6 ms of the lease, $7 lines, $8 cursor; then the blobs. */
  #appendStatement(blobs: number): string {
    const known = this.#appendStatements.get(blobs);
    if (known) return known;
    const pairs = Array.from(
      { length: blobs },
      (_, index) => `($${9 + 2 * index}::text, $${10 + 2 * index}::bytea)`,
    );
    const kept = blobs === 0 ? "" : `kept as (insert into ${this.#table("blobs")} (session, hash, bytes)
        select held.session, blob.hash, blob.bytes from held, (values ${pairs.join()}) as blob (hash, bytes)
        on conflict do nothing),`;
    const statement = `with held as (update ${
      this.#table("heads")
    } set position = position + $4, bytes = bytes + $5,
        shown = greatest(shown, $8), held_until = clock_timestamp() + $6 * interval '1 millisecond'
        where session = $1 and token = $2 and position = $3 returning session), ${kept}
      added as (insert into ${this.#table("entries")} (session, position, record)
        select held.session, $3 + line.number, line.record
        from held, unnest(string_to_array($7, E'\\n')) with ordinality as line (record, number))
      select session from held`;
    this.#appendStatements.set(blobs, statement);
    return statement;
  }

  /** $1 session, $2 token, $3 position, $4 format, $5 state, $6 the number of older checkpoints to keep. */
  #checkpointStatement(): string {
    const checkpoints = this.#table("checkpoints");
    return `with held as (select session, base from ${this.#table("heads")}
        where session = $1 and token = $2 and position = $3 for no key update),
      kept as (insert into ${checkpoints} (session, position, format, crc, state)
        select held.session, $3, $4, (select substring(record from '"crc":"([0-9a-f]{8})"')
          from ${this.#table("entries")} where session = $1 and position = $3), $5 from held
        on conflict (session, position) do update
          set format = excluded.format, crc = excluded.crc, state = excluded.state),
      gone as (delete from ${checkpoints} as old using held where old.session = held.session
        and old.position <> $3 and (old.position <> held.base or held.base = 0) and old.position not in (
          select position from ${checkpoints} where session = $1 and position <> $3
          order by position desc limit $6))
      select session from held`;
  }
}

/** `sync = "batch"` makes entries durable within this time. */
const batchMs = 100;
