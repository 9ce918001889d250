import { assert, assertEquals, assertMatch } from "@std/assert";
import { checkpointName } from "../../src/store/file/checkpoint.ts";
import { type Finished, folderWith, type TestFolder, twoAtATime } from "../support/playbooks_process.ts";
import { type Harm, harmed, harms, thorough } from "./harm.ts";

/** Places in a file, from 0 (start) to 1 (end), and the kinds of damage. Each try takes two or three processes. */
const places = thorough ? [0.01, 0.2, 0.4, 0.6, 0.8, 0.99] : [0.6];
const tried = thorough ? harms : ["flipped", "zeroed to the end"] as const;

const program = Deno.readTextFileSync(new URL("../../examples/tax.pb", import.meta.url));
const words = "How many dollars did you earn last year?\n" +
  "The accountant says 15 percent: you owe 7500 dollars, and keep 42500.\n";

Deno.test("damage: a damaged session is resumed correctly or refused, and verify says so without an internal error", async () => {
  // One session waits for its answer and has a checkpoint; the other was killed earlier and has none.
  for (const crashAt of [undefined, 12]) {
    await using folder = await folderWith({ "tax.pb": program });
    const first = await folder.run(
      ["run", "tax.pb"],
      crashAt === undefined ? {} : { crashAt, input: "50000\n" },
    );
    const session = folder.onlySession();
    const files = ["journal.jsonl", "session.json", "shown"];
    if (crashAt === undefined) files.push(checkpointName(session, folder.journal().length));
    const cases = files.flatMap((file) => tried.flatMap((harm) => places.map((at) => ({ file, harm, at }))));
    await twoAtATime(cases, async ({ file, harm, at }) => {
      await using copy = await copyOf(folder);
      const where = `${file} ${harm} at ${at}, ${crashAt ?? "waiting"}`;
      harmFile(copy.sessionFile(file), harm, at);
      const verified = await copy.run(["sessions", "verify", "--json"]);
      assert([0, 6].includes(verified.code), `${where}: ${verified.stderr}`);
      const sound = JSON.parse(verified.stdout).sound;
      assertEquals(sound, verified.code === 0, where);
      const resumed = await copy.run(["resume", session], { input: "50000\n" });
      for (const run of [verified, resumed]) assertNoTrace(run, where);
      assert([0, 6].includes(resumed.code), `${where}: ${resumed.code} ${resumed.stderr}`);
      if (resumed.code === 0) {
        assertEquals(onceEach(first.stdout + resumed.stdout), words, where);
        return;
      }
      assert(!sound, `${where}: refused, and verify saw nothing`);
      const way = /playbooks (resume \S+@\d+ --fork)/.exec(resumed.stderr);
      if (way === null) return assertMatch(resumed.stderr, /restore the file from a copy/, where);
      const forked = await copy.run(way[1]!.split(" "), { input: "50000\n" });
      assertNoTrace(forked, where);
      assertEquals(forked.code, 0, `${where}: ${forked.stderr}`);
      assert(words.endsWith(forked.stdout.split("\n").slice(-2).join("\n")), `${where}: ${forked.stdout}`);
    });
  }
});

Deno.test("damage: a session with a damaged session.json is resumed by its program, also after all pointers are lost", async () => {
  await using folder = await folderWith({ "tax.pb": program });
  await folder.run(["run", "tax.pb"]);
  const session = folder.onlySession();
  await Deno.writeTextFile(folder.sessionFile("session.json"), "{");
  assertEquals((await folder.run(["run", "tax.pb", "--resume"])).code, 75);
  for (const name of [".registry.sqlite3", ".sessions.json"]) {
    await Deno.remove(`${folder.path}/.checkpoints/${name}`);
  }
  const resumed = await folder.run(["run", "tax.pb", "--resume"], { input: "50000\n" });
  assertEquals(resumed.code, 0, resumed.stderr);
  assertMatch(resumed.stderr, new RegExp(`Found previous session: ${session}`));
});

function harmFile(path: string, harm: Harm, at: number): void {
  const bytes = Deno.readFileSync(path);
  Deno.writeFileSync(path, harmed(bytes, Math.floor(bytes.length * at), harm));
}

function assertNoTrace({ stderr }: Finished, where: string): void {
  assert(
    !/fault of playbooks|panicked|^\s+at |TypeError|AssertionError/m.test(stderr),
    `${where}: ${stderr}`,
  );
}

/** Without its delivery cursor, or after a torn tail, a session may repeat its last words or its last question. */
function onceEach(said: string): string {
  return [...new Set(said.split("\n"))].join("\n");
}

async function copyOf(folder: TestFolder): Promise<TestFolder> {
  const copy = await folderWith({ "tax.pb": program });
  const visit = async (from: string, to: string): Promise<void> => {
    await Deno.mkdir(to, { recursive: true });
    for await (const { name, isDirectory } of Deno.readDir(from)) {
      if (isDirectory) await visit(`${from}/${name}`, `${to}/${name}`);
      else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
    }
  };
  await visit(`${folder.path}/.checkpoints`, `${copy.path}/.checkpoints`);
  return copy;
}
