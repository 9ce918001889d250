import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { filesBelow } from "../support/temp_files.ts";

const program = `# Wintermute
\`\`\`ts
/** @trigger At the beginning */
export async function Lighthouse() {
  state.harbour = "Reykjavik";
  const name = await Yield("user");
  await SaveArtifact("logbook", "about the logbook", "x".repeat(70_000) + name);
  state.keeper = name;
  await Say("user", "Ahoy " + name);
  await Say("user", "The end of the pier");
}
\`\`\`
`;
const settings = '[model]\nprovider = "rehearsal"\n[durability]\nencrypt = true\n';
const files = { "beacon.pb": program, "playbooks.toml": settings };
const key = "a1".repeat(32);
const env = { PLAYBOOKS_KEY: key };
const secrets = [
  ...["Wintermute", "Lighthouse", "harbour", "Reykjavik", "Horatio", "logbook", "Ahoy", "pier", "beacon"],
  ...["nightwatch", "xxxxxxxxxx", "SaveArtifact"],
];

/** The secrets in the files of the storage, and in their names. */
function foundIn(folder: TestFolder): readonly string[] {
  return filesBelow(`${folder.path}/.checkpoints`).flatMap((file) => {
    const text = file + new TextDecoder("latin1").decode(Deno.readFileSync(file));
    return secrets.filter((secret) => text.includes(secret)).map((secret) => `${secret} in ${file}`);
  });
}

Deno.test("encryption: no file has a word, a value or a name, at any kill, and the session ends as without", async () => {
  await using plain = await folderWith({ ...files, "playbooks.toml": '[model]\nprovider = "rehearsal"\n' });
  const run = ["run", "beacon.pb", "--name", "nightwatch"];
  const whole = await plain.run(run, { input: "Horatio\n" });
  assertEquals(whole.code, 0, whole.stderr);
  for (const secret of secrets) assert(foundIn(plain).some((found) => found.startsWith(secret)), secret);
  const { length } = plain.journal();
  for (const crashAt of [2, 5, 8, length - 2].filter((position) => position < length)) {
    await using folder = await folderWith(files);
    const killed = await folder.run(run, { input: "Horatio\n", env, crashAt });
    assertEquals(killed.signal, "SIGKILL");
    assertEquals(foundIn(folder), [], `killed at ${crashAt}`);
    const resumed = await folder.run(["run", "beacon.pb", "--resume"], { input: "Horatio\n", env });
    assertEquals(resumed.code, 0, resumed.stderr);
    assertEquals(killed.stdout + resumed.stdout, whole.stdout, `killed at ${crashAt}`);
    assertEquals(foundIn(folder), [], `killed at ${crashAt}, and resumed`);
  }
});

Deno.test("encryption: without the key nothing is written, and a key in .env does not count", async () => {
  await using folder = await folderWith({ ...files, ".env": `PLAYBOOKS_KEY=${key}\n` });
  const { code, stdout, stderr } = await folder.run(["run", "beacon.pb"], { input: "Horatio\n" });
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, "PLAYBOOKS_KEY is not set");
  assertStringIncludes(stderr, "a .env file cannot set it");
  const doctor = await folder.run(["doctor", "--offline"]);
  assertEquals(doctor.code, 1, doctor.stdout);
  assertStringIncludes(doctor.stdout, "PLAYBOOKS_KEY is not set");
  assertEquals(folder.sessions(), []);
});

