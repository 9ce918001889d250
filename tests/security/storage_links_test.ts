import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { folderWith, type TestFolder, twoAtATime } from "../support/playbooks_process.ts";
import { pipeAt } from "../support/temp_files.ts";

const program = `# Host
## Main
### Triggers
- At the beginning
### Steps
- Say "one"
- Ask the user for $name
- Say "Hello"
- End program
`;

const secret = "a secret of the user's\n";
const windows = Deno.build.os === "windows";
/** Only root may give a file to another user. */
const isRoot = !windows && Deno.uid() === 0;
const otherUser = 65534;

/** Objects that another user may have put in place of a file of the storage. */
const replacements = {
  "a link to a file outside": (path, victim) => Deno.symlinkSync(victim, path),
  "a link to a file that is not there": (path, victim) => Deno.symlinkSync(`${victim}.new`, path),
  "a link to an endless device": (path) => Deno.symlinkSync("/dev/zero", path),
  "a link to a pipe": (path, victim) =>
    Deno.symlinkSync(pipeAt(`${victim}.${crypto.randomUUID()}.pipe`), path),
  "a second name of a file outside": (path, victim) => Deno.linkSync(victim, path),
  "a folder": (path) => Deno.mkdirSync(path),
  "a pipe": (path) => void pipeAt(path),
  ...(isRoot && {
    "a file of another user": (path) => {
      Deno.writeTextFileSync(path, secret);
      Deno.chownSync(path, otherUser, otherUser);
    },
  }),
} satisfies Record<string, (path: string, victim: string) => void> as Record<
  string,
  (path: string, victim: string) => void
>;

/** Files in a stranger's storage before a new run, with the expected exit code. */
const beforeRun: readonly (readonly [exit: number, ...files: string[]])[] = [
  // The JSON index and the registry are only indexes, so a fault in them stops no run.
  [75, ".sessions.json", ".sessions.json.tmp", ".registry.sqlite3-wal", ".registry.sqlite3-shm"],
  [75, ".registry.sqlite3", ".registry.sqlite3-journal"],
  [6, ".lock"],
];

/** Files of a session, below its folder; `CKPT` is its checkpoint. */
const beforeResume: readonly (readonly [exit: number, ...files: string[]])[] = [
  [6, "journal.jsonl"],
  [6, "lock"],
  [6, "shown"],
  // The journal is enough.
  [0, "CKPT", "CKPT.tmp", "session.json.tmp"],
  // The file is created again.
  [0, "session.json"],
];

for (const [exit, ...files] of beforeRun) {
  Deno.test({
    name: `storage: a new run neither reads nor writes through ${files.join(", ")}`,
    ignore: windows,
    fn: async () => {
      await twoAtATime(Object.entries(replacements), async ([what, put]) => {
        await using folder = await stage();
        Deno.mkdirSync(`${folder.path}/.checkpoints`, { mode: 0o700 });
        for (const file of files) put(`${folder.path}/.checkpoints/${file}`, `${folder.path}/home/victim`);
        check(folder, await folder.run(["run", "p.pb"]), exit, what);
      });
    },
  });
}

for (const [exit, ...files] of beforeResume) {
  Deno.test({
    name: `storage: a resume neither reads nor writes through ${files.join(", ")}`,
    ignore: windows,
    fn: async () => {
      await twoAtATime(Object.entries(replacements), async ([what, put]) => {
        await using folder = await stage();
        assertEquals((await folder.run(["run", "p.pb"])).code, 75);
        const id = folder.onlySession();
        const names = [...Deno.readDirSync(`${folder.path}/.checkpoints/${id}`)].map(({ name }) => name);
        const checkpoint = names.find((name) => name.includes("_ckpt_"))!;
        for (const file of files) {
          const path = folder.sessionFile(file.replace("CKPT", checkpoint));
          if (!file.endsWith(".tmp")) Deno.removeSync(path);
          put(path, `${folder.path}/home/victim`);
        }
        const run = await folder.run(["resume", id, "--message", "Ada"]);
        check(folder, run, exit, what);
        if (run.code === 0) assertMatch(run.stdout, /Hello/, what);
      });
    },
  });
}

/** Folders that another user controls; the error has a recovery hint. */
const folders = {
  "a link": [(path: string, other: string) => {
    Deno.renameSync(path, other);
    Deno.symlinkSync(other, path);
  }, /it is a link/],
  "writable by the group": [(path: string) => Deno.chmodSync(path, 0o770), /chmod go-w/],
  "writable by all": [(path: string) => Deno.chmodSync(path, 0o707), /chmod go-w/],
  ...(isRoot && {
    "of another user": [
      (path: string) => Deno.chownSync(path, otherUser, otherUser),
      /belongs to another user \(65534\)/,
    ],
  }),
} as Readonly<Record<string, readonly [(path: string, other: string) => void, RegExp]>>;

