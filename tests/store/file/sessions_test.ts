import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import { StorageError } from "../../../src/store/storage_error.ts";
import { takeLease } from "../../../src/store/file/lease.ts";
import { readSessionFile } from "../../../src/store/file/session_file.ts";
import type { SessionFile } from "../../../src/store/session_summary.ts";
import type { Sessions } from "../../../src/store/file/sessions.ts";
import { idOf, race, sessionOf, sessionsIn } from "./fixtures.ts";
import { tempFolder } from "../../support/temp_files.ts";

const registry = ".registry.sqlite3";

Deno.test("sessions: only a start or a resume makes a session the last of its key", async () => {
  using temp = tempFolder();
  const sessions = sessionsIn(temp.path);
  await begin(sessions, { id: idOf(1) });
  await begin(sessions, { id: idOf(2) });
  await begin(sessions, { id: idOf(3), key: "2222222222222222" });
  await sessions.update(idOf(1), { turns: 5 });
  assertEquals((await sessions.lastFor("1111111111111111"))?.id, idOf(2));
  await sessions.resumed(idOf(1), { host: "there", pid: 2 });
  await sessions.update(idOf(2), { status: "completed", exit: 0 });
  assertEquals((await sessions.lastFor("1111111111111111"))?.id, idOf(1));
  assertEquals((await sessions.lastFor("2222222222222222"))?.id, idOf(3));
  assertEquals(await sessions.lastFor("3333333333333333"), undefined);
  assertEquals(mirrorOf(temp.path), { "1111111111111111": idOf(1), "2222222222222222": idOf(3) });
  assertEquals(sessions.list().map(({ id }) => id), [idOf(1), idOf(3), idOf(2)]);
});

Deno.test("sessions: the last session is found when the registry, the JSON index or both are lost or damaged", async (t) => {
  const files = [registry, ".sessions.json"];
  for (const harmed of [[registry], [".sessions.json"], files]) {
    for (const harm of ["lost", "rubbish", "empty", "folder"] as const) {
      await t.step(`${harmed.join(" and ")} ${harm}`, async () => {
        using temp = tempFolder();
        await twoKeys(sessionsIn(temp.path));
        for (const name of harmed) harmFile(`${temp.path}/${name}`, harm);
        const sessions = sessionsIn(temp.path);
        assertEquals((await sessions.lastFor("1111111111111111"))?.id, idOf(1));
        assertEquals((await sessions.lastFor("2222222222222222"))?.id, idOf(3));
        // Reading has changed nothing. The next run repairs everything possible.
        await sessions.update(idOf(3), { turns: 1 });
        if (!(harm === "folder" && harmed.includes(".sessions.json"))) {
          assertEquals(mirrorOf(temp.path), { "1111111111111111": idOf(1), "2222222222222222": idOf(3) });
          Deno.removeSync(`${temp.path}/.sessions.json`);
        }
        assertEquals((await sessionsIn(temp.path).lastFor("1111111111111111"))?.id, idOf(1));
        assertEquals(await registered(temp.path, "1111111111111111"), idOf(1));
      });
    }
  }
});

Deno.test("sessions: a run that dies before the update of the registry is still the last of its key", async () => {
  using temp = tempFolder();
  const sessions = sessionsIn(temp.path);
  await begin(sessions, { id: idOf(1) });
  Deno.mkdirSync(sessions.folderOf(idOf(2)));
  await sessions.register(sessionOf({ id: idOf(2) }), { registryLater: true });
  assertEquals([await registered(temp.path, "1111111111111111"), mirrorOf(temp.path)], [idOf(1), {
    "1111111111111111": idOf(2),
  }]);
  const after = sessionsIn(temp.path);
  assertEquals((await after.lastFor("1111111111111111"))?.id, idOf(2));
  await after.resumed(idOf(1), { host: "here", pid: 2 }, { registryLater: true });
  assertEquals((await after.lastFor("1111111111111111"))?.id, idOf(1));
  await Promise.all([sessions.flushIndexes(), after.flushIndexes()]);
  assertEquals(mirrorOf(temp.path), { "1111111111111111": idOf(1) });
  assertEquals((await sessionsIn(temp.path).lastFor("1111111111111111"))?.id, idOf(1));
});

