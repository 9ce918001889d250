import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  appendPlace,
  appendToFile,
  overwriteFile,
  readBoundedFolder,
  readBoundedText,
} from "../../src/files/mod.ts";
import { callableFunctions } from "../../src/engine/builtins/table.ts";
import {
  type EngineWorld,
  type Entry,
  foldEntries,
  Programs,
  resumeSession,
  type RuntimeSettings,
} from "../../src/engine/mod.ts";
import { defaultSettings, play, type Played, type PlayOptions } from "../support/harness.ts";
import { folderWith } from "../support/playbooks_process.ts";

const variables: Readonly<Record<string, string>> = { CITY: "Oslo", OPENAI_API_KEY: "SECRET" };

function worldIn(root: string): Partial<EngineWorld> {
  return {
    programFolder: root,
    readFile: readBoundedText,
    disk: {
      ...{ readFolder: readBoundedFolder, overwriteFile, appendToFile, appendPlace },
      closed: [`${root}/.checkpoints`],
      guarded: [`${root}/test.pb`],
    },
    environment: { get: (name) => variables[name], secrets: ["OPENAI_API_KEY"] },
  };
}

/** Settings with permissions. Folders are relative to `root`. */
function permitting(root: string, given: Partial<RuntimeSettings["permissions"]>): RuntimeSettings {
  const folders = (list: readonly string[] = []) => list.map((each) => `${root}/${each}`.replace(/\/$/, ""));
  return {
    ...defaultSettings,
    permissions: {
      ...defaultSettings.permissions,
      ...given,
      read: folders(given.read),
      write: folders(given.write),
    },
  };
}

/** A program whose code says the value of each expression, or its error. */
function program(...expressions: readonly string[]): string {
  const says = expressions.map((each) =>
    `try { await Say("user", JSON.stringify(await (${each})) ?? "undefined"); } catch (e) { await Say("user", e.name + ": " + e.message); }`
  );
  return `# A\n\`\`\`ts\n/** @trigger At the beginning */\nexport async function Main() {\n${
    says.join("\n")
  }\n}\n\`\`\`\n`;
}

interface Stage {
  readonly root: string;
  play(
    text: string,
    permissions: Partial<RuntimeSettings["permissions"]>,
    more?: PlayOptions,
  ): Promise<Played>;
}

async function withStage(
  files: Readonly<Record<string, string>>,
  test: (stage: Stage) => Promise<void>,
): Promise<void> {
  await using folder = await folderWith(files);
  const root = await Deno.realPath(folder.path);
  await test({
    root,
    play: (text, permissions, more = {}) =>
      play(text, { settings: permitting(root, permissions), world: worldIn(root), ...more }),
  });
}

Deno.test("code world: files are read, listed, written and appended to within the permissions", async () => {
  await withStage(
    { "data/a.txt": "alpha", "note.md": "note", "out/log.txt": "1\n" },
    async ({ root, play }) => {
      const { said } = await play(
        program(
          `readTextFile("note.md")`,
          `readTextFile("data/a.txt")`,
          `readDir("data")`,
          `writeTextFile("out/new/b.txt", "beta")`,
          `readTextFile("out/new/b.txt")`,
          `appendTextFile("out/log.txt", "2\\n")`,
          `writeTextFile("out/log.txt", "3\\n", { append: true })`,
          `Promise.all([4, 5, 6].map((n) => appendTextFile("out/log.txt", n + "\\n")))`,
          `readTextFile("out/log.txt")`,
        ),
        { write: ["out"] },
      );
      assertEquals(said, [
        ...[
          '"note"',
          '"alpha"',
          '[{"name":"a.txt","isFile":true,"isDirectory":false}]',
          "undefined",
          '"beta"',
        ],
        ...["undefined", "undefined", "[null,null,null]", '"1\\n2\\n3\\n4\\n5\\n6\\n"'],
      ]);
      assertEquals(await Deno.readTextFile(`${root}/out/new/b.txt`), "beta");
    },
  );
});

/** Arguments of a call that needs a permission, by its kind. */
const unpermitted: Readonly<Record<keyof RuntimeSettings["permissions"], string>> = {
  net: `"http://shop.example/x"`,
  read: `"/etc/passwd"`,
  write: `"out/a.txt", "x"`,
  env: `"CITY"`,
};

Deno.test("code world: each builtin with a permission refuses a call without it, and is not always declared", async () => {
  const rows = callableFunctions.filter(({ permission }) => permission !== undefined);
  assert(rows.length > 0);
  await withStage({}, async ({ play }) => {
    const { said } = await play(
      program(...rows.map((row) => `${row.name}(${unpermitted[row.permission!]})`)),
      {},
    );
    assertEquals(said.length, rows.length);
    for (const [index, row] of rows.entries()) {
      assertMatch(said[index]!, /^(File|Permission)Error: .* is not permitted/, row.name);
      assert(row.isUndeclared, `the prompt declares ${row.name} in each session`);
    }
  });
});

