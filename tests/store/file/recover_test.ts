import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { PlaybooksError } from "../../../src/errors.ts";
import {
  beginFromState,
  checkpointName,
  listCheckpoints,
  pruneCheckpoints,
  readCheckpoint,
  writeCheckpoint,
} from "../../../src/store/file/checkpoint.ts";
import { BlobStore } from "../../../src/store/file/blobs.ts";
import { encodeRecord } from "../../../src/store/file/record.ts";
import { journalName } from "../../../src/store/file/journal.ts";
import { readEntries, recover, recoverAt, type Recovered } from "../../../src/store/file/recover.ts";
import { DamagedJournalError, StorageError } from "../../../src/store/storage_error.ts";
import { allSurvivors, SimulatedDisk } from "../../support/simulated_disk.ts";

const folder = "/s/one";
const path = `${folder}/${journalName}`;
const session = "one";
const options = { session, sync: "always" } as const;
const roomy = { maxCheckpointSizeMb: 100 };

Deno.test("recover: a session is restored completely after a power loss at any operation, also during recovery", async (t) => {
  for (const survivors of allSurvivors) {
    await t.step(survivors, () => {
      for (let crashAt = 1;; crashAt++) {
        const disk = new SimulatedDisk({ crashAt, survivors });
        let acknowledged = 0;
        try {
          run(disk, (position) => acknowledged = position);
        } catch (error) {
          assert(error instanceof StorageError, String(error));
        }
        const found = recover(disk.restart(), folder, options);
        const entries = wholeOf(found);
        assert(entries.length >= acknowledged, `crashAt=${crashAt}: ${entries.length} of ${acknowledged}`);
        assertEquals(
          entries,
          Array.from({ length: entries.length }, (_, index) => index + 1),
          `crashAt=${crashAt}`,
        );
        if (!disk.crashed) break;
      }
    });
  }
});

Deno.test("recover: a recovery that loses power while it drops a torn tail can be repeated", () => {
  const broken = new SimulatedDisk();
  recover(broken, folder, options).journal.append(["kept"]);
  broken.open(path, { create: false }).write(new Uint8Array(100), broken.read(path)!.length);
  const operationsToSetUp = 2;
  for (let crashAt = operationsToSetUp + 1;; crashAt++) {
    const disk = new SimulatedDisk({ crashAt, survivors: "none" });
    disk.write(path, broken.read(path)!);
    disk.syncFolder(folder);
    try {
      recover(disk, folder, options).journal.append(["next"]);
    } catch (error) {
      assert(error instanceof StorageError);
    }
    const { entries } = recover(disk.restart(), folder, options);
    assertEquals(entries, disk.crashed ? ["kept"] : ["kept", "next"], `crashAt=${crashAt}`);
    if (!disk.crashed) break;
  }
});

Deno.test("recover: nothing before the newest good checkpoint is read", () => {
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, folder, options);
  journal.append(["a", "b"]);
  const { start } = journal.lastRecord;
  writeCheckpoint(journal, { seen: 2 }, roomy);
  journal.append(["c"]);
  disk.corrupt(path, (bytes) => bytes.fill(0, 0, start));
  const found = recover(disk, folder, options);
  assertEquals(found.checkpoint, { position: 2, state: { seen: 2 }, format: 5 });
  assertEquals([found.entries, found.position, found.notices], [["c"], 3, []]);
  assertEquals(found.journal.append(["d"]), 4);
  assertEquals(recover(disk, folder, options).entries, ["c", "d"]);
});

Deno.test("recover: a torn tail is cut off, and the notice names its bytes", () => {
  const disk = new SimulatedDisk();
  recover(disk, folder, options).journal.append(["a"]);
  const size = disk.read(path)!.length;
  disk.corrupt(path, (bytes) => Uint8Array.from([...bytes, ...encodeRecord(2, "b").subarray(0, 20)]));
  const [only, ...others] = readEntries(disk, folder, options);
  assertEquals([only?.position, only?.synced, only?.entry, others], [1, 0, "a", []]);
  const { notices, journal } = recover(disk, folder, options);
  assertEquals(notices, [
    "The journal's last 20 bytes, after entry 1, were never acknowledged and were dropped",
  ]);
  assertEquals(disk.read(path)!.length, size);
  assertEquals(journal.append(["b"]), 2);
});

