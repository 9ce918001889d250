import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith, type PlaybooksProcess, type TestFolder } from "../support/playbooks_process.ts";
import { verifiedSession } from "../support/verified_session.ts";

const words = 12;
const said = Array.from({ length: words }, (_, index) => `${index + 1}\n`).join("");

/** Counts with a pause between two words. */
const counts = `# Counter
## Main
### Triggers
- At the beginning
### Steps
- Count()
- End program

\`\`\`ts
export async function Count(): Promise<void> {
  for (let number = 1; number <= ${words}; number++) {
    await Say("user", String(number));
    await Sleep(0.15);
  }
}
\`\`\`
`;

/** Counting needs no model. Loading this model delays the first append of a run. */
const slowToLoad = {
  PLAYBOOKS_MODEL__PROVIDER: "openai-compatible",
  PLAYBOOKS_MODEL__NAME: "none",
  PLAYBOOKS_MODEL__BASE_URL: "http://127.0.0.1:9/v1",
};

Deno.test("two writers: a stopped process keeps its lock against others and continues normally when woken", async () => {
  await using folder = await folderWith({ "count.pb": counts });
  const first = folder.start(["run", "count.pb"]);
  await first.untilTrue(() => entries(folder) >= 8);
  first.kill("SIGSTOP");
  const before = folder.journal();
  for (const args of [["run", "count.pb", "--resume"], ["resume"], ["resume", folder.onlySession()]]) {
    const second = await folder.run(args);
    assertEquals([second.code, second.stdout], [4, ""], second.stderr);
    assertStringIncludes(second.stderr, `another process holds its lease (pid ${first.pid} on `);
  }
  assertEquals(folder.journal(), before);
  first.kill("SIGCONT");
  const finished = await first.finished;
  assertEquals([finished.code, finished.stdout], [0, said], finished.stderr);
});

for (const woken of ["while the other runs", "after the other has ended"]) {
  Deno.test(`two writers: without a working lock a process that wakes ${woken} is caught before it appends`, async () => {
    await using folder = await folderWith({ "count.pb": counts });
    const first = folder.start(["run", "count.pb"]);
    // The process sleeps and has shown all words: without a lock pending words of another process are unknown.
    await first.untilTrue(() => entries(folder) >= 10 && folder.journal().at(-1)?.type === "start");
    first.kill("SIGSTOP");
    const before = entries(folder);
    await Deno.remove(folder.sessionFile("lock"));
    const second = folder.start(["run", "count.pb", "--resume"]);
    if (woken === "while the other runs") await second.untilTrue(() => entries(folder) >= before + 4);
    else await second.finished;
    first.kill("SIGCONT");
    await checkCaught(folder, { caught: first, other: second, stdout: [first, second] });
  });
}

Deno.test("two writers: without a working lock a process is caught as soon as another has taken the lease", async () => {
  await using folder = await folderWith({ "count.pb": counts });
  const first = folder.start(["run", "count.pb"]);
  // The process sleeps and has shown all words: without a lock pending words of another process are unknown.
  await first.untilTrue(() => entries(folder) >= 10 && folder.journal().at(-1)?.type === "start");
  await Deno.remove(folder.sessionFile("lock"));
  const args = ["run", "count.pb", "--resume", "--model", "openai-compatible:none"];
  const second = folder.start(args, { env: slowToLoad });
  await second.until("ℹ Model:", "stderr");
  second.kill("SIGSTOP");
  const taken = entries(folder);
  await first.finished;
  assertEquals(entries(folder), taken, "the one that was caught appended nothing");
  second.kill("SIGCONT");
  await checkCaught(folder, { caught: first, other: second, stdout: [first, second] });
});

/** One process stopped with exit code 4 and a clear line. The other ended, and nothing was said or stored twice. */
async function checkCaught(
  folder: TestFolder,
  given: {
    readonly caught: PlaybooksProcess;
    readonly other: PlaybooksProcess;
    readonly stdout: readonly PlaybooksProcess[];
  },
): Promise<void> {
  const session = folder.onlySession();
  const [caught, other] = await Promise.all([given.caught.finished, given.other.finished]);
  assertEquals(caught.code, 4, caught.stderr);
  assert(
    new RegExp(
      `^playbooks: Cannot go on with session "${session}": another process has (written to its journal|taken it over); ` +
        "stopped at entry \\d+; end that process, then resume, or start a copy with --fork$",
      "m",
    ).test(caught.stderr),
    caught.stderr,
  );
  assertEquals(other.code, 0, other.stderr);
  assertEquals(given.stdout.map(({ stdout }) => stdout).join(""), said);
  const shown = folder.journal().flatMap((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" ? [`${entry.did.text}\n`] : []
  );
  assertEquals(shown.join(""), said);
  const { findings } = verifiedSession(`${folder.path}/.checkpoints`, session);
  assertEquals(findings, []);
  const [listed] = JSON.parse((await folder.run(["sessions", "list", "--json"])).stdout);
  assertEquals(
    [listed.status, listed.exit],
    ["completed", 0],
    "the one that was caught leaves the record alone",
  );
}

function entries(folder: TestFolder): number {
  if (folder.sessions().length === 0) return 0;
  try {
    return folder.journal().length;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
}