Deno.test("code world: a refused call names the line to add and the flag", async () => {
  await withStage({ "in/test.pb": "", "in/.env": "K=1", "other/x.txt": "SECRET" }, async ({ root, play }) => {
    const { said } = await play(
      program(
        `writeTextFile("out/a.txt", "x")`,
        `appendTextFile("a.txt", "x")`,
        `readTextFile("/etc/passwd")`,
        `readDir("../")`,
        `readTextFile("in/.env")`,
        `fetch("http://shop.example/x")`,
        `env("CITY")`,
        `env.CITY`,
        `writeTextFile("out/a.txt", { a: 1 })`,
        `writeTextFile("", "x")`,
        `env()`,
      ),
      {},
    );
    const line = (kind: string, name: string, flag: string) =>
      `add "${name}" to ${kind} under [permissions] in playbooks.toml, or run with --allow-${kind}=${flag}`;
    const expected = [
      ["FileError: Writing out/a.txt is not permitted", line("write", "out", `${root}/out`)],
      ["FileError: Writing a.txt is not permitted", line("write", ".", root)],
      ["FileError: Reading /etc/passwd is not permitted", line("read", "/etc", "/etc")],
      ["FileError: Reading ../ is not permitted", line("read", "..", root.slice(0, root.lastIndexOf("/")))],
      ["FileError: Reading in/.env is not permitted", line("read", "in/.env", `${root}/in/.env`)],
      ["PermissionError: Reaching shop.example:80", line("net", "shop.example:80", "shop.example:80")],
      ["PermissionError: Reading the variable CITY is not permitted", line("env", "CITY", "CITY")],
      ["PermissionError: Reading the variable CITY is not permitted", line("env", "CITY", "CITY")],
      ["TypeError: writeTextFile needs a text", "JSON.stringify(value)"],
      ["FileError: writeTextFile needs a path", ""],
      ["TypeError: env needs the name of a variable", ""],
    ] as const;
    assertEquals(said.length, expected.length);
    for (const [i, [start, way]] of expected.entries()) {
      assert(said[i]!.startsWith(start), said[i]);
      assertStringIncludes(said[i]!, way);
    }
  });
});

Deno.test("code world: env gives permitted variables; * leaves out the keys of model providers", async () => {
  await withStage({}, async ({ play }) => {
    const code = program(`env("CITY")`, `env.CITY`, `env("NONE")`, `env("OPENAI_API_KEY")`, "`${env.CITY}`");
    const all = await play(code, { env: ["*"] });
    assertEquals(all.said.slice(0, 3), ['"Oslo"', '"Oslo"', "undefined"]);
    assertMatch(all.said[3]!, /^PermissionError: .*OPENAI_API_KEY/);
    assertMatch(all.said[4]!, /^TypeError: .*await env/);
    const named = await play(code, { env: ["OPENAI_API_KEY"] });
    assertEquals(named.said[3], '"SECRET"');
    assertMatch(named.said[0]!, /^PermissionError/);
  });
});

/** The entries of a run, up to the first one of an effect: the process died when that entry was durable. */
function until(entries: readonly Entry[], isLast: (entry: Entry) => boolean): Entry[] {
  const end = entries.findIndex(isLast);
  assert(end >= 0);
  return entries.slice(0, end + 1);
}

const isStartOf = (name: string) => (entry: Entry) => entry.type === "start" && entry.asked.name === name;

Deno.test("code world: a run killed around an append resumes to a file with the line once", async () => {
  const code = program(`appendTextFile("out/log.txt", "line\\n")`, `readTextFile("out/log.txt")`);
  await withStage({ "out/log.txt": "before\n" }, async ({ root, play }) => {
    const { entries } = await play(code, { write: ["out"] });
    for (const there of ["before\n", "before\nli", "before\nline\n"]) {
      await Deno.writeTextFile(`${root}/out/log.txt`, there);
      const from = until(entries, isStartOf("appendTextFile"));
      const { said, result } = await play(code, { write: ["out"] }, { from });
      assertEquals(result.kind, "completed");
      assertEquals(said, ["undefined", '"before\\nline\\n"'], there);
    }
  });
});

Deno.test("code world: several appends at once are each done once after a kill, in their order", async () => {
  const code = program(
    `Promise.all(["a", "b", "c"].map((each) => appendTextFile("out/log.txt", each + "\\n")))`,
    `readTextFile("out/log.txt")`,
  );
  await withStage({ "out/log.txt": "" }, async ({ root, play }) => {
    const { entries } = await play(code, { write: ["out"] });
    const starts = entries.flatMap((entry, i) => isStartOf("appendTextFile")(entry) ? [i] : []);
    assertEquals(starts.length, 3);
    for (const there of ["", "a\n", "a\nb\n", "a\nb\nc\n"]) {
      await Deno.writeTextFile(`${root}/out/log.txt`, there);
      const from = entries.slice(0, starts.at(-1)! + 1);
      const { said } = await play(code, { write: ["out"] }, { from });
      assertEquals(said.at(-1), '"a\\nb\\nc\\n"', there);
    }
  });
});

