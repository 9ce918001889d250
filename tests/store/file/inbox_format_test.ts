import { assertEquals, assertStringIncludes } from "@std/assert";
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