Deno.test("recover: damage after the checkpoint is refused, and the error offers the checkpoint", () => {
  const { disk, ends } = sessionOfSix();
  disk.corrupt(path, (bytes) => bytes.fill(48, ends[4]! + 30, ends[4]! + 31));
  const error = assertThrows(() => recover(disk, folder, options), DamagedJournalError);
  assertEquals(
    error.message,
    `Cannot read the journal of session "one": entry 5, at byte ${ends[4]}, is damaged; ` +
      "go on from the last good checkpoint with: playbooks resume one@4 --fork",
  );
  assertEquals(wholeOf(recoverAt(disk, folder, { session, position: 4 })), [1, 2, 3, 4]);
  const seen: number[] = [];
  assertThrows(() => {
    for (const { position } of readEntries(disk, folder, options)) seen.push(position);
  }, DamagedJournalError);
  assertEquals(seen, [1, 2, 3, 4]);
});

Deno.test("recover: a damaged checkpoint is skipped with a notice for the one before it or the journal", () => {
  for (let byte = 0;; byte++) {
    const { disk } = sessionOfSix();
    const file = `${folder}/${checkpointName(session, 4)}`;
    if (byte === disk.read(file)!.length) break;
    disk.corrupt(file, (bytes) => {
      bytes[byte]! ^= 2;
      return bytes;
    });
    const found = recover(disk, folder, options);
    assertEquals(wholeOf(found), [1, 2, 3, 4, 5, 6], `byte ${byte}`);
    assertEquals(found.checkpoint?.position, 2);
    // The damaged format number then reads as a higher one.
    const what = byte === '{"version":'.length ? "was written by a newer playbooks (format 7)" : "is damaged";
    assertEquals(found.notices, [`Checkpoint ${checkpointName(session, 4)} ${what}; it was skipped`]);
  }
});

Deno.test("recover: a journal that ends before a good checkpoint is refused, because acknowledged entries are lost", () => {
  for (const kept of [0, 1, 3]) {
    const { disk, ends } = sessionOfSix();
    disk.corrupt(path, (bytes) => bytes.slice(0, ends[kept]));
    const before = disk.operations;
    const error = assertThrows(
      () => recover(disk, folder, options),
      DamagedJournalError,
      "resume one@4 --fork",
    );
    assertEquals([error.position, error.byteOffset], [kept + 1, ends[kept]]);
    assertEquals(disk.operations, before, "nothing was changed");
  }
});

Deno.test("recover: a journal that does not belong to its checkpoint is refused", () => {
  const { disk } = sessionOfSix();
  const other = new SimulatedDisk();
  recover(other, folder, options).journal.append([9, 9, 9, 9, 9, 9]);
  disk.corrupt(path, () => other.read(path)!);
  const error = assertThrows(() => recover(disk, folder, options), DamagedJournalError);
  assertEquals(error.position, 4);
});

Deno.test("recover: a session that began from a state continues like any other, without earlier entries", () => {
  const disk = new SimulatedDisk({ survivors: "none" });
  beginFromState(disk, folder, { session, position: 4, state: [1, 2, 3, 4] });
  for (let run = 5; run <= 7; run++) {
    const found = recover(disk, folder, options);
    using journal = found.journal;
    assertEquals(journal.append([run]), run);
    assertEquals(wholeOf(found).length, run - 1);
    if (run === 6) writeCheckpoint(journal, [1, 2, 3, 4, 5, 6], roomy);
  }
  assertEquals(wholeOf(recover(disk.restart(), folder, options)), [1, 2, 3, 4, 5, 6, 7]);
  assertEquals([...readEntries(disk, folder, options)].map(({ position, entry }) => [position, entry]), [
    [5, 5],
    [6, 6],
    [7, 7],
  ]);
  disk.remove(`${folder}/${checkpointName(session, 6)}`);
  disk.remove(`${folder}/${checkpointName(session, 4)}`);
  assertThrows(() => recover(disk, folder, options), DamagedJournalError);
});

