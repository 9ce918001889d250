import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../../src/errors.ts";
import { inFolder, Recorder, runCommandLine, worldIn } from "../support/world.ts";

/** Code that writes a variable, calls a playbook and speaks. */
const counter = `# Counter
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  state.count = 1;
  await Say("user", "one");
  state.count = await Next(state.count);
  await Say("user", "count " + state.count);
}
export async function Next(n: number) {
  return n + 1;
}
\`\`\`
`;

async function cli(folder: string, args: readonly string[], columns?: number) {
  const stdout = new Recorder({ terminal: columns !== undefined });
  const world = { ...worldIn(folder), stdout, columns: () => columns ?? 80 };
  const exit = await runCommandLine(args, world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

async function inRun(use: (folder: string, position: number) => Promise<void>): Promise<void> {
  await inFolder({ "a.pb": counter }, async (folder) => {
    assertEquals((await cli(folder, ["run", "a.pb", "--name", "monday"])).exit, 0);
    const { position } = JSON.parse((await cli(folder, ["sessions", "show", "monday", "--json"])).stdout);
    await use(folder, position);
  });
}

Deno.test("sessions fork: a fork at each position ends with the same words, and the first session stays", async () => {
  await inRun(async (folder, last) => {
    const before = (await cli(folder, ["sessions", "dump", "monday", "--json"])).stdout;
    for (let position = 2; position < last; position++) {
      const fork = await cli(folder, ["sessions", "fork", `monday@${position}`]);
      const id = fork.stdout.trim();
      assertEquals(fork.exit, 0);
      assertEquals(
        fork.stderr.split(" after entry ")[1],
        `${position}; go on with: playbooks resume ${id.slice(-8)}\n`,
      );
      const show = JSON.parse((await cli(folder, ["sessions", "show", id, "--json"])).stdout);
      assertEquals([show.status, show.position], ["stopped", position]);
      assertEquals((await cli(folder, ["resume", id])).exit, 0);
      const diff = JSON.parse((await cli(folder, ["sessions", "diff", "monday", id, "--json"])).stdout);
      assertEquals([diff.common, diff.b.next], [position, "run"]);
      assertEquals(diff.agents, []);
      assertEquals(
        diff.a.words.map(({ text }: { text: string }) => text),
        diff.b.words.map(({ text }: { text: string }) => text),
      );
      assertEquals((await cli(folder, ["sessions", "verify", id])).exit, 0);
    }
    assertEquals((await cli(folder, ["sessions", "dump", "monday", "--json"])).stdout, before);
  });
});

Deno.test("sessions fork: --run resumes the fork at once, under its own name", async () => {
  await inRun(async (folder) => {
    const { exit, stdout, stderr } = await cli(folder, [
      "sessions",
      "fork",
      "monday@4",
      "--name",
      "again",
      "--run",
    ]);
    assertEquals(exit, 0);
    assertStringIncludes(stdout, "count 2");
    assertStringIncludes(stderr, " after entry 4, as ");
    const show = JSON.parse((await cli(folder, ["sessions", "show", "again", "--json"])).stdout);
    assertEquals([show.status, show.forkedFrom.position], ["completed", 4]);
  });
});

Deno.test("sessions fork: wrong arguments are refused in one line, and make no session", async () => {
  await inRun(async (folder, last) => {
    const wrong: readonly (readonly [readonly string[], number, string])[] = [
      [["nothing"], exitCodes.noSuchSession, 'Session "nothing" not found'],
      [["@3"], exitCodes.usage, "is empty"],
      [[], exitCodes.usage, "ID[@N]"],
      [["monday", "monday"], exitCodes.usage, "sessions fork"],
      [["monday@1"], exitCodes.usage, "its first 2 entries only begin it"],
      [[`monday@${last + 1}`], exitCodes.noSuchSession, `${last} entries`],
      [["monday", "--name", "monday"], exitCodes.usage, "has that name"],
      [["monday", "--name", "a@b"], exitCodes.usage, 'it has an "@"'],
      [["monday", "--set", "=5"], exitCodes.usage, "has no name"],
      [["monday", "--set", "state.x"], exitCodes.usage, "has no value"],
      [["monday", "--model", "rehearsal"], exitCodes.usage, "--model needs --run"],
    ];
    for (const [args, code, words] of wrong) {
      const { exit, stdout, stderr } = await cli(folder, ["sessions", "fork", ...args]);
      assertEquals([exit, stdout], [code, ""], args.join(" "));
      assertStringIncludes(stderr, words);
      assert(!/^ +at /m.test(stderr), stderr);
    }
    assertEquals(JSON.parse((await cli(folder, ["sessions", "--json"])).stdout).length, 1);
  });
});

Deno.test("sessions diff: two moments differ in variables, stack, words and spend, in any width", async () => {
  await inRun(async (folder, last) => {
    const moments = ["sessions", "diff", "monday@5", `monday@${last}`];
    const narrow = await cli(folder, moments, 80);
    assertEquals([narrow.exit, narrow.stderr], [0, ""]);
    for (
      const text of [
        "The first 5 entries are equal",
        "- no more entries\n",
        "- count = 1\n",
        "+ count = 2\n",
        '"count 2"',
        "+ completed\n",
      ]
    ) {
      assertStringIncludes(narrow.stdout, text);
    }
    const wide = await cli(folder, moments, 120);
    assert(/^ {2}count = 1 +\| count = 2$/m.test(wide.stdout), wide.stdout);
    for (const [{ stdout }, columns] of [[narrow, 80], [wide, 120]] as const) {
      for (const line of stdout.split("\n")) assert(line.length <= columns, line);
    }
    const same = await cli(folder, ["sessions", "diff", "monday", `monday@${last}`]);
    assertStringIncludes(same.stdout, `Both have the same ${last} entries`);
  });
});

Deno.test("sessions diff: sessions of their own have no entry in common", async () => {
  await inRun(async (folder) => {
    assertEquals((await cli(folder, ["run", "a.pb", "--name", "tuesday"])).exit, 0);
    const { exit, stdout } = await cli(folder, ["sessions", "diff", "monday", "tuesday"]);
    assertEquals(exit, 0);
    assertStringIncludes(stdout, "Two sessions of one program, which have no entry in common\n");
    for (const args of [["monday"], ["monday", "nothing"], ["monday@99", "monday"], ["monday", "@2"]]) {
      const wrong = await cli(folder, ["sessions", "diff", ...args]);
      assert(wrong.exit === exitCodes.usage || wrong.exit === exitCodes.noSuchSession, args.join(" "));
      assertEquals(wrong.stdout, "");
    }
  });
});

Deno.test("sessions diff: of two programs, it names both and compares only what they share", async () => {
  const program = (klass: string, words: string) =>
    `# ${klass}\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Set $x to 1\n- Ask the user for $name\n` +
    `- Say "${words}"\n- End program\n`;
  await inFolder(
    { "one.pb": program("Clerk", "bye"), "two.pb": program("Cook", "so long") },
    async (folder) => {
      for (const name of ["one", "two"]) {
        assertEquals((await cli(folder, ["run", `${name}.pb`, "--name", name, "--message", name])).exit, 0);
      }
      const { stdout } = await cli(folder, ["sessions", "diff", "one", "two"]);
      for (
        const text of [
          "Two sessions of different programs, which have no entry in common\n- program one.pb\n+ program two.pb\n",
          'State of Clerk(1000), only in A\n- name = "one"\n- x = 1\n',
          'State of Cook(1000), only in B\n+ name = "two"\n+ x = 1\n',
          "\nWords shown\n",
        ]
      ) assertStringIncludes(stdout, text);
      assertEquals(stdout.includes("Results"), false, stdout);
    },
  );
});

Deno.test("sessions fork: a copy that a kill interrupted is neither resumed nor forked", async () => {
  await inRun(async (folder) => {
    const id = (await cli(folder, ["sessions", "fork", "monday@6"])).stdout.trim();
    const journal = `${folder}/.checkpoints/${id}/journal.jsonl`;
    // The delivery cursor is written when all entries are durable.
    Deno.removeSync(`${folder}/.checkpoints/${id}/shown`);
    const lines = Deno.readTextFileSync(journal).trimEnd().split("\n");
    Deno.writeTextFileSync(journal, lines.slice(0, 4).map((line) => `${line}\n`).join(""));
    for (const args of [["resume", id], ["sessions", "fork", id]]) {
      const { exit, stderr } = await cli(folder, args);
      assertEquals(exit, exitCodes.usage);
      assertStringIncludes(stderr, "is an unfinished copy: it has 4 of the 6 entries of ");
    }
  });
});

const asks = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "Which city?");
  const city = await Yield("user");
  await Say("user", "How many days?");
  await Say("user", city + " " + await Yield("user"));
}
\`\`\`
`;

