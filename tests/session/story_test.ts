import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { decodeEntry, type Entry, Programs } from "../../src/engine/mod.ts";
import type { StoryItem } from "../../src/session/mod.ts";
import { StoryFold } from "../../src/session/story_fold.ts";
import { storyLines } from "../../src/frontends/story_lines.ts";
import { StoryPrinter } from "../../src/frontends/story_printer.ts";
import { cpuTimeMs } from "../support/cpu_time.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { journalMeaning, releaseJournals, storedJournal } from "../support/release_journals.ts";

/** The story of entries as they were stored. */
async function storyOf(stored: readonly unknown[]): Promise<StoryItem[]> {
  const programs = new Programs();
  const fold = new StoryFold(programs, { maxCharacters: 100 });
  const items: StoryItem[] = [];
  for (const entry of stored.map(decodeEntry)) {
    if ("source" in entry && typeof entry.source === "object") await programs.add([entry.source]);
    items.push(...fold.take(entry));
  }
  return items;
}

for (const release of releaseJournals()) {
  Deno.test(`story: a journal of ${release} gives all words to persons, in the order of positions`, async () => {
    const stored = storedJournal(release);
    const story = await storyOf(stored);
    const said = story.flatMap((item) =>
      item.type === "words" && item.from.klass !== "" && item.to.klass === "" ? [item.text] : []
    );
    assertEquals(said, journalMeaning(release).said);
    assertEquals(
      story.map(({ position }) => position),
      story.map(({ position }) => position).toSorted((a, b) => a - b),
    );
    const answers = stored.map(decodeEntry).filter(({ type }) => type === "turn").length;
    assertEquals(story.filter(({ type }) => type === "answer" || type === "code").length, answers);
    assertEquals(story[0]!.type, "begin");
  });
}

const asking = `# Clerk
## Main
### Triggers
- At the beginning
### Steps
- Ask the user "Your name?"
- Wait for the user's $name
- Tell the user "Hello {$name}"
- End program
`;

Deno.test("story: a resume names the pause, the process and the edited files", async () => {
  await using folder = await folderWith({ "a.pb": asking });
  assertEquals((await folder.run(["run", "a.pb"])).code, 75);
  const before = await storyOf(folder.journalLines().map(({ e }) => e));
  assertEquals(before.filter(({ type }) => type === "run").length, 1);
  await folder.write("a.pb", asking.replace("Hello", "Good day"));
  const { code } = await folder.run(["resume", "--message", "Ada", "--non-interactive"]);
  assertEquals(code, 0);
  const story = await storyOf(folder.journalLines().map(({ e }) => e));
  assertEquals(story.slice(0, before.length), before);
  const [first, second] = story.flatMap((item) => item.type === "run" ? [item] : []);
  assertEquals([first!.stoppedMs, first!.edited, second!.edited], [undefined, undefined, ["a.pb"]]);
  assertEquals([first!.waited, second!.waited], [undefined, true]);
  assert(second!.stoppedMs! >= 0 && second!.pid !== first!.pid);
  const words = story.flatMap((item) => item.type === "words" ? [`${item.from.id} ${item.text}`] : []);
  assertEquals(words, ["1000 Your name?", "user Ada", "1000 Good day Ada"]);
  assertEquals(story.at(-1)!.type, "end");
});

const paying = `# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "Your name?");
  await Yield("user");
  try {
    await fetch("http://127.0.0.1:9/");
  } catch {
    await Sleep(1);
  }
}
\`\`\`
`;

