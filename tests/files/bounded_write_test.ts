import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  appendPlace,
  appendToFile,
  FileError,
  overwriteFile,
  readBoundedFolder,
  type WriteAccess,
} from "../../src/files/mod.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { pipeAt } from "../support/temp_files.ts";

function accessTo(root: string, more: Partial<WriteAccess> = {}): WriteAccess {
  return { within: [`${root}/out`], closed: [], guarded: [], maxBytes: 1000, ...more };
}

/** The fault of a write, or the new text of the file. */
function write(path: string, access: WriteAccess): string {
  try {
    overwriteFile(path, "new", access, "token");
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof FileError) return error.fault;
    throw error;
  }
}

/** The same for an append. */
function append(path: string, access: WriteAccess): string {
  try {
    appendToFile(path, "new", access);
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof FileError) return error.fault;
    throw error;
  }
}

Deno.test("write: only files in a permitted folder are written, whatever the path looks like", async () => {
  await using folder = await folderWith({
    "out/old.txt": "old",
    "outside/secret.txt": "SECRET",
    "elsewhere/file.txt": "SECRET",
    "main.pb": "# A",
  });
  const root = await Deno.realPath(folder.path);
  await Deno.symlink("../elsewhere", `${root}/out/linked`);
  await Deno.symlink("../elsewhere/file.txt", `${root}/out/link.txt`);
  await Deno.symlink("../elsewhere/none.txt", `${root}/out/dangling.txt`);
  await Deno.symlink("old.txt", `${root}/out/own.txt`);
  pipeAt(`${root}/out/pipe`);
  const cases: Readonly<Record<string, string>> = {
    "out/new.txt": "new",
    "out/deep/er/new.txt": "new",
    "out/../out/again.txt": "new",
    "out/own.txt": "new",
    "out/pipe": "special",
    "out/deep": "folder",
    "out": "folder",
    "out/../main.pb": "outside",
    "outside/secret.txt": "outside",
    "out/linked/file.txt": "outside",
    "out/linked/new/file.txt": "outside",
    "out/link.txt": "outside",
    "out/dangling.txt": "outside",
    "/etc/passwd": "outside",
    "out/.env": "hidden",
    "out/.git/hooks/post-commit": "hidden",
    "out/a\0b": "missing",
    "out/playbooks.toml": "guarded",
    "out/PLAYBOOKS.TOML": "guarded",
  };
  for (const [path, expected] of Object.entries(cases)) {
    const whole = path.startsWith("/") ? path : `${root}/${path}`;
    assertEquals(write(whole, accessTo(root)), expected, `write ${path}`);
    const appended = append(whole, accessTo(root));
    assertEquals(appended, expected === "new" ? "newnew" : expected, `append ${path}`);
  }
  assertEquals(await Deno.readTextFile(`${root}/elsewhere/file.txt`), "SECRET");
  assert((await Deno.lstat(`${root}/out/own.txt`)).isSymlink, "a link inside stays, and its file is written");
  assertEquals(await Deno.readTextFile(`${root}/out/old.txt`), "newnew");
  const left = [...Deno.readDirSync(`${root}/out`)].filter(({ name }) => name.endsWith(".tmp"));
  assertEquals(left, []);
});

Deno.test("write: guarded files and names with a dot are open if exactly they are named, and the storage never is", async () => {
  await using folder = await folderWith({ "main.pb": "# A", "store/s/journal.jsonl": "{}" });
  const root = await Deno.realPath(folder.path);
  const access = (...within: string[]) =>
    accessTo(root, {
      within: within.map((each) => `${root}/${each}`.replace(/\/$/, "")),
      closed: [`${root}/store`],
      guarded: [`${root}/main.pb`],
    });
  assertEquals(write(`${root}/main.pb`, access("")), "guarded");
  assertEquals(write(`${root}/main.pb`, access("", "main.pb")), "new");
  assertEquals(write(`${root}/.env`, access("")), "hidden");
  assertEquals(write(`${root}/.env`, access(".env")), "new");
  assertEquals(write(`${root}/.github/x.yml`, access(".github")), "new");
  assertEquals(write(`${root}/playbooks.toml`, access("playbooks.toml")), "new");
  assertEquals(
    write(`${root}/store/s/journal.jsonl`, access("", "store", "store/s/journal.jsonl")),
    "closed",
  );
});

