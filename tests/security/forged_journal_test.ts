import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { encodeRecord } from "../../src/store/file/record.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";

const waits = `# A
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Yield("user");
  await Say("user", "done");
}
\`\`\`
`;

/** A session that waits for a person, without its checkpoints. */
async function waiting(): Promise<TestFolder> {
  const folder = await folderWith({ "a.pb": waits });
  assertEquals((await folder.run(["run", "a.pb"])).code, 75);
  const id = folder.onlySession();
  for (const { name } of Deno.readDirSync(folder.sessionFile("."))) {
    if (name.startsWith(`${id}_`)) Deno.removeSync(folder.sessionFile(name));
  }
  return folder;
}

/** Appends an entry with a right checksum. */
function forge(folder: TestFolder, entry: unknown): void {
  const record = encodeRecord(folder.journal().length + 1, entry);
  Deno.writeFileSync(folder.sessionFile("journal.jsonl"), record, { append: true });
}

Deno.test("forged journal: a frame that is its own caller is refused, and a fork before it continues", async () => {
  await using folder = await waiting();
  const id = folder.onlySession();
  const entries = folder.journal();
  const [thread] = entries.filter((entry) => entry.type === "thread");
  const asked = { ordinal: 9, name: "Main", args: [] };
  forge(folder, { type: "call", at: thread!.at, frame: "f1", asked, callee: thread!.frame });
  const resumed = await folder.run(["resume", id, "--message", "x"]);
  assertEquals([resumed.code, resumed.stdout], [6, ""], resumed.stderr);
  const [, way] = /: playbooks (resume \S+ --fork)\n$/.exec(resumed.stderr) ?? [];
  assert(way, resumed.stderr);
  const verified = await folder.run(["sessions", "verify"]);
  assertEquals(verified.code, 6);
  assertStringIncludes(verified.stdout, "has effect 9, where 2 is the next of its turn");
  const forked = await folder.run([...way.split(" "), "--message", "x"]);
  assertEquals([forked.code, forked.stdout], [0, "done\n"], forked.stderr);
});

Deno.test("forged journal: names that every object has are no agents, frames or sources", async () => {
  for (const name of ["__proto__", "constructor"]) {
    await using folder = await waiting();
    const message = { id: "m1", from: "user", fromKlass: "User", to: name, text: "x", at: 1 };
    forge(folder, { type: "message", at: folder.journal().at(-1)!.at, message });
    const resumed = await folder.run(["resume", "--message", "x"]);
    assertEquals(resumed.code, 6, resumed.stderr);
    assertMatch(
      resumed.stderr,
      new RegExp(`entry \\d+ is damaged.* names agent ${name}, which does not exist`),
    );
    const shown = await folder.run(["sessions", "show", folder.onlySession()]);
    assertEquals(/fault of playbooks/.test(shown.stderr), false, shown.stderr);
  }
});

Deno.test("forged journal: one above max_session_mb is not read by any command", async () => {
  await using folder = await waiting();
  const id = folder.onlySession();
  const path = folder.sessionFile("journal.jsonl");
  Deno.truncateSync(path, 5 * 1024 ** 3);
  const commands = [
    ["resume", id, "--message", "x"],
    ["run", "a.pb", "--resume"],
    ["sessions", "verify", id],
    ["sessions", "dump", id],
  ];
  for (const command of commands) {
    const { code, stdout, stderr } = await folder.run(command);
    assertEquals(code, 6, command.join(" ") + stderr);
    assertStringIncludes(stdout + stderr, "takes 5120 MB, and max_session_mb = 1024");
  }
  // The setting decides: the rest of the file, zeros, is dropped as a torn tail.
  Deno.truncateSync(path, 80 * 1024 ** 2);
  const resume = ["resume", id, "--message", "x"];
  const small = { PLAYBOOKS_LIMITS__MAX_SESSION_MB: "1" };
  assertStringIncludes(
    (await folder.run(resume, { env: small })).stderr,
    "takes 80 MB, and max_session_mb = 1;",
  );
  const resumed = await folder.run(resume, { env: { PLAYBOOKS_LIMITS__MAX_SESSION_MB: "20" } });
  assertEquals([resumed.code, resumed.stdout], [0, "done\n"], resumed.stderr);
});
