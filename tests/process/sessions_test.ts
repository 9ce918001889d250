import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith } from "../support/playbooks_process.ts";
import { asks, hello } from "./programs.ts";

Deno.test("sessions: --resume takes a program's last session; --resume with an id, a prefix or a name takes any", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name") });
  for (const name of ["one", "two", "three"]) {
    const run = await folder.run(["run", "ask.pb", "--name", name]);
    assertEquals(run.code, 75, run.stderr);
  }
  const [one, two, three] = folder.sessions() as [string, string, string];
  const last = await folder.run(["run", "ask.pb", "--resume"], { input: "Carol\n" });
  assertEquals([last.code, last.stdout], [0, "Hello Carol\n"]);
  assertStringIncludes(last.stderr, `📂 Found previous session: ${three}\n`);
  const parting = (other: string) => [...two].findIndex((letter, index) => letter !== other[index]);
  const prefix = two.slice(0, Math.max(parting(one), parting(three)) + 1);
  const byPrefix = await folder.run(["run", "ask.pb", `--resume=${prefix}`], { input: "Bob\n" });
  assertEquals([byPrefix.code, byPrefix.stdout], [0, "Hello Bob\n"]);
  assertStringIncludes(byPrefix.stderr, `📂 Resuming explicit session: ${two}\n`);
  const byName = await folder.run(["run", "ask.pb", "--resume", "one"], { input: "Alice\n" });
  assertEquals([byName.code, byName.stdout], [0, "Hello Alice\n"]);
  assertStringIncludes(byName.stderr, `📂 Resuming explicit session: ${one}\n`);
  const again = await folder.run(["run", "ask.pb", "--resume", one], { input: "Mallory\n" });
  assertEquals([again.code, again.stdout], [0, ""]);
  assertStringIncludes(again.stderr, `Session ${one} completed at `);
  assertStringIncludes(again.stderr, "--fork");
});

Deno.test("sessions: a prefix that several sessions share is refused with their names, and nothing is resumed", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name") });
  await folder.run(["run", "ask.pb"]);
  await folder.run(["run", "ask.pb"]);
  const before = await folder.listing();
  const [one, two] = folder.sessions() as [string, string];
  const run = await folder.run(["run", "ask.pb", `--resume=${one.slice(0, 4)}`], { input: "Bob\n" });
  assertEquals([run.code, run.stdout], [3, ""]);
  assertStringIncludes(run.stderr, one);
  assertStringIncludes(run.stderr, two);
  assertEquals(await folder.listing(), before);
});

Deno.test("sessions: two programs that are run and resumed in turn each keep their own sessions", async () => {
  await using folder = await folderWith({
    "left.pb": asks("name", "left"),
    "right.pb": asks("name", "right"),
    "both.pb": asks("name", "both"),
  });
  const programs = [["left.pb"], ["right.pb"], ["left.pb", "both.pb"]];
  for (const files of programs) assertEquals((await folder.run(["run", ...files])).code, 75);
  const sessions = folder.sessions();
  const [left, right] = sessions as [string, string];
  for (const [session, files, word] of [[left, "left.pb", "left"], [right, "right.pb", "right"]] as const) {
    const run = await folder.run(["run", files, "--resume"], { input: "Ann\n" });
    assertStringIncludes(run.stderr, `Found previous session: ${session}\n`);
    assertEquals([run.code, run.stdout], [0, `Hello Ann of ${word}\n`], run.stderr);
  }
  assertEquals(folder.sessions(), sessions);
});

Deno.test("sessions: the files of a program may come in any order, and a link means its target", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name"), "other.pb": hello });
  await Deno.symlink(`${folder.path}/ask.pb`, `${folder.path}/link.pb`);
  assertEquals((await folder.run(["run", "ask.pb"])).code, 75);
  const linked = await folder.run(["run", "link.pb", "--resume"], { input: "Ann\n" });
  assertEquals([linked.code, linked.stdout], [0, "Hello Ann\n"], linked.stderr);
  assert(!linked.stderr.includes("edited"), linked.stderr);
  const session = folder.onlySession();
  await folder.run(["run", "ask.pb", "other.pb"]);
  const second = folder.sessions().find((each) => each !== session)!;
  const turned = await folder.run(["run", "other.pb", "link.pb", "--resume"], { input: "Ann\n" });
  assertStringIncludes(turned.stderr, `Found previous session: ${second}\n`);
  assertEquals(turned.code, 0, turned.stderr);
  assert(!turned.stderr.includes("edited"), turned.stderr);
});

Deno.test("sessions: a session is resumed by its id from another folder, and nothing counts as edited", async () => {
  await using folder = await folderWith({ "programs/ask.pb": asks("name"), "elsewhere/note": "" });
  const storage = { PLAYBOOKS_DURABILITY__STORAGE_PATH: `${folder.path}/.checkpoints` };
  await folder.run(["run", "ask.pb"], { cwd: "programs", env: storage });
  const resumed = await folder.run(["resume", folder.onlySession()], {
    cwd: "elsewhere",
    env: storage,
    input: "Ann\n",
  });
  assertEquals([resumed.code, resumed.stdout], [0, "Hello Ann\n"], resumed.stderr);
  assert(!resumed.stderr.includes("edited"), resumed.stderr);
});