Deno.test("recover: a missing journal beside its checkpoints is damage, not a new session", () => {
  const { disk } = sessionOfSix();
  disk.remove(path);
  assertThrows(() => recover(disk, folder, options), DamagedJournalError, "playbooks resume one@4 --fork");
});

Deno.test("recover: recoverAt() gives the state after any number of entries and changes nothing", () => {
  const { disk } = sessionOfSix();
  const before = disk.operations;
  for (let position = 0; position <= 6; position++) {
    const found = recoverAt(disk, folder, { session, position });
    assertEquals(wholeOf(found), Array.from({ length: position }, (_, index) => index + 1));
    assertEquals(found.checkpoint?.position, [undefined, undefined, 2, 2, 4, 4, 4][position]);
  }
  assertEquals(wholeOf(recoverAt(disk, folder, { session })), [1, 2, 3, 4, 5, 6]);
  assertEquals(disk.operations, before);
  const error = assertThrows(() => recoverAt(disk, folder, { session, position: 7 }), PlaybooksError);
  assertEquals(error.message, 'Cannot find "one@7": the session has 6 entries; name one of them');
});

Deno.test("recover: a session without entries begins at position 0 without a notice", () => {
  const found = recover(new SimulatedDisk(), folder, options);
  assertEquals([found.position, found.entries, found.notices, found.checkpoint], [0, [], [], undefined]);
});

Deno.test("recover: partial checkpoints of a crash are removed", () => {
  const { disk } = sessionOfSix();
  disk.write(`${folder}/${checkpointName(session, 6)}.tmp`, new Uint8Array(5));
  disk.write(`${folder}/session.json.tmp`, new Uint8Array(5));
  recover(disk, folder, options);
  assertEquals(disk.list(folder).filter((name) => name.endsWith(".tmp")), ["session.json.tmp"]);
});

Deno.test("checkpoint: pruneCheckpoints() keeps the newest ones, at least one", () => {
  const { disk } = sessionOfSix();
  const { journal } = recover(disk, folder, options);
  writeCheckpoint(journal, [1, 2, 3, 4, 5, 6], roomy);
  assertEquals(pruneCheckpoints(journal, { keepLastN: 2 }), [2]);
  assertEquals(listCheckpoints(disk, folder, session), [4, 6]);
  assertEquals(pruneCheckpoints(journal, { keepLastN: 0 }), [4]);
});

Deno.test("checkpoint: listCheckpoints() sorts by number and filters by session", () => {
  const disk = new SimulatedDisk();
  for (const name of ["one_program_ckpt_10.json", "one_program_ckpt_9.json", "one_program_ckpt_9.json.tmp"]) {
    disk.write(`${folder}/${name}`, new Uint8Array());
  }
  disk.write(`${folder}/two_program_ckpt_3.json`, new Uint8Array());
  assertEquals(listCheckpoints(disk, folder, session), [9, 10]);
});

Deno.test("checkpoint: a written checkpoint is durable, and so is the journal up to its position", () => {
  const disk = new SimulatedDisk({ survivors: "none" });
  const { journal } = recover(disk, folder, { session, sync: "off" });
  journal.append(["a", "b"]);
  assertEquals(recover(disk.restart(), folder, options).position, 0);
  writeCheckpoint(journal, "state", roomy);
  const found = recover(disk.restart(), folder, options);
  assertEquals([found.checkpoint, found.position, found.notices], [
    { position: 2, state: "state", format: 5 },
    2,
    [],
  ]);
});

Deno.test("recover: recovery makes the unsynced entries of a killed process durable", () => {
  const disk = new SimulatedDisk();
  recover(disk, folder, { session, sync: "off" }).journal.append(["a"]);
  const after = disk.afterKill();
  assertEquals(recover(after, folder, options).entries, ["a"]);
  assertEquals(recover(after.restart(), folder, options).entries, ["a"]);
});

