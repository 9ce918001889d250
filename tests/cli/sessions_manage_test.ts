import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../../src/errors.ts";
import type { Input } from "../../src/frontends/streams.ts";
import { FileStore } from "../../src/store/mod.ts";
import { storeSessions, worldTimeMs } from "../support/stored_sessions.ts";
import { inFolder, Recorder, runCommandLine, worldIn } from "../support/world.ts";

async function cli(folder: string, args: string | readonly string[], input?: Input) {
  const stderr = new Recorder({ terminal: input !== undefined });
  const world = { ...worldIn(folder), stderr, ...(input && { stdin: input }) };
  const exit = await runCommandLine(
    ["sessions", ...typeof args === "string" ? args.split(" ") : args],
    world,
  );
  return { exit, stdout: world.stdout.text, stderr: stderr.text };
}

/** A terminal on which a person types these lines. */
function typed(text: string): Input {
  let bytes = new TextEncoder().encode(text);
  return {
    read(buffer) {
      const taken = bytes.subarray(0, buffer.length);
      buffer.set(taken);
      bytes = bytes.subarray(taken.length);
      return Promise.resolve(taken.length === 0 ? null : taken.length);
    },
    isTerminal: () => true,
    setRaw: () => {},
  };
}

function storeOf(folder: string): FileStore {
  return new FileStore(`${folder}/.checkpoints`, { nowMs: () => worldTimeMs });
}

function namesIn(folder: string): readonly (string | undefined)[] {
  return storeOf(folder).list().map(({ name }) => name);
}

function indexOf(folder: string): unknown {
  return JSON.parse(Deno.readTextFileSync(`${folder}/.checkpoints/.sessions.json`));
}

/** Sessions a (newest) to e; c is stopped. */
async function storeFive(folder: string): Promise<readonly string[]> {
  return await storeSessions(folder, [
    { daysAgo: 90, name: "e", status: "failed" },
    { daysAgo: 60, name: "d", status: "completed" },
    { daysAgo: 45, name: "c", status: "stopped" },
    { daysAgo: 10, name: "b", status: "completed" },
    { daysAgo: 1, name: "a", status: "completed" },
  ]);
}

Deno.test("sessions rename: a name is given, changed, refused if it is taken, and cleared", async () => {
  await inFolder({}, async (folder) => {
    const [id] = await storeSessions(folder, [{ daysAgo: 1 }, { daysAgo: 0, name: "taken" }]);
    const short = id!.slice(-8);
    assertStringIncludes((await cli(folder, `rename ${short} monday`)).stdout, `${short} is now monday`);
    assertEquals(storeOf(folder).get(id!)?.name, "monday");
    assertStringIncludes((await cli(folder, "rename monday monday")).stdout, "already");
    assertStringIncludes((await cli(folder, "rename monday tuesday")).stdout, "not monday any more");
    for (
      const [args, words] of [
        [["rename", "tuesday", "taken"], "has that name"],
        [["rename", "tuesday", "a/b"], "looks like a path"],
        [["rename", "tuesday", ""], "empty"],
        [["rename", "tuesday"], "--clear"],
        [["rename", "tuesday", "x", "--clear"], "not both"],
        [["rename", "", "x"], "empty"],
      ] as const
    ) {
      const { exit, stderr } = await cli(folder, args);
      assertEquals(exit, exitCodes.usage, args.join(" "));
      assertStringIncludes(stderr, words);
    }
    assertEquals((await cli(folder, "rename nothere x")).exit, exitCodes.noSuchSession);
    assertEquals((await cli(folder, "rename tuesday --clear")).exit, 0);
    assertEquals(storeOf(folder).get(id!)?.name, undefined);
  });
});

Deno.test("sessions rename: the time of the last entry stays", async () => {
  await inFolder({}, async (folder) => {
    const [id] = await storeSessions(folder, [{ daysAgo: 3, name: "old" }]);
    const { updatedAt } = storeOf(folder).get(id!)!;
    await cli(folder, "rename old new");
    assertEquals(storeOf(folder).get(id!)?.updatedAt, updatedAt);
  });
});

Deno.test("sessions rm: a name of the trash is not unknown, and the way back is named", async () => {
  await inFolder({}, async (folder) => {
    const [id] = await storeSessions(folder, [{ daysAgo: 3, name: "old" }]);
    await cli(folder, "rm old --yes");
    const { exit, stderr } = await cli(folder, "show old");
    assertEquals(exit, exitCodes.noSuchSession);
    assertStringIncludes(
      stderr,
      `"old" is in the trash; bring it back with: playbooks sessions rm --restore ${id}`,
    );
  });
});

