import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";

/** Makes a request that must happen once, then asks a person. */
const charges = `# Shop

\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Say("user", "charged the card");
  await Say("user", "answer: " + await Yield("user"));
}
\`\`\`
`;

const hello = `# Greeter

\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Say("user", "Hello");
}
\`\`\`
`;

/** A folder with its own state folder, so storages of other tests are not found. */
async function folderOf(files: Readonly<Record<string, string>>) {
  const folder = await folderWith(files);
  const env = { XDG_STATE_HOME: `${folder.path}/state`, PLAYBOOKS_STATE_DIR: `${folder.path}/state` };
  return {
    folder,
    run: (args: readonly string[], cwd = ".") => folder.run(args, { env, cwd }),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

async function copy(folder: TestFolder, from: string, to: string): Promise<void> {
  const copied = await new Deno.Command("cp", {
    args: ["-r", from, to],
    cwd: folder.path,
    clearEnv: true,
    env: { PATH: "/bin:/usr/bin" },
  })
    .output();
  assert(copied.success);
}

Deno.test("right session: a session in a moved folder continues with a notice of the relink and repeats nothing", async () => {
  await using test = await folderOf({ "a/s.pb": charges });
  await test.run(["run", "s.pb"], "a");
  await Deno.rename(`${test.folder.path}/a`, `${test.folder.path}/b`);
  const [id] = test.folder.sessions("b/.checkpoints");
  const plan = await test.run(["run", "s.pb", "--resume", "--plan"], "b");
  assertEquals(plan.code, 0, plan.stderr);
  assertStringIncludes(plan.stderr, "Re-linked");
  const resumed = await test.run(["run", "s.pb", "--resume", "--message", "ok"], "b");
  assertEquals([resumed.code, resumed.stdout], [0, "answer: ok\n"], resumed.stderr);
  assertStringIncludes(resumed.stderr, `📂 Re-linked to ['${test.folder.path}/b/s.pb']: its files were`);
  assertEquals(test.folder.sessions("b/.checkpoints"), [id]);
  const again = await test.run(["run", "s.pb", "--resume"], "b");
  assertEquals([again.code, again.stdout], [0, ""], "it is found by its new key");
  assertStringIncludes(again.stderr, "completed at");
});

Deno.test("right session: a copied folder starts nothing, and the session continues when it is named", async () => {
  await using test = await folderOf({ "a/s.pb": charges });
  await test.run(["run", "s.pb"], "a");
  await copy(test.folder, "a", "b");
  const before = await test.folder.listing();
  const refused = await test.run(["run", "s.pb", "--resume", "--message", "ok"], "b");
  assertEquals([refused.code, refused.stdout], [3, ""], refused.stderr);
  const [id] = test.folder.sessions("b/.checkpoints");
  assertStringIncludes(refused.stderr, `--resume=${id}`);
  assertEquals(await test.folder.listing(), before, "nothing was written");
  const resumed = await test.run(["run", "s.pb", `--resume=${id}`, "--message", "ok"], "b");
  assertEquals([resumed.code, resumed.stdout], [0, "answer: ok\n"], resumed.stderr);
  const original = await test.run(["run", "s.pb", "--resume", "--message", "mine"], "a");
  assertEquals([original.code, original.stdout], [0, "answer: mine\n"], original.stderr);
});

Deno.test("right session: a copy runs its own files, also if they are not named", async () => {
  await using test = await folderOf({ "a/s.pb": charges });
  await test.run(["run", "s.pb"], "a");
  await copy(test.folder, "a", "b");
  await test.folder.write("a/s.pb", charges.replace("answer: ", "from a: "));
  await test.folder.write("b/s.pb", charges.replace("answer: ", "from b: "));
  const resumed = await test.run(["resume", "--message", "ok"], "b");
  assertEquals([resumed.code, resumed.stdout], [0, "from b: ok\n"], resumed.stderr);
});

Deno.test("right session: every command refuses an empty id and changes nothing", async () => {
  await using test = await folderOf({ "s.pb": charges });
  await test.run(["run", "s.pb"]);
  const before = await test.folder.listing();
  const commands = [
    ["resume", "", "--message", "777"],
    ["resume", " "],
    ["resume", "@3"],
    ["run", "s.pb", "--resume="],
    ["run", "--resume", "", "s.pb"],
    ["run", "s.pb", "--resume= "],
    ["sessions", "show", ""],
    ["sessions", "verify", ""],
    ["run", "s.pb", "--name", ""],
    ["run", "s.pb", "--name="],
  ];
  for (const command of commands) {
    const refused = await test.run(command);
    assertEquals([refused.code, refused.stdout], [2, ""], `${JSON.stringify(command)}: ${refused.stderr}`);
  }
  assertEquals(await test.folder.listing(), before);
});

Deno.test("right session: resume skips ended sessions, here and in other storages", async () => {
  await using test = await folderOf({ "s.pb": charges, "hello.pb": hello, "other/hello.pb": hello });
  await test.run(["run", "s.pb"]);
  await test.run(["run", "hello.pb"]);
  await test.run(["run", "hello.pb"], "other");
  const resumed = await test.run(["resume", "--message", "50000"], "other");
  assertEquals([resumed.code, resumed.stdout], [0, "answer: 50000\n"], resumed.stderr);
  const ended = await test.run(["resume"], "other");
  assertEquals([ended.code, ended.stdout], [0, ""], ended.stderr);
  assertStringIncludes(ended.stderr, "there is nothing to resume");
});

Deno.test("right session: a message without a waiting session is refused before any work", async () => {
  await using test = await folderOf({ "s.pb": charges, "hello.pb": hello });
  await test.run(["run", "hello.pb", "--name", "done"]);
  await test.run(["run", "s.pb", "--name", "asks"]);
  const waiting = test.folder.sessions()[1]!;
  const before = await test.folder.listing();
  const commands = [
    ["resume", "done", "--message", "x"],
    ["run", "hello.pb", "--resume", "--message", "x"],
    ["resume", "done", "--fork", "--message", "x"],
    ["resume", "asks@2", "--fork", "--message", "x"],
  ];
  for (const command of commands) {
    const refused = await test.run(command);
    assertEquals([refused.code, refused.stdout], [2, ""], `${command.join(" ")}: ${refused.stderr}`);
    assertStringIncludes(refused.stderr, "waits for a person");
    if (command[1] !== "asks@2") assertStringIncludes(refused.stderr, `${waiting} (asks)`);
  }
  assertEquals(await test.folder.listing(), before);
  const unread = await test.run(["run", "hello.pb", "--message", "x"]);
  assertEquals(unread.code, 0);
  assertStringIncludes(unread.stderr, "The --message was not read");
});

Deno.test("right session: a name belongs to one session, and the refusal names that session", async () => {
  await using test = await folderOf({ "s.pb": charges, "hello.pb": hello });
  await test.run(["run", "s.pb", "--name", "mine"]);
  const [id] = test.folder.sessions();
  for (const name of ["mine", id!.slice(-8), id!.slice(0, 6)]) {
    const refused = await test.run(["run", "hello.pb", "--name", name]);
    assertEquals([refused.code, refused.stdout], [2, ""], refused.stderr);
    assertStringIncludes(refused.stderr, id!);
  }
  assertEquals(test.folder.sessions(), [id]);
  const kept = await test.run(["run", "s.pb", "--resume", "--name", "mine", "--message", "ok"]);
  assertEquals([kept.code, kept.stdout], [0, "answer: ok\n"], kept.stderr);
});

Deno.test("right session: listings show the end of each id, and that end finds the session", async () => {
  await using test = await folderOf({ "s.pb": charges, "hello.pb": hello });
  await test.run(["run", "hello.pb"]);
  await test.run(["run", "s.pb"]);
  const listed = await test.run(["sessions"]);
  const shown = listed.stdout.split("\n").slice(1, 3).map((line) => line.split(" ")[0]!);
  const [first, second] = test.folder.sessions();
  assertEquals(shown, [second!.slice(-8), first!.slice(-8)]);
  const resumed = await test.run(["resume", shown[0]!, "--message", "ok"]);
  assertEquals([resumed.code, resumed.stdout], [0, "answer: ok\n"], resumed.stderr);
  const start = await test.run(["resume", first!.slice(0, 6)]);
  assertEquals(start.code, 3);
  assertMatch(start.stderr, /fits 2 sessions: /);
});

Deno.test("right session: a name that is used in two other folders is not guessed", async () => {
  await using test = await folderOf({ "a/s.pb": charges, "b/s.pb": charges, "c/hello.pb": hello });
  await test.run(["run", "s.pb", "--name", "job"], "a");
  await test.run(["run", "s.pb", "--name", "job"], "b");
  const [id] = test.folder.sessions("a/.checkpoints");
  const refused = await test.run(["resume", "job", "--message", "x"], "c");
  assertEquals([refused.code, refused.stdout], [3, ""], refused.stderr);
  assertStringIncludes(refused.stderr, `${id} in ${test.folder.path}/a/.checkpoints`);
  const one = await test.run(["resume", id!, "--message", "x"], "c");
  assertEquals([one.code, one.stdout], [0, "answer: x\n"], one.stderr);
});
