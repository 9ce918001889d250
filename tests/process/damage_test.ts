import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { asks } from "./programs.ts";

Deno.test("damage: half a line at the journal's end is dropped with a notice, and the run continues", async () => {
  await using folder = await killedAt(8);
  const journal = folder.sessionFile("journal.jsonl");
  const bytes = await Deno.readFile(journal);
  await Deno.writeFile(journal, bytes.subarray(0, bytes.length - 9));
  const resumed = await folder.run(["run", "ask.pb", "--resume"], { input: "Ann\n" });
  assertEquals([resumed.code, resumed.stdout], [0, "Hello Ann\n"], resumed.stderr);
  const notice = resumed.stderr.split("\n").find((line) => line.includes("dropped"))!;
  assertStringIncludes(notice, "⚠️  The journal's last ");
  assertStringIncludes(notice, "after entry 7");
  assertStringIncludes(resumed.stderr, "No checkpoint: read from the journal\n");
  assertStringIncludes(resumed.stderr, "Agent 1000 restored from 1000_ckpt_5\n");
});

Deno.test("damage: a changed byte in the middle stops the resume with exit 6 and the position, and changes nothing", async () => {
  await using folder = await killedAt(8);
  const journal = folder.sessionFile("journal.jsonl");
  const bytes = await Deno.readFile(journal);
  const line = folder.journalLines().find(({ n }) => n === 4)!;
  const text = new TextDecoder().decode(bytes);
  const at = new TextEncoder().encode(text.slice(0, text.indexOf('{"n":4,'))).length + 40;
  assert(line.n === 4);
  bytes[at] = bytes[at]! ^ 1;
  await Deno.writeFile(journal, bytes);
  const resumed = await folder.run(["run", "ask.pb", "--resume"], { input: "Ann\n" });
  assertEquals([resumed.code, resumed.stdout], [6, ""], resumed.stderr);
  assertStringIncludes(resumed.stderr, "entry 4, at byte ");
  assertStringIncludes(resumed.stderr, "is damaged; ");
  assertEquals(await Deno.readFile(journal), bytes);
});

Deno.test("damage: the recovery hint in the message for a damaged journal works", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name") });
  assertEquals((await folder.run(["run", "ask.pb"])).code, 75);
  const checkpoint = folder.journal().length;
  const again = await folder.run(["run", "ask.pb", "--resume"], { input: "Ann\n", crashAt: checkpoint + 4 });
  assertEquals(again.signal, "SIGKILL", again.stderr);
  const journal = folder.sessionFile("journal.jsonl");
  const lines = (await Deno.readTextFile(journal)).split("\n");
  lines[checkpoint + 1] = lines[checkpoint + 1]!.replace('"at":1', '"at":2');
  await Deno.writeTextFile(journal, lines.join("\n"));
  const refused = await folder.run(["run", "ask.pb", "--resume"], { input: "Ann\n" });
  assertEquals([refused.code, refused.stdout], [6, ""], refused.stderr);
  const command = /playbooks (resume \S+@\d+ --fork)/.exec(refused.stderr)?.[1] ?? "";
  assert(command !== "", refused.stderr);
  const forked = await folder.run(command.split(" "), { input: "Bea\n" });
  assertEquals([forked.code, forked.stdout], [0, "Hello Bea\n"], forked.stderr);
});

Deno.test("damage: an empty journal is refused, and no new session starts in its place", async () => {
  await using folder = await folderWith({ "ask.pb": asks("name") });
  assertEquals((await folder.run(["run", "ask.pb"])).code, 75);
  await Deno.truncate(folder.sessionFile("journal.jsonl"), 0);
  const resumed = await folder.run(["run", "ask.pb", "--resume"], { input: "Ann\n" });
  assertEquals([resumed.code, resumed.stdout], [6, ""], resumed.stderr);
});

Deno.test("storage: only the owner can read the files of a session, and they hold no secret of the configuration", async () => {
  await using folder = await folderWith({
    "ask.pb": asks("name"),
    ".env": "OPENAI_API_KEY=sk-very-secret\nMY_WORD=also-secret\n",
    "playbooks.toml": '[model]\nprovider = "rehearsal"\n',
  });
  const run = await folder.run(["run", "ask.pb"], { env: { SECRET_OF_MINE: "environment-secret" } });
  assertEquals(run.code, 75, run.stderr);
  const storage = `${folder.path}/.checkpoints`;
  const modes: Record<string, string> = {};
  const texts: string[] = [];
  const visit = (path: string) => {
    for (const entry of Deno.readDirSync(path)) {
      const whole = `${path}/${entry.name}`;
      const mode = (Deno.statSync(whole).mode! & 0o777).toString(8);
      if (mode !== (entry.isDirectory ? "700" : "600")) modes[entry.name] = mode;
      if (entry.isDirectory) visit(whole);
      else texts.push(new TextDecoder().decode(Deno.readFileSync(whole)));
    }
  };
  visit(storage);
  assertEquals(modes, {});
  assertEquals((Deno.statSync(storage).mode! & 0o777).toString(8), "700");
  assert(texts.length > 4);
  for (const secret of ["very-secret", "also-secret", "environment-secret"]) {
    assert(!texts.some((text) => text.includes(secret)), secret);
  }
});

/** A folder with a run that was killed at an entry, so it has no checkpoint. */
async function killedAt(position: number): Promise<TestFolder> {
  const folder = await folderWith({ "ask.pb": asks("name") });
  const killed = await folder.run(["run", "ask.pb"], { crashAt: position });
  assertEquals(killed.signal, "SIGKILL", killed.stderr);
  assertEquals(folder.journal().length, position);
  return folder;
}
