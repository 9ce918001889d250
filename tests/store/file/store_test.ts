import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { PlaybooksError } from "../../../src/errors.ts";
import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import { isLeaseFree } from "../../../src/store/file/lease.ts";
import { Sessions } from "../../../src/store/file/sessions.ts";
import { beginFolderSession, resumeFolderSession } from "../../../src/store/file/store.ts";
import { newestToResume, resumeTarget } from "../../../src/store/resume_target.ts";
import { nowMs, sessionsIn } from "./fixtures.ts";
import { tempFolder } from "../../support/temp_files.ts";

const runner = { fs: realFileSystem(), pid: 7, host: "here", nowMs };
const program = { key: "1111111111111111", programPaths: ["/x.pb"] };

Deno.test("store: a new session has its folder, its lease and its place in the registry", async () => {
  using temp = tempFolder();
  const sessions = sessionsIn(`${temp.path}/a/b`);
  {
    using begun = await beginFolderSession(sessions, { ...program, name: "mine" }, runner);
    assertEquals(begun.folder, `${temp.path}/a/b/${begun.session.id}`);
    assertEquals(sessions.get(begun.session.id), begun.session);
    assertEquals([begun.session.status, begun.session.pid, begun.session.name], ["running", 7, "mine"]);
    if (Deno.build.os !== "windows") {
      for (const path of [begun.folder, `${temp.path}/a`]) {
        assertEquals(Deno.statSync(path).mode! & 0o777, 0o700);
      }
    }
    const error = await assertRejects(
      () => resumeFolderSession(sessions, begun.session, runner),
      PlaybooksError,
    );
    assertEquals(error.exitCode, 4);
  }
  assertEquals((await newestToResume(sessions))?.status, "stopped");
});

Deno.test("store: a storage folder that another process creates at the same moment is used", async () => {
  using temp = tempFolder();
  const fs = {
    ...realFileSystem(),
    syncFolder: () => Deno.mkdirSync(`${temp.path}/a/b`, { recursive: true }),
  };
  using begun = await beginFolderSession(sessionsIn(`${temp.path}/a/b`), program, { ...runner, fs });
  assert(Deno.statSync(begun.folder).isDirectory);
});

Deno.test("store: a session is resumed by its key or by reference, and runs again", async () => {
  using temp = tempFolder();
  const sessions = sessionsIn(temp.path);
  const [first, second] = [
    await beginFolderSession(sessions, program, runner),
    await beginFolderSession(sessions, program, runner),
  ];
  for (const begun of [first, second]) begun[Symbol.dispose]();
  await sessions.update(first.session.id, { exit: 130 });
  const last = await resumeTarget(sessions, { key: "1111111111111111" });
  assert(last.kind === "resume");
  assertEquals([last.session.id, last.explicit], [second.session.id, false]);
  const named = await resumeTarget(sessions, { reference: `${first.session.id}@4` });
  assert(named.kind === "resume");
  assertEquals([named.session.id, named.explicit, named.position], [first.session.id, true, 4]);
  {
    using again = await resumeFolderSession(sessions, named.session, {
      ...runner,
      pid: 8,
      change: { programPaths: ["/y.pb"] },
    });
    const { status, pid, exit, programPaths } = again.session;
    assertEquals([status, pid, exit, programPaths], ["running", 8, undefined, ["/y.pb"]]);
  }
  assertEquals(await resumeTarget(sessions, { key: "2222222222222222" }), { kind: "none" });
  assertEquals((await newestToResume(sessions))?.id, first.session.id);
});

Deno.test("store: a missing session is exit 3, and nothing is written", async () => {
  using temp = tempFolder();
  const sessions = sessionsIn(`${temp.path}/none`);
  for (const reference of ["x", "../../x", "abcdef"]) {
    const error = await assertRejects(() => resumeTarget(sessions, { reference }), PlaybooksError);
    assertEquals(error.exitCode, 3);
    assertMatch(error.message, /^Session ".*" not found.*; there are no sessions here; list all with/);
  }
  assertEquals([...Deno.readDirSync(temp.path)], []);
});

Deno.test("store: an unwritable storage path is exit 6 with a recovery hint, and leaves nothing behind", async (t) => {
  using temp = tempFolder();
  Deno.writeTextFileSync(`${temp.path}/file`, "");
  Deno.symlinkSync(`${temp.path}/nowhere`, `${temp.path}/dangling`);
  const paths = [
    `${temp.path}/file`,
    `${temp.path}/file/sub`,
    `${temp.path}/dangling`,
    `${temp.path}/new/${"x".repeat(300)}`,
  ];
  for (const path of paths) {
    await t.step(path.slice(temp.path.length, temp.path.length + 20), async () => {
      const error = await assertRejects(
        () => beginFolderSession(sessionsIn(path), program, runner),
        PlaybooksError,
      );
      assertEquals(error.exitCode, 6, error.message);
      assertMatch(
        error.message,
        /^Cannot (?:keep sessions in|use) .*: .*; (?:remove the link, or )?set storage_path under \[durability\] in playbooks\.toml/,
      );
      assertEquals([...Deno.readDirSync(temp.path)].map(({ name }) => name).sort(), ["dangling", "file"]);
    });
  }
});

Deno.test("store: a session that cannot be registered leaves no folder and no lease", async () => {
  using temp = tempFolder();
  let folder = "";
  const fs = { ...realFileSystem(), replace: fullDisk };
  const sessions = new Sessions(temp.path, { fs, nowMs });
  const error = await assertRejects(() => beginFolderSession(sessions, program, runner), PlaybooksError);
  assertEquals([error.exitCode, /the disk is full/.test(error.message)], [6, true]);
  assertEquals([...Deno.readDirSync(temp.path)].map(({ name }) => name), [".lock"]);
  assert(isLeaseFree(folder));

  function fullDisk(path: string): void {
    folder = path.slice(0, path.lastIndexOf("/"));
    throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
  }
});

Deno.test("store: an invalid name is refused before anything is created", async () => {
  using temp = tempFolder();
  const error = await assertRejects(
    () => beginFolderSession(sessionsIn(temp.path), { ...program, name: "../x" }, runner),
    PlaybooksError,
  );
  assertEquals([error.exitCode, [...Deno.readDirSync(temp.path)].length], [2, 0]);
});
