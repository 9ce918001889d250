import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { exitCodes } from "../../src/errors.ts";
import { folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { pipeAt } from "../support/temp_files.ts";

const hello = `# Greeter
## Main
### Triggers
- At the beginning
### Steps
- Tell the user hello
- End program
`;

/** A program with code that loads each path and says the result. */
function loader(paths: readonly string[]): string {
  return `# Reader
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  for (const path of ${JSON.stringify(paths)}) {
    try {
      await Say("user", path + " | " + (await LoadFile(path)).slice(0, 20));
    } catch (error) {
      await Say("user", path + " | " + error.message);
    }
  }
}
\`\`\`
`;
}

/** A folder \`in\` with a program, and files around it that the program must not read. */
async function stage(files: Readonly<Record<string, string | Uint8Array>>): Promise<TestFolder> {
  const folder = await folderWith({
    "in/own.txt": "own words",
    "in/.env": "SECRET_KEY=1",
    "in/.git/config": "SECRET",
    "in/latin.txt": new Uint8Array([0x63, 0x61, 0x66, 0xe9]),
    "inside/secret.md": "SECRET",
    "out/secret.md": "SECRET",
    ...files,
  });
  await Deno.symlink("../out/secret.md", `${folder.path}/in/link.md`);
  await Deno.symlink("../out", `${folder.path}/in/linked`);
  pipeAt(`${folder.path}/in/pipe`);
  using sparse = await Deno.open(`${folder.path}/in/sparse`, { write: true, create: true });
  await sparse.truncate(3 * 1024 ** 3);
  return folder;
}

const notPermitted = "is not permitted: it is outside the program's folder; add ";

Deno.test("files: LoadFile reads files in the program's folder and refuses all others with the reason", async () => {
  const cases: Record<string, string> = {
    "own.txt": "own words",
    "./../in/own.txt": "own words",
    "../out/secret.md": notPermitted,
    "../inside/secret.md": notPermitted,
    "/etc/passwd": notPermitted,
    "/etc/no-such-file": notPermitted,
    "link.md": notPermitted,
    "linked/secret.md": notPermitted,
    ".env": "is not permitted: it has a name that begins with a dot",
    ".git/config": "is not permitted: it has a name that begins with a dot",
    "gone.txt": "Cannot load gone.txt: it is not there",
    "linked": notPermitted,
    ".": "Cannot load .: it is a folder",
    "": "LoadFile needs a path",
    "pipe": "Cannot load pipe: it is a pipe, not a regular file",
    "sparse": "Cannot load sparse: it is larger than 4 MiB; set max_file_kb under [limits]",
    "latin.txt": "Cannot load latin.txt: it is not a text file in UTF-8",
    "/dev/zero": notPermitted,
    "/proc/self/environ": notPermitted,
    "/dev/stdin": notPermitted,
  };
  await using folder = await stage({ "in/p.pb": loader(Object.keys(cases)) });
  const { code, stdout, stderr } = await folder.run(["in/p.pb"]);
  assertEquals([code, stderr.includes("fault of playbooks")], [0, false], stderr);
  assert(!stdout.includes("SECRET"), stdout);
  const lines = stdout.trimEnd().split("\n");
  for (const [index, [path, says]] of Object.entries(cases).entries()) {
    assertStringIncludes(lines[index] ?? "", `${path} | `);
    assertStringIncludes(lines[index] ?? "", says);
  }
});

Deno.test("files: LoadFile reads a folder that the permissions name, and not the folder beside it", async () => {
  const paths = ["../out/secret.md", "linked/secret.md", "../inside/secret.md", ".env", "../out/gone"];
  await using folder = await stage({ "in/p.pb": loader(paths) });
  const { code, stdout, stderr } = await folder.run(["in/p.pb"], {
    env: { PLAYBOOKS_PERMISSIONS__READ: `${folder.path}/out,${folder.path}/ins` },
  });
  assertEquals(code, 0, stderr);
  const says = stdout.trimEnd().split("\n").map((line) => line.slice(line.indexOf("|") + 2));
  assertEquals(says.slice(0, 2), ["SECRET", "SECRET"]);
  assertStringIncludes(says[2]!, notPermitted);
  assertStringIncludes(says[3]!, "begins with a dot");
  assertStringIncludes(says[4]!, "is not there");
});

Deno.test("files: LoadFile enforces max_file_kb to the byte", async () => {
  const files = { "in/fits": "x".repeat(2048), "in/more": "x".repeat(2049) };
  await using folder = await stage({ ...files, "in/p.pb": loader(["fits", "more"]) });
  const { stdout } = await folder.run(["in/p.pb"], { env: { PLAYBOOKS_LIMITS__MAX_FILE_KB: "2" } });
  assertStringIncludes(stdout, `fits | ${"x".repeat(20)}\n`);
  assertStringIncludes(
    stdout,
    "more | Cannot load more: it is larger than 2 KiB; set max_file_kb under [limits]",
  );
});

for (
  const [path, says] of [
    ["/etc/hostname", "it is outside the program's folder"],
    ["../out/secret.md", "it is outside the program's folder"],
    ["file:///etc/hostname", "it is outside the program's folder"],
    ["../inside/secret.md", "it is outside the program's folder"],
    ["link.md", "it is outside the program's folder"],
    ["linked/secret.md", "it is outside the program's folder"],
    ['"/etc/hostname"', "it is outside the program's folder"],
    ["out/secret.md", "it is outside the program's folder"],
    ["/etc/no-such-file", "file not found"],
    [".env", "it has a name that begins with a dot"],
    ["pipe", "it is a pipe, not a regular file"],
    ["sparse", "it is larger than 1 MiB"],
    ["latin.txt", "it is not a text file in UTF-8"],
    ["linked", "it is outside the program's folder"],
    ["gone.md", "file not found"],
  ] as const
) {
  Deno.test(`files: !import ${path} is a problem in the program, and no content of the file is shown`, async () => {
    await using folder = await stage({ "in/p.pb": `${hello}!import ${path}\n` });
    for (const args of [["run", "in/p.pb"], ["check", "in/p.pb"], ["compile", "in/p.pb"]]) {
      const { code, stdout, stderr } = await folder.run(args);
      assertEquals(code, exitCodes.usage, stdout + stderr);
      assertStringIncludes(stderr, says);
      if (says.includes("outside")) assertStringIncludes(stderr, "read under [permissions]");
      assert(!(stdout + stderr).includes("SECRET"), stdout + stderr);
    }
    assertEquals(folder.sessions("in/.checkpoints"), []);
  });
}

Deno.test("files: !import reads a folder that the permissions name", async () => {
  await using folder = await stage({ "in/p.pb": `!import ../lib/all.md\n`, "lib/all.md": hello });
  const env = { PLAYBOOKS_PERMISSIONS__READ: `${folder.path}/lib` };
  const { code, stdout, stderr } = await folder.run(["in/p.pb"], { env });
  assertEquals([code, stdout], [0, "Hello!\n"], stderr);
  assertEquals((await folder.run(["check", "in/p.pb"], { env })).code, 0);
  assertEquals((await folder.run(["check", "in/p.pb"])).code, exitCodes.usage);
});

Deno.test("files: endless files are refused wherever a command line reads a file", async () => {
  const cases: Record<string, { args: readonly string[]; code: number; says: string }> = {
    "a program": { args: ["in/pipe"], code: 2, says: "in/pipe is a pipe, not a regular file" },
    "a device": { args: ["/dev/zero"], code: 2, says: "/dev/zero is a device, not a regular file" },
    "standard input": { args: ["run", "/dev/stdin"], code: 2, says: "save the program in a file" },
    "a process substitution": { args: ["check", "/dev/fd/63"], code: 2, says: "save the program in a file" },
    "a large program": { args: ["check", "in/sparse"], code: 2, says: "in/sparse is larger than 4 MiB" },
    "a numbered program": { args: ["run", "in/pipe.pbasm"], code: 2, says: "is a pipe" },
    "--config": { args: ["run", "in/p.pb", "--config", "in/pipe"], code: 2, says: "in/pipe: it is a pipe" },
    "--config, large": {
      args: ["run", "in/p.pb", "--config", "in/sparse"],
      code: 2,
      says: "larger than 1 MiB",
    },
    "a recording": { args: ["run", "in/p.pb", "--model", "replay:in/pipe"], code: 2, says: "it is a pipe" },
    "--record": { args: ["run", "in/p.pb", "--record", "in/pipe"], code: 2, says: "it is a pipe" },
    ".env": { args: ["run", "env/p.pb"], code: 2, says: "env/.env: it is a pipe" },
    "playbooks.toml": { args: ["check", "toml/p.pb"], code: 2, says: "playbooks.toml: it is a device" },
    "playbooks.toml above": {
      args: ["run", "toml/deep/p.pb"],
      code: 2,
      says: "playbooks.toml: it is a device",
    },
  };
  await using folder = await stage({
    "in/p.pb": hello,
    "env/p.pb": hello,
    "toml/p.pb": hello,
    "toml/deep/p.pb": hello,
  });
  pipeAt(`${folder.path}/env/.env`);
  pipeAt(`${folder.path}/in/pipe.pbasm`);
  await Deno.symlink("/dev/zero", `${folder.path}/toml/playbooks.toml`);
  for (const [what, { args, code, says }] of Object.entries(cases)) {
    const ended = await folder.run(args);
    assertEquals([what, ended.code], [what, code], ended.stderr);
    assertStringIncludes(ended.stderr, says);
    assert(!/fault of playbooks|--allow|deno /.test(ended.stderr), ended.stderr);
  }
});
