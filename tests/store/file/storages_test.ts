import { assertEquals } from "@std/assert";
import { realFileSystem } from "../../../src/store/file/real_file_system.ts";
import { Storages } from "../../../src/store/mod.ts";

Deno.test("storages: non-empty storage folders are remembered, the most recently used first", () => {
  const home = Deno.makeTempDirSync();
  try {
    const storages = new Storages(realFileSystem(), { HOME: home }, "linux");
    assertEquals(storages.list(), []);
    for (const name of ["a", "b"]) {
      Deno.mkdirSync(`${home}/${name}/session`, { recursive: true });
      storages.remember(`${home}/${name}`);
    }
    storages.remember(`${home}/a`);
    assertEquals(storages.list(), [`${home}/a`, `${home}/b`]);
    Deno.removeSync(`${home}/b`, { recursive: true });
    assertEquals(new Storages(realFileSystem(), { HOME: home }, "linux").list(), [`${home}/a`]);
    assertEquals(Deno.statSync(`${home}/.local/state/playbooks/storages`).mode! & 0o777, 0o600);
  } finally {
    Deno.removeSync(home, { recursive: true });
  }
});

Deno.test("storages: an unusable home folder or an unreadable list does not stop a run", () => {
  const home = Deno.makeTempFileSync();
  try {
    const storages = new Storages(realFileSystem(), { XDG_STATE_HOME: home }, "linux");
    storages.remember("/somewhere");
    assertEquals(storages.list(), []);
    assertEquals(new Storages(realFileSystem(), {}, "linux").list(), []);
  } finally {
    Deno.removeSync(home);
  }
});
