import { assert, assertEquals, assertThrows } from "@std/assert";
import { PlaybooksError } from "../../../src/errors.ts";
import { BlobStore } from "../../../src/store/file/blobs.ts";
import { sha256 } from "../../../src/store/file/codec.ts";
import { beginFromState, writeCheckpoint } from "../../../src/store/file/checkpoint.ts";
import { journalName } from "../../../src/store/file/journal.ts";
import { encodeRecord } from "../../../src/store/file/record.ts";
import { recover } from "../../../src/store/file/recover.ts";
import { DamagedJournalError } from "../../../src/store/storage_error.ts";
import { encodeCursor } from "../../../src/store/file/delivery_cursor.ts";
import { allSurvivors, SimulatedDisk } from "../../support/simulated_disk.ts";

const folder = "/s/one";
const path = `${folder}/${journalName}`;
const options = { session: "one", sync: "always" } as const;
const long = "long text, ".repeat(8000);

Deno.test("journal: a session that begins from a state is durable on return, with its blobs", () => {
  for (const survivors of allSurvivors) {
    const disk = new SimulatedDisk({ survivors });
    beginFromState(disk, folder, { session: "one", position: 7, state: { long } });
    const { checkpoint, position } = recover(disk.restart(), folder, options);
    assertEquals([checkpoint, position], [{ position: 7, state: { long }, format: 5 }, 7], survivors);
  }
});

Deno.test("journal: a written checkpoint survives a power loss", () => {
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, folder, options);
  journal.append(["a", long]);
  writeCheckpoint(journal, { long }, { maxCheckpointSizeMb: 1 });
  const found = recover(disk.restart(), folder, options);
  assertEquals([found.checkpoint?.position, found.notices], [2, []]);
});

Deno.test("journal: a damaged blob is written again when its text is stored again", () => {
  const disk = new SimulatedDisk();
  recover(disk, folder, options).journal.append([long]);
  disk.corrupt(`${folder}/blobs/${sha256(long)}`, (bytes) => bytes.fill(0, 0, 1));
  new BlobStore(disk, folder).pack([long]);
  assertEquals(recover(disk, folder, options).entries, [long]);
});

Deno.test("journal: a checkpoint of another journal with equally long records is not used", () => {
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, folder, options);
  journal.append(["ours"]);
  writeCheckpoint(journal, { ours: true }, { maxCheckpointSizeMb: 1 });
  disk.corrupt(path, () => encodeRecord(1, "them"));
  assertThrows(() => recover(disk, folder, options), DamagedJournalError);
});

Deno.test("journal: a delivery cursor after the last entry means that acknowledged entries are lost", () => {
  for (const [shown, isDamaged] of [[1, false], [2, true]] as const) {
    const disk = new SimulatedDisk();
    recover(disk, folder, options).journal.append(["one"]);
    disk.write(`${folder}/shown`, encodeCursor(shown, options.session));
    if (isDamaged) assertThrows(() => recover(disk, folder, options), DamagedJournalError);
    else assertEquals(recover(disk, folder, options).entries, ["one"]);
  }
});

Deno.test("journal: a journal that another process changes during the read is not opened", () => {
  const disk = new SimulatedDisk();
  recover(disk, folder, options).journal.append(["one"]);
  const open = disk.open.bind(disk);
  disk.open = (path, given) => {
    const file = open(path, given);
    file.write(encodeRecord(2, "theirs"), file.size());
    return file;
  };
  const error = assertThrows(() => recover(disk, folder, options), PlaybooksError);
  assertEquals(error.exitCode, 4);
});

Deno.test("journal: entries that just fit, or just do not fit, into the free space after a burst are all kept", () => {
  for (const spare of [0, 1, 2]) {
    const disk = new SimulatedDisk();
    const { journal } = recover(disk, folder, options);
    for (let n = 1; n <= 40; n++) journal.append([n]);
    const room = disk.read(path)!.length - journal.size;
    assert(room > 100);
    const bare = encodeRecord(41, "").length;
    journal.append(["x".repeat(room - bare + spare)]);
    journal.append(["y"]);
    journal.append(["z"]);
    assertEquals(recover(disk, folder, options).entries.slice(-2), ["y", "z"], `${spare}`);
  }
});
