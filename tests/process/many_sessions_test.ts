import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { copySession } from "../support/many_sessions.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { tempFolder } from "../support/temp_files.ts";
import { hasStrace, type StorageCost, storageCost } from "../support/strace.ts";

/**
 * A bound of a clock would depend on the machine. Ten thousand sessions give the same counts, and take a minute. With
 * fewer than these, the registry is so small that it is checked as a whole.
 */
const many = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1" ? 10_000 : 1_500;

const program = `# Solo

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for a name
- End program
`;

/** A folder with a session that waits, and copies of it. */
async function storageWith(copies: number): Promise<TestFolder> {
  const folder = await folderWith({ "program.pb": program });
  assertEquals((await folder.run(["run", "program.pb"])).code, 75);
  copySession(`${folder.path}/.checkpoints`, folder.onlySession(), copies);
  // Finds that the indexes lack the copies, and completes them.
  assertEquals((await folder.run(["sessions", "list"])).code, 0);
  return folder;
}

/** Starts a program with the storage mounted read-only, which holds for root, too. */
function readOnly(storage: string): string[] {
  const script = '/bin/mount --bind "$0" "$0" && /bin/mount -o remount,ro,bind "$0" && exec "$@"';
  return ["/usr/bin/unshare", "--map-root-user", "--mount", "/bin/sh", "-c", script, storage];
}

async function canMount(): Promise<boolean> {
  using temp = tempFolder();
  try {
    const [command, ...args] = readOnly(temp.path);
    return (await new Deno.Command(command!, { args: [...args, "/bin/true"] }).output()).success;
  } catch {
    return false;
  }
}

function inWords({ calls, bytes, terminalQuestions }: StorageCost): string {
  return `${calls} calls, ${bytes} bytes, ${terminalQuestions} questions`;
}

Deno.test({
  name: `many sessions: a command takes as many system calls with ${many} sessions as with one`,
  ignore: !hasStrace,
  fn: async (t) => {
    await using one = await storageWith(0);
    await using large = await storageWith(many);
    const last = one.onlySession();
    // The copies end alike, so a short id means only the session that was copied.
    const newest = large.sessions().find((id) => !id.includes("-7000-8000-"))!;
    const commands: Readonly<Record<string, (id: string) => readonly string[]>> = {
      "resume --plan": () => ["resume", "--plan"],
      "resume SHORT_ID --plan": (id) => ["resume", id.slice(-8), "--plan"],
      "run --resume": () => ["run", "program.pb", "--resume"],
      "resume": () => ["resume"],
    };
    for (const [name, argsFor] of Object.entries(commands)) {
      await t.step(name, async () => {
        const small = await storageCost(one, argsFor(last));
        const cost = await storageCost(large, argsFor(newest));
        const figures = `${inWords(cost)}; with one session ${inWords(small)}`;
        // A search in a sorted file or tree takes some steps more, and the end of the list index is read three times. For a
        // short id, the list index is read as a whole, which is one call.
        const mayRead = name.includes("SHORT_ID") ? many * 1000 : 3 * 64 * 1024 + 120_000;
        // One call for each session would be four times the bound. The registry's library makes some calls more or less.
        assert(small.calls > 20 && cost.calls <= small.calls + many / 4, figures);
        assert(cost.bytes <= small.bytes + mayRead, figures);
      });
    }
    await t.step("sessions list, in a pipe", async () => {
      const small = await storageCost(one, ["sessions", "list"]);
      const cost = await storageCost(large, ["sessions", "list"]);
      const figures = `${inWords(cost)}; with one session ${inWords(small)}`;
      assert(cost.calls <= small.calls + 50 && cost.terminalQuestions <= small.terminalQuestions, figures);
    });
    await t.step("sessions search without a match", async () => {
      const small = await storageCost(one, ["sessions", "search", "zzz"]);
      const cost = await storageCost(large, ["sessions", "search", "zzz"]);
      // Folder and file are looked at, and the file is opened, looked at again and read. Deno resolves the three names
      // below the test's folder when a file is opened, and when an open file is looked at.
      const each = 2 + (3 + 1) + (3 + 1) + 1;
      const figures = `${inWords(cost)}; with one session ${inWords(small)}; ${each} for each`;
      assert(cost.calls <= small.calls + each * many + 50 && cost.terminalQuestions < 20, figures);
    });
  },
});

Deno.test({
  name:
    "many sessions: on a read-only storage whose indexes lack sessions, a list shows all and changes nothing",
  ignore: !await canMount(),
  fn: async () => {
    await using folder = await folderWith({ "program.pb": program });
    assertEquals((await folder.run(["run", "program.pb"])).code, 75);
    const storage = `${folder.path}/.checkpoints`;
    copySession(storage, folder.onlySession(), 20);
    const before = await folder.listing();
    const listed = await folder.run(["sessions", "list", "--json"], { by: readOnly(storage) });
    assertEquals([listed.code, listed.stderr], [0, ""]);
    assertEquals(JSON.parse(listed.stdout).length, 21);
    assertEquals(await folder.listing(), before);
    assertEquals((await folder.run(["sessions", "list"])).code, 0);
    assertNotEquals(await folder.listing(), before, "a writable storage is completed");
  },
});