Deno.test("sessions fork: a fork or a rewound session that only waits for a person has the status waiting", async () => {
  await inFolder({ "a.pb": asks }, async (folder) => {
    const run = await cli(folder, ["run", "a.pb", "--name", "trip", "--json"]);
    const lines = run.stdout.trim().split("\n").map((line) => JSON.parse(line));
    assertEquals(lines.find(({ type }) => type === "ask").said, "Which city?");
    const { position } = JSON.parse((await cli(folder, ["sessions", "show", "trip", "--json"])).stdout);
    assertEquals((await cli(folder, ["resume", "trip", "--message", "Rome"])).exit, exitCodes.waiting);
    const statusOf = async (id: string) =>
      JSON.parse((await cli(folder, ["sessions", "show", id, "--json"])).stdout).status;
    const forks = [];
    for (const at of [position - 1, position]) {
      const fork = (await cli(folder, ["sessions", "fork", `trip@${at}`])).stdout.trim();
      forks.push(await statusOf(fork));
      if (at < position) continue;
      assertEquals((await cli(folder, ["resume", fork, "--message", "Oslo"])).exit, exitCodes.waiting);
    }
    assertEquals(forks, ["stopped", "waiting"]);
    await cli(folder, ["sessions", "rewind", `trip@${position}`, "--yes"]);
    assertEquals(await statusOf("trip"), "waiting");
  });
});
