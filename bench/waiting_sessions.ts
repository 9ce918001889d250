// deno-lint-ignore-file no-console
/**
 * Measures workers beside many sessions that wait: idle processor time, memory, and how late timers are taken.
 *
 *     deno run -A bench/waiting_sessions.ts BINARY [SESSIONS] [DUE]
 *
 * Of SESSIONS (10,000) that wait, DUE (1,000) have timers that pass in one after another, ten a second.
 */
import { copySession } from "../tests/support/many_sessions.ts";
import { writeSessionFile } from "../src/store/file/session_file.ts";
import { realFileSystem } from "../src/store/file/real_file_system.ts";
import { FileStore } from "../src/store/mod.ts";

const [binary = "dist/playbooks", sessions = "10000", due = "1000"] = Deno.args;
const [total, dueCount] = [Number(sessions), Number(due)];
const folder = Deno.makeTempDirSync({ prefix: "playbooks_waiting_" });
const storage = `${folder}/.checkpoints`;
const workers = 2;
const idleSeconds = 30;

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

function startWorker(): Worker {
  const child = new Deno.Command(binary, {
    args: ["worker", "--json"],
    cwd: folder,
    env: { HOME: folder },
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

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await later(50);
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Milliseconds of processor time that a process has used. */
function cpuMs(pid: number): number {
  const fields = Deno.readTextFileSync(`/proc/${pid}/stat`).split(") ")[1]!.split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function memoryMb(pid: number): number {
  const kb = /VmRSS:\s+(\d+)/.exec(Deno.readTextFileSync(`/proc/${pid}/status`))![1];
  return Math.round(Number(kb) / 1024);
}

async function stop({ child }: Worker): Promise<void> {
  child.kill("SIGTERM");
  await child.status;
}

function firstDueAt(index: number): number {
  return firstDueMs + index * 100;
}

Deno.writeTextFileSync(`${folder}/clerk.pb`, program);
await new Deno.Command(binary, { args: ["run", "--detach", "clerk.pb"], cwd: folder, env: { HOME: folder } })
  .output();
const first = startWorker();
await until(() => first.lines.some(({ type }) => type === "end"));
await stop(first);
const [original] = new FileStore(storage, { nowMs: Date.now }).list();
console.log(`Making ${total} sessions that wait`);
copySession(storage, original!.id, total);
const firstDueMs = Date.now() + 60_000 + total * 2 + idleSeconds * 1000;
const fs = { ...realFileSystem(), syncFolder: () => {}, replace: Deno.writeFileSync };
const dueAt = new Map<string, number>();
for (const session of new FileStore(storage, { nowMs: Date.now }).list()) {
  if (session.id === original!.id) continue;
  const ms = dueAt.size < dueCount ? firstDueAt(dueAt.size) : undefined;
  if (ms !== undefined) dueAt.set(session.id, ms);
  const at = new Date(ms ?? Date.now() + 1e10).toISOString();
  writeSessionFile(fs as never, `${storage}/${session.id}`, { ...session, key: original!.key, dueAt: at });
}
Deno.removeSync(`${storage}/.list.jsonl`);
const startMs = Date.now();
const fleet = Array.from({ length: workers }, startWorker);
await later(15_000);
const before = fleet.map(({ child }) => cpuMs(child.pid));
console.log(`processor time of the first 15 s: ${before.map((ms) => `${ms} ms`).join(", ")}`);
await later(idleSeconds * 1000);
const idle = fleet.map(({ child }, index) => (cpuMs(child.pid) - before[index]!) / idleSeconds / 10);
console.log(`idle: ${idle.map((percent) => `${percent.toFixed(2)} %`).join(", ")} of a processor`);
console.log(`memory: ${fleet.map(({ child }) => `${memoryMb(child.pid)} MB`).join(", ")}`);
console.log(
  `first timer in ${Math.round((firstDueMs - Date.now()) / 1000)} s; started ${Date.now() - startMs} ms ago`,
);
await later(firstDueAt(dueCount) - Date.now() + 5_000);
const takes = fleet.flatMap(({ lines }) =>
  lines.filter(({ type, reason }) => type === "take" && reason === "due")
);
const late = takes.map(({ session, time }) => Date.parse(time!) - dueAt.get(session!)!).sort((a, b) => a - b);
const at = (share: number) => late[Math.min(late.length - 1, Math.floor(late.length * share))];
console.log(
  `${new Set(takes.map(({ session }) => session)).size} of ${dueCount} timers taken: median ${
    at(0.5)
  } ms, 99 % within ${at(0.99)} ms, all within ${at(1)} ms`,
);
console.log(`memory: ${fleet.map(({ child }) => `${memoryMb(child.pid)} MB`).join(", ")}`);
const ends = fleet.flatMap(({ lines }) =>
  lines.filter(({ type, status }) => type === "end" && status === "completed")
);
console.log(`${ends.length} completed`);
for (const worker of fleet) await stop(worker);
Deno.removeSync(folder, { recursive: true });
