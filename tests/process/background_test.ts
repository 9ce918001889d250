import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Entry, foldEntries } from "../../src/engine/mod.ts";
import { askedTokens, BackgroundServer } from "../support/background_server.ts";
import { countOf } from "../support/entries.ts";
import { folderWith, type TestFolder, twoAtATime } from "../support/playbooks_process.ts";

/** Two turns of one agent, with a call between them. */
const program = `# Host

## Main
### Triggers
- At the beginning
### Steps
- Say a fact
- Say goodbye

## Fact
### Steps
- Return a fact
`;

const answers: Readonly<Record<string, string>> = {
  "turn 1 of Main": 'const fact = await Fact(); await Say("user", fact);',
  "turn 1 of Fact": 'Return("water is wet");',
  "turn 2 of Main": 'await Say("user", "goodbye"); EndProgram();',
};
const thorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";
const said = "water is wet\ngoodbye\n";

function serverOf(): BackgroundServer {
  return new BackgroundServer((message) => {
    const [, answer] = Object.entries(answers).find(([line]) => message.includes(`[${line} `)) ?? [];
    if (answer === undefined) throw new Error(`No answer for: ${message}`);
    return answer;
  });
}

function settingsOf(server: BackgroundServer, more = "background = true\n"): string {
  return `[model]\nprovider = "openai"\nname = "tiny"\nbase_url = "${server.baseUrl}"\n${more}`;
}

function folderFor(server: BackgroundServer, more?: string): Promise<TestFolder> {
  return folderWith({ "host.pb": program, "playbooks.toml": settingsOf(server, more) });
}

/** Requests without an answer, and those among them whose answer has an id. */
function openIn(entries: readonly Entry[]): { readonly asked: number; readonly accepted: number } {
  const frames = Object.values(foldEntries(undefined, structuredClone(entries)).frames);
  return {
    asked: frames.filter(({ phase }) => phase === "asked").length,
    accepted: frames.filter(({ accepted }) => accepted !== undefined).length,
  };
}

/** The tokens of the session are those of its turns, each one once. */
async function assertCountedOnce(folder: TestFolder): Promise<void> {
  const shown = await folder.run(["sessions", "show", folder.onlySession(), "--json"]);
  assertEquals(shown.code, 0, shown.stderr);
  const turns = folder.journal().flatMap((entry) => entry.type === "turn" ? [entry] : []);
  const tokens = turns.reduce((sum, { text }) => sum + askedTokens + text.split(/\s+/).length, 0);
  assertEquals(JSON.parse(shown.stdout).tokens, tokens);
}

const kinds = [
  ["background = true\n", "in the background"],
  ["background = true\nstream = false\n", "in the background without streaming"],
  ["", "of an ordinary model"],
] as const;

for (const [more, kind] of kinds) {
  Deno.test(`background: an answer ${kind} is paid once after a kill, or once more if its id was not kept`, async () => {
    await using whole = serverOf();
    await using wholeFolder = await folderFor(whole, more);
    const finished = await wholeFolder.run(["run", "host.pb"]);
    assertEquals([finished.code, finished.stdout], [0, said], finished.stderr);
    const entries = wholeFolder.journal();
    const requests = countOf(entries, "request");
    assertEquals(countOf(entries, "accepted"), more === "" ? 0 : requests);
    const positions = entries.flatMap(({ type }, index) =>
      thorough || ["request", "accepted", "turn"].includes(type) ? [index + 1] : []
    );
    await twoAtATime(thorough ? positions : positions.slice(0, 3), async (crashAt) => {
      await using server = serverOf();
      await using folder = await folderFor(server, more);
      const killed = await folder.run(["run", "host.pb"], { crashAt });
      assertEquals(killed.signal, "SIGKILL", killed.stderr);
      const { asked, accepted } = openIn(folder.journal());
      const paid = server.paid;
      const resumed = await folder.run(["run", "host.pb", "--resume"]);
      assertEquals(resumed.code, 0, resumed.stderr);
      assertEquals(killed.stdout + resumed.stdout, said, `at ${crashAt}`);
      const again = server.paid - requests;
      assert(again >= 0 && again <= asked - accepted, `at ${crashAt}: ${again} answers were paid again`);
      // With an id, the resume pays only for answers that were not begun.
      if (accepted > 0) assertEquals(server.paid - paid, requests - paid, `at ${crashAt}`);
      await assertCountedOnce(folder);
    });
  });
}

