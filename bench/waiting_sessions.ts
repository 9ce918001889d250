// deno-lint-ignore-file no-console
/**
 * Measures workers beside many sessions that wait: idle processor time, memory, and how late timers are taken.
 *
 *     deno run -A bench/waiting_sessions.ts BINARY [--store folder] [--sessions 10000] [--due 200] [--idle 5]
 *
 * Of the sessions that wait, `due` have timers that pass one after another, ten a second. `--store postgres` keeps them in
 * a server of its own. Takes about a minute.
 */
import postgres from "postgres";
import { parseArgs } from "node:util";
import { makePostgres } from "../tests/support/postgres_server.ts";
import { copyOf, writeCopy } from "../tests/support/many_sessions.ts";
import { FileStore, type SessionFile } from "../src/store/mod.ts";

const { values, positionals: [given = "dist/playbooks"] } = parseArgs({
  allowPositionals: true,
  options: {
    store: { type: "string", default: "folder" },
    sessions: { type: "string", default: "10000" },
    due: { type: "string", default: "200" },
    idle: { type: "string", default: "5" },
  },
});
// The commands run in another folder.
const binary = Deno.realPathSync(given);
const [total, dueCount, idleSeconds] = [Number(values.sessions), Number(values.due), Number(values.idle)];
const folder = Deno.makeTempDirSync({ prefix: "playbooks_waiting_" });
const storage = `${folder}/.checkpoints`;
const server = values.store === "postgres" ? makePostgres() : undefined;
const address = server && `postgres://postgres@127.0.0.1:${server.port}/postgres`;
const env = { HOME: folder, ...(address === undefined ? {} : { PLAYBOOKS_DURABILITY__URL: address }) };
const workers = 2;
const startSeconds = 15;

const program = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "good night");
  await Sleep(3600);
  await Say("user", "good morning");
}
\`\`\`
`;

interface Worker {
  readonly child: Deno.ChildProcess;
  readonly lines: Readonly<Record<string, string>>[];
}

try {
  await measure();
} finally {
  server?.remove();
  Deno.removeSync(folder, { recursive: true });
}

async function measure(): Promise<void> {
  Deno.writeTextFileSync(`${folder}/clerk.pb`, program);
  if (server) await command("store", "migrate");
  // The first session waits in a folder. Its copies go into the store.
  const first = await firstSession();
  console.log(`Making ${total} sessions that wait`);
  const dueAt = await fill(first);
  const fleet = Array.from({ length: workers }, () => startWorker(env));
  try {
    await later(startSeconds * 1000);
    const before = fleet.map(({ child }) => cpuMs(child.pid));
    console.log(
      `processor time of the first ${startSeconds} s: ${before.map((ms) => `${ms} ms`).join(", ")}`,
    );
    await later(idleSeconds * 1000);
    const idle = fleet.map(({ child }, index) => (cpuMs(child.pid) - before[index]!) / idleSeconds / 10);
    console.log(`idle: ${idle.map((percent) => `${percent.toFixed(2)} %`).join(", ")} of a processor`);
    console.log(`memory: ${memoryOf(fleet)}`);
    await later(Math.max(...dueAt.values()) - Date.now() + 2_000);
    reportTimers(fleet, dueAt);
    console.log(`memory right after the timers: ${memoryOf(fleet)}`);
    await later(idleSeconds * 1000);
    console.log(`memory ${idleSeconds} s later: ${memoryOf(fleet)}`);
  } finally {
    for (const worker of fleet) await stop(worker);
  }
}

async function firstSession(): Promise<string> {
  const inFolder = { HOME: folder };
  await command.call(inFolder, "run", "--detach", "clerk.pb");
  const worker = startWorker(inFolder);
  while (!worker.lines.some(({ type }) => type === "end")) await later(50);
  await stop(worker);
  const [original] = new FileStore(storage, { nowMs: Date.now }).list();
  return original!.id;
}

/** Fills the store, and returns when the timers pass. */
async function fill(first: string): Promise<ReadonlyMap<string, number>> {
  const far = Date.now() + 1e10;
  const dueMs = new Map<string, number>();
  const copies = Array.from({ length: total }, (_, index) => copyOf(storage, first, index));
  const write = server ? writeToPostgres : writeToFolder;
  const waiting = copies.slice(dueCount).map((copy) => ({ ...copy, file: due(copy.file, far) }));
  await write(waiting);
  const firstMs = Date.now() + (startSeconds + idleSeconds + 10) * 1000;
  await write(
    copies.slice(0, dueCount).map((copy, index) => {
      dueMs.set(copy.file.id, firstMs + index * 100);
      return { ...copy, file: due(copy.file, firstMs + index * 100) };
    }),
  );
  return dueMs;
}

