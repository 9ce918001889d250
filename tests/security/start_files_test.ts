import { assertEquals } from "@std/assert";
import { binary, folderWith } from "../support/playbooks_process.ts";
import { hasStrace, openedFiles } from "../support/strace.ts";

Deno.test({
  name: "start: the binary opens no file below TMPDIR, where another user could put one",
  // A start from source uses Deno, which keeps its own caches there.
  ignore: binary === undefined || !hasStrace,
  fn: async () => {
    const hello = await Deno.readTextFile(new URL("../../examples/hello.pb", import.meta.url));
    await using folder = await folderWith({ "work/hello.pb": hello, "tmp/other": "", "home/other": "" });
    const tmp = `${folder.path}/tmp`;
    for (const args of [["--version"], ["run", "hello.pb"], ["run", "hello.pb", "--resume"]]) {
      const opened = await openedFiles(folder, args, {
        cwd: "work",
        env: { TMPDIR: tmp, HOME: `${folder.path}/home` },
      });
      assertEquals(
        opened.filter((path) => path.startsWith(tmp)),
        [],
        `${args}`,
      );
      assertEquals(opened.filter((path) => path.includes("deno-compile")), [], `${args}`);
    }
    assertEquals(await namesIn(tmp), ["other"]);
  },
});

async function namesIn(path: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(path), ({ name }) => name)).sort();
}
