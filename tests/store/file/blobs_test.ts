import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { BlobStore } from "../../../src/store/file/blobs.ts";
import { sha256 } from "../../../src/store/file/codec.ts";
import { maxInlineLength } from "../../../src/store/packed_value.ts";
import { writeCheckpoint } from "../../../src/store/file/checkpoint.ts";
import { GrowingList } from "../../../src/store/growing_list.ts";
import { journalName } from "../../../src/store/file/journal.ts";
import { recover, recoverAt } from "../../../src/store/file/recover.ts";
import { StorageError } from "../../../src/store/storage_error.ts";
import { allSurvivors, SimulatedDisk } from "../../support/simulated_disk.ts";

const folder = "/s/one";
const options = { session: "one", sync: "always" } as const;
const long = "long text, ".repeat(8000);
const other = `\ufeff${"other ünicode text, ".repeat(8000)}`;

Deno.test("blobs: a long string is stored once, however many entries and states hold it", () => {
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, folder, options);
  journal.append([{ text: long, list: [long, other] }, long]);
  writeCheckpoint(journal, { long }, { maxCheckpointSizeMb: 1 });
  journal.append([[other]]);
  assertEquals(disk.list(`${folder}/blobs`), [sha256(long), sha256(other)].sort());
  assert(disk.read(`${folder}/${journalName}`)!.length < 1000);
  assertEquals(new TextDecoder().decode(disk.read(`${folder}/blobs/${sha256(long)}`)), long);
  const found = recover(disk, folder, options);
  assertEquals([found.checkpoint?.state, found.entries], [{ long }, [[other]]]);
  assertEquals(recoverAt(disk, folder, { session: "one", position: 1 }).entries, [{
    text: long,
    list: [long, other],
  }]);
});

Deno.test("blobs: any JSON round-trips, also reserved keys, lone surrogates and __proto__", () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom("$blob", "$$blob", "$$$blob", "__proto__", "length", long, `${long}\ud800`),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: "small" },
      word,
      fc.integer(),
      fc.constant(null),
      tie("list"),
      tie("object"),
    ),
    list: fc.array(tie("value"), { maxLength: 4 }),
    object: fc.dictionary(word.filter((key) => key.length < 100), tie("value"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  }));
  const blobs = new BlobStore(new SimulatedDisk(), folder);
  fc.assert(
    fc.property(value, (value) => {
      const json = JSON.stringify(value);
      const packed = blobs.pack(JSON.parse(json));
      assert(packed.length <= maxInlineLength || packed.includes("\\ud800"));
      assertEquals(JSON.stringify(blobs.unpack(packed)), json);
    }),
    { numRuns: 60 },
  );
});

Deno.test("blobs: an acknowledged entry has its blob after any power loss", async (t) => {
  for (const survivors of allSurvivors) {
    await t.step(survivors, () => {
      for (let crashAt = 1;; crashAt++) {
        const disk = new SimulatedDisk({ crashAt, survivors });
        let acknowledged = 0;
        try {
          const { journal } = recover(disk, folder, options);
          for (const entry of [long, other, long]) acknowledged = journal.append([entry]);
        } catch (error) {
          assert(error instanceof StorageError);
        }
        const { entries } = recover(disk.restart(), folder, options);
        assert(entries.length >= acknowledged, `crashAt=${crashAt}`);
        assertEquals(entries, [long, other, long].slice(0, entries.length));
        if (!disk.crashed) break;
      }
    });
  }
});

Deno.test("blobs: a blob that a killed process left unsynced is synced before the next process relies on it", () => {
  const disk = new SimulatedDisk({ survivors: "none" });
  disk.open(`${folder}/blobs/${sha256(long)}`, { create: true }).write(new TextEncoder().encode(long), 0);
  recover(disk, folder, options).journal.append([long]);
  assertEquals(recover(disk.restart(), folder, options).entries, [long]);
});

