import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../../src/errors.ts";
import { encodeRecord } from "../../src/store/file/record.ts";
import { newSessionFile } from "../../src/store/session_summary.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";
import { unsafe } from "../support/hostile_texts.ts";

const journals = new URL("../testdata/journals/", import.meta.url);
const releases = [...Deno.readDirSync(journals)].map(({ name }) => name).sort();

for (const release of releases) {
  Deno.test(`sessions dump: a journal of ${release} has a line for each entry, in order`, async () => {
    await inFolder(folderOf(await testJournal(release)), async (folder) => {
      const journal = await testJournal(release);
      const count = recordsOf(journal).length;
      const { exit, stdout, stderr } = await dump(folder);
      assertEquals([exit, stderr], [0, `ℹ ${count} entries, all checksums hold\n`]);
      const [headings, ...lines] = stdout.trimEnd().split("\n");
      assert(headings!.startsWith("N "), headings);
      assertEquals(
        lines.map((line) => line.split(/ +/)).map(([n, , type]) => [n, type]),
        recordsOf(journal).map(({ n, e }) => [String(n), e.type]),
      );
      for (const line of lines) assertStringIncludes(line, " ok");
      assert(!stdout.includes("cannot be read"), stdout);
    });
  });
}

Deno.test("sessions dump: --json gives each complete entry as one object per line", async () => {
  const journal = await testJournal("0.2.0");
  await inFolder(folderOf(journal), async (folder) => {
    const { exit, stdout } = await dump(folder, "--json");
    assertEquals(exit, 0);
    const lines = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    assertEquals(
      lines.map(({ n, crc, e }) => [n, crc, e.type]),
      recordsOf(journal).map(({ n, crc, e }) => [n, crc, e.type]),
    );
  });
});

Deno.test("sessions dump: a damaged journal is printed up to the damage, and the error names the place", async () => {
  const lines = (await testJournal("0.2.0")).trimEnd().split("\n");
  lines[4] = lines[4]!.replace('"at":1', '"at":2');
  const byte = new TextEncoder().encode(lines.slice(0, 4).map((line) => `${line}\n`).join("")).length;
  await inFolder(folderOf(`${lines.join("\n")}\n`), async (folder) => {
    for (const flags of [[], ["--json"]]) {
      const { exit, stdout, stderr } = await dump(folder, ...flags);
      assertEquals(exit, exitCodes.storage);
      assertEquals(stdout.trimEnd().split("\n").length, flags.length === 0 ? 5 : 4);
      assertStringIncludes(stderr, `Entry 5, at byte ${byte}, is damaged`);
      assertStringIncludes(stderr, "playbooks sessions verify ");
    }
  });
});

Deno.test("sessions dump: a torn tail is not damage, but a missing journal is", async () => {
  const journal = await testJournal("0.2.0");
  await inFolder(folderOf(journal.slice(0, -9)), async (folder) => {
    const { exit, stderr } = await dump(folder);
    assertEquals(exit, 0);
    assertStringIncludes(stderr, " bytes after entry ");
  });
  const session = newSessionFile({ id, key: "", programPaths: ["/a.pb"], host: "here", pid: 1 }, {
    nowMs: 0,
  });
  await inFolder(folderOf(JSON.stringify(session), "session.json"), async (folder) => {
    const { exit, stdout, stderr } = await dump(folder);
    assertEquals([exit, stdout.split("\n").length], [exitCodes.storage, 2]);
    assertStringIncludes(stderr, "is missing");
  });
});

Deno.test("sessions dump: a text of the journal cannot control the terminal", async () => {
  const steering = "\u001b]0;title\u0007 \u009b2J \u202e";
  const entry = { type: "end", at: 0, status: "failed", reason: steering };
  const record = new TextDecoder().decode(encodeRecord(1, entry));
  await inFolder(folderOf(record), async (folder) => {
    for (const flags of [[], ["--json"]]) {
      const { stdout, stderr } = await dump(folder, ...flags);
      assertEquals(unsafe.test(stdout + stderr), false);
    }
  });
});

Deno.test("sessions dump: an entry that playbooks does not write is named, and the others are shown", async () => {
  const end = { type: "end", at: 0, status: "failed", reason: "last" };
  const odd = [
    { type: "evil", at: 1 },
    { type: 7, at: 1 },
    { at: 1 },
    [],
    null,
    "text",
    { type: "__proto__", at: 1 },
    { type: "patch", at: 1, frame: { evil: 1 }, out: { index: 0 } },
    { type: "end", at: 1, status: ["failed"] },
    { type: "end", at: 1e300, status: "failed" },
    {
      type: "effect",
      at: 1,
      frame: "f1",
      ordinal: 1,
      outcome: { ok: true, value: 1 },
      did: { kind: "evil" },
    },
  ];
  for (const entry of odd) {
    const records = [entry, end].map((each, index) =>
      new TextDecoder().decode(encodeRecord(index + 1, each))
    );
    await inFolder(folderOf(records.join("")), async (folder) => {
      const { exit, stdout, stderr } = await dump(folder);
      assertEquals(exit, exitCodes.storage, JSON.stringify(entry));
      assertStringIncludes(stdout, "cannot be read: ");
      assertStringIncludes(stdout, "failed: last");
      assertStringIncludes(stderr, "Entry 1 has a content that playbooks ");
      const whole = await dump(folder, "--json");
      assertEquals(JSON.parse(whole.stdout.split("\n")[0]!).e, entry);
    });
  }
});

const id = "01a2260e-9718-7959-b644-ad33ad178170";

function testJournal(release: string): Promise<string> {
  return Deno.readTextFile(new URL(`${release}/journal.jsonl`, journals));
}

function folderOf(journal: string, name = "journal.jsonl"): Record<string, string> {
  return { [`.checkpoints/${id}/${name}`]: journal };
}

function recordsOf(journal: string) {
  return journal.trimEnd().split("\n").map((line) =>
    JSON.parse(line) as { readonly n: number; readonly crc: string; readonly e: { readonly type: string } }
  );
}

async function dump(folder: string, ...flags: readonly string[]) {
  const world = worldIn(folder);
  const exit = await runCommandLine(["sessions", "dump", id, ...flags], world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}
