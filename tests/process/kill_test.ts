import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import { type Finished, folderWith, type TestFolder, twoAtATime } from "../support/playbooks_process.ts";
import { ChatServer } from "./chat_server.ts";
import { countOf, returnsIn } from "../support/entries.ts";

/** Two agents, three nested calls, a loop, a `Promise.all`, and code that calls back into model-run playbooks. */
const menu = `# Planner

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for the number of $courses
- $menu = ComposeMenu($courses)
- Tell the user the $menu
- End program

## Describe($dish)
### Steps
- Return "a fine {$dish}"

\`\`\`ts
export async function ComposeMenu(courses: number): Promise<string> {
  const lines: string[] = [];
  for (let course = 1; course <= courses; course++) {
    const [price, words] = await Promise.all([Cook.Price(course), Describe("course " + course)]);
    state.spent = (state.spent ?? 0) + price;
    lines.push(words + " for " + price);
    await Say("user", "Course " + course + " is planned, " + state.spent + " spent");
  }
  return lines.join("; ");
}
\`\`\`

# Cook

## Price($course)
public: true
### Steps
- $one = LookUp($course)
- Return $one * 2

## LookUp($course)
### Steps
- Return $course * 10
`;

const answers = ["2"];
const thorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";

Deno.test("kill: a run that is killed at any entry and resumed says and does the same as an uninterrupted run", async () => {
  const whole = await uninterrupted();
  assertStringIncludes(whole.said, "a fine course 1 for 20; a fine course 2 for 40");
  await twoAtATime(positionsOf(whole), async (position) => {
    await using folder = await folderWith({ "menu.pb": menu });
    const words = await killAt(folder, [position]);
    checkAgainst(whole, folder, words, `killed at ${position}`);
  });
});

Deno.test("kill: a run that is killed and resumed twice says and does the same as an uninterrupted run", async () => {
  const whole = await uninterrupted();
  const pairs = positionsOf(whole).flatMap((first) =>
    positionsOf(whole).filter((second) => second > first + 1).map((second) => [first, second] as const)
  );
  const chosen = thorough ? pairs : pairs.filter((_, index) => index % Math.ceil(pairs.length / 8) === 5);
  assert(chosen.length >= 7);
  await twoAtATime(chosen, async (pair) => {
    await using folder = await folderWith({ "menu.pb": menu });
    const words = await killAt(folder, pair);
    checkAgainst(whole, folder, words, `killed at ${pair.join(" and at ")}`);
  });
});

Deno.test("kill: a run that is killed from outside at any moment loses no word and no result", async () => {
  const whole = await uninterrupted();
  const positions = positionsOf(whole).filter((_, index) => thorough || index % 9 === 2);
  await twoAtATime(positions, async (position) => {
    await using folder = await folderWith({ "menu.pb": menu });
    const first = folder.start(["run", "menu.pb"], { input: `${answers[0]}\n` });
    await first.untilTrue(() => folder.journalSoFar().length >= position);
    first.kill("SIGKILL");
    const killed = await first.finished;
    if (killed.code === 0) return;
    assertEquals(killed.signal, "SIGKILL");
    const resumed = await folder.run(["run", "menu.pb", "--resume"], { input: unread(folder) });
    assertEquals(resumed.code, 0, resumed.stderr);
    checkAgainst(whole, folder, joined(killed, resumed), `killed at ${position} from outside`);
  });
});

Deno.test("kill: a run that is killed after its end, but before session.json says so, has no work left", async () => {
  const whole = await uninterrupted();
  await using folder = await folderWith({ "menu.pb": menu });
  const killed = await folder.run(["run", "menu.pb"], {
    input: unread(folder),
    crashAt: whole.entries.length,
  });
  assertEquals(killed.signal, "SIGKILL", killed.stderr);
  for (const _ of [1, 2]) {
    const resumed = await folder.run(["run", "menu.pb", "--resume"]);
    assertEquals(resumed.code, 0, resumed.stderr);
    assertStringIncludes(resumed.stderr, "there is nothing to resume");
    checkAgainst(whole, folder, joined(killed, resumed), "killed at its end");
  }
});

