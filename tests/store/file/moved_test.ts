import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { PlaybooksError } from "../../../src/errors.ts";
import { filesBesideStorage, findMoved, mayRelink, relinked } from "../../../src/store/file/moved.ts";
import type { SessionFile } from "../../../src/store/session_summary.ts";
import { idOf, sessionOf } from "./fixtures.ts";
import { tempFolder } from "../../support/temp_files.ts";

/** Creates the files and returns their paths. */
function files(folder: string, names: readonly string[]): string[] {
  return names.map((name) => {
    const path = `${folder}/${name}`;
    Deno.mkdirSync(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    Deno.writeTextFileSync(path, `# ${name}\n`);
    return path;
  });
}

/** A session that was made in `/old`, which does not exist. */
function made(number: number, given: Partial<SessionFile> = {}): SessionFile {
  return sessionOf({
    id: idOf(number),
    key: "old",
    programPaths: ["/old/place/s.pb"],
    storage: "/old/place/.checkpoints",
    status: "waiting",
    ...given,
  });
}

Deno.test("moved: a single unfinished session with the same names and place and missing files is found", () => {
  using temp = tempFolder();
  const here = { paths: files(temp.path, ["s.pb"]), storage: `${temp.path}/.checkpoints` };
  const session = made(1);
  for (const status of ["waiting", "stopped", "running"] as const) {
    const each = { ...session, status };
    assertEquals(findMoved([made(2, { status: "completed" }), each], here), { kind: "moved", session: each });
  }
  const old = made(3);
  const { storage: _, ...unrecorded } = old;
  assertEquals(findMoved([unrecorded], here), { kind: "moved", session: unrecorded });
});

Deno.test("moved: a different place relative to the storage, other names, or more files do not match", () => {
  using temp = tempFolder();
  const here = { paths: files(temp.path, ["sub/s.pb"]), storage: `${temp.path}/.checkpoints` };
  const others: Partial<SessionFile>[] = [
    { programPaths: ["/old/place/s.pb"] },
    { programPaths: ["/old/place/other/s.pb"] },
    { programPaths: ["/old/place/sub/t.pb"] },
    { programPaths: ["/old/place/sub/s.pb", "/old/place/sub/t.pb"] },
    { programPaths: [] },
  ];
  for (const other of others) {
    assertEquals(findMoved([made(1, other)], here).kind, "none", JSON.stringify(other));
    const { storage: _, ...unrecorded } = made(1, other);
    assertEquals(findMoved([unrecorded], here).kind, "none", JSON.stringify(other));
  }
  assertEquals(findMoved([made(1, { programPaths: ["/old/place/sub/s.pb"] })], here).kind, "moved");
});

Deno.test("moved: several matches are listed with exit 3, and so is a match with existing files", () => {
  using temp = tempFolder();
  const here = { paths: files(temp.path, ["new/s.pb"]), storage: `${temp.path}/new/.checkpoints` };
  const several = assertThrows(() => findMoved([made(1), made(2, { name: "two" })], here), PlaybooksError);
  assertEquals(several.exitCode, 3);
  for (const part of [idOf(1), `${idOf(2)} (two)`, "--resume=ID", "Nothing was done"]) {
    assertStringIncludes(several.message, part);
  }
  const original = files(temp.path, ["old/s.pb"]);
  const copied = made(3, { programPaths: original, storage: `${temp.path}/old/.checkpoints` });
  const copy = assertThrows(() => findMoved([copied], here), PlaybooksError);
  assertEquals(copy.exitCode, 3);
  assertStringIncludes(copy.message, `--resume=${idOf(3)}`);
  assertStringIncludes(copy.message, original[0]!);
  assertThrows(() => findMoved([copied, made(1)], here), PlaybooksError);
});

Deno.test("moved: recorded paths match if they lead to the same files under any name", () => {
  using temp = tempFolder();
  const [path] = files(temp.path, ["real/s.pb"]);
  Deno.symlinkSync(`${temp.path}/real`, `${temp.path}/Alias`);
  const session = made(1, {
    programPaths: [`${temp.path}/Alias/s.pb`],
    storage: `${temp.path}/Alias/.checkpoints`,
  });
  const here = { paths: [path!], storage: `${temp.path}/real/.checkpoints` };
  assertEquals(findMoved([session], here), { kind: "moved", session });
});

Deno.test("moved: several files match by their common folder, in any order", () => {
  using temp = tempFolder();
  const here = { paths: files(temp.path, ["a/x.pb", "b/y.pb"]), storage: `${temp.path}/.checkpoints` };
  const session = made(1, { programPaths: ["/old/place/b/y.pb", "/old/place/a/x.pb"] });
  const swapped = made(2, { programPaths: ["/old/place/a/y.pb", "/old/place/b/x.pb"] });
  const { storage: _, ...unrecorded } = session;
  assertEquals(findMoved([swapped, session], here), { kind: "moved", session });
  assertEquals(findMoved([swapped, unrecorded], here), { kind: "moved", session: unrecorded });
});

Deno.test("moved: a session at another place is named before a new one starts, and can be resumed by its id", async () => {
  using temp = tempFolder();
  const here = { paths: files(temp.path, ["s.pb"]), storage: `${temp.path}/elsewhere/storage` };
  const session = made(1, { storage: `${temp.path}/elsewhere/storage` });
  const result = findMoved([session, made(2, { programPaths: ["/old/t.pb"] })], here);
  assert(result.kind === "none");
  assertEquals(result.notices.length, 1);
  assertStringIncludes(result.notices[0]!, `--resume=${idOf(1)}`);
  assert(mayRelink(session, here));
  const there = files(temp.path, ["other/s.pb"]);
  assert(!mayRelink({ ...session, programPaths: there }, here), "its own files are elsewhere");
  const { key, programPaths, storage } = await relinked(session, here);
  assertEquals([programPaths, storage], [here.paths, here.storage]);
  assert(/^[0-9a-f]{16}$/.test(key) && key !== session.key);
});

Deno.test("moved: files beside a moved storage are found only if all of them exist", () => {
  using temp = tempFolder();
  const storage = `${temp.path}/.checkpoints`;
  const session = made(1, { programPaths: ["/old/place/s.pb", "/old/place/t.pb"] });
  files(temp.path, ["s.pb"]);
  assertEquals(filesBesideStorage(session, storage), undefined);
  const [, t] = files(temp.path, ["s.pb", "t.pb"]);
  assertEquals(filesBesideStorage(session, storage), [`${temp.path}/s.pb`, t!]);
  assertEquals(filesBesideStorage({ ...session, storage }, storage), undefined, "nothing moved");
});