Deno.test("sessions: if five processes resume one session at once, one runs it and four exit with 4", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name") });
  await folder.run(["run", "ask.pb"]);
  const session = folder.onlySession();
  const processes = Array.from({ length: 5 }, () => folder.start(["run", "ask.pb", "--resume"]));
  const refused: string[] = [];
  const { promise: fourRefused, resolve } = Promise.withResolvers<void>();
  const codes = processes.map(async (process) => {
    const finished = await process.finished;
    if (finished.code === 4) refused.push(finished.stderr);
    if (refused.length === 4) resolve();
    return finished;
  });
  await Promise.race([fourRefused, Promise.all(codes)]);
  for (const process of processes) process.send("Ann\n");
  const finished = await Promise.all(codes);
  assertEquals(finished.map(({ code }) => code).sort(), [0, 4, 4, 4, 4]);
  assertEquals(finished.map(({ stdout }) => stdout).join(""), "Hello Ann\n");
  const runner = processes[finished.findIndex(({ code }) => code === 0)]!;
  for (const stderr of refused) {
    assertStringIncludes(stderr, `"${session}"`);
    assertStringIncludes(stderr, `pid ${runner.pid}`);
    assertStringIncludes(stderr, "--fork");
  }
});

Deno.test("sessions: ten programs that start at once on one storage path are all registered", async () => {
  const names = Array.from({ length: 10 }, (_, index) => `p${index}.pb`);
  await using folder = await folderWith(Object.fromEntries(names.map((name) => [name, hello])));
  const runs = await Promise.all(names.map((name) => folder.run(["run", name])));
  for (const run of runs) assertEquals([run.code, run.stdout], [0, "Hello\n"], run.stderr);
  const listed = await folder.run(["sessions", "list", "--json"]);
  assertEquals(listed.code, 0, listed.stderr);
  const list = JSON.parse(listed.stdout) as { id: string; status: string; programPaths: string[] }[];
  assertEquals(list.map(({ id }) => id).sort(), folder.sessions());
  assertEquals(
    list.map(({ programPaths }) => programPaths[0]).sort(),
    names.map((name) => `${folder.path}/${name}`),
  );
  assertEquals(new Set(list.map(({ status }) => status)), new Set(["completed"]));
  const mirror = JSON.parse(await Deno.readTextFile(`${folder.path}/.checkpoints/.sessions.json`));
  assertEquals(Object.values(mirror).sort(), folder.sessions());
});

Deno.test("sessions: a deleted, overwritten or emptied registry loses no session", async () => {
  const damages: Readonly<Record<string, (storage: string) => Promise<void>>> = {
    "deleted": async (storage) => {
      for (const name of [".registry.sqlite3", ".sessions.json"]) await Deno.remove(`${storage}/${name}`);
    },
    "overwritten": (storage) => Deno.writeTextFile(`${storage}/.registry.sqlite3`, "rubbish\n".repeat(4000)),
    "mirror overwritten": async (storage) => {
      await Deno.writeTextFile(`${storage}/.sessions.json`, "{ rubbish");
      await Deno.remove(`${storage}/.registry.sqlite3`);
    },
    "emptied": async (storage) => {
      for (const name of [".registry.sqlite3", ".sessions.json", ".lock"]) {
        await Deno.writeTextFile(`${storage}/${name}`, "");
      }
    },
  };
  for (const [damage, apply] of Object.entries(damages)) {
    await using folder = await folderWith({ "ask.pb": asks("name") });
    await folder.run(["run", "ask.pb", "--name", "mine"]);
    await apply(`${folder.path}/.checkpoints`);
    const resumed = await folder.run(["run", "ask.pb", "--resume"], { input: "Ann\n" });
    assertStringIncludes(resumed.stderr, `📂 Found previous session: ${folder.onlySession()}\n`, damage);
    assertEquals([resumed.code, resumed.stdout], [0, "Hello Ann\n"], `${damage}: ${resumed.stderr}`);
    const listed = await folder.run(["sessions", "list", "--json"]);
    const [session] = JSON.parse(listed.stdout);
    assertEquals([session.name, session.status, session.exit], ["mine", "completed", 0], damage);
    const mirror = JSON.parse(await Deno.readTextFile(`${folder.path}/.checkpoints/.sessions.json`));
    assertEquals(Object.values(mirror), [folder.onlySession()], damage);
  }
});

Deno.test("sessions: --message without an id says that other sessions wait, or that it starts a new session", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name") });
  const first = await folder.run(["run", "ask.pb", "--resume", "--message", "Zoe"]);
  assertEquals([first.code, first.stdout], [0, "Hello Zoe\n"], first.stderr);
  assertStringIncludes(first.stderr, "The --message becomes the first words in a new session\n");
  for (let count = 0; count < 2; count++) assertEquals((await folder.run(["run", "ask.pb"])).code, 75);
  const waiting = folder.sessions()[1];
  const resumed = await folder.run(["resume", "--message", "Ann"]);
  assertEquals([resumed.code, resumed.stdout], [0, "Hello Ann\n"], resumed.stderr);
  assertStringIncludes(resumed.stderr, `ℹ Other sessions wait here: ${waiting};`);
  const named = await folder.run(["resume", waiting!, "--message", "Bea"]);
  assertEquals(named.stderr.includes("Other sessions"), false, named.stderr);
});
