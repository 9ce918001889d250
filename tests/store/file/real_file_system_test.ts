import { assertEquals, assertThrows } from "@std/assert";
import { writeCheckpoint } from "../../../src/store/file/checkpoint.ts";
import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import { readEntries, recover } from "../../../src/store/file/recover.ts";
import { tempFolder } from "../../support/temp_files.ts";

const long = "x".repeat(100_000);

Deno.test("real file system: a session is written and read back, and only its owner can read its files", () => {
  using temp = tempFolder();
  const fs = realFileSystem();
  const folder = `${temp.path}/deep/one`;
  fs.makeFolder(folder);
  {
    using journal = recover(fs, folder, { session: "one", sync: "always" }).journal;
    journal.append(["a", { long }]);
    writeCheckpoint(journal, { long }, { maxCheckpointSizeMb: 1 });
    journal.append(["c"]);
  }
  const found = recover(fs, folder, { session: "one", sync: "always" });
  using _ = found.journal;
  assertEquals([found.checkpoint, found.entries], [{ position: 2, state: { long }, format: 5 }, ["c"]]);
  assertEquals([...readEntries(fs, folder, { session: "one" })].map(({ entry }) => entry), [
    "a",
    { long },
    "c",
  ]);
  assertEquals(fs.list(folder), ["blobs", "journal.jsonl", "one_program_ckpt_2.json"]);
  if (Deno.build.os === "windows") return;
  for (const name of ["journal.jsonl", "one_program_ckpt_2.json"]) {
    assertEquals(modeOf(`${folder}/${name}`), 0o600);
  }
  for (const name of ["", "/blobs"]) assertEquals(modeOf(folder + name), 0o700);
});

Deno.test("real file system: it behaves as its interface says", () => {
  using temp = tempFolder();
  const fs = realFileSystem();
  const path = `${temp.path}/file`;
  assertEquals([fs.read(path), fs.list(`${temp.path}/none`)], [undefined, []]);
  assertThrows(() => fs.open(path, { create: false }), Deno.errors.NotFound);
  fs.replace(path, new TextEncoder().encode("something long"));
  fs.replace(path, new TextEncoder().encode("short"));
  {
    using file = fs.open(path, { create: false });
    file.write(new TextEncoder().encode("er text"), 5);
    file.write(new TextEncoder().encode("S"), 0);
    file.truncate(7);
    file.write(new TextEncoder().encode("!"), 7);
    file.sync();
    assertEquals(file.size(), 8);
  }
  assertEquals(new TextDecoder().decode(fs.read(path, { from: 3 })), "rter!");
  assertEquals(fs.read(path, { from: 30 })?.length, 0);
  fs.rename(path, `${path}2`);
  fs.syncFolder(temp.path);
  fs.remove(`${path}2`);
  assertEquals(fs.list(temp.path), []);
});

function modeOf(path: string): number {
  return Deno.statSync(path).mode! & 0o777;
}