Deno.test("blobs: a missing or changed blob is an error that names it, and never a wrong value", async (t) => {
  for (const kind of ["missing", "damaged"] as const) {
    await t.step(kind, () => {
      const disk = new SimulatedDisk();
      const { journal } = recover(disk, folder, options);
      journal.append(["a"]);
      writeCheckpoint(journal, { long }, { maxCheckpointSizeMb: 1 });
      const blob = `${folder}/blobs/${sha256(long)}`;
      if (kind === "missing") disk.remove(blob);
      else disk.corrupt(blob, (bytes) => bytes.fill(65, 7, 8));
      const found = recover(disk, folder, options);
      assertEquals([found.checkpoint, found.entries, found.notices.length], [undefined, ["a"], 1]);
      const store = new BlobStore(disk, folder);
      const json = `{"$blob":"${sha256(long)}","length":${long.length}}`;
      assertThrows(() => store.unpack(json), StorageError, `${sha256(long)}: the file is ${kind}`);
      assertThrows(() => store.unpack('{"$blob":"../../../etc/passwd","length":3}'), StorageError, "missing");
    });
  }
});

Deno.test("blobs: a growing list of any values is stored once, and each checkpoint restores it completely", () => {
  const item = fc.oneof(
    fc.string({ maxLength: 40_000, minLength: 10_000 }),
    fc.constantFrom<unknown>(null, 7, long, "\ud800", { $blob: "x", $$blob: ["y"] }, [[1]]),
  );
  fc.assert(
    fc.property(fc.array(fc.array(item, { maxLength: 8 }), { maxLength: 30 }), (growth) => {
      const disk = new SimulatedDisk();
      const blobs = new BlobStore(disk, folder);
      let list: readonly unknown[] = [];
      const states: { readonly packed: string; readonly whole: string }[] = [];
      for (const items of growth) {
        list = [...list, ...items];
        states.push({
          packed: blobs.packState({ list: new GrowingList(list) }),
          whole: JSON.stringify({ list }),
        });
      }
      for (const { packed, whole } of states) {
        assertEquals(JSON.stringify(new BlobStore(disk, folder).unpack(packed)), whole);
        assert(packed.length < 2 * maxInlineLength + JSON.stringify([long]).length * 2);
      }
      const size = states.at(-1)?.whole.length ?? 0;
      assert(blobs.bytesWritten <= 3 * size + long.length, `${blobs.bytesWritten} bytes of ${size}`);
    }),
    { numRuns: 40 },
  );
});

Deno.test("blobs: a list that was read keeps its chunks when it grows", () => {
  const disk = new SimulatedDisk();
  const first = new BlobStore(disk, folder);
  const items = Array.from({ length: 2000 }, (_, index) => `item ${index} ${"x".repeat(100)}`);
  const packed = first.packState(new GrowingList(items));
  const second = new BlobStore(disk, folder);
  const read = second.unpack(packed) as readonly string[];
  assertEquals(read, items);
  const longer = [...read, "one more"];
  const again = second.packState(new GrowingList(longer));
  assertEquals(second.bytesWritten, 0);
  assertEquals(second.unpack(again), longer);
});

Deno.test("blobs: two lists that grow from the same list stay separate", () => {
  const blobs = new BlobStore(new SimulatedDisk(), folder);
  const text = "x".repeat(1000);
  const common = Array.from({ length: 100 }, (_, index) => `${index} ${text}`);
  const lists = [1, 2].map((way) => [...common, ...common.map((each) => `${way} ${each}`)]);
  blobs.pack(new GrowingList(common));
  const packed = lists.map((list) => blobs.pack(new GrowingList(list)));
  assertEquals(packed.map((each) => blobs.unpack(each)), lists);
  assertEquals(blobs.unpack(blobs.pack(new GrowingList(common))), common);
});

Deno.test("blobs: a checkpoint with a missing list chunk is skipped for the one before it", () => {
  const disk = new SimulatedDisk();
  const { journal } = recover(disk, folder, options);
  const list = Array.from({ length: 1000 }, () => "x".repeat(100));
  journal.append(["a"]);
  writeCheckpoint(journal, { early: true }, { maxCheckpointSizeMb: 1 });
  journal.append(["b"]);
  writeCheckpoint(journal, { list: new GrowingList(list) }, { maxCheckpointSizeMb: 1 });
  assertEquals(recoverAt(disk, folder, { session: "one" }).checkpoint?.state, { list });
  const [name] = disk.list(`${folder}/blobs`);
  disk.remove(`${folder}/blobs/${name}`);
  const found = recoverAt(disk, folder, { session: "one" });
  assertEquals(found.checkpoint, { position: 1, state: { early: true }, format: 5 });
  assertEquals(found.entries, ["b"]);
  assertEquals(found.notices.length, 1);
});
