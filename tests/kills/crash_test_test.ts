import { assert, assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { asks, hello } from "../process/programs.ts";
import { folderWith } from "../support/playbooks_process.ts";

/** Says some fixed words, and others that differ from run to run. */
const clock = `# Clock
## Main
### Triggers
- At the beginning
### Steps
- Ring()
- End program

\`\`\`ts
export async function Ring(): Promise<string> {
  await Say("user", "It is " + Date.now());
  return "rung";
}
\`\`\`

# Bell
## Main
### Triggers
- At the beginning
### Steps
- Say "Ding"
`;

/** Writes a file, and says whether it may. */
const note = `# Note
## Main
### Triggers
- At the beginning
### Steps
- Keep()
- End program

\`\`\`ts
export async function Keep(): Promise<string> {
  try {
    await writeTextFile("out/note.txt", "kept");
    return "written";
  } catch (error) {
    return String(error);
  }
}
\`\`\`
`;

Deno.test("crash-test: it uses its own folders, wherever the user keeps sessions", async () => {
  const url = "postgres://me@127.0.0.1:1/none";
  await using folder = await folderWith({
    "hello.pb": hello,
    "playbooks.toml": `[durability]\nurl = "${url}"\n`,
  });
  for (
    const env of [{ PLAYBOOKS_DURABILITY__URL: url }, { PLAYBOOKS_DURABILITY__STORAGE_PATH: "elsewhere" }, {}]
  ) {
    const run = await folder.run(["crash-test", "hello.pb", "--every", "4", "--trust"], { env });
    assertEquals(run.code, 0, run.stderr);
    assertMatch(run.stdout, /^hello\.pb: killed at [1-9] of [1-9] entries and resumed/);
  }
});

Deno.test("crash-test: it kills a program at its entries, finds no loss, and leaves nothing behind", async () => {
  await using folder = await folderWith({ "hello.pb": hello });
  const before = await folder.listing();
  const run = await folder.run(["crash-test", "hello.pb", "--every", "3"]);
  assertEquals(run.code, 0, run.stderr);
  assertMatch(run.stderr, /^ℹ \d+ entries, \d+ kills: about \d+ s$/m);
  assertMatch(run.stdout, /^hello\.pb: killed at 2 of \d entries and resumed/);
  assertMatch(run.stdout, /The same words, each shown once +2 of 2/);
  assertStringIncludes(run.stdout, "✅ Nothing was lost, said twice or asked twice\n");
  assertEquals(await folder.listing(), before);
});

Deno.test("crash-test: a person's answers come from --reply or standard input, and the report is JSON", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name") });
  for (const [args, input] of [[["--reply", "Ann"], ""], [[], "Ann\n"]] as const) {
    const run = await folder.run(["crash-test", "ask.pb", "--every", "6", "--json", ...args], { input });
    assertEquals(run.code, 0, run.stderr);
    const { kills, unstable, entries } = JSON.parse(run.stdout);
    assertEquals([kills.length, unstable], [Math.floor((entries - 1) / 6), []]);
    assert(kills.every((kill: { differences: readonly unknown[] }) => kill.differences.length === 0));
  }
});

Deno.test("crash-test: a program may say the time, and everything else is compared", async () => {
  await using folder = await folderWith({ "clock.pb": clock });
  const run = await folder.run(["crash-test", "clock.pb", "--every", "5", "--json"]);
  assertEquals(run.code, 0, run.stdout + run.stderr);
  assertEquals(JSON.parse(run.stdout).unstable, ["words of Clock (agent 1000)"]);
});

Deno.test("crash-test: --allow-write= and its like hold for all runs of a crash test", async () => {
  await using folder = await folderWith({ "note.pb": note });
  const denied = await folder.run(["crash-test", "note.pb", "--every", "4", "--json"]);
  assertEquals(JSON.parse(denied.stdout).unstable, []);
  await assertRejects(() => Deno.readTextFile(`${folder.path}/out/note.txt`), Deno.errors.NotFound);
  const flags = ["--every", "4", "--json", "--allow-write=out"];
  const run = await folder.run(["crash-test", "note.pb", ...flags]);
  assertEquals(run.code, 0, run.stdout + run.stderr);
  assertEquals(await Deno.readTextFile(`${folder.path}/out/note.txt`), "kept");
});

Deno.test("crash-test: an agent that is slow for the test of races speaks after one that is not", async () => {
  const speaker = (name: string) =>
    `# ${name}\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Say "${name}"\n`;
  await using folder = await folderWith({ "two.pb": speaker("Ann") + speaker("Ben") });
  for (const [agent, words] of [["1000", "Ben\nAnn\n"], ["1001", "Ann\nBen\n"]]) {
    const run = await folder.run(["run", "two.pb"], { env: { PLAYBOOKS_SLOW_AGENT: agent! } });
    assertEquals([run.code, run.stdout], [0, words], run.stderr);
  }
});

Deno.test("crash-test: a program that cannot run is reported differently from one that does not survive", async () => {
  await using folder = await folderWith({ "empty.pb": "" });
  const run = await folder.run(["crash-test", "empty.pb"]);
  assertEquals([run.code, run.stdout], [2, ""], run.stderr);
});
