import { assert, assertEquals, assertThrows } from "@std/assert";
import { probeFolder, UntrustedPathError } from "../../../src/store/mod.ts";

Deno.test("probe: it measures a folder by writing, and leaves nothing", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "playbooks_probe_" }));
  try {
    const probe = probeFolder(folder);
    assertEquals([probe.folder, probe.exists, probe.locks, probe.replaces], [folder, true, "work", true]);
    assert(probe.syncMs > 0 && probe.freeBytes > 0);
    if (Deno.build.os !== "windows") assertEquals([probe.owner, probe.mode], [Deno.uid(), 0o700]);
    assertEquals([...Deno.readDirSync(folder)], []);
    const missing = probeFolder(`${folder}/a/b`);
    assertEquals([missing.folder, missing.exists, missing.locks], [folder, false, "work"]);
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("probe: it refuses a storage that others may write, a link and a file", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "playbooks_probe_" }));
  try {
    await Deno.mkdir(`${folder}/open`);
    await Deno.chmod(`${folder}/open`, 0o777);
    await Deno.mkdir(`${folder}/own`, { mode: 0o700 });
    await Deno.symlink(`${folder}/own`, `${folder}/link`);
    await Deno.writeTextFile(`${folder}/file`, "mine");
    for (const name of ["open", "link"]) {
      assertThrows(() => probeFolder(`${folder}/${name}`), UntrustedPathError);
    }
    for (const name of ["file", "file/x"]) assertThrows(() => probeFolder(`${folder}/${name}`), Error);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "file",
      "link",
      "open",
      "own",
    ]);
    assertEquals([...Deno.readDirSync(`${folder}/own`)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
