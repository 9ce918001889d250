import { existsSync } from "node:fs";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { jsonLines } from "../support/json_lines.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { asks, hello, sleeps } from "./programs.ts";

const faketime = "/usr/bin/faketime";

Deno.test("stop: a program that ends exits with 0, and only its words go to standard output", async () => {
  await using folder = await folderWith({ "hello.pb": hello });
  const run = await folder.run(["run", "hello.pb"]);
  assertEquals([run.code, run.stdout], [0, "Hello\n"], run.stderr);
  assertEquals(run.stderr.split("\n")[0], "ℹ Loading playbooks from: ['hello.pb']");
  assertEquals((await folder.run(["hello.pb", "--quiet"])).stderr, "", "a file is run, and quiet is quiet");
});

Deno.test("stop: a program with failing code exits with 1 and names the place", async () => {
  const failing = `# Failing
## Main
### Triggers
- At the beginning
### Steps
- Say "Before"

\`\`\`ts
/** @trigger At the beginning */
export async function Break(): Promise<void> {
  await Say("user", "Now");
  throw new Error("the roof fell in");
}
\`\`\`
`;
  await using folder = await folderWith({ "failing.pb": failing });
  const run = await folder.run(["run", "failing.pb"]);
  assertEquals(run.code, 1, run.stderr);
  assertStringIncludes(run.stderr, "the roof fell in (failing.pb:12)");
  const [session] = JSON.parse((await folder.run(["sessions", "list", "--json"])).stdout);
  assertEquals([session.status, session.exit], ["failed", 1]);
});

Deno.test("stop: Ctrl+C exits with 130 and SIGTERM with 143, and the command in the last lines continues the session", async () => {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    await using folder = await folderWith({ "sleep.pb": sleeps });
    const process = folder.start(["run", "sleep.pb"]);
    await process.untilTrue(() => folder.journalSoFar().at(-1)?.type === "start");
    process.kill(signal);
    const stopped = await process.finished;
    assertEquals([stopped.code, stopped.stdout], [code, "Good night\n"], stopped.stderr);
    const session = folder.onlySession();
    assertEquals(stopped.stderr.trimEnd().split("\n").slice(-3), [
      "⏸️  Interrupted; nothing is lost",
      `   Session: ${session}`,
      `   Resume with: playbooks resume ${session}`,
    ]);
    const [listed] = JSON.parse((await folder.run(["sessions", "list", "--json"])).stdout);
    assertEquals([listed.status, listed.exit], ["stopped", code]);
    const again = folder.start(["resume", session]);
    await again.until("All agents resumed from checkpoint", "stderr");
    again.kill(signal);
    assertEquals((await again.finished).stdout, "", "what was said is not said again");
  }
});

Deno.test("stop: a signal that arrives twice, from the terminal and from a parent, still stops the run cleanly", async () => {
  await using folder = await folderWith({ "sleep.pb": sleeps });
  const process = folder.start(["run", "sleep.pb"]);
  await process.untilTrue(() => folder.journalSoFar().at(-1)?.type === "start");
  process.kill("SIGINT");
  process.kill("SIGINT");
  const stopped = await process.finished;
  assertEquals(stopped.code, 130);
  assertStringIncludes(stopped.stderr, "Resume with: playbooks resume ");
});

Deno.test("stop: a sleeping session wakes at its original time after a resume", async () => {
  await using folder = await folderWith({ "sleep.pb": sleeps.replace("Sleep(30)", "Sleep(1)") });
  const killed = await folder.run(["run", "sleep.pb"], { crashAt: 9 });
  assertEquals(killed.signal, "SIGKILL", killed.stderr);
  const until = folder.journal().flatMap((entry) =>
    entry.type === "start" && entry.wait.kind === "sleep" ? [entry.wait.until] : []
  );
  assertEquals(until.length, 1);
  const resumed = await folder.run(["resume"]);
  assertEquals(
    [resumed.code, killed.stdout + resumed.stdout],
    [0, "Good night\nGood morning\n"],
    resumed.stderr,
  );
  const run = folder.journal().findLastIndex((entry) => entry.type === "run");
  const woken = folder.journal().find((entry, index) => index > run && entry.type === "effect");
  assert(woken !== undefined && woken.at >= until[0]!);
});

Deno.test({
  name: "stop: a session that sleeps a day and is resumed a week later wakes at once",
  // It sets the clock of one process.
  ignore: !existsSync(faketime),
  fn: async () => {
    await using folder = await folderWith({ "sleep.pb": sleeps.replace("Sleep(30)", "Sleep(86400)") });
    const process = folder.start(["run", "sleep.pb"]);
    await process.untilTrue(() => folder.journalSoFar().at(-1)?.type === "start");
    process.kill("SIGINT");
    assertEquals((await process.finished).code, 130);
    const resumed = await folder.run(["resume"], { by: [faketime, "-f", "+7d"] });
    assertEquals([resumed.code, resumed.stdout], [0, "Good morning\n"], resumed.stderr);
    const entries = folder.journal();
    const days = (entries.at(-1)!.at - entries[0]!.at) / 86_400_000;
    assert(days > 6.99 && days < 7.01, `${days} days`);
  },
});

