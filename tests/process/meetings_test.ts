import { assertEquals } from "@std/assert";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { countOf } from "../support/entries.ts";
import { randomFrom } from "../support/random.ts";

// Meetings of real processes that are killed at random moments and resumed each time.

const settings = "[limits]\nmessage_batch_timeout = 0.05\nmessage_batch_max_wait = 0.2\n";

/** A council of five agents and a person: shared state, private words, words with attention, a late joiner. */
const council = `# Host

\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  const result = await Council({ topic: "the fair", attendees: ["Scribe", "Treasurer", "Cook", "user"] });
  await Say("user", "Result: " + result);
}

/** @meeting */
export async function Council(topic: string) {
  meeting.sharedState.ideas = [];
  await Say("meeting", "ideas for " + topic + "?");
  await until(() => meeting.sharedState.ideas.length === 3);
  await InviteToMeeting("meeting", ["Piper"]);
  await until(() => meeting.sharedState.ideas.length === 4);
  await Say("meeting", "user, which idea?");
  const answer = await until((message) => message?.from === "user");
  await Say("Scribe", "write down " + answer.text);
  await until(() => meeting.sharedState.note !== undefined);
  return [...meeting.sharedState.ideas].sort().join(", ") + "; note: " + meeting.sharedState.note;
}

async function until(isDone) {
  for (;;) {
    if (isDone(undefined)) return;
    for (const message of await WaitForMessage("meeting")) if (isDone(message)) return message;
  }
}
\`\`\`

${
  ["Scribe", "Treasurer", "Cook", "Piper"].map((name) =>
    `# ${name}

\`\`\`ts
/** @meeting */
export async function Council() {
  for (;;) {
    const messages = await WaitForMessage("meeting");
    for (const { text, isPrivate } of messages) {
      if (text.startsWith("ideas")) {
        meeting.sharedState.ideas.push("${name}");
        await Say("meeting", "${name} has an idea");
      } else if (isPrivate) {
        meeting.sharedState.note = text.slice("write down ".length);
        await Say("meeting, Host", "noted");
      }
    }
    if (meeting.hasEnded) return;
  }
}
\`\`\`
`
  ).join("\n")
}`;

/** Two players take turns on a shared board; a person looks on. */
const game = `# Host

\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Say("user", await Room({ topic: "Nim", attendees: ["Player", "Player", "user"] }));
}

/** @meeting */
export async function Room() {
  const [one] = agents.byClass("Player");
  meeting.sharedState.game = { moves: [], next: one.id };
  await Say("meeting", "start");
  while (meeting.sharedState.game.moves.length < 30) await WaitForMessage("meeting");
  return "Moves: " + meeting.sharedState.game.moves.join("");
}
\`\`\`

# Player

\`\`\`ts
/** @meeting */
export async function Room() {
  for (;;) {
    await WaitForMessage("meeting");
    if (meeting.hasEnded) return;
    const { game } = meeting.sharedState;
    if (game.next !== self.id || game.moves.length === 30) continue;
    game.moves.push(self.id.slice(-1));
    game.next = agents.byClass("Player").find((each) => each.id !== self.id).id;
    await Say("meeting", "move " + game.moves.length + " of " + self.id);
  }
}
\`\`\`
`;

const cases = [
  {
    name: "a meeting of five agents and a person",
    program: council,
    answers: ["the bell"],
    last: "Result: Cook, Piper, Scribe, Treasurer; note: the bell",
  },
  {
    name: "a game of two players over 30 moves",
    program: game,
    answers: [],
    last: `Moves: ${"12".repeat(15)}`,
  },
];

for (const { name, program, answers, last } of cases) {
  Deno.test(`meetings: ${name} that is killed again and again says the same as a whole run`, async () => {
    await using folder = await folderWith({ "main.pb": program, "playbooks.toml": settings });
    const whole = await folder.run(["run", "main.pb"], { input: lines(answers) });
    assertEquals(whole.code, 0, whole.stderr);
    assertEquals(whole.stdout.trimEnd().split("\n").at(-1), last);
    await using killed = await folderWith({ "main.pb": program, "playbooks.toml": settings });
    const { said, seed } = await killOften(killed, answers, folder.journal().length);
    assertEquals(sorted(said), sorted(whole.stdout), `seed ${seed}`);
    assertEquals(said.trimEnd().split("\n").at(-1), last);
    assertEquals(killed.journal().at(-1)?.type, "end");
  });
}

/** With `PLAYBOOKS_TEST_THOROUGH=1` ten kills at other moments in each run; else four. */
const isThorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";
const wantedKills = isThorough ? 10 : 4;

/** Runs the program in processes that are killed, and in a last one to its end; returns what they said. */
async function killOften(
  folder: TestFolder,
  answers: readonly string[],
  length: number,
): Promise<{ readonly said: string; readonly seed: number }> {
  const seed = isThorough ? Math.floor(Math.random() * 2 ** 31) : 1;
  const random = randomFrom(seed);
  const positions = new Set<number>();
  // A slower run has fewer batches of messages, and so fewer entries.
  while (positions.size < wantedKills) positions.add(3 + Math.floor(random() * length * 0.7));
  let said = "";
  let kills = 0;
  // Each resume adds an entry, so a moment may be over before its process begins.
  for (const position of [...positions].sort((a, b) => a - b)) {
    const crashAt = Math.max(position + kills, journalLength(folder) + 2);
    const resume = kills === 0 ? [] : ["--resume"];
    const run = await folder.run(["run", "main.pb", ...resume], { input: unread(folder, answers), crashAt });
    assertEquals(run.signal, "SIGKILL", `seed ${seed}, killed at ${crashAt}: ${run.stderr}`);
    said += run.stdout;
    kills++;
  }
  assertEquals(kills, wantedKills);
  const resumed = await folder.run(["run", "main.pb", "--resume"], { input: unread(folder, answers) });
  assertEquals(resumed.code, 0, `seed ${seed}: ${resumed.stderr}`);
  return { said: said + resumed.stdout, seed };
}

function journalLength(folder: TestFolder): number {
  return folder.sessions().length === 0 ? 0 : folder.journal().length;
}

/** The answers that the session has not received yet. */
function unread(folder: TestFolder, answers: readonly string[]): string {
  const given = folder.sessions().length === 0 ? 0 : countOf(folder.journal(), "message");
  return lines(answers.slice(given));
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join("");
}

function sorted(text: string): readonly string[] {
  return text.trimEnd().split("\n").sort();
}
