import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { jsonLines } from "../support/json_lines.ts";
import { type Finished, folderWith, type TestFolder } from "../support/playbooks_process.ts";

/** A program with one playbook of this code. */
function withCode(code: string): string {
  return `# Agent\n\`\`\`ts\n/** @trigger At the beginning */\nexport async function Main() {\n${code}\n}\n\`\`\`\n`;
}

const asks = withCode('  await Say("user", "who?");\n  await Yield("user");');
const twoTurns = `# A
## Main
### Triggers
- At the beginning
### Steps
- Rest()
- End program

## Rest()
### Steps
- Return 1
`;
const steps =
  "# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Tell the user hello\n- End program\n";

/** A kind of end: its cause, and the required output. */
interface Ending {
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The earlier run, which leaves a session to resume. */
  readonly before?: (folder: TestFolder) => Promise<unknown>;
  /** The signal that is sent after the program's words. */
  readonly signal?: Deno.Signal;
  readonly code: number;
  readonly says: readonly string[];
}

const endings: Readonly<Record<string, Ending>> = {
  "an unhandled error": {
    files: { "p.pb": withCode('  throw new Error("the till is empty");') },
    code: 1,
    says: ["the till is empty"],
  },
  "a limit": {
    files: { "p.pb": twoTurns },
    env: { PLAYBOOKS_LIMITS__MAX_REHEARSAL_TURNS: "1" },
    code: 1,
    says: ["max_rehearsal_turns", "playbooks resume"],
  },
  "a recording that is not there": {
    files: { "p.pb": steps },
    args: ["p.pb", "--model", "replay:gone.jsonl"],
    code: 2,
    says: ["Cannot replay gone.jsonl"],
  },
  "a model that fails": {
    files: { "p.pb": steps, "empty.jsonl": '{"turn":"[turn 9 of X]","answer":""}\n' },
    args: ["p.pb", "--model", "replay:empty.jsonl"],
    code: 1,
    says: ["it has no answer for", "playbooks resume"],
  },
  "no such file": { files: {}, code: 2, says: ["p.pb is not there"] },
  "a problem in the program": {
    files: { "p.pb": `${steps}\n## Main\n- again\n` },
    code: 2,
    says: ["p.pb:9:"],
  },
  "a wrong setting": {
    files: { "p.pb": steps, "playbooks.toml": "[limits]\nmax_llm_call = 1\n" },
    code: 2,
    says: ["max_llm_calls"],
  },
  "a wrong flag": {
    files: { "p.pb": steps },
    args: ["run", "p.pb", "--modle", "x"],
    code: 2,
    says: ["--model"],
  },
  "nothing that begins": {
    files: { "p.pb": "# A\n## Main\n### Steps\n- Think\n" },
    code: 2,
    says: ["program begins"],
  },
  "a session that is not there": {
    files: {},
    args: ["resume", "0197f000-0000-7000-8000-000000000001"],
    code: 3,
    says: ["not found"],
  },
  "a session that runs elsewhere": {
    files: { "p.pb": asks },
    before: async (folder) => {
      // The run's input stays open, so it waits until the folder is removed.
      const process = folder.start(["p.pb"]);
      await process.until("who?");
    },
    args: ["resume"],
    code: 4,
    says: ["another process holds its lease"],
  },
  "an edit of what is in flight": {
    files: { "p.pb": asks },
    before: async (folder) => {
      assertEquals((await folder.run(["p.pb"])).code, 75);
      await folder.write("p.pb", asks.replace('Say("user", "who?")', "Sleep(1)"));
    },
    args: ["resume"],
    code: 5,
    says: ["was edited in flight", "--pin", "--redo", "playbooks resume"],
  },
  "an effect whose result is not known": {
    files: {},
    before: async (folder) => {
      const arrived = Promise.withResolvers<void>();
      // The till takes the order and does not answer until it is closed.
      const closing = new AbortController();
      const { signal } = closing;
      const till = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {}, signal }, () => {
        arrived.resolve();
        return new Promise(() => {});
      });
      const address = `http://127.0.0.1:${till.addr.port}`;
      await folder.write("p.pb", withCode(`  await fetch("${address}/pay", { method: "POST", body: "5" });`));
      await folder.write("playbooks.toml", `[permissions]\nnet = ["127.0.0.1"]\n`);
      const process = folder.start(["p.pb"], { env: { PLAYBOOKS_TRUST: "1" } });
      await Promise.race([arrived.promise, process.finished]);
      process.kill("SIGKILL");
      await process.finished;
      closing.abort();
      await till.finished;
    },
    args: ["resume"],
    env: { PLAYBOOKS_TRUST: "1" },
    code: 5,
    says: ["its result is not known", "--on-uncertain retry", "playbooks resume"],
  },
  "a storage that is a file": {
    files: { "p.pb": steps, ".checkpoints": "a file" },
    code: 6,
    says: [".checkpoints"],
  },
  "a damaged journal": {
    files: { "p.pb": asks },
    before: async (folder) => {
      assertEquals((await folder.run(["p.pb"])).code, 75);
      const path = folder.sessionFile("journal.jsonl");
      for (const { name } of Deno.readDirSync(path.slice(0, path.lastIndexOf("/")))) {
        if (name.includes("_ckpt_")) await Deno.remove(folder.sessionFile(name));
      }
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, text.replace(/^(.*\n)(..........)/, "$1##########"));
    },
    args: ["resume"],
    code: 6,
    says: ["journal"],
  },
  "a person who must answer": {
    files: { "p.pb": asks },
    code: 75,
    says: ["Waiting for user", "--message TEXT"],
  },
  "Ctrl+C": {
    files: { "p.pb": asks },
    signal: "SIGINT",
    code: 130,
    says: ["Interrupted", "playbooks resume"],
  },
  "SIGTERM": {
    files: { "p.pb": asks },
    signal: "SIGTERM",
    code: 143,
    says: ["Interrupted", "playbooks resume"],
  },
};