Deno.test("write: a file keeps its mode, and a bound holds for texts and for files", async () => {
  await using folder = await folderWith({ "out/run.sh": "old" });
  const root = await Deno.realPath(folder.path);
  await Deno.chmod(`${root}/out/run.sh`, 0o750);
  assertEquals(write(`${root}/out/run.sh`, accessTo(root)), "new");
  assertEquals((await Deno.stat(`${root}/out/run.sh`)).mode! & 0o777, 0o750);
  assertEquals(write(`${root}/out/run.sh`, accessTo(root, { maxBytes: 2 })), "large");
  assertEquals(append(`${root}/out/run.sh`, accessTo(root, { maxBytes: 5 })), "large");
  assertEquals(await Deno.readTextFile(`${root}/out/run.sh`), "new");
});

Deno.test("write: what a killed write left beside the file is removed by its repetition", async () => {
  await using folder = await folderWith({ "out/.playbooks-token.tmp": "half" });
  const root = await Deno.realPath(folder.path);
  assertEquals(write(`${root}/out/a.txt`, accessTo(root)), "new");
  assertEquals([...Deno.readDirSync(`${root}/out`)].map(({ name }) => name), ["a.txt"]);
});

Deno.test("append: a file with a second name is refused, since that name may be anywhere", async () => {
  await using folder = await folderWith({ "elsewhere.txt": "x", "out/a.txt": "" });
  const root = await Deno.realPath(folder.path);
  await Deno.link(`${root}/elsewhere.txt`, `${root}/out/b.txt`);
  assertEquals(append(`${root}/out/b.txt`, accessTo(root)), "special");
  assertEquals(await Deno.readTextFile(`${root}/elsewhere.txt`), "x");
});

Deno.test("append: a repetition adds what is missing, adds nothing, or says that it cannot know", async () => {
  await using folder = await folderWith({ "out/log.txt": "" });
  const root = await Deno.realPath(folder.path);
  const path = `${root}/out/log.txt`;
  const cases = [
    // The text before, its content when the process comes back, and what must come of it.
    ["a\n", "a\n", "done", "a\nline\n"],
    ["a\n", "a\nline\n", "done", "a\nline\n"],
    ["a\n", "a\nli", "done", "a\nline\n"],
    ["", "", "done", "line\n"],
    ["a\n", "a\nline\nof another\n", "done", "a\nline\nof another\n"],
    ["a\n", "a\nother\n", "unclear", "a\nother\n"],
    ["a\n", "", "unclear", ""],
    ["line\n", "line\n", "done", "line\nline\n"],
  ] as const;
  for (const [before, there, result, after] of cases) {
    await Deno.writeTextFile(path, there);
    const earlier = { from: before.length };
    assertEquals([appendToFile(path, "line\n", accessTo(root), earlier), there], [result, there]);
    assertEquals(await Deno.readTextFile(path), after);
  }
  await Deno.remove(path);
  assertEquals(appendPlace(path, accessTo(root)), { path, bytes: 0 });
  assertEquals(appendToFile(path, "line\n", accessTo(root), { from: 0 }), "done");
  assertEquals(appendPlace(path, accessTo(root)).bytes, 5);
});

Deno.test("folder: items are sorted, dot names of the program's folder are left out, and links are what they lead to", async () => {
  await using folder = await folderWith({ "in/b.txt": "", "in/a/x": "", "in/.env": "", "out/secret": "" });
  const root = await Deno.realPath(folder.path);
  await Deno.symlink("../out", `${root}/in/link`);
  const names = (path: string, visibleOnly: boolean) =>
    readBoundedFolder(path, [{ path: `${root}/in`, visibleOnly }]).map(({ name }) => name);
  assertEquals(names(`${root}/in`, true), ["a", "b.txt", "link"]);
  assertEquals(names(`${root}/in`, false), [".env", "a", "b.txt", "link"]);
  assertEquals(readBoundedFolder(`${root}/in`, [{ path: `${root}/in`, visibleOnly: true }])[0], {
    name: "a",
    isFile: false,
    isDirectory: true,
  });
  for (const path of [`${root}/in/link`, `${root}/out`, `${root}/in/../out`]) {
    assertThrows(() => names(path, true), FileError, "outside");
  }
  assertThrows(() => names(`${root}/in/b.txt`, true), FileError, "is not a folder");
  assertThrows(() => names(`${root}/in/none`, true), FileError, "is not there");
});