Deno.test("sessions: flushIndexes() and any other change write all pending updates to the registry", async () => {
  using temp = tempFolder();
  const sessions = sessionsIn(temp.path);
  for (const [number, key] of [[1, "1111111111111111"], [2, "2222222222222222"]] as const) {
    Deno.mkdirSync(sessions.folderOf(idOf(number)));
    await sessions.register(sessionOf({ id: idOf(number), key }), { registryLater: true });
    assertEquals(await registered(temp.path, key), undefined);
    await (number === 1 ? sessions.flushIndexes() : sessions.update(idOf(1), { turns: 1 }));
    assertEquals(await registered(temp.path, key), idOf(number));
  }
});

Deno.test("sessions: a damaged registry is set aside with one notice", async () => {
  using temp = tempFolder();
  const sessions = sessionsIn(temp.path);
  await begin(sessions, { id: idOf(1) });
  harmFile(`${temp.path}/${registry}`, "rubbish");
  await sessions.lastFor("1111111111111111");
  await sessions.update(idOf(1), { turns: 1 });
  await sessions.update(idOf(1), { turns: 2 });
  const notices = sessions.takeNotices();
  assertEquals(notices.length, 1, notices.join("\n"));
  assertMatch(
    notices[0]!,
    /^The registry was damaged and has been made anew .* the old one is \.registry\.sqlite3\.damaged-\d{4}-\d\d-\d\dT\d{6}Z$/,
  );
  assertEquals(sessions.takeNotices(), []);
  assertEquals(namesIn(temp.path).filter((name) => name.includes("damaged")).length, 1);
});

Deno.test("sessions: without a key-value store the folders and the JSON index are used, with one notice", async () => {
  using temp = tempFolder();
  const [result] = await race(1, ["begin", temp.path], { kv: false });
  const { id, notices } = JSON.parse(result!);
  assertEquals(notices, [
    "The registry cannot be used (this Deno has no key-value store (it needs --unstable-kv)); " +
    "the sessions' folders serve in its place",
  ]);
  const sessions = sessionsIn(temp.path);
  assertEquals((await sessions.lastFor("a000000000000000"))?.id, id);
  await sessions.update(id, { turns: 1 });
  assertEquals([
    (await sessions.lastFor("a000000000000000"))?.id,
    await registered(temp.path, "a000000000000000"),
  ], [id, id]);
});

Deno.test("sessions: a session that was registered without a usable registry is still the last of its key", async () => {
  using temp = tempFolder();
  await begin(sessionsIn(temp.path), { id: idOf(1), key: "a000000000000000" });
  const [result] = await race(1, ["begin", temp.path], { kv: false });
  assertEquals(await registered(temp.path, "a000000000000000"), idOf(1));
  assertEquals((await sessionsIn(temp.path).lastFor("a000000000000000"))?.id, JSON.parse(result!).id);
});

Deno.test("sessions: a new registry takes over an existing JSON index, with sessions of other programs", async () => {
  using temp = tempFolder();
  const sessions = sessionsIn(temp.path);
  for (const number of [1, 2]) writeSession(sessions, sessionOf({ id: idOf(number) }));
  writeSession(sessions, sessionOf({ id: idOf(4), key: "eeeeeeeeeeeeeeee" }));
  writeSession(sessions, sessionOf({ id: idOf(5), key: "5555555555555555" }));
  const mirror = { "1111111111111111": idOf(1), ffffffffffffffff: idOf(9), "5555555555555555": idOf(6) };
  Deno.writeTextFileSync(`${temp.path}/.sessions.json`, JSON.stringify(mirror));
  assertEquals((await sessions.lastFor("1111111111111111"))?.id, idOf(1));
  assertEquals((await sessions.lastFor("5555555555555555"))?.id, idOf(5));
  await begin(sessions, { id: idOf(3), key: "2222222222222222" });
  const expected = {
    "1111111111111111": idOf(1),
    ffffffffffffffff: idOf(9),
    "5555555555555555": idOf(5),
    eeeeeeeeeeeeeeee: idOf(4),
    "2222222222222222": idOf(3),
  };
  assertEquals(mirrorOf(temp.path), expected);
  for (const [key, id] of Object.entries(expected)) assertEquals(await registered(temp.path, key), id);
});

