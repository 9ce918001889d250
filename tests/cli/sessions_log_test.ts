import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { stripVTControlCharacters } from "node:util";
import { exitCodes } from "../../src/errors.ts";
import { encodeRecord } from "../../src/store/file/record.ts";
import { unsafe } from "../support/hostile_texts.ts";
import { inFolder, Recorder, runCommandLine, worldIn } from "../support/world.ts";

const twoAgents = `# Clerk
## Main
### Triggers
- At the beginning
### Steps
- Create a Helper agent
- Tell the user "One moment"
- Tell the helper "Please help"
- Wait for the helper's $answer
- Tell the user "Done"
- End program

# Helper
Helps.
`;

/** Runs the program in a folder once; then `use` can read its session. */
async function withStory(use: (log: Log, folder: string) => Promise<void>): Promise<void> {
  await inFolder({ "a.pb": twoAgents }, async (folder) => {
    const world = worldIn(folder);
    assertEquals(
      await runCommandLine(["run", "a.pb", "--name", "it", "--non-interactive"], world),
      0,
      world.stderr.text,
    );
    await use((...args) => log(folder, ...args), folder);
  });
}

type Log = (...args: string[]) => Promise<{ exit: number; stdout: string; stderr: string }>;

async function log(folder: string, ...args: string[]): ReturnType<Log> {
  const world = worldIn(folder);
  const exit = await runCommandLine(["sessions", "log", ...args], world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

Deno.test("sessions log: tells turns, steps, messages and words in at most 80 columns, with positions in the margin", async () => {
  await withStory(async (log) => {
    const { exit, stdout, stderr } = await log("it");
    assertEquals([exit, stderr], [0, ""]);
    for (
      const line of [
        "The session begins: a.pb, model rehearsal",
        "Clerk(1000) Main, turn 1",
        'Tell the user "One moment"',
        "Clerk(1000) → user: One moment",
        "Clerk(1000) → Helper(1001): Please help",
        "waits for Helper(1001)",
        "Helper(1001) ProcessMessages, turn 1",
        "The program ends: completed",
      ]
    ) assertStringIncludes(stdout, line);
    for (const line of stdout.trimEnd().split("\n")) {
      assert([...line].length <= 80, line);
      assertMatch(line, /^[ \d]{6} {2}(?:\d\d:\d\d:\d\d| {8})(?: {2})+\S/);
    }
    const positions = [...stdout.matchAll(/^ *(\d+) {2}/gm)].map(([, n]) => Number(n));
    assertEquals(positions, positions.toSorted((a, b) => a - b));
    assert(positions.length > 5);
  });
});

Deno.test("sessions log: a part of the story is chosen by agent, words, position, turns or tail", async () => {
  await withStory(async (log) => {
    const helper = (await log("it", "--agent", "helper")).stdout;
    assertStringIncludes(helper, "Please help");
    assert(!helper.includes("One moment"), helper);
    for (const name of ["1001", "Helper(1001)", "helper(1001)"]) {
      assertEquals((await log("it", "--agent", name)).stdout, helper, name);
    }
    for (const name of ["Helper(1000)", "Helper()", "(1001)", "Helper(1001"]) {
      assertEquals((await log("it", "--agent", name)).exit, 2, name);
    }
    const words = (await log("it", "--words")).stdout;
    assertStringIncludes(words, "One moment");
    assert(!words.includes("turn 1") && !words.includes("waits"), words);
    const early = (await log("it@6")).stdout;
    assert(!early.includes("One moment"), early);
    const tail = (await log("it", "--tail", "1")).stdout.trimEnd().split("\n");
    assertEquals(tail.length, 2);
    assertStringIncludes(tail[1]!, "The program ends");
    const last = (await log("it", "--turns", "1")).stdout;
    assert(last.includes("Done") !== last.includes("session begins"), last);
    const byAgent = (await log("it", "--by-agent")).stdout;
    assert(byAgent.indexOf("\nClerk(1000)\n") < byAgent.indexOf("\nHelper(1001)\n"), byAgent);
    assertEquals(byAgent.match(/Please help$/gm)?.length, 2);
    const code = (await log("it", "--code")).stdout;
    assertStringIncludes(code, '│ await Say("user", "One moment");');
  });
});

Deno.test("sessions log, show: --full writes each text in one line for a script, and wraps it on a terminal", async () => {
  const long = "word ".repeat(60).trim();
  const text =
    `# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Set $x to "${long}"\n- Say "${long}"\n` +
    "- Wait for the user's $y\n- End program\n";
  await inFolder({ "a.pb": text }, async (folder) => {
    await runCommandLine(["run", "a.pb", "--name", "it", "--non-interactive"], worldIn(folder));
    for (const command of ["log", "show"]) {
      const piped = worldIn(folder);
      await runCommandLine(["sessions", command, "it", "--full"], piped);
      assertMatch(piped.stdout.text, new RegExp(`\\$x = "${long}"$`, "m"));
      const shown = { ...worldIn(folder), stdout: new Recorder({ terminal: true }) };
      await runCommandLine(
        ["sessions", command, "it", "--full", ...command === "log" ? ["--no-pager"] : []],
        shown,
      );
      for (const line of stripVTControlCharacters(shown.stdout.text).split("\n")) {
        assert(line.length <= 80, line);
      }
    }
  });
});

Deno.test("sessions log: --json gives an object for each item, with position and ISO time", async () => {
  await withStory(async (log) => {
    const { exit, stdout } = await log("it", "--json");
    assertEquals(exit, 0);
    const items = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    for (const { position, at, type } of items) {
      assert(position >= 1 && new Date(at).toISOString() === at && typeof type === "string");
    }
    assertEquals(
      items.filter(({ type, to }) => type === "words" && to.id === "user").map(({ text }) => text),
      ["One moment", "Done"],
    );
  });
});

Deno.test("sessions log: wrong arguments give one line and exit code 2 or 3", async () => {
  await withStory(async (log) => {
    const cases: [number, string, string[]][] = [
      [2, "did you mean Helper", ["it", "--agent", "Helpr"]],
      [2, "--tail cannot be 0", ["it", "--tail", "0"]],
      [2, "--turns cannot be x", ["it", "--turns", "x"]],
      [2, "--turns and --tail exclude each other", ["it", "--turns", "1", "--tail", "1"]],
      [2, "--by-agent and --follow exclude each other", ["it", "--by-agent", "--follow"]],
      [2, "empty", [""]],
      [2, "", []],
      [2, "", ["it", "it"]],
      [3, "not found", ["nothing"]],
    ];
    for (const [expected, text, args] of cases) {
      const { exit, stderr } = await log(...args);
      assertEquals([exit, stderr.trimEnd().split("\n").length], [expected, 1], `${args}: ${stderr}`);
      assertStringIncludes(stderr, text);
    }
  });
});

Deno.test("sessions log: a damaged journal is told up to the damage, then the exit code is 6", async () => {
  await withStory(async (log, folder) => {
    const [session] = [...Deno.readDirSync(`${folder}/.checkpoints`)].filter(({ isDirectory }) =>
      isDirectory
    );
    const path = `${folder}/.checkpoints/${session!.name}/journal.jsonl`;
    const lines = Deno.readTextFileSync(path).split("\n");
    lines[5] = lines[5]!.replace('"at":', '"at":1');
    Deno.writeTextFileSync(path, lines.join("\n"));
    for (const flags of [[], ["--json"], ["--tail", "9"], ["--by-agent"]]) {
      const { exit, stdout, stderr } = await log("it", ...flags);
      assertEquals(exit, exitCodes.storage);
      assertStringIncludes(stdout, "a.pb");
      assertStringIncludes(stderr, "entry 6");
    }
  });
});

Deno.test("sessions log: a text of the journal cannot control the terminal", async () => {
  const id = "01a2260e-9718-7959-b644-ad33ad178170";
  const entry = { type: "end", at: 0, status: "failed", reason: "title \u001b]0;name\u0007 \u009b2J \u202e" };
  const record = new TextDecoder().decode(encodeRecord(1, entry));
  await inFolder({ [`.checkpoints/${id}/journal.jsonl`]: record }, async (folder) => {
    for (const flags of [[], ["--json"]]) {
      const { stdout } = await log(folder, id, ...flags);
      assertStringIncludes(stdout, "title");
      assertEquals(unsafe.test(stdout), false, stdout);
    }
  });
});

Deno.test("sessions log: colours are for a terminal without NO_COLOR", async () => {
  await withStory(async (_, folder) => {
    for (const [environment, isColoured] of [[{}, true], [{ NO_COLOR: "1" }, false]] as const) {
      const world = { ...worldIn(folder, environment), stdout: new Recorder({ terminal: true }) };
      assertEquals(await runCommandLine(["sessions", "log", "it", "--no-pager"], world), 0);
      assertEquals(world.stdout.text.includes("\x1b[1m"), isColoured);
    }
  });
});