Deno.test("code world: an append whose file was changed meanwhile follows the uncertain policy", async () => {
  const code = program(`appendTextFile("out/log.txt", "line\\n")`, `readTextFile("out/log.txt")`);
  await withStage({ "out/log.txt": "" }, async ({ root, play }) => {
    const { entries } = await play(code, { write: ["out"] });
    const from = until(entries, isStartOf("appendTextFile"));
    const resume = async (uncertain: "fail" | "retry") => {
      await Deno.writeTextFile(`${root}/out/log.txt`, "another\n");
      const settings = permitting(root, { write: ["out"] });
      return await play(code, {}, {
        from,
        settings: { ...settings, durability: { ...settings.durability, uncertain } },
      });
    };
    const failed = await resume("fail");
    assertMatch(failed.said[0]!, /^UncertainEffectError: append to out\/log.txt/);
    assertEquals(failed.said[1], '"another\\n"');
    assertEquals((await resume("retry")).said, ["undefined", '"another\\nline\\n"']);
  });
});

Deno.test("code world: a run killed before or after a write resumes to the written file, and leaves nothing beside it", async () => {
  const code = program(`writeTextFile("out/a.txt", "text")`, `readDir("out")`);
  await withStage({ "out/a.txt": "old" }, async ({ root, play }) => {
    const { entries } = await play(code, { write: ["out"] });
    const from = until(entries, isStartOf("writeTextFile"));
    for (const there of ["old", "text"]) {
      await Deno.writeTextFile(`${root}/out/a.txt`, there);
      const { said } = await play(code, { write: ["out"] }, { from });
      assertEquals(said, ["undefined", '[{"name":"a.txt","isFile":true,"isDirectory":false}]']);
      assertEquals(await Deno.readTextFile(`${root}/out/a.txt`), "text");
      assertEquals([...Deno.readDirSync(`${root}/out`)].length, 1);
    }
  });
});

Deno.test("code world: a resume without the permission does not write, also for a write that was begun", async () => {
  const code = program(`writeTextFile("out/a.txt", "text")`);
  await withStage({ "out/a.txt": "old" }, async ({ root, play }) => {
    const { entries } = await play(code, { write: ["out"] });
    await Deno.writeTextFile(`${root}/out/a.txt`, "old");
    const { said } = await play(code, {}, { from: until(entries, isStartOf("writeTextFile")) });
    assertMatch(said[0]!, /^FileError: Writing out\/a.txt is not permitted/);
    assertEquals(await Deno.readTextFile(`${root}/out/a.txt`), "old");
  });
});

Deno.test("code world: what was read is read from the journal after a kill", async () => {
  const code = program(`readTextFile("note.md")`, `env("CITY")`, `Yield("user")`);
  await withStage({ "note.md": "first" }, async ({ root, play }) => {
    const { entries } = await play(code, { env: ["CITY"] });
    await Deno.writeTextFile(`${root}/note.md`, "second");
    const { said } = await play(code, { env: ["CITY"] }, { from: entries, replies: ["go"] });
    assertEquals(said, ['"go"']);
  });
});

Deno.test("code world: a name that other platforms have is an error that says what to write", async () => {
  await withStage({}, async ({ play }) => {
    const advice: Readonly<Record<string, string>> = {
      "print(1)": "console.log(values)",
      'SendMessage("user", "x")': "await Say(agent, text)",
      'require("fs")': 'import { f } from "./tools.ts"',
      "process.env.HOME": "await env(name)",
      'Deno.readTextFile("x")': "await readTextFile(path)",
      "performance.now()": "write Date.now()",
      'Buffer.from("x")': "TextEncoder",
      'prompt("name?")': 'await Yield("user")',
      'exec("ls")': "tool server (MCP)",
    };
    for (const [expression, text] of Object.entries(advice)) {
      const code =
        `# A\n\`\`\`ts\n/** @trigger At the beginning */\nexport async function Main() { ${expression}; }\n\`\`\`\n`;
      const { result } = await play(code, {});
      assertEquals(result.kind, "failed", expression);
      assertStringIncludes(JSON.stringify(result), text.replaceAll('"', '\\"'), expression);
    }
  });
});

Deno.test("code world: a resume names the permissions that the session had and the run lacks", async () => {
  await withStage({}, async ({ root, play }) => {
    const { entries } = await play(program("1"), { write: ["out"], env: ["A"] });
    const ended = entries.findIndex(({ type }) => type === "end");
    const noticesOf = (given: Partial<RuntimeSettings["permissions"]>) => {
      const settings = permitting(root, given);
      const process = { at: 0, pid: 1, host: "test", model: "test", settings };
      const state = foldEntries(undefined, structuredClone(entries.slice(0, ended)));
      return resumeSession(state, process, { pin: false, programs: new Programs(), confirmed: true }).notices;
    };
    assertEquals(noticesOf({ write: ["out"], env: ["A"] }), []);
    assertEquals(noticesOf({ env: ["A"] }), [
      `This run lacks permissions that the session had: write ${root}/out; to keep them, resume with the same --allow-… flags or settings`,
    ]);
  });
});