for (const stream of [true, false]) {
  const settings = `background = true\nstream = ${stream}\n`;
  const how = stream ? "streams" : "is polled";

  Deno.test(`background: a kill -9 while an answer ${how} pays nothing again, also if it ends meanwhile`, async () => {
    for (const endsFirst of [true, false]) {
      await using server = serverOf();
      server.holds = true;
      await using folder = await folderFor(server, settings);
      const first = folder.start(["run", "host.pb"]);
      await first.untilTrue(() => countOf(folder.journalSoFar(), "accepted") === 1);
      first.kill("SIGKILL");
      assertEquals((await first.finished).signal, "SIGKILL");
      if (endsFirst) server.finish();
      const second = folder.start(["run", "host.pb", "--resume"]);
      second.closeInput();
      await server.until(({ calls }) => calls.some((call) => call === "GET /v1/responses/resp_1"));
      server.finish();
      const resumed = await second.finished;
      assertEquals([resumed.code, resumed.stdout], [0, said], resumed.stderr);
      assertEquals(server.paid, 3);
      assertEquals(server.calls.filter((call) => call.endsWith("/cancel")), []);
      await assertCountedOnce(folder);
    }
  });

  Deno.test(`background: a kill -9 before the id of an answer that ${how} pays once more, and never again`, async () => {
    await using server = serverOf();
    server.holdsIds = true;
    await using folder = await folderFor(server, settings);
    const first = folder.start(["run", "host.pb"]);
    await server.until(({ paid }) => paid === 1);
    first.kill("SIGKILL");
    await first.finished;
    assertEquals(countOf(folder.journal(), "accepted"), 0);
    server.release();
    server.holds = true;
    // The second run is killed as well, after it journaled the new id.
    const second = folder.start(["run", "host.pb", "--resume"]);
    await second.untilTrue(() => countOf(folder.journalSoFar(), "accepted") === 1);
    second.kill("SIGKILL");
    await second.finished;
    server.finish();
    const third = await folder.run(["run", "host.pb", "--resume"]);
    assertEquals([third.code, third.stdout], [0, said], third.stderr);
    assertEquals(server.paid, 4);
    await assertCountedOnce(folder);
  });

  Deno.test(`background: Ctrl+C while an answer ${how} cancels nothing, and the resume fetches it`, async () => {
    await using server = serverOf();
    server.holds = true;
    await using folder = await folderFor(server, settings);
    const first = folder.start(["run", "host.pb"]);
    await first.untilTrue(() => countOf(folder.journalSoFar(), "accepted") === 1);
    first.kill("SIGINT");
    assertEquals((await first.finished).code, 130);
    assertEquals(server.calls.filter((call) => call.endsWith("/cancel")), []);
    server.finish();
    const resumed = await folder.run(["run", "host.pb", "--resume"]);
    assertEquals([resumed.code, resumed.stdout, server.paid], [0, said, 3], resumed.stderr);
  });
}

Deno.test("background: an ordinary answer that was killed in its stream is paid once more", async () => {
  await using server = serverOf();
  server.holds = true;
  await using folder = await folderFor(server, "");
  const first = folder.start(["run", "host.pb"]);
  await server.until(({ paid }) => paid === 1);
  first.kill("SIGKILL");
  await first.finished;
  server.finish();
  const resumed = await folder.run(["run", "host.pb", "--resume"]);
  assertEquals([resumed.code, resumed.stdout, server.paid], [0, said, 4], resumed.stderr);
  await assertCountedOnce(folder);
});

Deno.test("background: an answer that the server forgot is asked anew, and the user is told", async () => {
  await using server = serverOf();
  await using folder = await folderFor(server);
  const killed = await folder.run(["run", "host.pb"], {
    crashAt: positionOf(await wholeJournal(), "accepted"),
  });
  assertEquals(killed.signal, "SIGKILL");
  server.forget();
  const resumed = await folder.run(["run", "host.pb", "--resume"]);
  assertEquals([resumed.code, resumed.stdout, server.paid], [0, said, 4], resumed.stderr);
  assertStringIncludes(resumed.stderr, "is not available any more: the model is asked again");
});