Deno.test("stop: a session that waits for an unreachable person exits with 75 and continues with --message", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name") });
  const waiting = await folder.run(["run", "ask.pb"]);
  const session = folder.onlySession();
  assertEquals([waiting.code, waiting.stdout], [75, ""], waiting.stderr);
  assertEquals(waiting.stderr.trimEnd().split("\n").slice(-3), [
    "⏸️  Waiting for user; no person can be asked here",
    `   Session: ${session}`,
    `   Answer with: playbooks resume ${session} --message TEXT`,
  ]);
  const [listed] = JSON.parse((await folder.run(["sessions", "list", "--json"])).stdout);
  assertEquals([listed.status, listed.exit], ["waiting", 75]);
  const answered = await folder.run(["run", "ask.pb", "--resume", "--message", "Ann"]);
  assertEquals([answered.code, answered.stdout], [0, "Hello Ann\n"], answered.stderr);
});

Deno.test("stop: the command to go on repeats the flags that do not stay with the session", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name") });
  const flags = ["--allow-net=a.org,b.org", "--allow-read=my files", "--trust"];
  const waiting = await folder.run(["run", ...flags, "ask.pb"]);
  assertEquals(waiting.code, 75, waiting.stderr);
  assertEquals(
    waiting.stderr.trimEnd().split("\n").at(-1),
    `   Answer with: playbooks resume ${folder.onlySession()} --trust --allow-net=a.org,b.org '--allow-read=${folder.path}/my files' --message TEXT`,
  );
});

Deno.test("stop: with --non-interactive no person is asked, even if there is input", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name") });
  assertEquals((await folder.run(["run", "ask.pb", "--non-interactive"], { input: "Ann\n" })).code, 75);
});

Deno.test("resume: it reports the restored session in the lines that scripts rely on", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name") });
  await folder.run(["run", "ask.pb"]);
  const session = folder.onlySession();
  const entries = folder.journal();
  const own =
    entries.filter((entry) => entry.type === "agent" || ("frame" in entry && entry.frame !== undefined))
      .length;
  const expected = [
    "ℹ Loading playbooks from: ['ask.pb']",
    `📂 Found previous session: ${session}`,
    `🔄 Found program checkpoint: ${session}_program_ckpt_${entries.length}`,
    `   Session: ${session}`,
    "   Agents to restore: ['1000']",
    `✅ Agent 1000 restored from 1000_ckpt_${own}`,
    "✅ Program restored successfully",
    "   All agents resumed from checkpoint",
  ];
  const resumed = await folder.run(["run", "ask.pb", "--resume"], { input: "Ann\n" });
  const lines = resumed.stderr.split("\n");
  assertEquals(lines.slice(0, expected.length), expected);
  assertStringIncludes(lines[expected.length]!, "   AskerOfNames (agent 1000) waits for user");
  assert(!resumed.stderr.includes("model call"), "a rehearsal makes no calls");
});

Deno.test("resume: without a session it says so and starts one, so a supervisor can always pass --resume", async () => {
  await using folder = await folderWith({ "hello.pb": hello });
  const run = await folder.run(["run", "--resume", "hello.pb"]);
  assertEquals([run.code, run.stdout], [0, "Hello\n"], run.stderr);
  assertStringIncludes(run.stderr, "⚠️  No previous session found for these playbooks\n");
  const again = await folder.run(["run", "--resume", "hello.pb"]);
  assertEquals([again.code, again.stdout], [0, ""], again.stderr);
});

Deno.test("json: each line of standard output is an event, and the last one reports the end", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name"), "hello.pb": hello });
  const runs = [
    [await folder.run(["run", "hello.pb", "--json"]), "completed", 0],
    [await folder.run(["run", "ask.pb", "--json"]), "waiting", 75],
    [await folder.run(["run", "ask.pb", "--resume", "--json"], { input: "Ann\n" }), "completed", 0],
    [await folder.run(["run", "ask.pb", "--resume", "--json"]), "completed", 0],
  ] as const;
  for (const [run, status, exit] of runs) {
    assertEquals(run.code, exit, run.stderr);
    const end = jsonLines(run.stdout).at(-1)!;
    assert(end.type === "end");
    const { session } = end;
    assert(session !== null && folder.sessions().includes(session));
    assertEquals([end.status, end.exit], [status, exit]);
  }
  const words = jsonLines(runs[2][0].stdout).filter((line) => line.type === "say");
  assertEquals(words.map(({ text }) => text), ["Hello Ann"]);
});
