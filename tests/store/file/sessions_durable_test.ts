import { assert, assertEquals, assertRejects } from "@std/assert";
import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import { StorageError } from "../../../src/store/storage_error.ts";
import { Sessions } from "../../../src/store/file/sessions.ts";
import { beginFolderSession } from "../../../src/store/file/store.ts";
import { allSurvivors, PowerLoss, SimulatedDisk } from "../../support/simulated_disk.ts";
import { idOf, nowMs, sessionOf, sessionsIn } from "./fixtures.ts";
import { tempFolder } from "../../support/temp_files.ts";

const runner = { fs: realFileSystem(), pid: 7, host: "here", nowMs };
const program = { key: "k1", programPaths: ["/x.pb"] };
/** Uses only the simulated disk: there are no locks and no registry, and the folders replace them. */
const storage = "/nowhere/storage";

/** Registers a session, resumes it, and changes it; reports the acknowledged steps. */
async function live(disk: SimulatedDisk, acknowledged: (status: string) => void): Promise<void> {
  const sessions = new Sessions(storage, { fs: disk, nowMs });
  const session = sessionOf({ id: idOf(1), key: "k1" });
  disk.makeFolder(`${storage}/${session.id}`);
  disk.syncFolder(storage);
  await sessions.register(session);
  acknowledged("running");
  await sessions.update(session.id, { status: "waiting", turns: 3 });
  acknowledged("waiting");
  await sessions.resumed(session.id, { host: "there", pid: 9, programPaths: ["/a/longer/path/of/x.pb"] });
  acknowledged("running");
  await sessions.update(session.id, { status: "completed" });
  acknowledged("completed");
}

Deno.test("sessions: after a power loss session.json has the old or the new state, and the key finds the session", async (t) => {
  const order = ["running", "waiting", "running", "completed"];
  for (const survivors of allSurvivors) {
    await t.step(survivors, async () => {
      for (let crashAt = 1;; crashAt++) {
        const disk = new SimulatedDisk({ crashAt, survivors, folders: ["/nowhere", storage] });
        let count = 0;
        try {
          await live(disk, () => count++);
        } catch (error) {
          assert(error instanceof StorageError || error instanceof PowerLoss, String(error));
        }
        const after = new Sessions(storage, { fs: disk.restart(), nowMs });
        const found = after.list();
        const damaged = after.takeNotices().filter((notice) => /read|missing|damaged/.test(notice));
        assertEquals(damaged, [], `crashAt=${crashAt}`);
        assert(found.length === 1 || count === 0, `crashAt=${crashAt}: the session is gone`);
        if (found[0]) {
          // A session marked as running without a live process counts as stopped.
          const allowed = order.slice(Math.max(0, count - 1), count + 1);
          const status = found[0].status === "stopped" ? "running" : found[0].status;
          assert(allowed.includes(status), `crashAt=${crashAt}: ${status} after ${count} changes`);
          assertEquals((await after.lastFor("k1"))?.id, idOf(1), `crashAt=${crashAt}`);
        }
        if (!disk.crashed) break;
      }
    });
  }
});

Deno.test("sessions: a new session's folders are durable, outermost first, before files are written into them", async () => {
  using temp = tempFolder();
  const storagePath = `${temp.path}/a/b`;
  const synced: string[] = [];
  const fs = {
    ...realFileSystem(),
    syncFolder: (path: string) => {
      // The names in the folder at this moment become durable.
      for (const { name } of Deno.readDirSync(path)) synced.push(`${path}/${name}`);
    },
  };
  using begun = await beginFolderSession(sessionsIn(storagePath), program, { ...runner, fs });
  assertEquals(synced.filter((path) => begun.folder.startsWith(path)), [
    `${temp.path}/a`,
    storagePath,
    begun.folder,
  ]);
});

Deno.test({
  name: "sessions: a session that cannot be registered leaves no folder and no lease",
  sanitizeResources: true,
  fn: async () => {
    using temp = tempFolder();
    const broken = () => {
      throw Object.assign(new Error("simulated"), { code: "EIO" });
    };
    const fs = { ...realFileSystem(), write: broken, replace: broken };
    const sessions = new Sessions(`${temp.path}/storage`, { fs, nowMs });
    const error = await assertRejects(
      () => beginFolderSession(sessions, program, { ...runner, fs }),
      StorageError,
    );
    assertEquals(error.exitCode, 6);
    const left = [...Deno.readDirSync(sessions.storagePath)].map(({ name }) => name);
    assertEquals(left, [".lock"], "the lock of the storage stays, so that all lock the same one");
  },
});

Deno.test("sessions: an index that cannot be written does not lead to an older session", async () => {
  using temp = tempFolder();
  const disk = realFileSystem();
  let full = false;
  const replace = (path: string, bytes: Uint8Array) => {
    if (full && path.endsWith(".sessions.json")) throw Object.assign(new Error("full"), { code: "ENOSPC" });
    disk.replace(path, bytes);
  };
  let now = Date.UTC(2026, 0, 1);
  const sessions = new Sessions(temp.path, { fs: { ...disk, replace }, nowMs: () => now += 1000 });
  const key = "0123456789abcdef";
  const runner = { fs: disk, pid: 1, host: "here", nowMs: () => now += 1000 };
  using _first = await beginFolderSession(sessions, { key, programPaths: [] }, runner);
  full = true;
  using second = await beginFolderSession(sessions, { key, programPaths: [] }, runner);
  assertEquals((await sessions.lastFor(key))?.id, second.session.id);
});