Deno.test("sessions rm: sessions go to the trash, come back, and are deleted for ever", async () => {
  await inFolder({}, async (folder) => {
    const ids = await storeFive(folder);
    const removed = await cli(folder, "rm a b --yes");
    assertEquals([removed.exit, namesIn(folder)], [0, ["c", "d", "e"]]);
    assertEquals(indexOf(folder), { "9a7c99531ca8abb1": ids[2] });
    assertStringIncludes(removed.stdout, "rm --restore");
    const trash = await cli(folder, "rm --trash");
    assertStringIncludes(trash.stdout, ids[4]!.slice(-8));
    assertStringIncludes(trash.stdout, "0 seconds ago");

    assertEquals((await cli(folder, `rm --restore ${ids[4]!.slice(-8)}`)).exit, 0);
    assertEquals([namesIn(folder), indexOf(folder)], [["a", "c", "d", "e"], { "9a7c99531ca8abb1": ids[4] }]);
    const missing = await cli(folder, "rm --restore a");
    assertEquals(missing.exit, exitCodes.noSuchSession);
    assertStringIncludes(missing.stderr, "not found in the trash");
    assertStringIncludes(
      (await cli(folder, "rm --empty-trash --yes")).stdout,
      "Deleted 1 session in the trash",
    );
    assertEquals([...Deno.readDirSync(`${folder}/.checkpoints/.trash`)], []);
    assertStringIncludes((await cli(folder, "rm --empty-trash")).stdout, "is empty");
    assertStringIncludes((await cli(folder, "rm --trash")).stdout, "is empty");
  });
});

Deno.test("sessions rm: nothing goes without an answer, if one is unknown, or if a process runs one", async () => {
  await inFolder({}, async (folder) => {
    await storeFive(folder);
    const all = namesIn(folder);
    const silent = await cli(folder, "rm a");
    assertEquals(silent.exit, exitCodes.usage);
    assertStringIncludes(silent.stderr, "--yes");
    for (const answer of ["n\n", "\n", "", "yess\n"]) {
      const { exit, stdout } = await cli(folder, "rm a b", typed(answer));
      assertEquals([exit, stdout, namesIn(folder)], [0, "Nothing was changed\n", all]);
    }
    assertEquals((await cli(folder, "rm a nothere --yes")).exit, exitCodes.noSuchSession);
    {
      const store = storeOf(folder);
      const { id } = store.list()[1]!;
      await using _ = await store.open(id, { pid: 4711, host: "far", sync: "off" });
      for (const args of ["rm a b --yes", "rename b x", "rename b --clear"]) {
        const { exit, stderr } = await cli(folder, args);
        assertEquals(exit, exitCodes.sessionBusy);
        assertStringIncludes(stderr, "process 4711 on far");
      }
      assertEquals(namesIn(folder).toSorted(), all);
      const stop = await cli(folder, "stop b");
      assertEquals(stop.exit, exitCodes.sessionBusy);
      assertStringIncludes(stop.stderr, "runs on far");
    }
    assertEquals((await cli(folder, "rm a b", typed("Yes\n"))).exit, 0);
    assertEquals(namesIn(folder), ["c", "d", "e"]);
    for (
      const args of ["rm", "rm --restore", "rm --trash a", "rm --trash --restore a", "rm --empty-trash a"]
    ) {
      assertEquals((await cli(folder, args)).exit, exitCodes.usage, args);
    }
  });
});

