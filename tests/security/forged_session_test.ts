import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Buffer } from "node:buffer";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { Seal } from "../../src/user/mod.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";

/** Says a text at its end that is in memory from the start. */
const keeps = `# A
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  const words = ["honest", "words"].join(" ");
  let sum = 0;
  for (let step = 0; step < 3000; step++) sum += (await Round(step)).length;
  await Say("user", words + " " + sum);
}
export async function Round(step: number) {
  await SaveArtifact("a" + step % 3, "s", "x".repeat(50));
  return "y";
}
\`\`\`
`;

/** A session of this program that was killed after a snapshot was stored. */
async function killed(state: string): Promise<{ readonly folder: TestFolder; readonly image: string }> {
  const folder = await folderWith({ "keeps.pb": keeps });
  const env = { PLAYBOOKS_STATE_DIR: `${folder.path}/${state}` };
  const ran = await folder.run(["run", "keeps.pb"], { crashAt: 5000, env });
  assert(ran.signal === "SIGKILL" || ran.code === 137, ran.stderr);
  const [name] = [...Deno.readDirSync(folder.sessionFile("scopes"))].map(({ name }) => name).toSorted();
  return { folder, image: folder.sessionFile(`scopes/${name}`) };
}

Deno.test("forged session: a snapshot that another user changed or marked is not restored", async () => {
  const { folder, image } = await killed("state");
  await using _ = folder;
  const env = { PLAYBOOKS_STATE_DIR: `${folder.path}/state` };
  const changed = withText(Deno.readFileSync(image), "honest words", "forged words");
  const frame = image.split("/").at(-1)!.replace(".image", "");
  const parts = (bytes: Uint8Array) => ["image", folder.onlySession(), frame, bytes.subarray(64)];
  const theirs = new Seal(`${folder.path}/theirs`).of(parts(changed))!;
  const forgeries = { "with the old mark": changed, "with another user's mark": marked(changed, theirs) };
  const kept = await Deno.makeTempDir();
  await new Deno.Command("cp", { args: ["-r", `${folder.path}/.checkpoints`, kept] }).output();
  for (const [name, bytes] of Object.entries(forgeries)) {
    Deno.removeSync(`${folder.path}/.checkpoints`, { recursive: true });
    await new Deno.Command("cp", { args: ["-r", `${kept}/.checkpoints`, folder.path] }).output();
    Deno.writeFileSync(image, bytes);
    const verified = await folder.run(["sessions", "verify"], { env });
    assertStringIncludes(verified.stdout, `scopes/${frame}.image does not have your own mark`, name);
    const resumed = await folder.run(["run", "keeps.pb", "--resume"], { env });
    assertEquals([resumed.code, resumed.stdout], [0, "honest words 3000\n"], name + resumed.stderr);
  }
  // With this user's own mark it is restored, so only the mark makes the difference.
  Deno.removeSync(`${folder.path}/.checkpoints`, { recursive: true });
  await new Deno.Command("cp", { args: ["-r", `${kept}/.checkpoints`, folder.path] }).output();
  Deno.removeSync(kept, { recursive: true });
  Deno.writeFileSync(image, marked(changed, new Seal(`${folder.path}/state`).of(parts(changed))!));
  const resumed = await folder.run(["run", "keeps.pb", "--resume"], { env });
  assertEquals(resumed.stdout, "forged words 3000\n", resumed.stderr);
});

/** A snapshot with another text of the same length in its memory. */
function withText(file: Uint8Array, from: string, to: string): Uint8Array {
  // After the line of JSON and the engine's checksum comes the compressed memory.
  const start = file.indexOf(10) + 1 + 4;
  const memory = Buffer.from(inflateRawSync(file.subarray(start))).toString("latin1");
  assert(memory.includes(from), "the image holds the text");
  const changed = Buffer.from(memory.replaceAll(from, to), "latin1");
  return new Uint8Array([...file.subarray(0, start), ...deflateRawSync(changed)]);
}

function marked(file: Uint8Array, mark: string): Uint8Array {
  const copy = file.slice();
  copy.set(new TextEncoder().encode(mark));
  return copy;
}

const reads = `# A
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  await Yield("user");
  await Say("user", "done");
}
\`\`\`
`;

Deno.test("forged session: a session in a stranger's storage gets no permissions of a trusted folder", async () => {
  await using folder = await folderWith({
    "mine/a.pb": reads,
    "mine/playbooks.toml": '[permissions]\nread = ["/etc"]\n',
    "stranger/readme.md": "",
  });
  const env = { PLAYBOOKS_TRUST: "", PLAYBOOKS_STATE_DIR: `${folder.path}/state` };
  assertEquals((await folder.run(["trust", "mine"], { env })).code, 0);
  assertEquals((await folder.run(["run", "a.pb"], { env, cwd: "mine" })).code, 75);
  await Deno.rename(`${folder.path}/mine/.checkpoints`, `${folder.path}/stranger/.checkpoints`);
  const [id] = folder.sessions("stranger/.checkpoints");
  const answer = ["resume", id!, "--message", "x"];
  const refused = await folder.run(answer, { env, cwd: "stranger" });
  assertEquals([refused.code, refused.stdout], [2, ""], refused.stderr);
  assertStringIncludes(refused.stderr, `   Configuration: ${folder.path}/mine/playbooks.toml`);
  assertStringIncludes(refused.stderr, `is in ${folder.path}/stranger/.checkpoints`);
  const trusted = await folder.run([...answer, "--trust"], { env, cwd: "stranger" });
  assertEquals([trusted.code, trusted.stdout], [0, "done\n"], trusted.stderr);
});

Deno.test("forged session: the configuration at its paths needs trust like any other", async () => {
  await using folder = await folderWith({ "far/a.pb": reads, "near/readme.md": "" });
  const env = { PLAYBOOKS_TRUST: "", PLAYBOOKS_STATE_DIR: `${folder.path}/state` };
  const storage = { PLAYBOOKS_DURABILITY__STORAGE_PATH: `${folder.path}/near/.checkpoints` };
  assertEquals((await folder.run(["run", "a.pb"], { env: { ...env, ...storage }, cwd: "far" })).code, 75);
  await folder.write("far/playbooks.toml", '[permissions]\nnet = ["*"]\n');
  const refused = await folder.run(["resume", "--message", "x"], { env, cwd: "near" });
  assertEquals([refused.code, refused.stdout], [2, ""], refused.stderr);
  assertStringIncludes(refused.stderr, `playbooks trust ${folder.path}/far`);
  await folder.write("far/playbooks.toml", "[limits]\nmax_repairs = 2\n");
  const resumed = await folder.run(["resume", "--message", "x"], { env, cwd: "near" });
  assertEquals([resumed.code, resumed.stdout], [0, "done\n"], resumed.stderr);
  assertStringIncludes(resumed.stderr, `   Configuration: ${folder.path}/far/playbooks.toml`);
});