async function ended(folder: TestFolder, ending: Ending, flags: readonly string[]): Promise<Finished> {
  await ending.before?.(folder);
  const { args = ["p.pb"], env = {}, signal } = ending;
  if (signal === undefined) return await folder.run([...args, ...flags], { env });
  const process = folder.start([...args, ...flags], { env });
  await process.until("who?");
  process.kill(signal);
  return await process.finished;
}

for (const [what, ending] of Object.entries(endings)) {
  Deno.test(`quiet: --quiet gives the reason and the way to continue: ${what}`, async () => {
    for (const flag of ["--quiet", "-q"]) {
      await using folder = await folderWith(ending.files);
      const { code, stderr } = await ended(folder, ending, [flag]);
      assertEquals(code, ending.code, stderr);
      for (const words of ending.says) assertStringIncludes(stderr, words);
      assert(
        !/Loading playbooks|Spent:|rehearsal: it follows|Found previous|restored|fault of/.test(stderr),
        stderr,
      );
    }
  });

  Deno.test(`quiet: --json ends with the event of the end: ${what}`, async () => {
    await using folder = await folderWith(ending.files);
    const { code, stdout, stderr } = await ended(folder, ending, ["--json", "--quiet"]);
    assertEquals(code, ending.code, stderr);
    const end = jsonLines(stdout).at(-1)!;
    assert(end.type === "end");
    const { exit, message } = end;
    assertEquals(exit, ending.code);
    if (![130, 143].includes(code)) assert(typeof message === "string" && message !== "", stdout);
    for (const words of ending.says.slice(0, 1)) assertStringIncludes(stderr, words);
  });
}

Deno.test("quiet: a successful run prints only its words", async () => {
  await using folder = await folderWith({ "p.pb": steps });
  assertEquals(await folder.run(["p.pb", "-q"]), {
    code: 0,
    signal: null,
    stdout: "Hello!\n",
    stderr: "",
  });
});

Deno.test("quiet: warnings are shown, and so is a requested plan", async () => {
  await using folder = await folderWith({ "p.pb": asks });
  assertEquals((await folder.run(["p.pb", "-q"])).code, 75);
  const plan = await folder.run(["resume", "--plan", "-q"]);
  assertEquals(plan.code, 0);
  assertStringIncludes(plan.stderr, "waits for words of user");
  await folder.write("p.pb", asks.replace('user");', 'user");\n  await Say("user", "bye");'));
  const resumed = await folder.run(["resume", "--message", "Ann", "-q"]);
  assertEquals(resumed.code, 0, resumed.stderr);
});