Deno.test("sessions prune: rules choose the sessions, and without --yes nothing changes", async () => {
  await inFolder({}, async (folder) => {
    await storeFive(folder);
    const bytes = storeOf(folder).sizeOf(storeOf(folder).list()[0]!.id);
    const cases: readonly (readonly [args: string, gone: string])[] = [
      ["prune", "ed"],
      ["prune --older-than 5d", "edb"],
      ["prune --older-than 5d --unfinished", "edcb"],
      ["prune --older-than 5d --status failed", "e"],
      ["prune --status failed,completed", "edba"],
      ["prune --keep 1", "edb"],
      ["prune --keep 0", "edba"],
      ["prune --keep 3 --unfinished", "ed"],
      ["prune --keep 9", ""],
      ["prune --older-than 50d --keep 4", "e"],
      [`prune --max-size ${4.5 * bytes | 0}B`, "e"],
      [`prune --max-size ${2.5 * bytes | 0}b`, "edb"],
      ["prune --max-size 1GB", ""],
      ["prune --program b.pb --keep 0", ""],
    ];
    for (const [args, gone] of cases) {
      const { exit, stdout } = await cli(folder, `${args} --json`);
      const { sessions } = JSON.parse(stdout);
      assertEquals([exit, sessions.map(({ name }: { name: string }) => name).join("")], [0, gone], args);
      assert(sessions.every(({ removed }: { removed: boolean }) => !removed));
    }
    const dry = await cli(folder, "prune");
    assertStringIncludes(dry.stdout, "2 sessions would go to the trash and free ");
    assertStringIncludes((await cli(folder, "prune", typed("n\n"))).stdout, "nothing was changed");
    assertEquals(namesIn(folder).length, 5);
    assertStringIncludes((await cli(folder, "prune --yes")).stdout, "Moved 2 sessions (");
    assertEquals(namesIn(folder), ["a", "b", "c"]);
    assertStringIncludes((await cli(folder, "prune --yes")).stdout, "Nothing to remove");
    assertStringIncludes((await cli(folder, "prune --keep 1", typed("y\n"))).stdout, "Moved 1 session (");
    assertStringIncludes((await cli(folder, "prune --trash --yes")).stdout, "Deleted 3 sessions");
    for (
      const args of [
        "prune --older-than soon",
        "prune --max-size big",
        // Most people mean MB by a bare number, and all sessions would go.
        "prune --max-size 5",
        "prune --keep -1",
        "prune --keep x",
        "prune --status done",
        "prune --trash --keep 1",
        "prune a",
      ]
    ) {
      const { exit, stderr } = await cli(folder, args);
      assertEquals([exit, stderr.trimEnd().split("\n").length], [exitCodes.usage, 1], args);
    }
  });
});

Deno.test("sessions stop: a session that does not run is no error", async () => {
  await inFolder({}, async (folder) => {
    await storeFive(folder);
    const { exit, stdout } = await cli(folder, "stop c");
    assertEquals(exit, 0);
    assertStringIncludes(stdout, "(c); it is stopped");
    assertEquals((await cli(folder, "stop nothere")).exit, exitCodes.noSuchSession);
    assertEquals((await cli(folder, "stop c --timeout soon")).exit, exitCodes.usage);
  });
});

const asks = `# Asker
## Main
### Triggers
- At the beginning
### Steps
- Ask the user for $name
- Say "Hello"
- End program
`;

Deno.test("sessions relink: a moved or renamed program finds its session again, and another one is refused", async () => {
  await inFolder({ "old/a.pb": asks, "other.pb": asks.replace("name", "age") }, async (folder) => {
    const run = async (...args: readonly string[]) => {
      const world = worldIn(folder);
      const exit = await runCommandLine(["run", ...args, "--model", "rehearsal"], world);
      return { exit, stderr: world.stderr.text };
    };
    assertEquals((await run("old/a.pb", "--name", "first")).exit, exitCodes.waiting);
    Deno.mkdirSync(`${folder}/new`);
    Deno.renameSync(`${folder}/old/a.pb`, `${folder}/new/b.pb`);
    const refused = await cli(folder, "relink first other.pb");
    assertEquals(refused.exit, exitCodes.usage);
    assertStringIncludes(refused.stderr, "another name and another text");
    assertEquals((await cli(folder, "relink first gone.pb")).exit, exitCodes.usage);
    assertEquals((await cli(folder, "relink nothere new/b.pb")).exit, exitCodes.noSuchSession);

    // A newer session of the same files would hide the old one.
    assertEquals((await run("new/b.pb", "--name", "second")).exit, exitCodes.waiting);
    const relinked = await cli(folder, "relink first new/b.pb");
    assertEquals(relinked.exit, 0);
    assertStringIncludes(relinked.stdout, `${folder}/new/b.pb, which has the same text`);
    assertStringIncludes(relinked.stdout, `Before: ${folder}/old/a.pb`);
    assertStringIncludes((await cli(folder, "relink first new/b.pb")).stdout, "already");
    const { id } = storeOf(folder).list().find(({ name }) => name === "first")!;
    assertStringIncludes((await run("new/b.pb", "--resume")).stderr, `Found previous session: ${id}`);

    Deno.renameSync(`${folder}/new/b.pb`, `${folder}/b.pb`);
    Deno.writeTextFileSync(`${folder}/b.pb`, asks.replace("Hello", "Good day"));
    assertStringIncludes((await cli(folder, "relink first b.pb")).stdout, "which has the same names");
    assertStringIncludes((await run("b.pb", "--resume")).stderr, `Found previous session: ${id}`);
  });
});