Deno.test("checkpoint: a checkpoint that is too big is not written, with a notice", () => {
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, folder, options);
  journal.append(["a"]);
  const result = writeCheckpoint(journal, Array(600_000).fill("x"), { maxCheckpointSizeMb: 2 });
  assert(result.kind === "too-big");
  assertMatch(
    result.notice,
    /^Checkpoint 1 was not written: it takes 2\.3 MB and max_checkpoint_size_mb is 2;/,
  );
  assertEquals(disk.list(folder), [journalName]);
});

Deno.test("checkpoint: a state longer than any string is too big, and the session continues", () => {
  const { journal } = recover(new SimulatedDisk(), folder, options);
  const result = writeCheckpoint(journal, Array(6).fill("x".repeat(100 * 1024 * 1024)), {
    maxCheckpointSizeMb: 100,
  });
  assert(result.kind === "too-big");
  assertMatch(result.notice, /it takes 512\.0 MB and max_checkpoint_size_mb is 100;/);
  assertEquals(journal.append(["a"]), 1);
});

Deno.test("checkpoint: it is one line of JSON with the session, the position and a checksum", () => {
  const { disk } = sessionOfSix();
  const text = new TextDecoder().decode(disk.read(`${folder}/${checkpointName(session, 2)}`));
  const { sha256, journal, ...rest } = JSON.parse(text);
  assertMatch(sha256, /^[0-9a-f]{64}$/);
  assertMatch(journal.crc, /^[0-9a-f]{8}$/);
  assertEquals(rest, { version: 5, session, position: 2, state: [1, 2] });
  const read = readCheckpoint(disk, folder, { session, position: 2, blobs: new BlobStore(disk, folder) });
  assert("checkpoint" in read);
  assertEquals(read.checkpoint.state, [1, 2]);
});

/** Six entries, the numbers 1 to 6, with checkpoints at 2 and 4. Their state is the list of earlier entries. */
function sessionOfSix(): { readonly disk: SimulatedDisk; readonly ends: readonly number[] } {
  const disk = new SimulatedDisk();
  const ends = [0];
  using journal = recover(disk, folder, options).journal;
  for (let entry = 1; entry <= 6; entry++) {
    journal.append([entry]);
    ends.push(journal.size);
    if (entry === 2 || entry === 4) {
      writeCheckpoint(
        journal,
        Array.from({ length: entry }, (_, i) => i + 1),
        roomy,
      );
    }
  }
  return { disk, ends };
}

/** Three runs that each append three numbers, with a checkpoint in the middle of each. */
function run(disk: SimulatedDisk, acknowledge: (position: number) => void): void {
  for (let count = 0; count < 3; count++) {
    const found = recover(disk, folder, options);
    using journal = found.journal;
    const numbers = [...wholeOf(found)];
    for (let step = 0; step < 3; step++) {
      numbers.push(numbers.length + 1);
      acknowledge(journal.append([numbers.at(-1)]));
      if (step === 1) {
        writeCheckpoint(journal, numbers, roomy);
        pruneCheckpoints(journal, { keepLastN: 1 });
      }
    }
  }
}

/** The fold of these tests: the state is the list of entries. */
function wholeOf(found: Recovered): readonly unknown[] {
  const state = found.checkpoint?.state as readonly unknown[] | undefined;
  const entries = [...(state ?? []), ...found.entries];
  assertEquals(entries.length, found.position);
  return entries;
}

Deno.test("checkpoint: a checkpoint of an older version is skipped with a notice", () => {
  for (const older of [1, 2, 3]) {
    const disk = new SimulatedDisk();
    const { journal } = recover(disk, folder, options);
    journal.append(["a", "b"]);
    writeCheckpoint(journal, ["a", "b"], { maxCheckpointSizeMb: 1 });
    disk.corrupt(
      `${folder}/${checkpointName(session, 2)}`,
      (bytes) =>
        new TextEncoder().encode(
          new TextDecoder().decode(bytes).replace('"version":5', `"version":${older}`),
        ),
    );
    const found = recover(disk, folder, options);
    assertEquals(wholeOf(found), ["a", "b"]);
    assertEquals(found.checkpoint, undefined);
    assertStringIncludes(found.notices.join(), "was written by an older version; it was skipped");
  }
});
