import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import fc from "fast-check";
import { decodeJournal, encodeRecord, RecordLines } from "../../../src/store/file/record.ts";
import { DamagedJournalError } from "../../../src/store/storage_error.ts";

Deno.test("record: encodeRecord() writes one line of JSON with position, durable count, checksum and entry", () => {
  const line = text(encodeRecord(12, { type: "say", text: "Grüße\n" }, { synced: 9 }));
  assertMatch(line, /^\{"n":12,"s":9,"crc":"[0-9a-f]{8}","e":\{"type":"say","text":"Grüße\\n"\}\}\n$/);
  assertEquals(JSON.parse(line).e, { type: "say", text: "Grüße\n" });
});

Deno.test("record: records with default fields written out, as in old journals, and without them are both read", () => {
  const entry = { type: "start" };
  const line = '{"n":1,"crc":"3c92d918","e":{"type":"start"}}\n';
  assertEquals(text(encodeRecord(1, entry)), line);
  for (
    const bytes of [line, line.replace(',"crc"', ',"s":0,"crc"')].map((each) =>
      new TextEncoder().encode(each)
    )
  ) {
    assertEquals(decodeJournal(bytes, "journal"), { entries: [entry], validBytes: bytes.length });
  }
});

Deno.test("record: a reused buffer gives the same bytes as a new one, for text in any script", () => {
  const texts = fc.array(fc.oneof(
    fc.string({ unit: "binary", maxLength: 400 }),
    fc.tuple(fc.nat(3_000), fc.constantFrom("x", "ü", "字", "😀")).map(([count, end]) =>
      "x".repeat(count) + end
    ),
  ));
  const lines = new RecordLines();
  fc.assert(fc.property(texts, texts, (first, second) => {
    for (const [batch, synced] of [[first, 0], [second, first.length]] as const) {
      lines.clear();
      const alone = batch.map((entry, index) => {
        const line = encodeRecord(synced + index + 1, entry, { synced });
        const { start, end } = lines.add(synced + index + 1, JSON.stringify(entry), synced);
        assertEquals(lines.bytes.subarray(start, end), line);
        return line;
      });
      assertEquals(lines.bytes, join(alone));
      if (synced === 0) assertEquals(decodeJournal(lines.bytes, "journal").entries, batch);
    }
  }));
});

Deno.test("record: decodeJournal() reverses encodeRecord()", () => {
  fc.assert(fc.property(fc.array(fc.jsonValue()), (values) => {
    const entries = values.map((value) => JSON.parse(JSON.stringify(value)));
    const bytes = journalOf(entries);
    assertEquals(decodeJournal(bytes, "journal"), { entries, validBytes: bytes.length });
  }));
});

Deno.test("record: decodeJournal() gives a prefix of the entries for any cut of a journal", () => {
  const entries = ["a", { b: 1 }, [null, "ü"]];
  const bytes = journalOf(entries);
  for (let cut = 0; cut < bytes.length; cut++) {
    const { entries: read, validBytes, torn } = decodeJournal(bytes.subarray(0, cut), "journal");
    assertEquals(read, entries.slice(0, read.length));
    assertEquals(
      torn,
      validBytes === cut ? undefined : { bytes: cut - validBytes, position: read.length + 1 },
    );
  }
});

Deno.test("record: decodeJournal() notices any flipped bit and drops at most the last append", () => {
  const entries = ["first", { second: 2 }, "third"];
  const good = journalOf(entries);
  const lastStart = journalOf(entries.slice(0, 2)).length;
  for (let bit = 0; bit < good.length * 8; bit++) {
    const bytes = good.slice();
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    // The newline after the second record separates both records.
    if ((bit >> 3) < lastStart - 1) {
      const position = (bit >> 3) < journalOf(entries.slice(0, 1)).length ? 1 : 2;
      const error = assertThrows(() => decodeJournal(bytes, "journal"), DamagedJournalError, "is damaged");
      assertEquals(error.position, position, `bit ${bit}`);
    } else {
      const read = damageOrEntries(bytes);
      assert(read === "damaged" || (read.torn !== undefined && read.entries.length === 2), `bit ${bit}`);
    }
  }
});

Deno.test("record: decodeJournal() drops unsynced records that were torn together, in any order of loss", async (t) => {
  const synced = journalOf(["kept", "kept too"]);
  const batch = [3, 4, 5].map((position) => encodeRecord(position, `batch ${position}`, { synced: 2 }));
  for (let lost = 1; lost < 8; lost++) {
    await t.step(`lost ${lost.toString(2).padStart(3, "0")}`, () => {
      const rest = batch.map((record, index) => lost & (1 << index) ? new Uint8Array(record.length) : record);
      const { entries, validBytes, torn } = decodeJournal(join([synced, ...rest]), "journal");
      const intact = [0, 1, 2].findIndex((index) => lost & (1 << index));
      assertEquals(entries, ["kept", "kept too", "batch 3", "batch 4", "batch 5"].slice(0, 2 + intact));
      assertEquals(torn?.position, 3 + intact);
      assertEquals(validBytes + torn!.bytes, synced.length + join(batch).length);
    });
  }
});

Deno.test("record: decodeJournal() reports damage if a later record shows that a lost one was durable", () => {
  const records = [1, 2, 3].map((position) => encodeRecord(position, position));
  records[1]!.fill(0);
  const error = assertThrows(() => decodeJournal(join(records), "session x"), DamagedJournalError);
  assertEquals([error.position, error.byteOffset, error.exitCode], [2, records[0]!.length, 6]);
  assertEquals(
    error.message,
    `Cannot read session x: entry 2, at byte ${records[0]!.length}, is damaged; restore the file from a copy`,
  );
});

Deno.test("record: decodeJournal() reports a gap, a repetition and a second beginning as damage", async (t) => {
  const [one, two, three] = [1, 2, 3].map((position) => encodeRecord(position, position)) as [
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>,
  ];
  for (
    const [name, records] of Object.entries({
      gap: [one, three],
      repetition: [one, two, two],
      beginning: [one, two, three, one],
      headless: [two, three],
    })
  ) {
    await t.step(name, () => {
      assertThrows(() => decodeJournal(join(records), "journal"), DamagedJournalError);
    });
  }
});

Deno.test("record: decodeJournal() ignores records inside entries", () => {
  const inner = text(encodeRecord(9, "inner", { synced: 8 }));
  const outer = encodeRecord(1, { inner, parsed: JSON.parse(inner) });
  const { torn } = decodeJournal(outer.subarray(0, outer.length - 1), "journal");
  assertEquals(torn, { bytes: outer.length - 1, position: 1 });
});

function journalOf(entries: readonly unknown[]): Uint8Array {
  return join(entries.map((entry, index) => encodeRecord(index + 1, entry)));
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function damageOrEntries(bytes: Uint8Array): "damaged" | ReturnType<typeof decodeJournal> {
  try {
    return decodeJournal(bytes, "journal");
  } catch (error) {
    if (error instanceof DamagedJournalError) return "damaged";
    throw error;
  }
}

Deno.test("record: a text of any length round-trips, also if its bytes exceed the buffer", () => {
  const texts = Array.from({ length: 2000 }, (_, index) => "ü".repeat(index) + "x".repeat(index % 7));
  for (const [index, text] of texts.entries()) {
    const lines = new RecordLines();
    lines.add(1, JSON.stringify(text), 0);
    assertEquals(decodeJournal(lines.bytes, "a journal").entries, [text], `text ${index}`);
  }
});
