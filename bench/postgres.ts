/**
 * Measures sessions in Postgres, on a server of its own with a disk that it waits for:
 *
 *     deno run -A bench/postgres.ts [--binary FILE] [--steps 2000] [--rounds 1]
 *
 * The floors are loops of bare inserts with the same package: one after the other, and 32 in flight on one connection. DBOS
 * runs on the same server if `npm ci --prefix bench/peers/dbos` was run.
 */
import postgres from "postgres";
import { parseArgs } from "node:util";
import { makePostgres } from "../tests/support/postgres_server.ts";
import { payloadBytes } from "./programs.ts";
import { effectsProgram, type Shape } from "./programs.ts";
import { playbooks, type Program, run } from "./program.ts";
import { median } from "./statistics.ts";
import { temporaryFolder } from "./temporary.ts";

const sideBySide = 32;

const { values: { binary, steps, rounds } } = parseArgs({
  options: {
    binary: { type: "string" },
    steps: { type: "string", default: "2000" },
    rounds: { type: "string", default: "1" },
  },
});
const count = Number(steps);
const server = makePostgres();
const url = `postgres://postgres@127.0.0.1:${server.port}`;

try {
  const program = playbooks(binary);
  const figures: Record<string, number[]> = {};
  const note = (name: string, perSecond: number | undefined) => {
    if (perSecond !== undefined) (figures[name] ??= []).push(perSecond);
  };
  for (let round = 0; round < Number(rounds); round++) {
    note("one bare insert after the other", await bareInserts(count, 1));
    note("a session that keeps texts", await session(program, count, "plain"));
    note("a session that says texts", await session(program, count, "said"));
    note("DBOS, one workflow", await dbos(count, 1));
    const each = Math.max(20, Math.round(count / 8));
    note(`${sideBySide} bare inserts in flight`, await bareInserts(each, sideBySide));
    note(`${sideBySide} sessions that keep texts`, await sessions(program, each, "plain"));
    note(`${sideBySide} sessions that say texts`, await sessions(program, each, "said"));
    note(`DBOS, ${sideBySide} workflows`, await dbos(each, sideBySide));
  }
  for (const [name, all] of Object.entries(figures)) {
    // deno-lint-ignore no-console
    console.log(
      `${name.padEnd(40)} ${Math.round(median(all)).toString().padStart(7)} steps/s   (${
        all.map(Math.round).join(", ")
      })`,
    );
  }
} finally {
  server.remove();
}

/** Steps a second of bare inserts, each a commit of its own, on one connection. */
async function bareInserts(each: number, writers: number): Promise<number> {
  const sql = postgres(`${url}/postgres`, { max: 1, onnotice: () => {} });
  await sql`create table if not exists bare (writer int, number int, text text, primary key (writer, number))`;
  await sql`truncate bare`;
  const text = "x".repeat(payloadBytes);
  const insert = (writer: number, number: number) =>
    sql.unsafe("insert into bare values ($1, $2, $3)", [writer, number, text], { prepare: true });
  await insert(-1, 0);
  const begin = performance.now();
  await Promise.all(Array.from({ length: writers }, async (_, writer) => {
    for (let number = 0; number < each; number++) await insert(writer, number);
  }));
  const ms = performance.now() - begin;
  await sql.end();
  return 1000 * each * writers / ms;
}

/** Steps a second of one session, by the times in its entries. */
async function session(program: Program, each: number, shape: Shape): Promise<number> {
  await using folder = await folderWith(each, shape);
  const env = await database("one");
  await run(program, ["run", "x.pb", "--quiet"], { cwd: folder.path, env });
  return await perSecond("one");
}

/** Steps a second of many sessions in one worker. */
async function sessions(program: Program, each: number, shape: Shape): Promise<number> {
  await using folder = await folderWith(each, shape);
  const env = await database("many");
  for (let made = 0; made < sideBySide; made++) {
    await run(program, ["run", "--detach", "x.pb"], { cwd: folder.path, env });
  }
  await run(program, ["worker", "--until-idle", "--concurrency", String(sideBySide)], {
    cwd: folder.path,
    env,
  });
  return await perSecond("many");
}

async function folderWith(each: number, shape: Shape) {
  const folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/x.pb`, effectsProgram(each, shape));
  await Deno.writeTextFile(
    `${folder.path}/playbooks.toml`,
    "[limits]\nmax_words_per_minute = 100000000\nmax_effects_per_call = 100000000\n",
  );
  return folder;
}

/** A new database with our tables; returns the environment that names it. */
async function database(name: string): Promise<Readonly<Record<string, string>>> {
  const sql = postgres(`${url}/postgres`, { max: 1, onnotice: () => {} });
  await sql.unsafe(`drop database if exists ${name}`);
  await sql.unsafe(`create database ${name}`);
  await sql.end();
  const env = { PLAYBOOKS_DURABILITY__URL: `${url}/${name}` };
  await run(playbooks(binary), ["store", "migrate"], { cwd: "/tmp", env });
  return env;
}

async function perSecond(name: string): Promise<number> {
  const sql = postgres(`${url}/${name}`, { max: 1 });
  const rows = await sql.unsafe("select record from playbooks.entries");
  await sql.end();
  const times = rows.flatMap(({ record }) => {
    const { e } = JSON.parse(record);
    return e.type === "effect" ? [e.at as number] : [];
  }).sort((a, b) => a - b);
  return 1000 * (times.length - 1) / Math.max(1, times.at(-1)! - times[0]!);
}

/** Steps a second of DBOS; `undefined` if it is not installed. */
async function dbos(each: number, workflows: number): Promise<number | undefined> {
  const script = new URL("peers/dbos/steps.mjs", import.meta.url).pathname;
  const sql = postgres(`${url}/postgres`, { max: 1, onnotice: () => {} });
  await sql.unsafe("drop database if exists dbos");
  await sql.unsafe("create database dbos");
  await sql.end();
  const { success, stdout } = await new Deno.Command("node", {
    args: [script, `${url}/dbos`, String(each), String(workflows)],
    stdin: "null",
    stderr: "null",
  }).output().catch(() => ({ success: false, stdout: new Uint8Array() }));
  if (!success) return undefined;
  const { ms, steps } = JSON.parse(new TextDecoder().decode(stdout).trim().split("\n").at(-1)!);
  return 1000 * steps / ms;
}
