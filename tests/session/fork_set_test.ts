import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { decodeEntry, type Entry, restoreState, storedState } from "../../src/engine/mod.ts";
import { exitCodes, PlaybooksError } from "../../src/errors.ts";
import { SessionHandle, type ValueEdit } from "../../src/session/mod.ts";
import { FileStore } from "../../src/store/mod.ts";
import { realFileSystem } from "../../src/store/file/real_file_system.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";

/** Two agents, nested calls, lists, an own parameter and a trigger. */
const shop = `# Shop
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  state.price = 10;
  state.items = ["a"];
  await Say("user", "price " + state.price);
  const total = await Total(2);
  state.items.push("b");
  await Say("user", "total " + total + " of " + state.items.join());
  await Say("Clerk", "sold for " + total);
  state.price = state.price + 1;
  await Say("user", "then " + state.price);
}
export async function Total(count: number) {
  await Say("user", "count " + count);
  const tax = await Tax(state.price * count);
  return state.price * count + tax;
}
export async function Tax(sum: number) {
  return sum / 10;
}
\`\`\`

# Clerk
\`\`\`ts
/** @trigger At the beginning */
export async function Note() {
  state.noted = 0;
  const [message] = await WaitForMessage("Shop");
  state.noted = state.noted + 1;
  await Say("user", "noted " + state.noted + ": " + message.text);
}
\`\`\`
`;

/** A meeting of three agents with shared state. */
const council = `# Host
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  state.topic = "fair";
  const ideas = await Council({ topic: state.topic, attendees: ["Scribe", "Cook"] });
  await Say("user", "ideas on " + state.topic + ": " + ideas);
}
/** @meeting */
export async function Council(topic: string) {
  meeting.sharedState.ideas = [];
  await Say("meeting", "ideas for " + topic + "?");
  while (meeting.sharedState.ideas.length < 2) await WaitForMessage("meeting");
  return [...meeting.sharedState.ideas].sort().join();
}
\`\`\`
${
  ["Scribe", "Cook"].map((name) => `
# ${name}
\`\`\`ts
/** @meeting */
export async function Council() {
  state.idea = "${name}'s";
  while (!meeting.hasEnded) {
    for (const { text } of await WaitForMessage("meeting")) {
      if (!text.startsWith("ideas")) continue;
      meeting.sharedState.ideas.push(state.idea);
      await Say("meeting", "an idea");
    }
  }
}
\`\`\`
`).join("")
}`;

/** Code that calls a playbook of a model, which calls code. */
const mixed = `# Shop
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  state.price = 10;
  await Offer();
  await Say("user", "offered at " + state.price);
}
export async function Ask() {
  await Say("user", "price " + state.price);
}
\`\`\`

## Offer
### Steps
- Tell the user about the offer
- Ask()
- Tell the user goodbye
`;

/** A model's turn is the rehearsal's. */
const spoken = `# Greeter
Greets.

## Main
### Triggers
- At the beginning
### Steps
- Tell the user hello
- End program
`;

const programs: Readonly<Record<string, { readonly text: string; readonly edits: readonly ValueEdit[] }>> = {
  shop: {
    text: shop,
    edits: [
      { kind: "state", name: "price", value: 100 },
      { kind: "state", agent: "shop", name: "items", value: ["x", "y"] },
      { kind: "state", agent: "1001", name: "noted", value: 40 },
    ],
  },
  mixed: { text: mixed, edits: [{ kind: "state", name: "price", value: 25 }] },
  council: {
    text: council,
    edits: [
      { kind: "state", name: "topic", value: "ball" },
      { kind: "state", agent: "Scribe", name: "idea", value: "another" },
    ],
  },
};

