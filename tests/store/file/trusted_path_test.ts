import { assertEquals, assertThrows } from "@std/assert";
import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import { UntrustedPathError } from "../../../src/store/file/trusted_path.ts";
import { tempFolder } from "../../support/temp_files.ts";

/** Creates an object that another user may have put at a path of a storage. */
const table: readonly (readonly [trouble: string, make: (path: string) => void])[] = [
  ["is a link", (path) => Deno.symlinkSync("/etc/hostname", path)],
  ["is a folder", (path) => Deno.mkdirSync(path)],
  ["has a second name", (path) => {
    Deno.writeTextFileSync(`${path}.other`, "theirs");
    Deno.linkSync(`${path}.other`, path);
  }],
];

for (const [trouble, make] of table) {
  Deno.test(`trusted path: a file that ${trouble} is neither read nor written`, () => {
    using temp = tempFolder();
    const fs = realFileSystem();
    const path = `${temp.path}/file`;
    make(path);
    for (const use of [() => fs.read(path), () => fs.open(path, { create: true })]) {
      assertThrows(use, UntrustedPathError, trouble);
    }
  });
}

Deno.test("trusted path: a folder that is a link, or that others can write to, is not used", () => {
  using temp = tempFolder();
  const fs = realFileSystem();
  Deno.mkdirSync(`${temp.path}/real`);
  Deno.symlinkSync(`${temp.path}/real`, `${temp.path}/link`);
  for (const mode of [0o770, 0o707]) {
    Deno.mkdirSync(`${temp.path}/open${mode}`);
    Deno.chmodSync(`${temp.path}/open${mode}`, mode);
  }
  for (const name of ["link", `open${0o770}`, `open${0o707}`]) {
    const bytes = new Uint8Array();
    assertThrows(() => fs.replace(`${temp.path}/${name}/file`, bytes), UntrustedPathError);
    assertThrows(() => fs.open(`${temp.path}/${name}/file`, { create: true }), UntrustedPathError);
    assertEquals([...Deno.readDirSync(`${temp.path}/${name}`)], []);
  }
});

Deno.test("trusted path: a file that cannot be moved into place leaves nothing behind", () => {
  using temp = tempFolder();
  Deno.mkdirSync(`${temp.path}/file`);
  assertThrows(() => realFileSystem().replace(`${temp.path}/file`, new Uint8Array(10)));
  assertEquals([...Deno.readDirSync(temp.path)].map(({ name }) => name), ["file"]);
});