Deno.test("story: a resume tells a wait from a stop, wherever the process before ended", async () => {
  const files = { "pay.pb": paying, "playbooks.toml": '[permissions]\nnet = ["127.0.0.1"]\n' };
  const seen = new Set<string>();
  for (let entries = 6;; entries++) {
    await using other = await folderWith(files);
    const run = ["run", "pay.pb", "--message", "Ada", "--non-interactive"];
    await other.run(run, { crashAt: entries });
    const before = await storyOf(other.journalLines().map(({ e }) => e));
    if (before.at(-1)!.type === "end") break;
    // Words that come during a wait do not end it: the entry that takes them does.
    const last = before.findLast((item) => item.type !== "words" || item.from.klass !== "")!;
    await other.run(["resume", "--non-interactive"]);
    const story = await storyOf(other.journalLines().map(({ e }) => e));
    const resumed = story.findLast((item) => item.type === "run");
    assert(resumed?.type === "run" && resumed.stoppedMs !== undefined);
    const isWait = last.type === "start" && last.wait.kind !== "outside";
    assertEquals(
      resumed.waited ?? false,
      isWait,
      `a process that ended after entry ${entries}, ${last.type}`,
    );
    const [line] = storyLines(resumed, { words: true, code: false, full: false });
    assert(line!.text.startsWith(isWait ? "Waited here; resumed " : "Stopped here; resumed "), line!.text);
    seen.add(isWait ? "waited" : "stopped");
  }
  assertEquals([...seen].sort(), ["stopped", "waited"]);
});

Deno.test("story: the first run of a fork with an edited value is no stop, and later runs are", async () => {
  const settings = {} as Extract<Entry, { type: "run" }>["settings"];
  const run = (token: number, at: number) => ({
    type: "run",
    at,
    token,
    pid: token,
    host: "h",
    model: "m",
    settings,
  });
  const edit = {
    type: "edit",
    at: 5,
    by: "ann@h",
    kind: "state",
    agent: "1000",
    name: "x",
    before: 1,
    value: 2,
  };
  const story = await storyOf(sample([edit, run(2, 9), run(3, 12)]));
  const stops = story.flatMap((item) => item.type === "run" ? [item.stoppedMs] : []);
  assertEquals(stops, [undefined, undefined, 3]);
});

Deno.test("story: sessions log --follow tells the story while another process runs the session, and ends with it", async () => {
  await using folder = await folderWith({ "a.pb": asking });
  const running = folder.start(["run", "a.pb"]);
  await running.until("Your name?");
  const following = folder.start(["sessions", "log", folder.onlySession(), "--follow", "--tail", "2"]);
  await following.until("waits for user");
  assert(!following.stdout.includes("The session begins"));
  running.send("Ada\n");
  await following.until("The program ends");
  assertEquals((await following.finished).code, 0);
  assertStringIncludes(following.stdout, "Clerk(1000) → user: Hello Ada");
  assertEquals(following.stdout.match(/waits for user/g)?.length, 1);
  running.closeInput();
  await running.finished;
});

Deno.test("story: an effect has its call, its result and its time, and failures are told", async () => {
  const entries = sample([
    {
      type: "start",
      at: 1000,
      frame: "f1",
      asked: { ordinal: 1, name: "Fetch", args: ["http://a"] },
      wait: { kind: "outside", key: "k", repeatable: false, what: "POST http://a" },
    },
    { type: "effect", at: 3500, frame: "f1", ordinal: 1, outcome: { ok: true, value: 7 } },
    {
      type: "effect",
      at: 3600,
      frame: "f1",
      ordinal: 2,
      asked: { ordinal: 2, name: "Env", args: ["KEY"] },
      outcome: { ok: true, value: "secret" },
    },
    {
      type: "end-turn",
      at: 3700,
      frame: "f1",
      error: { name: "TypeError", message: "x is undefined", line: 3, source: "x.y" },
    },
    { type: "edit", at: 3750, by: "ann@h", kind: "state", agent: "1000", name: "x", before: 1, value: 2 },
    { type: "end", at: 3800, status: "failed", reason: "no more tries" },
  ]);
  const story = (await storyOf(entries)).filter(({ position }) => position > 5);
  const effects = story.flatMap((item) => item.type === "effect" ? [item] : []);
  assertEquals(effects.map(({ call, outcome, tookMs }) => [call, outcome, tookMs]), [
    ['Fetch("http://a")', { ok: true, value: "7" }, 2500],
    ['Env("KEY")', { ok: true }, undefined],
  ]);
  assert(!JSON.stringify(story).includes("secret"));
  assertEquals(story.slice(-2).map(({ type }) => type), ["edit", "end"]);
  assertEquals(story.at(-3)!.type, "turn-failed");
  const edits = story.flatMap((item) => item.type === "edit" ? [[item.target, item.before, item.value]] : []);
  assertEquals(edits, [["state.x", "1", "2"]]);
});