async function cli(folder: string, args: readonly string[]) {
  const fetched = (() => Promise.resolve(new Response("ok"))) as typeof fetch;
  const world = { ...worldIn(folder, { USER: "ann" }), now: Date.now, fetch: fetched };
  const exit = await runCommandLine(args, world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

async function inRun(
  text: string,
  use: (folder: string, session: SessionHandle, store: FileStore) => Promise<void>,
): Promise<void> {
  const settings = "[limits]\nmessage_batch_timeout = 0.01\nmessage_batch_max_wait = 0.02\n";
  await inFolder({ "a.pb": text, "playbooks.toml": settings }, async (folder) => {
    const run = await cli(folder, ["run", "a.pb", "--name", "monday"]);
    assertEquals(run.exit, 0, run.stderr);
    const store = new FileStore(`${folder}/.checkpoints`, { fs: realFileSystem(), nowMs: Date.now });
    const found = store.list().find(({ name }) => name === "monday")!;
    await use(folder, new SessionHandle(store, found.id), store);
  });
}

/** The lines of words, sorted: agents that run at once may speak in any order. */
function wordsIn(stdout: string): readonly string[] {
  return stdout.split("\n").sort();
}

const me = { pid: Deno.pid, host: "test", sync: "always" as const };

function entriesOf(store: FileStore, id: string): readonly Entry[] {
  return Array.from(store.read(id), ({ entry }) => decodeEntry(entry));
}

for (const [program, { text, edits }] of Object.entries(programs)) {
  Deno.test(`fork: a variable set at each position of ${program} runs to the end, and verify is sound`, async () => {
    await inRun(text, async (folder, session, store) => {
      const { length } = entriesOf(store, session.id);
      let forks = 0;
      for (let position = 3; position < length; position++) {
        const edit = edits[position % edits.length]!;
        let id: string;
        try {
          id = await session.fork(me, { position, set: [edit], by: "ann@here" });
        } catch (error) {
          // The variable is not there yet.
          assertEquals((error as PlaybooksError).exitCode, exitCodes.usage);
          continue;
        }
        forks++;
        const entry = entriesOf(store, id).at(-1)!;
        assertEquals([entry.type, "by" in entry && entry.by, "value" in entry && entry.value], [
          "edit",
          "ann@here",
          edit.value,
        ]);
        const run = await cli(folder, ["resume", id]);
        assertEquals(run.exit, 0, `${position} ${JSON.stringify(edit)}: ${run.stderr}`);
        const verify = await cli(folder, ["sessions", "verify", id]);
        assertEquals(verify.exit, 0, verify.stdout + verify.stderr);
        if (position % 2 === 0) continue;
        // Back to the edit, and to the end once more.
        assertEquals((await cli(folder, ["sessions", "rewind", `${id}@${position + 1}`])).exit, 0);
        const again = await cli(folder, ["resume", id]);
        assertEquals([again.exit, wordsIn(again.stdout)], [0, wordsIn(run.stdout)], again.stderr);
        assertEquals((await cli(folder, ["sessions", "verify", id])).exit, 0);
      }
      assertEquals(forks > 5, true, String(forks));
    });
  });
}

Deno.test("fork: code in the middle of a turn sees the new value when it continues", async () => {
  await inRun(shop, async (folder, session, store) => {
    const entries = entriesOf(store, session.id);
    const said = entries.findIndex((entry) => entry.type === "effect" && entry.did?.kind === "said") + 1;
    const id = await session.fork(me, {
      position: said,
      set: [{ kind: "state", name: "price", value: 100 }],
    });
    const { stdout } = await cli(folder, ["resume", id]);
    assertEquals(stdout.match(/total \d+|then \d+/g), ["total 220", "then 101"]);
    const dump = (await cli(folder, ["sessions", "dump", id])).stdout;
    assertStringIncludes(dump, "test sets state.price to 100, was 10");
  });
});

Deno.test("fork: an outside effect after an edit has a new idempotency key in each fork, and without one the same", async () => {
  const order = `# Orders
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  state.count = 1;
  await Say("user", "one");
  await fetch("https://shop.example/orders", { method: "POST", body: String(state.count) });
}
\`\`\`
`;
  await inFolder({ "a.pb": order }, async (folder) => {
    assertEquals((await cli(folder, ["run", "a.pb", "--allow-net=shop.example"])).exit, 0);
    const store = new FileStore(`${folder}/.checkpoints`, { fs: realFileSystem(), nowMs: Date.now });
    const session = new SessionHandle(store, store.list()[0]!.id);
    const keysOf = (id: string) =>
      entriesOf(store, id).flatMap((entry) =>
        entry.type === "start" && entry.wait.kind === "outside" ? [entry.wait.key] : []
      );
    const position = entriesOf(store, session.id).findIndex(({ type }) => type === "effect") + 1;
    const [key] = keysOf(session.id);
    const keys: string[] = [];
    for (const values of [[], [2], [3], [3]]) {
      const set = values.map((value) => ({ kind: "state" as const, name: "count", value }));
      const id = await session.fork(me, { position, set });
      const run = await cli(folder, ["resume", id, "--allow-net=shop.example"]);
      assertEquals(run.exit, 0, run.stderr);
      keys.push(...keysOf(id));
    }
    const [same, ...edited] = keys;
    assertEquals(same, key);
    for (const each of edited) assertStringIncludes(each, `${key}-e${position + 1}-`);
    assertEquals([edited.length, new Set(edited).size], [3, 3]);
  });
});

Deno.test("fork: a result takes the place of its entry, and everything after it is done anew", async () => {
  await inRun(shop, async (folder, session, store) => {
    const entries = entriesOf(store, session.id);
    const returned = entries.findIndex((entry) => entry.type === "return") + 1;
    const id = await session.fork(me, { set: [{ kind: "result", position: returned, value: 7 }] });
    const fork = entriesOf(store, id);
    assertEquals(fork.slice(0, returned - 1), entries.slice(0, returned - 1));
    assertEquals(fork.length, returned + 1);
    const [edit, result] = fork.slice(-2);
    assertEquals([edit!.type, result!.type], ["edit", "return"]);
    assertEquals(edit!.type === "edit" && [edit.of, edit.before, edit.value], [returned, 2, 7]);
    const { exit, stdout } = await cli(folder, ["resume", id]);
    assertEquals([exit, stdout.match(/total \d+/g)], [0, ["total 27"]]);
    assertEquals((await cli(folder, ["sessions", "verify", id])).exit, 0);
  });
});

Deno.test("fork: each entry of a program either takes another result or is refused in one line", async () => {
  await inRun(shop, async (folder, session, store) => {
    const entries = entriesOf(store, session.id);
    const taken = new Set<string>();
    for (const [index, { type }] of entries.entries()) {
      const set = [{ kind: "result" as const, position: index + 1, value: "other" }];
      try {
        const id = await session.fork(me, { set });
        taken.add(type);
        const { exit, stderr } = await cli(folder, ["resume", id]);
        // A message that is no list may fail the program.
        assertEquals(exit === 0 || exit === exitCodes.failed, true, stderr);
        assertEquals((await cli(folder, ["sessions", "verify", id])).exit, 0);
      } catch (error) {
        assertEquals((error as PlaybooksError).exitCode, exitCodes.usage);
        assertEquals((error as Error).message.includes("\n"), false);
      }
    }
    assertEquals(taken.has("return") && taken.has("effect"), true);
  });
});

Deno.test("fork: a result that only a checkpoint has is refused, and no session is made", async () => {
  await inRun(shop, async (folder, session, store) => {
    const entries = entriesOf(store, session.id);
    const position = entries.findIndex((entry) => entry.type === "return") + 1;
    {
      await using run = await store.open(session.id, me);
      await run.rewind(position, { expectedPosition: run.position, token: run.token });
      const state = restoreState(await store.load(session.id));
      const fence = { expectedPosition: position, token: run.token };
      run.checkpoint(storedState(state), { ...fence, keepLastN: 9, maxCheckpointSizeMb: 9 });
    }
    const journal = `${folder}/.checkpoints/${session.id}/journal.jsonl`;
    const bytes = Deno.readFileSync(journal);
    bytes[bytes.indexOf(10) + 40]! ^= 1;
    Deno.writeFileSync(journal, bytes);
    const set = [{ kind: "result" as const, position, value: 7 }];
    const error = await assertRejects(() => session.fork(me, { set }), PlaybooksError, "cannot be read");
    assertEquals(error.exitCode, exitCodes.storage);
    assertEquals(store.list().length, 1);
    const fork = await session.fork(me, { position });
    assertEquals((await store.load(fork)).position, position);
  });
});

Deno.test("fork: wrong names and places are refused, name the nearest, and make no session", async () => {
  await inRun(shop, async (folder, session, store) => {
    const wrong: readonly (readonly [ValueEdit, string])[] = [
      [{ kind: "state", name: "pricee", value: 1 }, "did you mean price"],
      [{ kind: "state", agent: "Shopp", name: "price", value: 1 }, "did you mean Shop"],
      [{ kind: "state", agent: "Clerk", name: "price", value: 1 }, "there are noted"],
      [{ kind: "local", name: "total", value: 1 }, "No call on the stack has a variable local.total"],
      [{ kind: "result", position: 2, value: 1 }, "its first 2 entries only begin it"],
      [{ kind: "result", position: 3, value: 1 }, "an entry of type agent has no result"],
    ];
    for (const [edit, words] of wrong) {
      const error = await assertRejects(() => session.fork(me, { set: [edit] }), PlaybooksError);
      assertEquals(error.exitCode, exitCodes.usage);
      assertStringIncludes(error.message, words);
    }
    const { length } = entriesOf(store, session.id);
    const set = [{ kind: "state" as const, name: "price", value: 1 }];
    const ended = await assertRejects(() => session.fork(me, { position: length, set }), PlaybooksError);
    assertStringIncludes(ended.message, `the nearest earlier place is @${length - 1}`);
    for (const text of ["state.price", "=3", "state.items[0]=1", "x=1", "Shop.local.x=1", "result@x=1"]) {
      const { exit, stderr } = await cli(folder, ["sessions", "fork", "monday", "--set", text]);
      assertEquals(exit, exitCodes.usage, text);
      assertEquals(stderr.trimEnd().includes("\n"), false, stderr);
    }
    assertEquals(store.list().length, 1);
    const { exit, stdout } = await cli(folder, [
      ...[
        "sessions",
        "fork",
        "monday@8",
        "--set",
        'Shop.state.items=["q"]',
        "--set",
        "state.price=3",
        "--run",
      ],
    ]);
    assertEquals(exit, 0);
    assertStringIncludes(stdout, "then 4");
  });
});

Deno.test("fork: another answer of a model runs in place of its own", async () => {
  await inRun(spoken, async (folder, session, store) => {
    const entries = entriesOf(store, session.id);
    const turn = entries.findIndex((entry) => entry.type === "turn");
    const answer = 'await Say("user", "edited answer");\nawait EndProgram();';
    const id = await session.fork(me, { set: [{ kind: "result", position: turn + 1, value: answer }] });
    const { exit, stdout, stderr } = await cli(folder, ["resume", id]);
    assertEquals(exit, 0, stderr);
    assertStringIncludes(stdout, "edited answer");
    const asked = entries.findIndex((entry) => entry.type === "request") + 1;
    const dump = (await cli(folder, ["sessions", "dump", id])).stdout;
    assertStringIncludes(dump, `sets result@${turn + 1} to `);
    assertEquals(asked, turn);
  });
});

Deno.test("fork: a local variable is set between turns, and the next request shows it", async () => {
  await inRun(spoken, async (folder, session, store) => {
    const turn = entriesOf(store, session.id).findIndex((entry) => entry.type === "turn") + 1;
    const answer = 'let tally = 41;\nstate.seen = 1;\nawait Say("user", "hello");';
    const first = await session.fork(me, { set: [{ kind: "result", position: turn, value: answer }] });
    assertEquals((await cli(folder, ["resume", first])).exit, 0);
    const played = entriesOf(store, first);
    const ended = played.findIndex((entry) => entry.type === "end-turn") + 1;
    const handle = new SessionHandle(store, first);
    const set = [{ kind: "local" as const, name: "tally", value: 99 }];
    const id = await handle.fork(me, { position: ended, set });
    assertEquals((await cli(folder, ["resume", id])).exit, 0);
    const request = entriesOf(store, id).slice(ended).find((entry) => entry.type === "request");
    assertStringIncludes(request?.type === "request" ? request.text : "", "99");
    assertEquals((await cli(folder, ["sessions", "verify", id])).exit, 0);
    for (const position of [ended + 1, ended + 2]) {
      const error = await assertRejects(() => handle.fork(me, { position, set }), PlaybooksError);
      assertStringIncludes(error.message, `the nearest earlier place is @${ended}`);
    }
    const seen = [{ kind: "state" as const, name: "seen", value: 2 }];
    const asked = await assertRejects(
      () => handle.fork(me, { position: ended + 1, set: seen }),
      PlaybooksError,
    );
    assertStringIncludes(asked.message, `the nearest earlier place is @${ended}`);
    for (const position of [ended, ended + 2]) {
      const other = await handle.fork(me, { position, set: seen });
      assertEquals((await cli(folder, ["resume", other])).exit, 0);
      assertEquals((await cli(folder, ["sessions", "verify", other])).exit, 0);
    }
  });
});