Deno.test("kill: sessions show has the entries and turns of a killed run, not those of its last checkpoint", async () => {
  await using folder = await folderWith({ "menu.pb": menu });
  const killed = await folder.run(["run", "menu.pb"], { input: unread(folder), crashAt: 20 });
  assertEquals(killed.signal, "SIGKILL", killed.stderr);
  const shown = await folder.run(["sessions", "show", folder.onlySession(), "--json"]);
  const { status, position, turns } = JSON.parse(shown.stdout);
  assertEquals([status, position], ["stopped", folder.journal().length]);
  assert(turns > 0, shown.stdout);
});

Deno.test("kill: a resume of a failed program reports the failure again and adds nothing to the journal", async () => {
  await using folder = await folderWith({
    "menu.pb": menu.replace("lines.push", 'throw new Error("burnt");'),
  });
  const failed = await folder.run(["run", "menu.pb", "--call", "ComposeMenu(1)"]);
  assertEquals(failed.code, 1, failed.stderr);
  const before = folder.journal();
  assertEquals(before.at(-1)?.type, "end");
  const listed = async () => (await folder.run(["sessions", "list", "--json"])).stdout;
  const facts = await listed();
  const resumed = await folder.run(["run", "menu.pb", "--resume"]);
  assertEquals(resumed.code, 1, resumed.stderr);
  assertStringIncludes(resumed.stderr, "burnt");
  assertEquals(folder.journal(), before);
  assertEquals(await listed(), facts, "no time of the session changes");
});

Deno.test("kill: a server gets each request once, in the same words, wherever a run is killed", async () => {
  await using server = new ChatServer(answerOfModel);
  const configuration = `[model]
provider = "openai-compatible"
name = "test"
base_url = "${server.baseUrl}"
`;
  const files = { "story.pb": story, "playbooks.toml": configuration };
  await using calm = await folderWith(files);
  const whole = await calm.run(["run", "story.pb"]);
  assertEquals(whole.code, 0, whole.stderr);
  assertEquals(whole.stdout, "Once there was an end: happily\nThe end\n");
  const once = server.take();
  assertEquals(once.length, 5);
  const positions = calm.journal().flatMap(({ type }, index) =>
    type === "request" || type === "turn" ? [index + 1] : []
  );
  assertEquals(positions.length, 10);
  await twoAtATime(positions, async (position) => {
    await using folder = await folderWith(files);
    const killed = await folder.run(["run", "story.pb"], { crashAt: position });
    assertEquals(killed.signal, "SIGKILL", killed.stderr);
    const resumed = await folder.run(["run", "story.pb", "--resume"]);
    assertEquals(resumed.code, 0, resumed.stderr);
    assertEquals(killed.stdout + resumed.stdout, whole.stdout, `killed at ${position}`);
  });
  // A kill at an entry comes before any action on it, so none of these requests was in flight.
  assertEquals(counted(server.take()), counted(positions.flatMap(() => once)));
});

Deno.test("kill: an answer that a kill cut off is requested again, and the caller gets its value", async () => {
  await using server = new ChatServer(answerOfModel);
  const configuration = `[model]
provider = "openai-compatible"
name = "test"
base_url = "${server.baseUrl}"
`;
  await using folder = await folderWith({ "story.pb": story, "playbooks.toml": configuration });
  const silent = server.hangAt("[turn 1 of Ending · Teller");
  const first = folder.start(["run", "story.pb"]);
  await silent;
  first.kill("SIGKILL");
  assertEquals((await first.finished).signal, "SIGKILL");
  const before = server.take();
  const resumed = await folder.run(["run", "story.pb", "--resume"]);
  assertEquals(resumed.code, 0, resumed.stderr);
  assertEquals(first.stdout + resumed.stdout, "Once there was an end: happily\nThe end\n");
  const after = server.take();
  assertEquals(before.length + after.length, 6);
  assertEquals(after[0], before.at(-1), "the request in flight is repeated word for word");
});

