import { assert, assertEquals, assertMatch, assertNotMatch, assertStringIncludes } from "@std/assert";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";

/** Says a word, waits, and says a second one: two appends with a file operation of the test between them. */
const ticks = `# Host
## Main
### Triggers
- At the beginning
### Steps
- Tick()
- End program

\`\`\`ts
export async function Tick() {
  for (let count = 0; count < 300; count++) {
    await Say("user", "tick " + count);
    await Sleep(0.1);
  }
}
\`\`\`
`;

const asks = `# Host
## Main
### Triggers
- At the beginning
### Steps
- Say "one"
- Ask the user for $name
- Say "two"
- End program
`;

const faults = /fault of playbooks itself|stack backtrace|panicked|--allow-/i;

Deno.test("storage: removing the journal of a running session stops it at once, and the journal is saved", async () => {
  await using folder = await folderWith({ "p.pb": ticks });
  const run = folder.start(["run", "p.pb"]);
  await run.until("tick 1");
  const id = folder.onlySession();
  const path = folder.sessionFile("journal.jsonl");
  Deno.removeSync(path);
  run.closeInput();
  const { code, stderr, stdout } = await run.finished;
  assertEquals(code, 6, stderr);
  assert(!stdout.includes("tick 100"));
  assertMatch(
    stderr,
    /was removed or replaced while it ran; stopped at entry \d+; its entries are saved in \S+/,
  );
  assertNotMatch(stderr, faults);
  const lost = await folder.run(["sessions", "verify", id]);
  assertStringIncludes(lost.stdout, "journal.jsonl.saved holds");
  Deno.renameSync(`${path}.saved`, path);
  const plan = await folder.run(["sessions", "verify", id]);
  assertEquals(plan.code, 0, plan.stdout + plan.stderr);
});

Deno.test("storage: replacing the journal of a running session stops it at once", async () => {
  await using folder = await folderWith({ "p.pb": ticks });
  const run = folder.start(["run", "p.pb"]);
  await run.until("tick 1");
  const path = folder.sessionFile("journal.jsonl");
  Deno.copyFileSync(path, `${path}.copy`);
  Deno.renameSync(`${path}.copy`, path);
  run.closeInput();
  const { code, stderr } = await run.finished;
  assertEquals(code, 6, stderr);
  assertMatch(stderr, /was removed or replaced while it ran/);
});

for (const what of ["session", "storage"] as const) {
  Deno.test(`storage: removing a ${what} folder in use stops the session at once`, async () => {
    await using folder = await folderWith({ "p.pb": ticks });
    const run = folder.start(["run", "p.pb"]);
    await run.until("tick 1");
    const path = `${folder.path}/.checkpoints`;
    Deno.removeSync(what === "storage" ? path : `${path}/${folder.onlySession()}`, { recursive: true });
    run.closeInput();
    const { code, stderr } = await run.finished;
    assertEquals(code, 6, stderr);
    assertMatch(
      stderr,
      /was removed or replaced while it ran; stopped at entry \d+; restore \S+ from a copy/,
    );
    assertNotMatch(stderr, faults);
    assertNotMatch(stderr, /Resume with/);
    assertEquals(folder.sessions(), [], "nothing is made anew");
  });
}

/** Changes of the delivery cursor. */
const harms: Readonly<Record<string, (path: string) => void>> = {
  "emptied": (path) => Deno.truncateSync(path),
  "removed": (path) => Deno.removeSync(path),
  "garbled": (path) => Deno.writeTextFileSync(path, "x".repeat(26)),
  "cut": (path) => Deno.truncateSync(path, 17),
  "too high, without a checksum": (path) => Deno.writeTextFileSync(path, "9999\n".padStart(17)),
  "one digit changed": (path) =>
    Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace(/.\n$/, "7\n")),
  "of another session": (path) => Deno.writeTextFileSync(path, `5c0ffee5 ${"9999".padStart(16)}\n`),
};

for (const [harm, apply] of Object.entries(harms)) {
  Deno.test(`storage: a delivery cursor that is ${harm} loses no word and stops no session`, async () => {
    await using folder = await folderWith({ "p.pb": asks });
    await crashBeforeShowing(folder);
    apply(folder.sessionFile("shown"));
    const run = await folder.run(["run", "p.pb", "--resume"], { input: "Ada\n" });
    assertEquals(run.code, 0, run.stderr);
    assertEquals(run.stdout, "one\nName?\ntwo\n", run.stderr);
    assertMatch(
      run.stderr,
      /The delivery cursor is (damaged|missing|too high): the words of entries/,
    );
    assertNotMatch(run.stderr, faults);
  });
}

Deno.test("storage: a delivery cursor of version 0.1.0, which is only a position, is read", async () => {
  await using folder = await folderWith({ "p.pb": asks });
  await crashBeforeShowing(folder);
  const path = folder.sessionFile("shown");
  const position = Number(Deno.readTextFileSync(path).slice(9));
  Deno.writeTextFileSync(path, `${position}\n`.padStart(17));
  const run = await folder.run(["run", "p.pb", "--resume"], { input: "Ada\n" });
  assertEquals([run.code, run.stdout], [0, "one\nName?\ntwo\n"], run.stderr);
  assertNotMatch(run.stderr, /The delivery cursor/);
});

Deno.test("storage: resumes without progress keep the older checkpoints", async () => {
  await using folder = await folderWith({
    "p.pb": asks,
    "playbooks.toml": "[durability]\nkeep_last_n = 2\n",
  });
  assertEquals((await folder.run(["run", "p.pb"])).code, 75);
  const checkpoints = () =>
    [...Deno.readDirSync(`${folder.path}/.checkpoints/${folder.onlySession()}`)]
      .map(({ name }) => name).filter((name) => name.includes("_ckpt_")).sort();
  const before = checkpoints();
  for (let count = 0; count < 3; count++) {
    assertEquals((await folder.run(["run", "p.pb", "--resume"])).code, 75);
  }
  assertEquals(checkpoints(), before);
  const last = await folder.run(["run", "p.pb", "--resume", "--message", "Ada"]);
  assertEquals([last.code, last.stdout], [0, "two\n"], last.stderr);
});

Deno.test("storage: @0 and @1 are refused with a true message, with --fork and without", async () => {
  await using folder = await folderWith({ "p.pb": asks });
  assertEquals((await folder.run(["run", "p.pb"])).code, 75);
  const id = folder.onlySession();
  for (const position of [0, 1]) {
    for (const more of [[], ["--fork"]]) {
      const run = await folder.run(["resume", `${id}@${position}`, ...more]);
      assertEquals(run.code, 2, run.stderr);
      assertMatch(
        run.stderr,
        new RegExp(`at ${position}: its first 2 entries only begin it; name a later one`),
      );
    }
  }
  assertEquals(folder.sessions(), [id]);
});

/** Kills the program after its first words are durable and before they are shown. */
async function crashBeforeShowing(folder: TestFolder): Promise<void> {
  assertEquals((await folder.run(["run", "p.pb"])).code, 75);
  const said = folder.journal().findIndex((entry) => entry.type === "effect" && entry.did?.kind === "said") +
    1;
  Deno.removeSync(`${folder.path}/.checkpoints`, { recursive: true });
  const run = await folder.run(["run", "p.pb"], { crashAt: said });
  assertEquals([run.signal, run.stdout], ["SIGKILL", ""]);
}
