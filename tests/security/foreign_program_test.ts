import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { crc32 } from "node:zlib";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";

// A session in a stranger's folder names the path of its program. That path must not open another folder.

const program = `# A
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Yield("user");
  for (const file of ["/etc/hostname", "../secret.txt", "secret.txt", "beside.txt"]) {
    try { await Say("user", file + ": " + await LoadFile(file)); } catch { await Say("user", file + ": refused"); }
  }
}
\`\`\`
`;
const onlyItsOwn = "/etc/hostname: refused\n../secret.txt: refused\nsecret.txt: refused\nbeside.txt: MINE\n";
const asAStranger = { PLAYBOOKS_TRUST: "" };

async function strangersFolder(): Promise<TestFolder> {
  const folder = await folderWith({
    "secret.txt": "SECRET",
    "stranger/beside.txt": "MINE",
    "stranger/q.pb": program,
  });
  const begun = await folder.run(["run", "q.pb"], { cwd: "stranger", env: asAStranger });
  assertEquals(begun.code, 75, begun.stderr);
  return folder;
}

function sessionFile(folder: TestFolder): string {
  const storage = `${folder.path}/stranger/.checkpoints`;
  const [session] = folder.sessions("stranger/.checkpoints");
  return `${storage}/${session}/session.json`;
}

/** Changes session.json and its checksum, like an attacker. */
function forge(folder: TestFolder, programPaths: readonly string[]): void {
  const path = sessionFile(folder);
  const { crc: _, ...rest } = JSON.parse(Deno.readTextFileSync(path));
  const forged = { ...rest, programPaths };
  const crc = crc32(new TextEncoder().encode(JSON.stringify(forged))).toString(16).padStart(8, "0");
  Deno.writeTextFileSync(path, `${JSON.stringify({ ...forged, crc })}\n`);
}

const resume = ["resume", "--message", "x"];
const inTheFolder = { cwd: "stranger", env: asAStranger } as const;

for (const path of ["/nonexistent.pb", "/etc/nonexistent.pb", "/a/../gone.pb"]) {
  Deno.test(`forged session: a missing program at ${path} opens only the session's own folder`, async () => {
    await using folder = await strangersFolder();
    forge(folder, [path]);
    const run = await folder.run(resume, inTheFolder);
    assertEquals([run.code, run.stdout], [0, onlyItsOwn], run.stderr);
  });
}

Deno.test("forged session: without session.json only the session's own folder is open", async () => {
  await using folder = await strangersFolder();
  Deno.removeSync(sessionFile(folder));
  const run = await folder.run(resume, inTheFolder);
  assertEquals([run.code, run.stdout], [0, onlyItsOwn], run.stderr);
});

for (const path of ["/etc/hostname", "../secret.txt"]) {
  Deno.test(`forged session: a program path ${path} that leads to another file is refused and not shown`, async () => {
    await using folder = await strangersFolder();
    const foreign = path.startsWith("/") ? path : `${folder.path}/secret.txt`;
    forge(folder, [foreign]);
    const run = await folder.run(resume, inTheFolder);
    assertEquals([run.code, run.stdout], [2, ""], run.stderr);
    assertStringIncludes(run.stderr, `says that its program is ${foreign}`);
    assertStringIncludes(run.stderr, "--trust");
    assert(!run.stderr.includes("SECRET"), run.stderr);
  });
}

Deno.test("forged session: a stranger's folder that replays a file outside it needs trust, and no content is shown", async () => {
  await using folder = await folderWith({
    "secret.txt": "TOPSECRET of the user",
    "stranger/q.pb": program,
    "stranger/playbooks.toml": '[model]\nprovider = "replay"\nname = "../secret.txt"\n',
  });
  const run = await folder.run(["run", "q.pb"], inTheFolder);
  assertEquals(run.code, 2, run.stderr);
  assertStringIncludes(run.stderr, "playbooks trust ");
  assertStringIncludes(run.stderr, "secret.txt");
  const trusted = await folder.run(["run", "q.pb", "--trust"], inTheFolder);
  assertEquals(trusted.code, 2, trusted.stderr);
  assert(!`${run.stderr}${trusted.stderr}`.includes("TOPSEC"), trusted.stderr);
});

for (const name of ["shown", "session.json"]) {
  Deno.test(`storage: ${name} of 5 GB counts as damaged, and the session can continue`, async () => {
    await using folder = await strangersFolder();
    Deno.truncateSync(sessionFile(folder).replace("session.json", name), 5e9);
    const run = await folder.run(["run", "q.pb", "--resume", "--message", "x"], inTheFolder);
    assertEquals([run.code, run.stdout], [0, onlyItsOwn], run.stderr);
  });
}

Deno.test("storage: a file in the place of the snapshot folder does not stop the session", async () => {
  await using folder = await strangersFolder();
  Deno.writeTextFileSync(sessionFile(folder).replace("session.json", "scopes"), "");
  const run = await folder.run(["run", "q.pb", "--resume", "--message", "x"], inTheFolder);
  assertEquals([run.code, run.stdout], [0, onlyItsOwn], run.stderr);
});
