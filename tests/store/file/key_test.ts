import { assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { PlaybooksError } from "../../../src/errors.ts";
import { executionKey, keyOfPaths } from "../../../src/store/file/key.ts";
import { tempFolder } from "../../support/temp_files.ts";

const common = "/Users/user/playbooks/examples/common.pb";
const negotiation = "/Users/user/playbooks/examples/negotiation.pb";

Deno.test("key: keyOfPaths() gives the known key in any order of paths and with a repeated path", async () => {
  assertEquals(await keyOfPaths([common, negotiation]), "9a7c99531ca8abb1");
  assertEquals(await keyOfPaths([negotiation, common]), "9a7c99531ca8abb1");
  assertEquals(await keyOfPaths([negotiation, common, negotiation]), "9a7c99531ca8abb1");
});

Deno.test("key: keyOfPaths() gives different keys for different sets", async () => {
  const keys = [
    await keyOfPaths([common]),
    await keyOfPaths([negotiation]),
    await keyOfPaths([common, negotiation]),
  ];
  assertEquals(new Set(keys).size, 3);
});

Deno.test("key: executionKey() is the same for a symbolic link, its target and any notation of the path", async () => {
  using temp = tempFolder();
  Deno.mkdirSync(`${temp.path}/sub`);
  for (const name of ["a.pb", "b.pb"]) Deno.writeTextFileSync(`${temp.path}/${name}`, "");
  Deno.symlinkSync(`${temp.path}/a.pb`, `${temp.path}/link.pb`);
  const key = await executionKey([`${temp.path}/a.pb`]);
  assertEquals(await executionKey([`${temp.path}/link.pb`]), key);
  assertEquals(await executionKey([`${temp.path}/sub/../a.pb`, `${temp.path}/link.pb`]), key);
  assertNotEquals(await executionKey([`${temp.path}/b.pb`]), key);
});

Deno.test("key: executionKey() names the missing file", async () => {
  const error = await assertRejects(() => executionKey(["/none/x.pb"]), PlaybooksError);
  assertEquals([error.message, error.exitCode], [
    'Cannot find "/none/x.pb": there is no such file; check the path',
    2,
  ]);
});
