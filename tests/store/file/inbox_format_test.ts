import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { FileSystem } from "../../../src/store/file/file_system.ts";
import { NewerFormatError } from "../../../src/store/format.ts";
import { FileStore } from "../../../src/store/file/file_store.ts";
import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import { testClock, testProcess } from "../conformance.ts";
import { tempFolder } from "../../support/temp_files.ts";

Deno.test("inbox: a message of a newer format is refused with exit 6, and nothing changes", async () => {
  using temp = tempFolder();
  const store = new FileStore(`${temp.path}/.checkpoints`, { fs: realFileSystem(), nowMs: testClock() });
  await using session = await store.begin({ key: "", programPaths: [] }, testProcess(1));
  await session.inbox.post("one", "hello");
  const folder = `${store.folderOf(session.id)}/inbox`;
  const [{ name }] = [...Deno.readDirSync(folder)] as [Deno.DirEntry];
  const newer = Deno.readTextFileSync(`${folder}/${name}`).replace(
    '"version":1',
    '"version":2,"playbooks":"0.9.1"',
  );
  Deno.writeTextFileSync(`${folder}/${name}`, newer);
  let refused: unknown;
  try {
    await session.inbox.read();
  } catch (error) {
    refused = error;
  }
  if (!(refused instanceof NewerFormatError)) throw new Error(`read it: ${refused}`);
  assertEquals(refused.exitCode, 6);
  assertStringIncludes(refused.message, "was written by playbooks 0.9.1 (format 2)");
  assertEquals(Deno.readTextFileSync(`${folder}/${name}`), newer);
  await store.flushIndexes();
});

Deno.test("inbox: a post reads no message again that it has read, and numbers those of other processes", async () => {
  using temp = tempFolder();
  const disk = realFileSystem();
  let reads = 0;
  const fs: FileSystem = {
    ...disk,
    read(path, options) {
      if (path.includes("/inbox/")) reads++;
      return disk.read(path, options);
    },
  };
  const store = new FileStore(`${temp.path}/.checkpoints`, { fs, nowMs: testClock() });
  await using session = await store.begin({ key: "", programPaths: [] }, testProcess(1));
  for (let count = 0; count < 100; count++) await session.inbox.post(`key ${count}`, count);
  assert(reads <= 200, `${reads} reads for 100 posts`);
  await store.inbox(session.id).post("from elsewhere", "hello");
  await session.inbox.post("last", "hello");
  const numbers = (await session.inbox.read()).map(({ number }) => number);
  assertEquals(numbers, Array.from({ length: 102 }, (_, index) => index + 1));
  await store.flushIndexes();
});