Deno.test({
  name: "storage: every command refuses a storage folder that another user controls, with a recovery hint",
  ignore: windows,
  fn: async (t) => {
    for (const [what, [harm, words]] of Object.entries(folders)) {
      await t.step(what, async () => {
        await using folder = await stage();
        assertEquals((await folder.run(["run", "p.pb"])).code, 75);
        const id = folder.onlySession();
        const storage = `${folder.path}/.checkpoints`;
        harm(storage, `${folder.path}/elsewhere`);
        const before = await folder.listing();
        const commands = [["run", "p.pb"], ["run", "p.pb", "--resume"], ["resume", id], ["sessions"], [
          "sessions",
          "show",
          id,
        ]];
        for (const command of commands) {
          const run = await folder.run(command);
          assertEquals(run.code, 6, `${command}: ${run.stderr}`);
          assertMatch(run.stderr, words, `${command}`);
          assertMatch(run.stderr, /storage_path under \[durability\]/, `${command}`);
          assertNotMatch(run.stderr, faults, `${command}`);
        }
        assertEquals(await folder.listing(), before);
      });
    }
  },
});

Deno.test({
  name: "storage: a session's folder or subfolder that another user controls is refused",
  ignore: windows,
  fn: async (t) => {
    for (const [what, [harm, words]] of Object.entries(folders)) {
      await t.step(what, async () => {
        await using folder = await stage();
        assertEquals((await folder.run(["run", "p.pb"])).code, 75);
        const id = folder.onlySession();
        harm(`${folder.path}/.checkpoints/${id}`, `${folder.path}/elsewhere`);
        const before = await folder.listing();
        const run = await folder.run(["resume", id, "--message", "Ada"]);
        assertEquals(run.code, 6, run.stderr);
        assertMatch(run.stderr, words);
        assertEquals(run.stdout, "");
        assertEquals(without(await folder.listing(), ".lock"), without(before, ".lock"));
      });
    }
  },
});

Deno.test({
  name: "storage: blobs are never read from or written to a folder that is a link",
  ignore: windows,
  fn: async () => {
    const long = "x".repeat(100_000);
    await using folder = await folderWith({
      "p.pb": program.replace('"one"', `"${long}"`),
      "elsewhere/keep": "",
    });
    assertEquals((await folder.run(["run", "p.pb"])).code, 75);
    const blobs = folder.sessionFile("blobs");
    Deno.renameSync(blobs, `${folder.path}/moved`);
    Deno.symlinkSync(`${folder.path}/elsewhere`, blobs);
    const run = await folder.run(["run", "p.pb", "--resume", "--message", "Ada"]);
    assertEquals(run.code, 6, run.stderr);
    assertMatch(run.stderr, /Cannot use .*\/blobs: it is a link/);
    assertEquals([...Deno.readDirSync(`${folder.path}/elsewhere`)].map(({ name }) => name), ["keep"]);
  },
});

Deno.test({
  name: "storage: invalid pairs of the JSON index are not written back",
  ignore: windows,
  fn: async () => {
    await using folder = await stage();
    Deno.mkdirSync(`${folder.path}/.checkpoints`, { mode: 0o700 });
    const path = `${folder.path}/.checkpoints/.sessions.json`;
    Deno.writeTextFileSync(path, JSON.stringify({ k: "$(touch PWN)", "0123456789abcdef": "../../home" }));
    assertEquals((await folder.run(["run", "p.pb"])).code, 75);
    const pairs = Object.entries(JSON.parse(Deno.readTextFileSync(path)));
    assertEquals(pairs.length, 1);
    assertEquals(pairs[0]![1], folder.onlySession());
  },
});

Deno.test({
  name:
    "storage: a recording is never written to a link, a pipe or a hard link, and only its owner can read it",
  ignore: windows,
  fn: async () => {
    await twoAtATime(Object.entries(replacements), async ([what, put]) => {
      await using folder = await stage();
      put(`${folder.path}/rec.jsonl`, `${folder.path}/home/victim`);
      check(folder, await folder.run(["run", "p.pb", "--record", "rec.jsonl"]), 2, what);
    });
    await using folder = await stage();
    assertEquals((await folder.run(["run", "p.pb", "--record", "rec.jsonl"])).code, 75);
    assertEquals(Deno.statSync(`${folder.path}/rec.jsonl`).mode! & 0o777, 0o600);
  },
});

const faults = /fault of playbooks itself|stack backtrace|panicked|--allow-/i;

async function stage(): Promise<TestFolder> {
  return await folderWith({ "p.pb": program, "home/victim": secret });
}

function check(
  folder: TestFolder,
  run: { readonly code: number; readonly stderr: string },
  exit: number,
  what: string,
): void {
  assertEquals(run.code, exit, `${what}: ${run.stderr}`);
  assertNotMatch(run.stderr, faults, what);
  if (exit === 6) assertMatch(run.stderr, /Cannot use .*: it (is|has|belongs)/, what);
  assertEquals(Deno.readTextFileSync(`${folder.path}/home/victim`), secret, what);
  const home = [...Deno.readDirSync(`${folder.path}/home`)].map(({ name }) => name).sort();
  assertEquals(home.filter((name) => !name.endsWith(".pipe")), ["victim"], what);
}

function without(listing: Readonly<Record<string, string>>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(listing).filter(([path]) => !path.endsWith(name)));
}
