import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith } from "../support/playbooks_process.ts";

const steps = 2500;

const program = `# Counter

## Main
### Triggers
- At the beginning
### Steps
- Work
- End program

\`\`\`js
export async function Work() {
  const text = "x".repeat(200);
  state.items = [];
  for (let step = 0; step < ${steps}; step++) {
    state.items.push(step);
    const saved = await SaveArtifact("a", "", text + step);
    if (saved.content !== text + step) throw new Error("another result: " + saved.content);
  }
  let sum = 0;
  for (const item of state.items) sum += item;
  await Say("user", state.items.length + " items, sum " + sum);
}
\`\`\`
`;

Deno.test("long code: a code playbook that is killed repeatedly after checkpoints continues at the same point", async () => {
  await using folder = await folderWith({ "count.pb": program });
  let deferred = 0;
  for (const crashAt of [1300, 1301, 2000, 2490]) {
    const resume = crashAt === 1300 ? [] : ["--resume"];
    const killed = await folder.run(["run", "count.pb", ...resume], { crashAt });
    assertEquals(killed.signal, "SIGKILL", killed.stderr);
    assertEquals(folder.journal().length, crashAt);
    if (newestCheckpoint(folder.onlySession(), folder.path).includes('"deferred":')) deferred++;
  }
  assertEquals(deferred, 4, "the newest checkpoint says how long the history is, and no more");
  const verified = await folder.run(["sessions", "verify"]);
  assertEquals(verified.code, 0, verified.stdout);
  const forked = await folder.run(["run", "count.pb", "--resume", `${folder.onlySession()}@1500`, "--fork"]);
  assertStringIncludes(forked.stdout, `${steps} items, sum ${steps * (steps - 1) / 2}`);
  const [first] = folder.sessions();
  const resumed = await folder.run(["run", "count.pb", "--resume", first!]);
  assertEquals(resumed.code, 0, resumed.stderr);
  assertStringIncludes(resumed.stdout, `${steps} items, sum ${steps * (steps - 1) / 2}`);
  const effects = folder.journal(first).filter(({ type }) => type === "effect").length;
  assertEquals(effects, steps + 1, "no step was done twice");
});

Deno.test("long code: the disk space of a code playbook's values is little more than that of their texts", async () => {
  await using folder = await folderWith({ "count.pb": program.replace("state.items.push(step);", "") });
  const { code, stderr } = await folder.run(["run", "count.pb", "--quiet"]);
  assertEquals(code, 0, stderr);
  let bytes = 0;
  const path = folder.sessionFile("");
  for (const entry of Deno.readDirSync(path)) bytes += Deno.statSync(`${path}/${entry.name}`).size;
  assert(bytes < 3 * 200 * steps, `${bytes} bytes for ${200 * steps}`);
});

Deno.test("long code: a journal that is damaged before a checkpoint is refused before any work, with a recovery hint", async () => {
  await using folder = await folderWith({ "count.pb": program });
  await folder.run(["run", "count.pb"], { crashAt: 2000 });
  const id = folder.onlySession();
  // On a slow machine there may be no snapshot of the scope yet.
  await Deno.remove(folder.sessionFile("scopes"), { recursive: true }).catch(() => {});
  const path = folder.sessionFile("journal.jsonl");
  const lines = Deno.readTextFileSync(path).split("\n");
  const whole = lines.join("\n");
  for (
    const harmed of [
      whole.replace(lines[99]!, lines[99]!.replace("xxxx", "xxxy")),
      `${lines.slice(0, 99).join("\n")}\n`,
    ]
  ) {
    Deno.writeTextFileSync(path, harmed);
    const refused = await folder.run(["run", "count.pb", "--resume", id]);
    assertEquals(refused.code, 6, refused.stderr);
    assertStringIncludes(refused.stderr, "entry 100, ");
    assert(!refused.stderr.includes("restored"), refused.stderr);
    assertEquals(Deno.readTextFileSync(path).trimEnd(), harmed.trimEnd(), "nothing is added");
    // For a cut journal the message first offers the checkpoint; its resume then reports that it needs more.
    const [, way] = /playbooks (resume \S+ --fork)/.exec(refused.stderr)!;
    const last = way!.includes("@99 ") ? refused : await folder.run(way!.split(" "));
    assertEquals(last.code, 6, last.stderr);
    assertStringIncludes(last.stderr, `playbooks resume ${id}@99 --fork`);
    const verified = await folder.run(["sessions", "verify", id]);
    assertEquals(verified.code, 6, verified.stdout);
    assertStringIncludes(verified.stdout, `playbooks resume ${id}@99 --fork`);
  }
  const forked = await folder.run(["resume", `${id}@99`, "--fork"]);
  assertStringIncludes(forked.stdout, `${steps} items, sum ${steps * (steps - 1) / 2}`);
});

function newestCheckpoint(session: string, folder: string): string {
  const path = `${folder}/.checkpoints/${session}`;
  const newest = [...Deno.readDirSync(path)]
    .map(({ name }) => Number(/_ckpt_(\d+)\.json$/.exec(name)?.[1] ?? -1))
    .sort((a, b) => a - b).at(-1)!;
  return Deno.readTextFileSync(`${path}/${session}_program_ckpt_${newest}.json`);
}