Deno.test("sessions: ten programs that start at once on one storage path are all registered", async () => {
  using temp = tempFolder();
  const storagePath = `${temp.path}/new/.checkpoints`;
  const begun = (await race(10, ["begin", storagePath])).map((result) => JSON.parse(result));
  assertEquals(begun.flatMap(({ notices }) => notices), []);
  const sessions = sessionsIn(storagePath);
  assertEquals(sessions.list().map(({ id }) => id).sort(), begun.map(({ id }) => id).sort());
  for (const [number, { id }] of begun.entries()) {
    assertEquals((await sessions.lastFor(`a00000000000000${number}`))?.id, id);
    assertEquals(await registered(storagePath, `a00000000000000${number}`), id);
    assertEquals(mirrorOf(storagePath)[`a00000000000000${number}`], id);
  }
});

Deno.test("sessions: a session marked as running counts as stopped if no process holds its lease", async () => {
  using temp = tempFolder();
  const sessions = sessionsIn(temp.path);
  await begin(sessions, { id: idOf(1) });
  assertEquals(sessions.get(idOf(1))?.status, "stopped");
  {
    using _ = await takeLease(sessions.folderOf(idOf(1)), { session: "x", pid: 1, host: "here", nowMs: 0 });
    assertEquals(sessions.list().map(({ status }) => status), ["running"]);
  }
  await sessions.update(idOf(1), { status: "waiting" });
  assertEquals(sessions.get(idOf(1))?.status, "waiting");
});

Deno.test("sessions: a session with a damaged or missing session.json is listed with a notice and repaired by the next change", async (t) => {
  for (const harm of ["lost", "rubbish"] as const) {
    await t.step(harm, async () => {
      using temp = tempFolder();
      const sessions = sessionsIn(temp.path);
      await begin(sessions, { id: idOf(1) });
      const folder = sessions.folderOf(idOf(1));
      Deno.writeTextFileSync(`${folder}/journal.jsonl`, "");
      harmFile(`${folder}/session.json`, harm);
      assertEquals(sessions.list().map(({ id, status }) => [id, status]), [[idOf(1), "stopped"]]);
      assertEquals(sessions.takeNotices().length, 1);
      await sessions.resumed(idOf(1), {
        key: "1111111111111111",
        programPaths: ["/x.pb"],
        host: "here",
        pid: 1,
      });
      assertEquals((await sessions.lastFor("1111111111111111"))?.id, idOf(1));
      assertEquals(
        namesIn(folder).filter((name) => name.includes("damaged")).length,
        harm === "rubbish" ? 1 : 0,
      );
    });
  }
});

Deno.test("sessions: a session with a damaged session.json is still the last of its key, by the pointers", async () => {
  using temp = tempFolder();
  const sessions = sessionsIn(temp.path);
  await begin(sessions, { id: idOf(1) });
  await begin(sessions, { id: idOf(2) });
  harmFile(`${sessions.folderOf(idOf(2))}/session.json`, "rubbish");
  assertEquals((await sessions.lastFor("1111111111111111"))?.id, idOf(2));
});

Deno.test("sessions: a changed letter in session.json is noticed, and a file without a checksum is accepted", async () => {
  using temp = tempFolder();
  const sessions = sessionsIn(temp.path);
  await begin(sessions, { id: idOf(1) });
  const path = `${sessions.folderOf(idOf(1))}/session.json`;
  Deno.writeTextFileSync(
    path,
    Deno.readTextFileSync(path).replace('"1111111111111111"', '"7777777777777777"'),
  );
  assertEquals(readSessionFile(realFileSystem(), sessions.folderOf(idOf(1))), "damaged");
  writeSession(sessions, sessionOf({ id: idOf(2) }));
  assertEquals(sessions.get(idOf(2))?.key, "1111111111111111");
});

Deno.test("sessions: reading changes nothing on disk, with or without a storage folder", async () => {
  using temp = tempFolder();
  for (const storagePath of [temp.path, `${temp.path}/none`]) {
    const sessions = sessionsIn(storagePath);
    assertEquals([sessions.list(), await sessions.lastFor("1111111111111111"), sessions.get(idOf(1))], [
      [],
      undefined,
      undefined,
    ]);
    assertEquals(sessions.find("abcd"), { kind: "missing", nearest: [], newest: [] });
  }
  assertEquals(namesIn(temp.path), []);
});

Deno.test("sessions: update() keeps changes by other processes, and undefined removes a field", async () => {
  using temp = tempFolder();
  const [runner, renamer] = [sessionsIn(temp.path), sessionsIn(temp.path)];
  await begin(runner, { id: idOf(1) });
  await Promise.all([
    runner.update(idOf(1), { turns: 3, exit: 75 }),
    renamer.update(idOf(1), { name: "mine" }),
  ]);
  const file = await runner.update(idOf(1), { exit: undefined });
  assertEquals([file.turns, file.name, "exit" in file], [3, "mine", false]);
  assertEquals(runner.find("mine").kind, "found");
});

