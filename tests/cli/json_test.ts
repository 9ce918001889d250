import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../../src/errors.ts";
import { FileStore, realFileSystem } from "../../src/store/mod.ts";
import { exampleText } from "../support/examples.ts";
import { jsonDocuments, jsonSessionLines } from "../support/json_documents.ts";
import { jsonLines } from "../support/json_lines.ts";
import { inFolder, noInput, runCommandLine, worldIn } from "../support/world.ts";

const answers: Readonly<Record<string, string>> = {
  "hello.pb": "",
  "country_facts.pb": "India, Peru\n",
  "negotiation.pb": "",
  "tax.pb": "50000\n",
  "story.pb": "Mila\n",
  "order_support.pb": "12\n100200\n",
};

const asks = program(`await Say("user", "first"); await Say("user", await Yield("user"));`);
const fails = program(`await Say("user", "first"); throw new Error("no luck");`);

function program(code: string): string {
  return `# S\n\`\`\`ts\n/** @trigger At the beginning */\nexport async function Main() { ${code} }\n\`\`\`\n`;
}

/** The output and the exit code of a command line, with lines for standard input. */
async function cli(folder: string, args: readonly string[], input = "") {
  const bytes = [...new TextEncoder().encode(input)];
  const world = {
    ...worldIn(folder),
    // A sleep needs a clock that goes on.
    now: Date.now,
    stdin: {
      ...noInput,
      read: (buffer: Uint8Array) => {
        const part = bytes.splice(0, buffer.length);
        buffer.set(part);
        return Promise.resolve(part.length === 0 ? null : part.length);
      },
    },
  };
  const exit = await runCommandLine(args, world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

/** The end of a run; its lines follow the schema. */
function endOf(stdout: string) {
  const end = jsonLines(stdout).at(-1)!;
  assert(end.type === "end");
  return end;
}

for (const [name, input] of Object.entries(answers)) {
  Deno.test(`json: each line of ${name} follows the schema, and its positions never go back`, async () => {
    await inFolder({ [name]: exampleText(name) }, async (folder) => {
      const { exit, stdout, stderr } = await cli(folder, ["run", name, "--json"], input);
      assertEquals(exit, exitCodes.ok, stderr);
      const positions = jsonLines(stdout).map(({ position }) => position);
      assertEquals(positions, positions.toSorted((a, b) => a - b));
      assert(positions.at(-1)! > 5);
    });
  });
}

Deno.test("json: lines of meetings, messages, sleeps, logs and failed parts follow the schema", async () => {
  const host = program(`
    console.log("begins");
    await Sleep(0.01);
    await Helper.work("tea");
    await Say("user", await Room({ topic: "tea", attendees: ["Guest", "user"] }));
    await Say("user", String(await Yield("user")));`);
  const room = `
\`\`\`ts
/** @meeting */
export async function Room(topic: string) {
  await Say("meeting", "who is here?");
  for (;;) for (const { text } of await WaitForMessage("meeting")) if (text === "me") return "all are here";
}
\`\`\`
# Guest
\`\`\`ts
/** @meeting */
export async function Room() {
  await WaitForMessage("meeting");
  await Say("meeting", "me");
  throw new Error("must go");
}
\`\`\`
# Helper
\`\`\`ts
/** @public */
export async function work(what: string) { await Say("S", what + " is hot"); return what; }
\`\`\`
`;
  await inFolder({ "a.pb": host + room }, async (folder) => {
    const { exit, stdout, stderr } = await cli(folder, ["run", "a.pb", "--json"], "fine\n");
    const types = new Set(jsonLines(stdout).map(({ type }) => type));
    assertEquals(exit, exitCodes.ok, `${stderr}${stdout}`);
    for (
      const type of ["meeting", "message", "sleep", "wait", "log", "agent", "ask", "heard", "return"] as const
    ) {
      assert(types.has(type), `${type}: ${stdout}`);
    }
  });
});

Deno.test("json: the end names the command that goes on, and that command goes on", async () => {
  await inFolder({ "asks.pb": asks }, async (folder) => {
    const first = await cli(folder, ["run", "asks.pb", "--json", "--name", "monday"]);
    assertEquals(first.exit, exitCodes.waiting);
    const { session, status, next } = endOf(first.stdout);
    assertEquals([status, next], ["waiting", `playbooks resume ${session} --message TEXT`]);
    const [head] = jsonLines(first.stdout);
    assert(head!.type === "session");
    assertEquals([head!.name, head!.resumed, head!.position], ["monday", false, 0]);
    const second = await cli(folder, ["resume", session!, "--message", "hi", "--json"]);
    assertEquals(second.exit, exitCodes.ok, second.stderr);
    const lines = jsonLines(second.stdout);
    assert(lines[0]!.type === "session" && lines[0]!.resumed && lines[0]!.position > 0);
    assertEquals(lines.flatMap((line) => line.type === "say" ? [line.text] : []), ["hi"]);
    assertEquals(endOf(second.stdout).next, undefined);
    const third = await cli(folder, ["resume", session!, "--json"]);
    assertEquals(jsonLines(third.stdout).map(({ type }) => type), ["session", "end"]);
  });
});

Deno.test("json: a session that has ended begins its lines with its name and its last position", async () => {
  await inFolder({ "asks.pb": asks, "fails.pb": fails }, async (folder) => {
    for (const [file, exit] of [["asks.pb", exitCodes.ok], ["fails.pb", exitCodes.failed]] as const) {
      const first = await cli(folder, ["run", file, "--json", "--name", file.slice(0, 4)], "yes\n");
      assertEquals(first.exit, exit, first.stderr);
      const again = await cli(folder, ["resume", file.slice(0, 4), "--json"]);
      assertEquals(again.exit, exit, again.stderr);
      const lines = jsonLines(again.stdout);
      const [begin, end] = [lines[0]!, endOf(again.stdout)];
      assertEquals(lines.length, 2);
      assert(begin.type === "session");
      assertEquals([begin.name, begin.resumed, begin.session], [file.slice(0, 4), true, end.session]);
      assertEquals([begin.position, end.position], [
        endOf(first.stdout).position,
        endOf(first.stdout).position,
      ]);
    }
  });
});

Deno.test("json: a failed run, one without durability and wrong usage end with an end", async () => {
  const files = { "fails.pb": fails, "bad.pb": "# A\n## Main\n- Think\n## Main\n- Think\n" };
  await inFolder({ ...files, "off.toml": "[durability]\nenabled = false\n" }, async (folder) => {
    const failed = await cli(folder, ["run", "fails.pb", "--json"]);
    const { session, next, message } = endOf(failed.stdout);
    assertEquals([failed.exit, next], [exitCodes.failed, `playbooks sessions show ${session}`]);
    assertStringIncludes(message!, "no luck");
    const off = await cli(folder, ["run", "fails.pb", "--json", "--config", "off.toml"]);
    assertEquals([endOf(off.stdout).session, endOf(off.stdout).next], [null, undefined]);
    for (
      const [exit, ...args] of [
        [exitCodes.usage, "run", "--json", "--no-such-flag", "fails.pb"],
        [exitCodes.usage, "run", "--json"],
        [exitCodes.usage, "run", "gone.pb", "--json"],
        [exitCodes.usage, "run", "bad.pb", "--json"],
        [exitCodes.usage, "run", "fails.pb", "--json", "--city", "Lyon"],
        [exitCodes.usage, "fails.pb", "--json", "--on-uncertain", "maybe"],
        [exitCodes.noSuchSession, "resume", "nothing-like-it", "--json"],
      ] as const
    ) {
      const run = await cli(folder, args);
      assertEquals([run.exit, endOf(run.stdout).exit], [exit, exit], `${args.join(" ")}: ${run.stderr}`);
      assertEquals(jsonLines(run.stdout).length, 1);
    }
  });
});

Deno.test("json: a run that is refused after its session was found names that session", async (t) => {
  const hi = ["--message", "hi"];
  await inFolder({ "asks.pb": asks, "fails.pb": fails }, async (folder) => {
    const waiting = await cli(folder, ["run", "asks.pb", "--json", "--name", "waits"]);
    const ended = await cli(folder, ["run", "fails.pb", "--json", "--name", "ended"]);
    const ids = { waits: endOf(waiting.stdout).session!, ended: endOf(ended.stdout).session! };
    for (
      const [exit, name, ...args] of [
        [exitCodes.usage, "ended", "resume", "ended", ...hi],
        [exitCodes.usage, "ended", "run", "fails.pb", "--resume", ...hi],
        [exitCodes.usage, "ended", "resume", "ended", "--detach"],
        [exitCodes.usage, "ended", "run", "fails.pb", "--resume", "--detach"],
        [exitCodes.usage, "waits", "resume", "waits@3"],
        [exitCodes.usage, "waits", "resume", "waits@1", "--fork"],
        [exitCodes.usage, "waits", "run", "asks.pb", "--resume", "--name", "ended"],
        [exitCodes.usage, "waits", "run", "asks.pb", "--resume", "--detach", "--model", "rehearsal"],
      ] as const
    ) {
      await t.step(args.join(" "), async () => {
        const run = await cli(folder, [...args, "--json"]);
        const [begin, end] = jsonLines(run.stdout);
        assert(begin?.type === "session" && end?.type === "end", run.stdout + run.stderr);
        assertEquals([run.exit, end.exit, end.status], [exit, exit, "failed"]);
        assertEquals([begin.session, begin.name, begin.resumed, end.session], [
          ids[name],
          name,
          true,
          ids[name],
        ]);
        assertEquals([begin.position, end.position], [begin.position, begin.position]);
        assert(begin.position > 0 && end.message !== undefined);
      });
    }
  });
});

Deno.test("json: a session that runs elsewhere is named, and so is one that cannot be read", async () => {
  await inFolder({ "asks.pb": asks }, async (folder) => {
    const { session: id } = endOf((await cli(folder, ["run", "asks.pb", "--json"])).stdout);
    const store = new FileStore(`${folder}/.checkpoints`, { fs: realFileSystem(), nowMs: Date.now });
    const lease = await store.open(id!, { pid: 1, host: "elsewhere", sync: "off" });
    const busy = await cli(folder, ["run", "asks.pb", "--resume", "--json"]);
    await lease[Symbol.asyncDispose]();
    assertEquals([busy.exit, endOf(busy.stdout).session], [exitCodes.sessionBusy, id], busy.stderr);
    const journal = `${folder}/.checkpoints/${id}/journal.jsonl`;
    Deno.writeTextFileSync(journal, Deno.readTextFileSync(journal).replace("first", "fjrst"));
    for (const name of Deno.readDirSync(`${folder}/.checkpoints/${id}`)) {
      if (name.name.includes("_ckpt_")) Deno.removeSync(`${folder}/.checkpoints/${id}/${name.name}`);
    }
    const damaged = await cli(folder, ["run", "asks.pb", "--resume", "--json"]);
    assertEquals([damaged.exit, endOf(damaged.stdout).session], [exitCodes.storage, id], damaged.stderr);
  });
});

Deno.test("json: a session that was killed is refused with the number of its entries", async () => {
  await inFolder({ "asks.pb": asks }, async (folder) => {
    const { session: id, position } = endOf((await cli(folder, ["run", "asks.pb", "--json"])).stdout);
    const store = new FileStore(`${folder}/.checkpoints`, { fs: realFileSystem(), nowMs: Date.now });
    await store.update(id!, { status: "stopped", position: 0, turns: 0, checkpoint: 0 });
    const refused = await cli(folder, ["resume", `${id}@3`, "--json"]);
    const [begin, end] = jsonLines(refused.stdout);
    assertEquals([begin!.position, end!.position], [position, position], refused.stderr);
  });
});

Deno.test("json: --plan gives the session and its status, and changes nothing", async () => {
  await inFolder({ "asks.pb": asks, "fails.pb": fails }, async (folder) => {
    for (const [file, status] of [["asks.pb", "waiting"], ["fails.pb", "failed"]] as const) {
      const run = endOf((await cli(folder, ["run", file, "--json"])).stdout);
      for (const args of [["run", file, "--resume"], ["resume", run.session!]]) {
        const plan = await cli(folder, [...args, "--plan", "--json"]);
        const [begin, end] = jsonLines(plan.stdout);
        assert(begin?.type === "session" && end?.type === "end", plan.stdout);
        assertEquals([plan.exit, end.exit, end.status, end.session], [0, 0, status, run.session]);
        assertEquals([begin.position, end.position], [run.position, run.position]);
        assertEquals(end.next, run.next);
      }
    }
    const nothing = endOf((await cli(folder, ["run", "asks.pb", "--plan", "--json"])).stdout);
    assertEquals([nothing.session, nothing.status], [null, "completed"]);
  });
});

Deno.test("json: documents of listings follow their descriptions", async () => {
  const bad = `${asks}\n## Other\n- Call Nothing()\n`;
  await inFolder({ "asks.pb": asks, "bad.pb": bad }, async (folder) => {
    await cli(folder, ["run", "asks.pb", "--name", "monday"]);
    for (
      const [kind, ...args] of [
        ["sessions list", "sessions", "list"],
        ["sessions show", "sessions", "show", "monday"],
        ["sessions search", "sessions", "search", "first"],
        ["sessions search", "sessions", "search", "monday"],
        ["sessions fork", "sessions", "fork", "monday", "--name", "fork"],
        ["sessions diff", "sessions", "diff", "monday@3", "fork"],
        ["sessions verify", "sessions", "verify"],
        ["sessions verify", "sessions", "verify", "monday"],
        ["check", "check", "asks.pb"],
        ["check", "check", "bad.pb"],
        ["models", "models"],
        ["config show", "config", "show"],
        ["trust --list", "trust", "--list"],
      ] as const
    ) {
      const { stdout, stderr } = await cli(folder, [...args, "--json"]);
      const { success, error } = jsonDocuments[kind].safeParse(JSON.parse(stdout));
      assert(success, `${args.join(" ")}: ${error?.message} ${stderr}`);
    }
  });
});

Deno.test("json: lines of log and dump follow their descriptions", async () => {
  await inFolder({ "asks.pb": asks }, async (folder) => {
    await cli(folder, ["run", "asks.pb", "--name", "monday"]);
    for (const [kind, ...args] of [["sessions log", "log"], ["sessions dump", "dump"]] as const) {
      const { stdout } = await cli(folder, ["sessions", ...args, "monday", "--json"]);
      const lines = stdout.trimEnd().split("\n");
      assert(lines.length > 5, stdout);
      for (const line of lines) {
        const { success, error } = jsonSessionLines[kind].safeParse(JSON.parse(line));
        assert(success, `${line}: ${error?.message}`);
      }
    }
  });
});