const failing = { ok: false, error: { name: "Error", message: "no" } };

for (
  const { what, entries, turn } of [
    { what: "during its turn", entries: [], turn: 1 },
    { what: "after its turn", entries: [{ type: "end-turn", at: 1, frame: "f1" }], turn: 1 },
    {
      what: "after a request of its next turn",
      entries: [
        { type: "end-turn", at: 1, frame: "f1" },
        { type: "request", at: 2, frame: "f1", text: "next" },
      ],
      turn: 2,
    },
    {
      what: "after two turns",
      entries: [
        { type: "end-turn", at: 1, frame: "f1" },
        {
          type: "turn",
          at: 2,
          frame: "f1",
          text: "x",
          usage: { inputTokens: 1, outputTokens: 1, cachedTokens: 0, costUsd: 0 },
          model: "m",
        },
        { type: "end-turn", at: 3, frame: "f1" },
      ],
      turn: 2,
    },
  ]
) {
  Deno.test(`story: a call that returns ${what} returns in turn ${turn}`, async () => {
    const story = await storyOf(
      sample([...entries, { type: "return", at: 4, frame: "f1", outcome: failing }]),
    );
    const returned = story.at(-1)!;
    assertEquals([returned.type, returned.frame?.turn], ["return", turn]);
  });
}

Deno.test("story: 100,000 entries take a few seconds of processor time", async () => {
  const turns: unknown[] = [];
  for (let turn = 0; turns.length < 100_000; turn++) {
    const at = turn * 1000;
    turns.push({ type: "request", at, frame: "f1", text: "next" });
    turns.push({ type: "turn", at, frame: "f1", text: "await Say('user', 'x')", usage, model: "m" });
    turns.push({
      type: "effect",
      at,
      frame: "f1",
      ordinal: 1,
      asked: { ordinal: 1, name: "Say", args: ["user", `words ${turn}`] },
      out: { index: 0, patch: { n: { value: turn } } },
      outcome: { ok: true },
      did: { kind: "said", by: "1000", to: "user", text: `words ${turn}` },
    });
    turns.push({ type: "end-turn", at, frame: "f1" });
  }
  const startMs = cpuTimeMs();
  const story = await storyOf(sample(turns));
  const printer = new StoryPrinter({
    columns: 80,
    colour: true,
    detail: { words: false, code: true, full: false },
  });
  const lines = story.map((item) => String(printer.print(item))).join("").split("\n").length;
  const usedMs = cpuTimeMs() - startMs;
  assert(lines > 100_000, `${lines}`);

  assert(usedMs < 15_000, `${usedMs} ms`);
  assertEquals(story.filter(({ type }) => type === "words").length, 25_000);
});

const usage = { inputTokens: 1, outputTokens: 1, cachedTokens: 0, costUsd: 0 };

/** A session with one agent and one call, then these entries. */
function sample(entries: readonly unknown[]): readonly unknown[] {
  const settings = {} as Extract<Entry, { type: "run" }>["settings"];
  const source = { hash: "h", files: [{ path: "a.pb", text: asking }], imports: [] };
  const frame = {
    id: "f1",
    agent: "1000",
    playbook: "Main",
    mode: "model",
    resolves: false,
    args: {},
    source: "h",
  };
  return [
    { type: "session", version: 1, at: 0, id: "s", source, model: "m", settings, parameters: {} },
    { type: "run", at: 0, token: 1, pid: 1, host: "h", model: "m", settings },
    { type: "agent", at: 0, agent: { id: "1000", klass: "Clerk", properties: {}, begins: ["Main"] } },
    { type: "thread", at: 0, kind: "begin", frame },
    { type: "turn", at: 0, frame: "f1", text: "x", usage, model: "m" },
    ...entries,
  ];
}
