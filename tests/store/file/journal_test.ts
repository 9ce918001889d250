import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { PlaybooksError } from "../../../src/errors.ts";
import { Journal, journalStart } from "../../../src/store/file/journal.ts";
import type { SyncMode } from "../../../src/store/session_store.ts";
import { decodeJournal } from "../../../src/store/file/record.ts";
import { journalName } from "../../../src/store/file/journal.ts";
import { recover } from "../../../src/store/file/recover.ts";
import { StorageError } from "../../../src/store/storage_error.ts";
import { allSurvivors, SimulatedDisk } from "../../support/simulated_disk.ts";

const folder = "/s/one";
const path = `${folder}/${journalName}`;

Deno.test("journal: acknowledged appends survive a power loss at any operation, whatever else survives", async (t) => {
  for (const survivors of allSurvivors) {
    await t.step(survivors, () => {
      for (let crashAt = 1;; crashAt++) {
        const disk = new SimulatedDisk({ crashAt, survivors });
        const acknowledged = appendUntilStopped(disk, script);
        const { entries } = decodeJournal(disk.readAfterRestart(path), "journal");
        assert(entries.length >= acknowledged, `crashAt=${crashAt}: ${entries.length} of ${acknowledged}`);
        assertEquals(entries, script.flat().slice(0, entries.length), `crashAt=${crashAt}`);
        assertEquals(recover(disk.restart(), folder, { session: "one", sync: "always" }).entries, entries);
        if (!disk.crashed) break;
      }
    });
  }
});

Deno.test("journal: acknowledged appends of a burst, written into free space, survive a power loss at any operation", async (t) => {
  for (const survivors of allSurvivors) {
    await t.step(survivors, () => {
      for (let crashAt = 3;; crashAt++) {
        const disk = new SimulatedDisk({ crashAt, survivors });
        const acknowledged = appendUntilStopped(disk, burst);
        const { entries } = decodeJournal(disk.readAfterRestart(path), "journal");
        assert(entries.length >= acknowledged, `crashAt=${crashAt}: ${entries.length} of ${acknowledged}`);
        assertEquals(entries, burst.flat().slice(0, entries.length), `crashAt=${crashAt}`);
        const again = disk.restart();
        assertEquals(recover(again, folder, { session: "one", sync: "always" }).entries, entries);
        assertEquals(trailingLineFeeds(again), entries.length === 0 ? 0 : 1);
        if (!disk.crashed) break;
      }
    });
  }
});

Deno.test("journal: the free space after a burst of appends holds no entries and is removed at the next wait", () => {
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, folder, { session: "one", sync: "always" });
  for (const entries of burst) journal.append(entries);
  assert(trailingLineFeeds(disk) > 1);
  const { entries, torn } = decodeJournal(disk.read(path)!, "journal");
  assertEquals([entries.length, torn], [burst.flat().length, undefined]);
  journal.trim();
  assertEquals(trailingLineFeeds(disk), 1);
  journal.append(["after"]);
  assertEquals(trailingLineFeeds(disk), 1);
});

Deno.test("journal: a disk error at any operation stops the journal at once and loses no acknowledged entry", async (t) => {
  for (const code of ["ENOSPC", "EIO", "EACCES", "EMFILE"] as const) {
    await t.step(code, () => {
      for (let operation = 1;; operation++) {
        const disk = new SimulatedDisk({ failAt: { operation, code } });
        const acknowledged = appendUntilStopped(disk, script);
        for (const after of [disk.restart(), disk.afterKill()]) {
          const { entries } = decodeJournal(after.read(path) ?? new Uint8Array(), "journal");
          assertEquals(entries, script.flat().slice(0, acknowledged), `operation=${operation}`);
        }
        if (!disk.failed) break;
      }
    });
  }
});

Deno.test("journal: after a failed sync every later call throws, and nothing is synced again", () => {
  const disk = new SimulatedDisk({ failAt: { operation: 6, code: "EIO" } });
  const { journal } = recover(disk, folder, { session: "one", sync: "always" }); // open, sync, syncFolder
  journal.append(["kept"]); // append, sync
  journal.flush();
  const error = assertThrows(() => journal.append(["lost"]), StorageError);
  const done = disk.operations;
  assertEquals(assertThrows(() => journal.append(["again"])), error);
  assertEquals(assertThrows(() => journal.flush()), error);
  journal[Symbol.dispose]();
  assertEquals(disk.operations, done);
});

Deno.test("journal: the error for a full disk names the entry and a recovery hint", () => {
  const disk = new SimulatedDisk({ failAt: { operation: 6, code: "ENOSPC" } });
  const { journal } = recover(disk, folder, { session: "one", sync: "always" });
  journal.append(["a"]);
  const error = assertThrows(() => journal.append(["b"]), StorageError);
  assertEquals(
    error.message,
    'Cannot write to session "one": the disk is full; stopped at entry 1; make space, then resume',
  );
  assertEquals(error.exitCode, 6);
});

Deno.test("journal: append() stops with exit 4 after another process wrote to the file", () => {
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, folder, { session: "one", sync: "always" });
  journal.append(["mine"]);
  disk.open(path, { create: false }).write(new TextEncoder().encode("theirs"), disk.read(path)!.length);
  const error = assertThrows(() => journal.append(["mine"]), PlaybooksError, "another process has written");
  assertEquals(error.exitCode, 4);
  assertEquals(assertThrows(() => journal.append(["mine"])), error);
});

