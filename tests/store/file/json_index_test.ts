import { assert, assertEquals } from "@std/assert";
import {
  jsonIndexName,
  lastInJsonIndex,
  readJsonIndex,
  writeJsonIndex,
} from "../../../src/store/file/json_index.ts";
import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import type { FileSystem } from "../../../src/store/file/file_system.ts";
import { tempFolder } from "../../support/temp_files.ts";
import { idOf } from "./fixtures.ts";

const disk = realFileSystem();

/** Keys without an order, and the session of each. */
function pairs(count: number): ReadonlyMap<string, string> {
  return new Map(
    Array.from({ length: count }, (_, index) => {
      const key = (BigInt(index * 7919 + 1) * 0x9e3779b97f4a7c15n % (1n << 64n)).toString(16).padStart(
        16,
        "0",
      );
      return [key, idOf(index)];
    }),
  );
}

Deno.test("json index: each key is found by itself, in files of all sizes", () => {
  using temp = tempFolder();
  for (const count of [0, 1, 2, 3, 7, 100]) {
    const last = pairs(count);
    writeJsonIndex(disk, temp.path, last);
    assertEquals(readJsonIndex(disk, temp.path), last);
    for (const [key, id] of last) {
      assertEquals(lastInJsonIndex(disk, temp.path, key), id, `${key} of ${count}`);
    }
    for (const key of ["0".repeat(16), "7".repeat(16), "f".repeat(16)]) {
      assertEquals(lastInJsonIndex(disk, temp.path, key), undefined, `${key} of ${count}`);
    }
  }
});

Deno.test("json index: the search for a key reads a few lines of ten thousand, and writes nothing", () => {
  using temp = tempFolder();
  const last = pairs(10_000);
  writeJsonIndex(disk, temp.path, last);
  let [reads, bytes] = [0, 0];
  const counted: FileSystem = {
    ...disk,
    read: () => assert(false, "the whole file is read") as never,
    open: (path, options) => {
      assertEquals(options, { create: false, readOnly: true });
      const file = disk.open(path, options);
      return {
        ...file,
        bytes: (length, from) => {
          [reads, bytes] = [reads + 1, bytes + length];
          return file.bytes(length, from);
        },
      };
    },
  };
  const [key, id] = [...last].at(-1)!;
  assertEquals(lastInJsonIndex(counted, temp.path, key), id);
  assert(reads > 0 && reads <= 14 && bytes <= 14 * 62, `${reads} reads of ${bytes} bytes`);
});

Deno.test("json index: a file of another form gives no session, or the right one", () => {
  using temp = tempFolder();
  const last = pairs(50);
  const sorted = Object.fromEntries([...last].sort(([a], [b]) => a < b ? -1 : 1));
  const texts: Readonly<Record<string, string>> = {
    "of a version that does not sort": `${JSON.stringify(Object.fromEntries(last), null, 2)}\n`,
    "in one line": JSON.stringify(sorted),
    "with other spaces": JSON.stringify(sorted, null, 4),
    "with other line ends": JSON.stringify(sorted, null, 2).replaceAll("\n", "\r\n"),
    "with other keys": JSON.stringify({ "a name": "b", ...sorted, zzz: 1 }, null, 2),
    "cut off": JSON.stringify(sorted, null, 2).slice(0, 1000),
    "empty": "",
    "rubbish": "rubbish ".repeat(1000),
  };
  for (const [what, text] of Object.entries(texts)) {
    Deno.writeTextFileSync(`${temp.path}/${jsonIndexName}`, text);
    for (const [key, id] of last) {
      assert([id, undefined].includes(lastInJsonIndex(disk, temp.path, key)), what);
    }
  }
  Deno.removeSync(`${temp.path}/${jsonIndexName}`);
  assertEquals(lastInJsonIndex(disk, temp.path, "0".repeat(16)), undefined);
});
