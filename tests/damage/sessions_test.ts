import { assert, assertEquals } from "@std/assert";
import { realFileSystem } from "../../src/store/file/real_file_system.ts";
import { isSessionId } from "../../src/store/session_id.ts";
import { Sessions } from "../../src/store/file/sessions.ts";
import { readJsonIndex } from "../../src/store/file/json_index.ts";
import { readSessionFile, sessionFileName } from "../../src/store/file/session_file.ts";
import { idOf, sessionOf, sessionsIn } from "../store/file/fixtures.ts";
import { tempFolder } from "../support/temp_files.ts";
import { forEachHarm, harmed, harms, report, thorough } from "./harm.ts";

const registry = ".registry.sqlite3";
const mirror = ".sessions.json";

Deno.test("damage: session.json damaged at any byte gives the true values or an error", async () => {
  using temp = tempFolder();
  const { sessions, path } = await stored(temp.path);
  const folder = sessions.folderOf(idOf(2));
  const truth = readSessionFile(realFileSystem(), folder);
  assert(typeof truth === "object");
  const seen = { true: 0, damaged: 0 };
  const count = forEachHarm(Deno.readFileSync(path), (bytes, offset, harm) => {
    const fs = { ...realFileSystem(), read: () => bytes };
    const read = readSessionFile(fs, folder);
    // If the key "crc" is damaged, the file has no checksum and one unknown field.
    if (typeof read === "object") assertEquals({ ...read, ...truth }, read, `${harm} at byte ${offset}`);
    seen[typeof read === "object" ? "true" : "damaged"]++;
  });
  report("session.json", count, seen);
  assert(seen.damaged > 500 && seen.true < 100, JSON.stringify(seen));
});

Deno.test("damage: with session.json damaged at any byte the session is found by key and id, and nothing else is lost", async () => {
  using temp = tempFolder();
  const { path } = await stored(temp.path);
  const good = Deno.readFileSync(path);
  Deno.removeSync(`${temp.path}/${registry}`);
  for (let offset = 0; offset < good.length; offset += thorough ? 1 : 7) {
    for (const harm of harms) {
      Deno.writeFileSync(path, harmed(good, offset, harm));
      await checkFound(temp.path, `${harm} at byte ${offset}`);
    }
  }
});

Deno.test("damage: with the JSON index damaged at any byte the folders or the registry find the last session", async () => {
  using temp = tempFolder();
  await stored(temp.path);
  const path = `${temp.path}/${mirror}`;
  const good = Deno.readFileSync(path);
  const truth = readJsonIndex(realFileSystem(), temp.path);
  const kept = `${temp.path}/kept`;
  Deno.renameSync(`${temp.path}/${registry}`, kept);
  for (let offset = 0; offset < good.length; offset++) {
    for (const harm of harms) {
      Deno.writeFileSync(path, harmed(good, offset, harm));
      const withRegistry = offset % (thorough ? 1 : 29) === 0;
      if (withRegistry) Deno.copyFileSync(kept, `${temp.path}/${registry}`);
      await checkFound(temp.path, `${harm} at byte ${offset}`);
      if (withRegistry) Deno.removeSync(`${temp.path}/${registry}`);
    }
  }
  report("mirror", good.length * harms.length);
  Deno.writeFileSync(path, good);
  assertEquals(readJsonIndex(realFileSystem(), temp.path), truth);
});

Deno.test("damage: with the registry damaged anywhere the last session is found, and the next run rebuilds it", async () => {
  using temp = tempFolder();
  await stored(temp.path);
  const path = `${temp.path}/${registry}`;
  const good = Deno.readFileSync(path);
  let mended = 0;
  let count = 0;
  // Most pages are empty. SQLite reads the first bytes of each page, and some others.
  const stride = Math.ceil(good.length / (thorough ? 2000 : 40));
  const offsets = [0, 16, 18, 24, 28, 56, 96, 100, 103, 105];
  for (let offset = 0; offset < good.length; offset += stride) offsets.push(offset);
  for (const offset of offsets) {
    for (const harm of harms) {
      removeParts(path);
      Deno.writeFileSync(path, harmed(good, offset, harm));
      count++;
      const where = `${harm} at byte ${offset}`;
      const sessions = await checkFound(temp.path, where);
      if (offset % 3 !== 0 && !thorough) continue;
      await sessions.update(idOf(1), { turns: offset });
      mended += sessions.takeNotices().some((notice) => notice.startsWith("The registry")) ? 1 : 0;
      await checkFound(temp.path, `${where}, after the next run`);
    }
  }
  report("registry", count, { mended });
  assert(mended > 0 && count > 100);
});

/** Key `k1` has two sessions, and the second is the last one. Key `k2` has one. */
async function stored(storagePath: string): Promise<{ readonly sessions: Sessions; readonly path: string }> {
  const sessions = sessionsIn(storagePath);
  for (
    const [number, key] of [[1, "1111111111111111"], [3, "2222222222222222"], [
      2,
      "1111111111111111",
    ]] as const
  ) {
    Deno.mkdirSync(sessions.folderOf(idOf(number)));
    Deno.writeTextFileSync(`${sessions.folderOf(idOf(number))}/journal.jsonl`, "");
    await sessions.register(sessionOf({ id: idOf(number), key, name: `name ${number}` }));
  }
  return { sessions, path: `${sessions.folderOf(idOf(2))}/${sessionFileName}` };
}

async function checkFound(storagePath: string, where: string): Promise<Sessions> {
  const sessions = sessionsIn(storagePath);
  assertEquals((await sessions.lastFor("1111111111111111"))?.id, idOf(2), where);
  assertEquals((await sessions.lastFor("2222222222222222"))?.id, idOf(3), where);
  const list = sessions.list();
  assertEquals(list.map(({ id }) => id).sort(), [idOf(1), idOf(2), idOf(3)], where);
  assert(
    list.every(({ id, key }) =>
      isSessionId(id) && ["1111111111111111", "2222222222222222", ""].includes(key)
    ),
    where,
  );
  const found = sessions.find(idOf(2));
  assert(found.kind === "found" && found.session.id === idOf(2), where);
  return sessions;
}

function removeParts(path: string): void {
  for (const part of ["", "-wal", "-shm", "-journal"]) {
    try {
      Deno.removeSync(path + part);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}
