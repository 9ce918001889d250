import { assert, assertEquals } from "@std/assert";
import {
  type BoundedRead,
  FileError,
  type FileFault,
  readBoundedText,
} from "../../src/files/bounded_file.ts";
import { inFolder } from "../support/world.ts";
import { pipeAt } from "../support/temp_files.ts";

/** The result of a read: the text, or the fault. */
function read(path: string, options: Partial<BoundedRead> = {}): { text: string } | FileFault {
  try {
    return { text: readBoundedText(path, { maxBytes: 100, ...options }) };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    return error.fault;
  }
}

Deno.test("files: a file that is not regular is refused with its kind and without a wait", async () => {
  await inFolder({ "a.txt": "words" }, async (folder) => {
    pipeAt(`${folder}/pipe`);
    await Deno.symlink(`${folder}/pipe`, `${folder}/link-to-pipe`);
    await Deno.symlink("loop", `${folder}/loop`);
    const expected: Record<string, FileFault> = {
      [folder]: "folder",
      [`${folder}/pipe`]: "special",
      [`${folder}/link-to-pipe`]: "special",
      [`${folder}/loop`]: "unreadable",
      [`${folder}/gone`]: "missing",
      [`${folder}/a.txt/x`]: "missing",
      [`${folder}/a\0b`]: "missing",
      [`${folder}/${"n".repeat(300)}`]: "unreadable",
      "/dev/zero": "special",
      "/proc/self/environ": "system",
      "/proc/cpuinfo": "system",
    };
    for (const [path, fault] of Object.entries(expected)) assertEquals([path, read(path)], [path, fault]);
    // What stands there depends on who started the process, and on the Deno version whether it may be opened.
    for (const path of ["/dev/stdin", "/dev/fd/0"]) {
      assert(["system", "special"].includes(String(read(path))), path);
    }
    assertEquals(read(`${folder}/a.txt`), { text: "words" });
  });
});

Deno.test("files: a socket is refused", { ignore: Deno.build.os === "windows" }, async () => {
  await inFolder({}, (folder) => {
    using _listener = Deno.listen({ transport: "unix", path: `${folder}/socket` });
    assertEquals(read(`${folder}/socket`), "special");
  });
});

Deno.test("files: the bound is exact, also for sparse files", async () => {
  await inFolder({ "fits": "x".repeat(100), "more": "x".repeat(101), "empty": "" }, async (folder) => {
    using sparse = await Deno.open(`${folder}/sparse`, { write: true, create: true });
    await sparse.truncate(3 * 1024 ** 3);
    assertEquals(read(`${folder}/fits`), { text: "x".repeat(100) });
    assertEquals(read(`${folder}/more`), "large");
    assertEquals(read(`${folder}/sparse`), "large");
    assertEquals(read(`${folder}/empty`), { text: "" });
  });
});

Deno.test("files: bytes are counted during the read, whatever size the file claims", async () => {
  // The kernel generates this file: it claims a size of one page and holds a few bytes.
  const path = "/sys/kernel/mm/transparent_hugepage/enabled";
  if (!(await Deno.stat(path).then(() => true, () => false))) return;
  const result = read(path, { maxBytes: 4096 });
  // Deno 2.7 opens no file below /sys.
  if (result === "system" && Deno.version.deno.startsWith("2.7.")) return;
  assert(typeof result === "object" && result.text.length < 4096, String(result));
});

Deno.test("files: text is UTF-8 without its byte order mark", async () => {
  const files = {
    "latin": new Uint8Array([0x63, 0x61, 0x66, 0xe9]),
    "mark": new Uint8Array([0xef, 0xbb, 0xbf, 0x61]),
    "nul": "a\0b",
  };
  await inFolder(files, (folder) => {
    assertEquals(read(`${folder}/latin`), "encoding");
    assertEquals(read(`${folder}/mark`), { text: "a" });
    assertEquals(read(`${folder}/nul`), { text: "a\0b" });
  });
});

