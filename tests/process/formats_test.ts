import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { checkpointName, listCheckpoints } from "../../src/store/file/checkpoint.ts";
import { encodeRecord } from "../../src/store/file/record.ts";
import { realFileSystem } from "../../src/store/file/real_file_system.ts";
import { decodeJournal } from "../../src/store/file/record.ts";
import { version } from "../../src/version.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { asks } from "./programs.ts";

/** Two sessions that wait for a person. The test changes the last one. */
async function twoWaiting(): Promise<
  { readonly folder: TestFolder; readonly other: string; readonly changed: string }
> {
  const folder = await folderWith({ "other.pb": asks("colour"), "ask.pb": asks("name") });
  assertEquals((await folder.run(["run", "other.pb"])).code, 75);
  assertEquals((await folder.run(["run", "ask.pb"])).code, 75);
  const [other, changed] = folder.sessions() as [string, string];
  return { folder, other, changed };
}

type Stored = Record<string, unknown>;

/** Replaces the journal by one with changed entries and valid checksums. */
function rewriteJournal(path: string, change: (entries: Stored[]) => Stored[]): void {
  const { entries } = decodeJournal(Deno.readFileSync(path), path);
  const lines = change(entries as Stored[]).map((entry, index) =>
    new TextDecoder().decode(encodeRecord(index + 1, entry))
  );
  Deno.writeTextFileSync(path, lines.join(""));
}

const reads = `this is playbooks ${version} and reads format 1: install the newer version`;
const readsSessions = reads.replace("format 1", "format 2");

interface Newer {
  readonly name: string;
  readonly change: (folder: TestFolder, session: string) => void;
  readonly says: string;
}

const newer: readonly Newer[] = [
  {
    name: "a journal of a newer format",
    change: (folder, session) => {
      removeCheckpoints(folder, session);
      rewriteJournal(
        folder.sessionFile("journal.jsonl", session),
        ([first, ...rest]) => [{ ...first, version: 2, playbooks: "0.9.1" }, ...rest],
      );
    },
    says: `was written by playbooks 0.9.1 (format 2); ${reads}`,
  },
  {
    name: "a run of a newer format behind older ones",
    change: (folder, session) => {
      removeCheckpoints(folder, session);
      rewriteJournal(
        folder.sessionFile("journal.jsonl", session),
        (entries) => [...entries, { ...entries[1], version: 7, playbooks: "a\u202e" }],
      );
    },
    says: `was written by a newer playbooks (format 7); ${reads}`,
  },
  {
    name: "an entry of an unknown kind",
    change: (folder, session) => {
      removeCheckpoints(folder, session);
      rewriteJournal(
        folder.sessionFile("journal.jsonl", session),
        (entries) => [...entries, { type: "party", at: 1 }],
      );
    },
    says: `has the kind "party", which this version does not know; it was written by playbooks ${version}`,
  },
  {
    name: "a session.json of a newer format",
    change: (folder, session) => {
      const path = folder.sessionFile("session.json", session);
      const { crc: _, ...file } = JSON.parse(Deno.readTextFileSync(path));
      Deno.writeTextFileSync(
        path,
        JSON.stringify({ ...file, version: 3, playbooks: "0.9.1", status: "resting" }),
      );
    },
    says: `was written by playbooks 0.9.1 (format 3); ${readsSessions}`,
  },
];

function removeCheckpoints(folder: TestFolder, session: string): void {
  const path = folder.sessionFile(".", session);
  for (const position of listCheckpoints(realFileSystem(), path, session)) {
    Deno.removeSync(`${path}/${checkpointName(session, position)}`);
  }
}

for (const { name, change, says } of newer) {
  Deno.test(`formats: ${name} is refused with exit 6, and nothing changes`, async () => {
    const { folder, changed } = await twoWaiting();
    await using _ = folder;
    change(folder, changed);
    const before = Deno.readTextFileSync(folder.sessionFile("session.json", changed));
    const journal = Deno.readTextFileSync(folder.sessionFile("journal.jsonl", changed));
    for (
      const args of [["run", "ask.pb", "--resume"], ["resume", changed], ["resume", changed, "--fork"], [
        "resume",
        changed,
        "--plan",
      ], ["resume", changed, "--message", "Ann"]]
    ) {
      const run = await folder.run(args, { input: "Ann\n" });
      assertEquals([run.code, run.stdout], [6, ""], `${args.join(" ")}: ${run.stderr}`);
      assertStringIncludes(run.stderr, says);
      assert(!run.stderr.includes("fault of playbooks"), run.stderr);
      assert(!run.stderr.includes("damaged"), run.stderr);
    }
    assertEquals(Deno.readTextFileSync(folder.sessionFile("journal.jsonl", changed)), journal);
    if (name.includes("session.json")) {
      assertEquals(Deno.readTextFileSync(folder.sessionFile("session.json", changed)), before);
    }
  });

  Deno.test(`formats: with ${name}, list, show and verify work for this session and for the others`, async () => {
    const { folder, other, changed } = await twoWaiting();
    await using _ = folder;
    change(folder, changed);
    const list = await folder.run(["sessions", "list", "--json"]);
    assertEquals([list.code, JSON.parse(list.stdout).map(({ id }: { id: string }) => id)], [0, [
      changed,
      other,
    ]], list.stderr);
    const show = await folder.run(["sessions", "show", changed]);
    assertEquals(show.code, 0, show.stderr);
    const verify = await folder.run(["sessions", "verify", changed]);
    assertEquals(verify.code, 6, verify.stderr);
    assertStringIncludes((verify.stdout + verify.stderr).replace(/\s+/g, " "), says);
    assertEquals((await folder.run(["sessions", "verify", other])).code, 0);
    const resumed = await folder.run(["run", "other.pb", "--resume"], { input: "red\n" });
    assertEquals([resumed.code, resumed.stdout], [0, "Hello red\n"], resumed.stderr);
  });
}