/** Three nested playbooks that run turn by turn with a server's answers. */
const story = `# Teller

## Main
### Triggers
- At the beginning
### Steps
- Tell the user the story
- Say that it is over
- End program

## Story
### Steps
- Find the ending
- Return the story

## Ending
### Steps
- Return how it ends
`;

function answerOfModel(turn: string): string {
  if (turn.startsWith("[turn 1 of Main ")) return 'await Say("user", "Once there was " + await Story());';
  if (turn.startsWith("[turn 2 of Main ")) return 'await Say("user", "The end"); EndProgram();';
  if (turn.startsWith("[turn 1 of Story ")) return "const ending = await Ending();";
  if (turn.startsWith("[turn 2 of Story ")) return 'Return("an end: " + ending);';
  if (turn.startsWith("[turn 1 of Ending ")) return 'Return("happily");';
  throw new Error(`The model has no answer to ${turn}`);
}

interface Whole {
  readonly said: string;
  readonly entries: readonly Entry[];
}

let wholeRun: Promise<Whole> | undefined;

function uninterrupted(): Promise<Whole> {
  wholeRun ??= (async () => {
    await using folder = await folderWith({ "menu.pb": menu });
    const run = await folder.run(["run", "menu.pb"], { input: `${answers[0]}\n` });
    assertEquals(run.code, 0, run.stderr);
    return { said: run.stdout, entries: folder.journal() };
  })();
  return wholeRun;
}

/** Every entry except the last one, because a resume after it has no work. */
function positionsOf({ entries }: Pick<Whole, "entries">): number[] {
  return entries.slice(0, -1).map((_, index) => index + 1);
}

/** Runs with a kill at each of the positions, then to the end; returns the words of all processes. */
async function killAt(folder: TestFolder, positions: readonly number[]): Promise<string> {
  let words = "";
  for (const [index, crashAt] of positions.entries()) {
    const resume = index === 0 ? [] : ["--resume"];
    const killed = await folder.run(["run", "menu.pb", ...resume], { input: unread(folder), crashAt });
    assertEquals(killed.signal, "SIGKILL", killed.stderr);
    assertEquals(folder.journal().length, crashAt);
    words += killed.stdout;
  }
  const resumed = await folder.run(["run", "menu.pb", "--resume"], { input: unread(folder) });
  assertEquals(resumed.code, 0, resumed.stderr);
  return words + resumed.stdout;
}

function checkAgainst(whole: Whole, folder: TestFolder, words: string, when: string): void {
  const entries = folder.journal();
  assertEquals(words, whole.said, when);
  assertEquals(returnsIn(entries), returnsIn(whole.entries), when);
  for (const type of ["request", "turn", "call", "thread", "agent", "message", "return", "end"] as const) {
    assertEquals(countOf(entries, type), countOf(whole.entries, type), `${when}: ${type}`);
  }
  assertEquals(entries.at(-1)?.type, "end", when);
}

/** The answers that a session has not received yet. */
function unread(folder: TestFolder): string {
  const given = folder.sessions().length === 0 ? 0 : countOf(folder.journal(), "message");
  return answers.slice(given).map((line) => `${line}\n`).join("");
}

/**
 * The words of both processes. The write of words and the delivery cursor are two operations. A kill between
 * them shows the last line again; only this repetition is permitted.
 */
function joined(killed: Finished, resumed: Finished): string {
  const last = killed.stdout.split("\n").at(-2);
  const repeated = last !== undefined && resumed.stdout.startsWith(`${last}\n`);
  return killed.stdout + (repeated ? resumed.stdout.slice(last.length + 1) : resumed.stdout);
}

function counted(requests: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const request of [...requests].sort()) counts[request] = (counts[request] ?? 0) + 1;
  return counts;
}