Deno.test("background: another model at the resume asks anew, and the session's own model fetches", async () => {
  for (const model of [undefined, "openai:small", "rehearsal"]) {
    await using server = serverOf();
    server.holds = true;
    await using folder = await folderFor(server);
    await killedWithId(folder);
    server.finish();
    const args = model === undefined ? [] : ["--model", model];
    const resumed = await folder.run(["run", "host.pb", "--resume", ...args]);
    const fetched = server.calls.includes("GET /v1/responses/resp_1");
    assertEquals(fetched, model === undefined, model);
    if (model === "rehearsal") assertEquals(server.paid, 1);
    else assertEquals([resumed.stdout, server.paid], [said, model === undefined ? 3 : 4], resumed.stderr);
    const isTold = resumed.stderr.includes("was made for another request, model or server");
    assertEquals(isTold, model !== undefined, resumed.stderr);
  }
});

Deno.test("background: a fork and its original both fetch the answer, which is paid once", async () => {
  await using server = serverOf();
  server.holds = true;
  await using folder = await folderFor(server);
  await killedWithId(folder);
  const original = folder.onlySession();
  server.finish();
  const forked = await folder.run(["resume", original, "--fork"]);
  assertEquals([forked.code, forked.stdout], [0, said], forked.stderr);
  const resumed = await folder.run(["resume", original]);
  assertEquals([resumed.code, resumed.stdout], [0, said], resumed.stderr);
  // Each session asks for the two later answers itself.
  assertEquals(server.answers.filter(({ text }) => text === answers["turn 1 of Main"]).length, 1);
  assertEquals(server.paid, 5);
});

Deno.test("background: dump, verify, show and --plan know an answer in the background", async () => {
  await using server = serverOf();
  server.holds = true;
  await using folder = await folderFor(server);
  await killedWithId(folder);
  const id = folder.onlySession();
  const dumped = await folder.run(["sessions", "dump", id]);
  assertStringIncludes(dumped.stdout, "openai:tiny makes answer resp_1 in the background");
  const verified = await folder.run(["sessions", "verify", id]);
  assertEquals(verified.code, 0, verified.stdout + verified.stderr);
  const shown = await folder.run(["sessions", "show", id]);
  assertStringIncludes(
    shown.stdout,
    "openai:tiny makes answer resp_1 in the background; a resume fetches it",
  );
  const json = JSON.parse((await folder.run(["sessions", "show", id, "--json"])).stdout);
  assertEquals(json.background, [{ model: "openai:tiny", id: "resp_1" }]);
  const plan = await folder.run(["run", "host.pb", "--resume", "--plan"]);
  assertStringIncludes(plan.stdout + plan.stderr, "would fetch answer resp_1 of openai:tiny for turn 1");
  server.finish();
  const resumed = await folder.run(["resume", id]);
  assertEquals(resumed.code, 0, resumed.stderr);
  const after = await folder.run(["sessions", "show", id, "--json"]);
  assertEquals(JSON.parse(after.stdout).background, []);
});

Deno.test("background: a provider without it is refused before anything is done", async () => {
  await using folder = await folderWith({
    "host.pb": program,
    "playbooks.toml":
      '[model]\nprovider = "openai-compatible"\nname = "tiny"\nbase_url = "http://127.0.0.1:9/v1"\nbackground = true\n',
  });
  const refused = await folder.run(["run", "host.pb"]);
  assertEquals(refused.code, 2);
  assertStringIncludes(refused.stderr, "background = true needs OpenAI's responses API");
  assertEquals(folder.sessions(), []);
});

/** Runs until the first id is journaled, and kills the process. The server must hold its answers. */
async function killedWithId(folder: TestFolder): Promise<void> {
  const process = folder.start(["run", "host.pb"]);
  await process.untilTrue(() => countOf(folder.journalSoFar(), "accepted") === 1);
  process.kill("SIGKILL");
  assertEquals((await process.finished).signal, "SIGKILL");
}

async function wholeJournal(): Promise<Entry[]> {
  await using server = serverOf();
  await using folder = await folderFor(server);
  assertEquals((await folder.run(["run", "host.pb"])).code, 0);
  return folder.journal();
}

function positionOf(entries: readonly Entry[], type: Entry["type"]): number {
  return entries.findIndex((entry) => entry.type === type) + 1;
}
