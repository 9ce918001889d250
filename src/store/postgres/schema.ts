/*
 * The tables of a schema. `meta` has one row for each migration; the highest version is the schema's.
 *
 * sessions     the summary of each session, as in session.json, with the fields that queries need as columns
 * heads        the changing numbers of a session: its length, delivery cursor and lease. Each append changes one row.
 * entries      the records of the journal, one line each as in journal.jsonl, without the line feed
 * blobs        long strings of entries, by their SHA-256
 * checkpoints  states, as JSON
 * snapshots    memory of waiting code
 * messages     the inbox: `{"key":…,"message":…}`, and the SHA-256 of the key. A taken message stays, so that its key
 *              stays used. `post` is the sender's own mark: it tells a repeated statement from a repeated key.
 *
 * Only `sessions` and `heads` are locked by writers. The other tables have no foreign keys: checking one would lock and
 * change the row of the session again at each append.
 */

/** A step from one version of the schema to the next. */
interface Migration {
  readonly version: number;
  readonly statements: (schema: string) => readonly string[];
}

export const migrations: readonly Migration[] = [
  {
    version: 1,
    statements: (s) => [
      `create table ${s}.sessions (
        id uuid primary key,
        key text collate "C" not null,
        name text,
        status text not null,
        run_at text collate "C" not null,
        summary text not null,
        exit integer,
        heard bigint not null,
        due_ms bigint,
        updated_ms bigint not null,
        is_whole boolean not null default true,
        removed_at text collate "C")`,
      `create unique index sessions_name on ${s}.sessions (name)
        where name is not null and removed_at is null and is_whole`,
      `create index sessions_run_at on ${s}.sessions (run_at desc, id desc)
        where removed_at is null and is_whole`,
      `create index sessions_key on ${s}.sessions (key, run_at desc, id desc)
        where removed_at is null and is_whole`,
      `create index sessions_due on ${s}.sessions (due_ms) where due_ms is not null`,
      `create index sessions_work on ${s}.sessions (status, id) where status in ('queued', 'running')`,
      `create table ${s}.heads (
        session uuid primary key,
        base bigint not null,
        position bigint not null,
        bytes bigint not null default 0,
        shown bigint not null default 0,
        token bigint not null default 0,
        run uuid,
        pid integer,
        host text,
        held_since text,
        held_until timestamptz) with (fillfactor = 50)`,
      `create table ${s}.entries (
        session uuid, position bigint, record text not null, primary key (session, position))`,
      `create table ${s}.blobs (
        session uuid, hash text collate "C", bytes bytea not null, primary key (session, hash))`,
      `create table ${s}.checkpoints (
        session uuid, position bigint, format integer not null, crc text, state text not null,
        primary key (session, position))`,
      `create table ${s}.snapshots (
        session uuid, name text collate "C", bytes bytea not null, primary key (session, name))`,
      `create table ${s}.messages (
        session uuid, number bigint, key_hash text collate "C" not null, post uuid not null, message text not null,
        is_taken boolean not null default false, primary key (session, number), unique (session, key_hash))`,
      `create index messages_waiting on ${s}.messages (session, number) where not is_taken`,
    ],
  },
];

/** The version of the schema that this program reads and writes. */
export const schemaVersion = migrations.at(-1)!.version;