Deno.test("encryption: each command works with the key, and says in one line what is missing without it", async () => {
  await using folder = await folderWith(files);
  const first = await folder.run(["run", "beacon.pb", "--name", "nightwatch"], { env });
  assertEquals(first.code, 75, first.stderr);
  const [id] = folder.sessions().filter((name) => !name.startsWith("."));
  const commands = [
    ...[["show"], ["log"], ["dump"], ["verify"], ["fork"], ["rename"], ["export", "-o", "out.playbooks"]],
    ...[["rewind"], ["diff"]],
  ].map(([name = "", ...rest]) => {
    const operands = { rename: [id!, "watch"], rewind: [`${id}@4`, "--yes"], diff: [`${id}@3`, id!] };
    return ["sessions", name, ...rest, ...operands[name as keyof typeof operands] ?? [id!]];
  });
  for (const [given, words] of [[{}, "not set"], [{ PLAYBOOKS_KEY: "other" }, "not the key"]] as const) {
    const list = await folder.run(["sessions", "list"], { env: given });
    assertEquals(list.code, 0, list.stderr);
    assertStringIncludes(list.stdout, "(encrypted)");
    for (const args of [...commands, ["resume", id!], ["run", "beacon.pb", "--resume"]]) {
      const { code, stdout, stderr } = await folder.run(args, { env: given });
      const isShow = args[1] === "show";
      assertEquals(code, isShow ? 0 : 2, `${args.join(" ")}: ${stdout}${stderr}`);
      assertStringIncludes(isShow ? stdout : stderr, words, args.join(" "));
      for (const secret of secrets.filter((each) => !args.join(" ").includes(each))) {
        assert(!`${stdout}${stderr.replaceAll("beacon.pb", "")}`.includes(secret), `${args}: ${secret}`);
      }
    }
  }
  const another = await folder.run(["sessions", "fork", id!], { env });
  assertEquals(another.code, 0, another.stderr);
  for (
    const [given, words] of [[{}, "need PLAYBOOKS_KEY"], [
      { PLAYBOOKS_KEY: "other" },
      "is not the key",
    ]] as const
  ) {
    const { code, stdout, stderr } = await folder.run(["sessions", "search", "Reykjavik"], { env: given });
    assertEquals([code, stdout, stderr.trimEnd().split("\n").length], [6, "", 2], stderr);
    assertStringIncludes(stderr, "Cannot search 2 sessions: ");
    assertStringIncludes(stderr, words);
    assertStringIncludes(stderr, "No session in ");
    const prune = await folder.run(["sessions", "prune", "--keep", "0", "--unfinished"], { env: given });
    assertEquals(prune.stdout.match(/\(encrypted\)/g)?.length, 2, prune.stdout);
  }
  for (const args of commands) {
    const { code, stderr } = await folder.run(args, { env });
    assertEquals(code, 0, `${args.join(" ")}: ${stderr}`);
  }
  const found = await folder.run(["sessions", "search", "Reykjavik"], { env });
  assertStringIncludes(found.stdout, "harbour = Reykjavik");
  const imported = await folder.run(["sessions", "import", "out.playbooks"], { env });
  assertEquals(imported.code, 0, imported.stderr);
  assertEquals(foundIn(folder), []);
  const end = await folder.run(["resume", id!], { env, input: "Horatio\n" });
  assertEquals(end.code, 0, end.stderr);
  assertStringIncludes(end.stdout, "Ahoy Horatio");
  assertEquals((await folder.run(["sessions", "verify"], { env })).code, 0);
  const removed = await folder.run(["sessions", "rm", id!, "--yes"]);
  assertEquals(removed.code, 0, removed.stderr);
  assertEquals(foundIn(folder), []);
});

Deno.test("encryption: a session from before stays readable, and a resume says that it is not encrypted", async () => {
  await using folder = await folderWith({ ...files, "playbooks.toml": '[model]\nprovider = "rehearsal"\n' });
  await folder.run(["run", "beacon.pb"]);
  await folder.write("playbooks.toml", settings);
  const resumed = await folder.run(["resume", "--message", "Horatio"], { env });
  assertEquals(resumed.code, 0, resumed.stderr);
  assertStringIncludes(resumed.stderr, "This session is not encrypted");
});

Deno.test("encryption: the key is not given to code", async () => {
  const reads = `# Spy
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "key: " + await env("PLAYBOOKS_KEY"));
}
\`\`\`
`;
  const open = `${settings}[permissions]\nenv = ["PLAYBOOKS_KEY", "*"]\n`;
  await using folder = await folderWith({ "spy.pb": reads, "playbooks.toml": open });
  const { code, stdout } = await folder.run(["run", "spy.pb"], { env });
  assertEquals([code, stdout], [0, "key: undefined\n"]);
});
