import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { rewindSession, SessionHandle } from "../../src/session/mod.ts";
import { FileStore, settled } from "../../src/store/mod.ts";
import type { FileSystem } from "../../src/store/file/file_system.ts";
import { realFileSystem } from "../../src/store/file/real_file_system.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";

/** Two agents that ask the user at once. */
const twoAsk = ["One", "Two"].map((name) =>
  `# ${name}
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "${name} heard " + await Yield("user"));
}
\`\`\`
`
).join("\n");

function storeIn(folder: TestFolder): FileStore {
  return new FileStore(`${folder.path}/.checkpoints`, { fs: realFileSystem(), nowMs: Date.now });
}

/** A stopped session of two agents that wait for the user. */
async function waiting(folder: TestFolder): Promise<SessionHandle> {
  assertEquals((await folder.run(["run", "ask.pb"])).code, 75);
  const store = storeIn(folder);
  return new SessionHandle(store, store.list()[0]!.id);
}

Deno.test("session: words posted to a stopped session are kept, and the next run delivers them once", async () => {
  await using folder = await folderWith({ "ask.pb": twoAsk });
  const session = await waiting(folder);
  const { questions, status } = (await session.snapshot())!;
  assertEquals([status, ...questions.map(({ klass }) => klass)], ["waiting", "One", "Two"]);
  const post = (text: string, key: string, agent: number) =>
    session.post({ text, to: questions[agent]!.agent }, { key });
  const posted = [await post("b", "k2", 1), await post("a", "k1", 0), await post("b", "k2", 1)];
  assertEquals(posted.map(({ isNew }) => isNew), [true, true, false]);
  const { position } = (await session.snapshot())!;
  // Killed when the run entry, a message or its result is durable; then resumed.
  for (const crashAt of [1, 2, 3]) {
    await folder.run(["resume", "--non-interactive"], { crashAt: position + crashAt });
  }
  const { code } = await folder.run(["resume", "--non-interactive"]);
  assertEquals(code, 0);
  const events = await Array.fromAsync(session.watch(0));
  const heard = events.flatMap((event) => event.type === "heard" ? [`${event.klass}: ${event.text}`] : []);
  assertEquals(heard.toSorted(), ["One: a", "Two: b"]);
});

Deno.test("session: words posted to an ended meeting of a stopped session are refused", async () => {
  const meets = `# Host
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Talk({ attendees: ["user"] });
  await Say("user", "heard " + await Yield("user"));
}
/** @meeting */
export async function Talk() {}
\`\`\`
`;
  await using folder = await folderWith({ "ask.pb": meets });
  const session = await waiting(folder);
  const error = await assertRejects(() => session.post({ text: "a", to: "meeting 100" }, { key: "k1" }));
  assertStringIncludes((error as Error).message, "The meeting 100 has ended");
  assertEquals((await session.post({ text: "b" }, { key: "k2" })).isNew, true);
  const { code, stdout } = await folder.run(["resume", "--non-interactive"]);
  assertEquals(code, 0);
  assertStringIncludes(stdout, "heard b");
});

Deno.test("session: a process can watch a session of another process from any position", async () => {
  await using folder = await folderWith({ "ask.pb": twoAsk });
  const session = await waiting(folder);
  const before = await Array.fromAsync(session.watch(0));
  const from = (await session.snapshot())!.position;
  const running = folder.start(["resume"]);
  const watched = (async () => {
    // No process runs the session before the other process has its lease.
    for (;;) {
      const events = await Array.fromAsync(session.watch(from));
      if (events.some(({ type }) => type === "program-end")) return events;
    }
  })();
  running.send("first\nsecond\n");
  running.closeInput();
  assertEquals((await running.finished).code, 0);
  const events = await watched;
  assertEquals(events.filter(({ type }) => type === "say").length, 2);
  assertEquals(await Array.fromAsync(session.watch(0)), [...before, ...events]);
});

Deno.test("session: a fork continues from an earlier position and leaves the session unchanged", async () => {
  await using folder = await folderWith({ "ask.pb": twoAsk });
  const session = await waiting(folder);
  const before = await session.snapshot();
  const store = storeIn(folder);
  const process = { pid: Deno.pid, host: "test", sync: "always" as const };
  const fork = new SessionHandle(store, await session.fork(process));
  assert(fork.id !== session.id);
  assertEquals((await fork.snapshot())!.questions.length, 2);
  assertEquals(await session.snapshot(), before);
});

const me = { pid: Deno.pid, host: "test", sync: "always" as const };

Deno.test("session: after a rewind, the decision on an effect is kept again", async () => {
  await using folder = await folderWith({ "ask.pb": twoAsk });
  const session = await waiting(folder);
  const store = storeIn(folder);
  const kept = () => settled(store.inbox(session.id).read()).length;
  for (let time = 0; time < 2; time++) await session.decide("f1/1", "retry");
  assertEquals(kept(), 1);
  const { position } = await store.load(session.id);
  {
    await using run = await store.open(session.id, me);
    await run.inbox.take((await run.inbox.read()).map(({ key }) => key));
  }
  assertEquals(kept(), 0);
  await rewindSession(store, { session: store.get(session.id)!, position: position - 1 }, me);
  for (let time = 0; time < 2; time++) await session.decide("f1/1", "retry");
  assertEquals(kept(), 1);
});

Deno.test("session: a story that follows a run reads only the entries that are new", async () => {
  await using folder = await folderWith({ "ask.pb": twoAsk });
  const { id } = await waiting(folder);
  const run = await storeIn(folder).open(id, me);
  const disk = realFileSystem();
  const starts: number[] = [];
  const fs: FileSystem = {
    ...disk,
    read(path, options) {
      if (!path.endsWith("journal.jsonl")) return disk.read(path, options);
      // The run ends when the follower has looked three times.
      if (starts.push(options?.from ?? 0) === 3) void run.close();
      return disk.read(path, options);
    },
  };
  const follower = new FileStore(`${folder.path}/.checkpoints`, { fs, nowMs: Date.now });
  const items = await Array.fromAsync(new SessionHandle(follower, id).story({ follow: true }));
  assertEquals(items, await Array.fromAsync(new SessionHandle(follower, id).story()));
  const size = Deno.statSync(`${folder.path}/.checkpoints/${id}/journal.jsonl`).size;
  assertEquals(starts.slice(0, -1), [0, ...starts.slice(1, -1).map(() => size)]);
  assert(starts.length >= 5, String(starts));
});