type Copy = ReturnType<typeof copyOf>;

function due(file: SessionFile, ms: number): SessionFile {
  return { ...file, dueAt: new Date(ms).toISOString() };
}

function writeToFolder(copies: readonly Copy[]): void {
  for (const copy of copies) writeCopy(storage, copy);
  // The workers make the indexes again.
  for (const index of [".list.jsonl", ".registry.sqlite3"]) {
    try {
      Deno.removeSync(`${storage}/${index}`);
    } catch {
      // There is none yet.
    }
  }
}

async function writeToPostgres(copies: readonly Copy[]): Promise<void> {
  const sql = postgres(address!, { max: 1 });
  for (let from = 0; from < copies.length; from += 500) {
    const batch = copies.slice(from, from + 500);
    const insert = (table: string, columns: string, rows: readonly unknown[]) =>
      sql.unsafe(
        `insert into playbooks.${table} (${columns})
          select ${columns} from jsonb_populate_recordset(null::playbooks.${table}, $1::text::jsonb)`,
        [JSON.stringify(rows)],
      );
    await insert(
      "sessions",
      "id, key, status, run_at, summary, heard, due_ms, updated_ms, is_whole",
      batch.map(({ file }) => ({
        ...file,
        run_at: file.runAt,
        summary: JSON.stringify(file),
        heard: file.heard ?? 0,
        due_ms: Date.parse(file.dueAt!),
        updated_ms: Date.parse(file.updatedAt),
        is_whole: true,
      })),
    );
    await insert(
      "heads",
      "session, base, position, bytes, shown, token",
      batch.map(({ file, lines }) => ({
        session: file.id,
        base: 0,
        position: lines.length,
        bytes: lines.join("\n").length,
        shown: lines.length,
        token: 1,
      })),
    );
    await insert(
      "entries",
      "session, position, record",
      batch.flatMap(({ file, lines }) =>
        lines.map((record, index) => ({ session: file.id, position: index + 1, record }))
      ),
    );
  }
  await sql.unsafe("vacuum analyze");
  await sql.end();
}

function reportTimers(fleet: readonly Worker[], dueAt: ReadonlyMap<string, number>): void {
  const lines = fleet.flatMap(({ lines }) => lines);
  const takes = lines.filter(({ type, reason }) => type === "take" && reason === "due");
  const late = takes.map(({ session, time }) => Date.parse(time!) - dueAt.get(session!)!).sort((a, b) =>
    a - b
  );
  const at = (share: number) => late[Math.min(late.length - 1, Math.floor(late.length * share))];
  console.log(
    `${new Set(takes.map(({ session }) => session)).size} of ${dueCount} timers taken: median ${
      at(0.5)
    } ms, 99 % within ${at(0.99)} ms, all within ${at(1)} ms`,
  );
}

/** Runs a command in the folder; `this` is its environment. */
async function command(this: Readonly<Record<string, string>> | void, ...args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(binary, { args, cwd: folder, env: this ?? env })
    .output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}

async function stop({ child }: Worker): Promise<void> {
  child.kill("SIGTERM");
  await child.status;
}

function startWorker(env: Readonly<Record<string, string>>): Worker {
  const child = new Deno.Command(binary, {
    args: ["worker", "--json"],
    cwd: folder,
    env,
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines: Readonly<Record<string, string>>[] = [];
  (async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const parts = (rest + text).split("\n");
      rest = parts.pop()!;
      lines.push(...parts.map((line) => JSON.parse(line)));
    }
  })();
  return { child, lines };
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Milliseconds of processor time that a process has used. */
function cpuMs(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** Resident memory, and the part of it that no file on disk holds. */
function memoryOf(fleet: readonly Worker[]): string {
  return fleet.map(({ child }) => {
    const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
    const mb = (name: string) => Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024);
    return `${mb("VmRSS")} MB (${mb("RssAnon")} MB of its own)`;
  }).join(", ");
}