Deno.test("sessions: forget() removes a session from both indexes, and the one before it is the last again", async () => {
  using temp = tempFolder();
  const sessions = sessionsIn(temp.path);
  await begin(sessions, { id: idOf(1) });
  await begin(sessions, { id: idOf(2) });
  Deno.removeSync(sessions.folderOf(idOf(2)), { recursive: true });
  assertEquals((await sessions.lastFor("1111111111111111"))?.id, idOf(1));
  sessions.forget(idOf(2));
  await sessions.flushIndexes();
  const indexes = [mirrorOf(temp.path), await registered(temp.path, "1111111111111111")];
  assertEquals(indexes, [{ "1111111111111111": idOf(1) }, idOf(1)]);
  assertEquals((await sessions.lastFor("1111111111111111"))?.id, idOf(1));
});

Deno.test("sessions: a failed write of session.json is a storage error, because the folder is the truth", async () => {
  using temp = tempFolder();
  const error = await assertRejects(
    () => sessionsIn(temp.path).register(sessionOf({ id: idOf(1) })),
    StorageError,
  );
  assertEquals(error.exitCode, 6);
});

Deno.test("sessions: only the owner can read the registry", async () => {
  if (Deno.build.os === "windows") return;
  using temp = tempFolder();
  await begin(sessionsIn(temp.path), { id: idOf(1) });
  for (const name of [registry, ".sessions.json", ".lock", `${idOf(1)}/session.json`]) {
    assertEquals(Deno.statSync(`${temp.path}/${name}`).mode! & 0o777, 0o600, name);
  }
});

async function begin(
  sessions: Sessions,
  given: Partial<SessionFile> & { readonly id: string },
): Promise<void> {
  Deno.mkdirSync(sessions.folderOf(given.id));
  await sessions.register(sessionOf(given));
}

function writeSession(sessions: Sessions, session: SessionFile): void {
  Deno.mkdirSync(sessions.folderOf(session.id));
  Deno.writeTextFileSync(`${sessions.folderOf(session.id)}/session.json`, JSON.stringify(session));
}

/** Key `k1` has two sessions, and the first one was resumed last. Key `k2` has one. */
async function twoKeys(sessions: Sessions): Promise<void> {
  await begin(sessions, { id: idOf(1) });
  await begin(sessions, { id: idOf(2) });
  await begin(sessions, { id: idOf(3), key: "2222222222222222" });
  await sessions.resumed(idOf(1), { host: "here", pid: 2 });
}

function harmFile(path: string, harm: "lost" | "rubbish" | "empty" | "folder"): void {
  Deno.removeSync(path);
  if (harm === "rubbish") Deno.writeTextFileSync(path, "rubbish ".repeat(1000));
  if (harm === "empty") Deno.writeTextFileSync(path, "");
  if (harm === "folder") Deno.mkdirSync(path);
}

async function registered(storagePath: string, key: string): Promise<unknown> {
  const kv = await Deno.openKv(`${storagePath}/${registry}`);
  try {
    const { value } = await kv.get(["last", key]);
    return value === null ? undefined : JSON.parse(new TextDecoder().decode(value as Uint8Array));
  } finally {
    kv.close();
  }
}

function mirrorOf(storagePath: string): Record<string, string> {
  return JSON.parse(Deno.readTextFileSync(`${storagePath}/.sessions.json`));
}

function namesIn(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("sessions: a pointer to a session of another program is not followed", async () => {
  using temp = tempFolder();
  const [ours, theirs] = ["1".repeat(16), "2".repeat(16)];
  const sessions = sessionsIn(temp.path);
  const mine = sessionOf({ id: idOf(1), key: ours });
  const other = sessionOf({ id: idOf(2), key: theirs });
  for (const session of [mine, other]) {
    Deno.mkdirSync(sessions.folderOf(session.id), { recursive: true });
    await sessions.register(session);
  }
  Deno.writeTextFileSync(
    `${temp.path}/.sessions.json`,
    JSON.stringify({ [ours]: other.id, [theirs]: other.id }),
  );
  assertEquals((await sessionsIn(temp.path).lastFor(ours))?.id, mine.id);
});