Deno.test("journal: in a burst a write by another process is noticed within 10 ms, and none of its bytes are cut off", () => {
  for (const theirs of ["longer", "shorter"]) {
    const disk = new SimulatedDisk();
    let time = 0;
    const { journal } = recover(disk, folder, { session: "one", sync: "always", now: () => time });
    for (const entries of burst) journal.append(entries);
    const mine = disk.read(path)!;
    const file = disk.open(path, { create: false });
    if (theirs === "longer") file.write(new Uint8Array(10), mine.length);
    else file.truncate(journal.size);
    const left = disk.read(path)!.length;
    assertThrows(() => journal.trim(), PlaybooksError, "another process has written");
    assertEquals(disk.read(path)!.length, left);
    const other = new SimulatedDisk();
    const again = recover(other, folder, { session: "one", sync: "always", now: () => time }).journal;
    for (const entries of burst) again.append(entries);
    other.open(path, { create: false }).truncate(again.size);
    time += 10;
    assertThrows(() => again.append(["mine"]), PlaybooksError, "another process has written");
  }
});

Deno.test("journal: append() takes any JSON, returns the number of entries, and needs one write and one sync", () => {
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, folder, { session: "one", sync: "always" });
  const before = disk.operations;
  assertEquals(journal.append([null, "two", { three: [3] }]), 3);
  assertEquals(disk.operations - before, 2);
  assertEquals(journal.append([]), 3);
  assertEquals(disk.operations - before, 2);
  assertEquals(decodeJournal(disk.read(path)!, "journal").entries, [null, "two", { three: [3] }]);
  assertEquals(journal.size, disk.read(path)!.length);
});

Deno.test('journal: sync "always" syncs each append, "batch" every 100 ms and on flush, "off" only on flush', async (t) => {
  const expected: Record<SyncMode, readonly number[]> = {
    always: [1, 2, 3, 3],
    batch: [0, 0, 3, 3],
    off: [0, 0, 0, 3],
  };
  for (const sync of ["always", "batch", "off"] as const) {
    await t.step(sync, () => {
      const disk = new SimulatedDisk();
      let time = 1000;
      const { journal } = recover(disk, folder, { session: "one", sync, now: () => time });
      const durable = () => decodeJournal(disk.readAfterRestart(path), "journal").entries.length;
      const seen = [10, 99, 100].map((at) => {
        time = 1000 + at;
        journal.append([at]);
        return durable();
      });
      journal.flush();
      assertEquals([...seen, durable()], expected[sync]);
    });
  }
});

Deno.test("journal: an unsynced batch is torn completely when its first half is lost", () => {
  const disk = new SimulatedDisk({ survivors: "second half" });
  const { journal } = recover(disk, folder, { session: "one", sync: "batch", now: () => 0 });
  journal.append(["durable"]);
  journal.flush();
  for (const entry of ["a", "b", "c", "d"]) journal.append([entry]);
  const { entries, notices } = recover(disk.restart(), folder, { session: "one", sync: "batch" });
  assertEquals(entries, ["durable"]);
  assertStringIncludes(notices.join(), "after entry 1, were never acknowledged and were dropped");
});

Deno.test("journal: a disposed journal refuses further calls", () => {
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, folder, { session: "one", sync: "batch", now: () => 0 });
  journal.append(["a"]);
  journal[Symbol.dispose]();
  assertEquals(decodeJournal(disk.readAfterRestart(path), "journal").entries, ["a"]);
  assertThrows(() => journal.append(["b"]), StorageError, "is closed");
});

Deno.test("journal: an entry that is not JSON is an internal error and leaves the journal unchanged", () => {
  const disk = new SimulatedDisk();
  const file = disk.open(path, { create: true });
  using journal = new Journal(disk, file, {
    folder,
    session: "one",
    position: 0,
    lastRecord: journalStart,
    sync: "always",
  });
  assertThrows(() => journal.append(["fine", undefined]), Error, "must be JSON");
  assertEquals(journal.append(["fine"]), 1);
});

const script = [["a"], [{ b: 2 }, "c", "d".repeat(300)], ["e"], ["f", "g"]];

/** Enough appends without a wait to leave free space, use it up, and leave it again. */
const burst = Array.from({ length: 60 }, (_, index) => index % 7 === 0 ? [index, "x".repeat(90)] : [index]);

function trailingLineFeeds(disk: SimulatedDisk): number {
  const bytes = disk.read(path)!;
  return bytes.length - bytes.findLastIndex((byte) => byte !== 10) - 1;
}

/** Appends a script; returns the number of acknowledged entries before the disk error or power loss. */
function appendUntilStopped(disk: SimulatedDisk, script: readonly (readonly unknown[])[]): number {
  let acknowledged = 0;
  try {
    const { journal } = recover(disk, folder, { session: "one", sync: "always" });
    for (const entries of script) acknowledged = journal.append(entries);
  } catch (error) {
    assert(error instanceof StorageError, String(error));
  }
  return acknowledged;
}
