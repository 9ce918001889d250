import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith } from "../support/playbooks_process.ts";

const program = `# W
\`\`\`ts
const tries: Record<string, () => Promise<unknown>> = {
  write: () => writeTextFile("out/a.txt", "text"),
  append: () => appendTextFile("../beside/log.txt", "line\\n"),
  read: () => readTextFile("../beside/secret.txt"),
  storage: () => writeTextFile(".checkpoints/x", "x"),
  own: () => writeTextFile("w.pb", "x"),
  settings: () => writeTextFile("playbooks.toml", "x"),
  variable: () => env("CITY"),
  key: () => env("ANTHROPIC_API_KEY"),
};
/** @trigger At the beginning */
export async function Main() {
  for (const [name, run] of Object.entries(tries)) {
    try {
      await Say("user", name + ": " + (await run() ?? "done"));
    } catch (error) {
      await Say("user", name + ": " + error.message);
    }
  }
}
\`\`\`
`;

const files = { "in/w.pb": program, "beside/secret.txt": "SECRET", "beside/log.txt": "" };
const env = { CITY: "Oslo", ANTHROPIC_API_KEY: "sk-secret" };

function said(stdout: string): Record<string, string> {
  return Object.fromEntries([...stdout.matchAll(/(\w+): (.*)/g)].map(([, name, text]) => [name, text]));
}

Deno.test("code permissions: without a permission nothing is written, and no variable is read", async () => {
  await using folder = await folderWith(files);
  const { code, stdout, stderr } = await folder.run(["run", "--model", "rehearsal", "in/w.pb"], { env });
  assertEquals(code, 0, stderr);
  for (const [name, text] of Object.entries(said(stdout))) {
    assertStringIncludes(text, "is not permitted", name);
  }
  assertEquals(Object.keys(said(stdout)).length, 8);
  assertEquals(await Deno.readTextFile(`${folder.path}/beside/log.txt`), "");
  assertEquals(stdout.includes("SECRET") || stdout.includes("sk-secret"), false);
});

Deno.test("code permissions: flags permit for one run; the storage, the program and its settings stay closed", async () => {
  await using folder = await folderWith(files);
  const flags = ["--allow-write=in,beside", "--allow-read=beside", "--allow-env=*"];
  const { code, stdout, stderr } = await folder.run(["run", "--model", "rehearsal", ...flags, "in/w.pb"], {
    env,
  });
  assertEquals(code, 0, stderr);
  const texts = said(stdout);
  const { write, append, read, variable } = texts;
  assertEquals({ write, append, read, variable }, {
    write: "done",
    append: "done",
    read: "SECRET",
    variable: "Oslo",
  });
  assertStringIncludes(texts["storage"]!, "begins with a dot");
  assertStringIncludes(texts["own"]!, "is a file of the program itself");
  assertStringIncludes(texts["settings"]!, "is a file of the program itself");
  assertStringIncludes(texts["key"]!, 'add "ANTHROPIC_API_KEY" to env under [permissions]');
  assertEquals(await Deno.readTextFile(`${folder.path}/in/out/a.txt`), "text");
  assertEquals(await Deno.readTextFile(`${folder.path}/beside/log.txt`), "line\n");
  assertEquals(await Deno.readTextFile(`${folder.path}/in/w.pb`), program);
  assert(!stdout.includes("sk-secret"));
});

Deno.test("code permissions: a dump leaves out the value of a variable, and says where it was read", async () => {
  const reads = program.replace("variable: () =>", "variable: async () => void await").replace(
    "w.pb",
    "x.pb",
  );
  await using folder = await folderWith({ "w.pb": reads });
  const { stdout } = await folder.run([
    "run",
    "--model",
    "rehearsal",
    "--allow-env=CITY",
    "--name",
    "reads",
    "w.pb",
  ], {
    env,
  });
  assertEquals(said(stdout)["variable"], "done");
  const dump = await folder.run(["sessions", "dump", "reads"]);
  assertEquals(dump.code, 0, dump.stderr);
  assertStringIncludes(dump.stdout, 'Env("CITY") → (a variable\'s value)');
  assert(!dump.stdout.includes("Oslo"), dump.stdout);
});

Deno.test("code permissions: a session killed between a write and its result resumes with the flag, and each file is written once", async () => {
  const appends = `# W
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  for (const n of [1, 2, 3]) await appendTextFile("log.txt", n + "\\n");
  await Say("user", "log: " + (await readTextFile("log.txt")).split("\\n").join(","));
}
\`\`\`
`;
  // Entries of the starts and the results of the appends.
  for (const position of ["4", "5", "6", "7", "8"]) {
    await using folder = await folderWith({ "w.pb": appends });
    const args = ["run", "--model", "rehearsal", "--allow-write=."];
    const killed = await folder.run([...args, "w.pb"], { env: { PLAYBOOKS_CRASH_AT: position } });
    assert(killed.code !== 0, `killed at ${position}`);
    const { code, stdout, stderr } = await folder.run([...args, "--resume", "w.pb"]);
    assertEquals(code, 0, stderr);
    assertEquals(said(stdout)["log"], "1,2,3,", `killed at ${position}`);
  }
});