Deno.test("files: only a file with its real path below a folder counts as below it", async () => {
  const files = {
    "in/a": "in",
    "in/deep/b": "deep",
    "in/.env": "key",
    "in/.git/config": "config",
    "in/..data": "dots",
    "inside/secret": "beside",
    "out/secret": "out",
    "one/file": "one",
    "one/other": "other",
  };
  await inFolder(files, async (folder) => {
    await Deno.symlink("../out/secret", `${folder}/in/link`);
    await Deno.symlink("../out", `${folder}/in/folder-link`);
    await Deno.symlink("../out/gone", `${folder}/in/dangling`);
    await Deno.symlink("a", `${folder}/in/own-link`);
    await Deno.symlink(".env", `${folder}/in/visible`);
    await Deno.symlink("in", `${folder}/linked-root`);
    const within = [{ path: `${folder}/in`, visibleOnly: true }, {
      path: `${folder}/one/file`,
      visibleOnly: false,
    }];
    const expected: Record<string, { text: string } | FileFault> = {
      "in/a": { text: "in" },
      "in/deep/b": { text: "deep" },
      "in/deep/../a": { text: "in" },
      "in/own-link": { text: "in" },
      "linked-root/a": { text: "in" },
      "one/file": { text: "one" },
      "in/gone": "missing",
      "in/dangling": "missing",
      "in/.env": "hidden",
      "in/visible": "hidden",
      "in/.git/config": "hidden",
      "in/..data": "hidden",
      "in": "folder",
      "in/link": "outside",
      "in/folder-link/secret": "outside",
      "in/../out/secret": "outside",
      // Deno resolves `..` in a path before it follows links.
      "in/folder-link/../out/secret": "missing",
      "out/secret": "outside",
      "inside/secret": "outside",
      "one/other": "outside",
      "one/file2": "outside",
      "out/gone": "outside",
    };
    for (const [path, result] of Object.entries(expected)) {
      assertEquals([path, read(`${folder}/${path}`, { within })], [path, result]);
    }
    const all = [{ path: `${folder}/in`, visibleOnly: false }];
    assertEquals(read(`${folder}/in/.env`, { within: all }), { text: "key" });
    const linked = [{ path: `${folder}/linked-root`, visibleOnly: true }];
    assertEquals(read(`${folder}/in/a`, { within: linked }), { text: "in" });
    assertEquals(read(`${folder}/out/secret`, { within: [{ path: "/", visibleOnly: false }] }), {
      text: "out",
    });
    assertEquals(read(`${folder}/in/a`, { within: [] }), "outside");
  });
});

for (
  const [what, swap] of [
    [
      "a file",
      // A link to the outside and a file of ours alternate under one name.
      `Deno.symlinkSync("../out/a", "in/l"); Deno.renameSync("in/l", "in/a");
       Deno.writeTextFileSync("in/f", "in"); Deno.renameSync("in/f", "in/a");`,
    ],
    [
      "its folder",
      `Deno.renameSync("in/d", "in/aside"); Deno.symlinkSync("../out", "in/d");
       Deno.removeSync("in/d"); Deno.renameSync("in/aside", "in/d");`,
    ],
  ] as const
) {
  Deno.test(`files: no outside file is read while ${what} is swapped with a link`, async () => {
    const files = { "in/a": "in", "in/d/a": "in", "out/a": "SECRET" };
    await inFolder({ ...files, "swap.js": `for (;;) { ${swap} }` }, async (folder) => {
      const swapper = new Deno.Command(Deno.execPath(), {
        args: ["run", "--quiet", "--no-config", "--allow-read", "--allow-write", "swap.js"],
        cwd: folder,
      }).spawn();
      const path = `${folder}/in/${what === "a file" ? "a" : "d/a"}`;
      const within = [{ path: `${folder}/in`, visibleOnly: true }];
      const seen = new Map<string, number>();
      try {
        // Reads count after both states were seen, because then the swapping has started.
        for (let reads = 0; reads < 2000 || seen.size < 2; reads++) {
          const result = read(path, { within });
          const kind = typeof result === "string" ? result : result.text;
          assert(kind !== "SECRET", `read ${reads} gave what is outside`);
          seen.set(kind, (seen.get(kind) ?? 0) + 1);
        }
      } finally {
        swapper.kill("SIGKILL");
        await swapper.status;
      }
      assert((seen.get("in") ?? 0) > 0, JSON.stringify([...seen]));
    });
  });
}