Deno.test("formats: a checkpoint of a newer format is skipped with a true notice, and the journal is read", async () => {
  const { folder, changed } = await twoWaiting();
  await using _ = folder;
  const path = folder.sessionFile(".", changed);
  const [position] = listCheckpoints(realFileSystem(), path, changed);
  const file = `${path}/${checkpointName(changed, position!)}`;
  Deno.writeTextFileSync(file, Deno.readTextFileSync(file).replace('{"version":5,', '{"version":7,'));
  const verify = await folder.run(["sessions", "verify", changed]);
  assertEquals(verify.code, 0, verify.stdout);
  assertStringIncludes(verify.stdout, "(format 7)");
  const resumed = await folder.run(["run", "ask.pb", "--resume"], { input: "Ann\n" });
  assertEquals([resumed.code, resumed.stdout], [0, "Hello Ann\n"], resumed.stderr);
  assertStringIncludes(resumed.stderr, `was written by a newer playbooks (format 7); it was skipped`);
  assertStringIncludes(resumed.stderr, "🔄 No checkpoint: read from the journal\n");
  assertStringIncludes(resumed.stderr, "   All agents resumed from the journal\n");
  assert(!resumed.stderr.includes("Found program checkpoint"), resumed.stderr);
  assert(!resumed.stderr.includes("damaged"), resumed.stderr);
});

Deno.test("formats: the notice names the checkpoint that was read", async () => {
  const { folder, changed } = await twoWaiting();
  await using _ = folder;
  const path = folder.sessionFile(".", changed);
  const [position] = listCheckpoints(realFileSystem(), path, changed);
  // The second run adds only its run entry after the checkpoint before it is killed.
  const killed = await folder.run(["run", "ask.pb", "--resume"], {
    crashAt: position! + 1,
  });
  assert(killed.code !== 0 && killed.code !== 75, `${killed.code}`);
  const resumed = await folder.run(["run", "ask.pb", "--resume"], { input: "Ann\n" });
  assertEquals([resumed.code, resumed.stdout], [0, "Hello Ann\n"], resumed.stderr);
  assertStringIncludes(resumed.stderr, `🔄 Found program checkpoint: ${changed}_program_ckpt_${position}\n`);
});

Deno.test("formats: 'restored successfully' is printed only after the replay of the unfinished turns", async () => {
  const program = (word: string) =>
    `# Clerk\n\n\`\`\`ts\n/** @trigger At the beginning */\nexport async function Begin() {\n` +
    `  await Say("user", "${word}");\n  await Say("user", await Yield("user"));\n}\n\`\`\`\n`;
  await using folder = await folderWith({ "clerk.pb": program("one") });
  assertEquals((await folder.run(["run", "clerk.pb"])).code, 75);
  await folder.write("clerk.pb", program("two"));
  const refused = await folder.run(["run", "clerk.pb", "--resume"]);
  assertEquals(refused.code, 5, refused.stderr);
  assert(!refused.stderr.includes("restored successfully"), refused.stderr);
  const pinned = await folder.run(["run", "clerk.pb", "--resume", "--pin"], { input: "Ann\n" });
  assertEquals([pinned.code, pinned.stdout], [0, "Ann\n"], pinned.stderr);
  assertStringIncludes(pinned.stderr, "✅ Program restored successfully\n");
});

Deno.test("formats: a registry of a newer format is ignored with a notice and stays unchanged", async () => {
  const { folder } = await twoWaiting();
  await using _ = folder;
  const path = `${folder.path}/.checkpoints/.registry.sqlite3`;
  const kv = await Deno.openKv(path);
  await kv.set(["version"], new TextEncoder().encode("9"));
  kv.close();
  const resumed = await folder.run(["run", "ask.pb", "--resume"], { input: "Ann\n" });
  assertEquals([resumed.code, resumed.stdout], [0, "Hello Ann\n"], resumed.stderr);
  assertStringIncludes(resumed.stderr, "a newer playbooks wrote it, in format 9");
  const after = await Deno.openKv(path);
  assertEquals((await after.get(["version"])).value, new TextEncoder().encode("9"));
  after.close();
});

Deno.test("formats: a registry is read that another Deno wrote, whose V8 encodes values differently", async () => {
  const { folder, other } = await twoWaiting();
  await using _ = folder;
  // Deno KV stores byte values unchanged.
  const kv = await Deno.openKv(`${folder.path}/.checkpoints/.registry.sqlite3`);
  for await (const { value } of kv.list({ prefix: [] })) assert(value instanceof Uint8Array);
  kv.close();
  const resumed = await folder.run(["run", "other.pb", "--resume"], { input: "red\n" });
  assertEquals([resumed.code, resumed.stdout], [0, "Hello red\n"], resumed.stderr);
  assertStringIncludes(resumed.stderr, other);
  assert(!resumed.stderr.includes("registry"), resumed.stderr);
});
