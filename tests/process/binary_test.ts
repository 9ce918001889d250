import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { binary, folderWith, type TestFolder, testOfBinary } from "../support/playbooks_process.ts";

testOfBinary("the binary needs nothing but itself: no path, no home, no cache", async () => {
  const hello = await Deno.readTextFile(new URL("../../examples/hello.pb", import.meta.url));
  await using folder = await folderWith({ "hello.pb": hello });
  const run = await folder.run(["run", "hello.pb"]);
  assertEquals(run.code, 0, run.stderr);
  assertEquals(Object.keys(await folder.listing()).filter((path) => !path.startsWith(".checkpoints")), [
    "hello.pb",
  ]);
});

testOfBinary("a binary that is replaced while it runs goes on as the version that it was", async () => {
  await using folder = await folderWith({ "x.pb": greeting });
  const path = `${folder.path}/playbooks`;
  await Deno.copyFile(binary!, path);
  const child = new Deno.Command(path, {
    args: ["run", "x.pb"],
    cwd: folder.path,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  // The run reads all input before it loads the sandbox and the model.
  const notes = child.stderr.getReader();
  await notes.read();
  await Deno.writeTextFile(`${path}.new`, "another version");
  await Deno.rename(`${path}.new`, path);
  const input = child.stdin.getWriter();
  await input.write(new TextEncoder().encode("Ada"));
  await input.close();
  const words = await new Response(child.stdout).text();
  while (!(await notes.read()).done);
  assertEquals([(await child.status).code, words], [0, "Hello Ada\n"]);
});

/** A program that takes all its input as one message. */
const greeting = `# Test

\`\`\`js
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "Hello " + state.startup_message);
}
\`\`\`

## Unused($startup_message)
### Steps
- Return $startup_message
`;

/** A program that reports the missing abilities of its sandbox. */
const forbidden = `# Test

\`\`\`js
/** @trigger At the beginning */
export async function Begin() {
  try {
    (() => {}).constructor("1");
  } catch (error) {
    await Say("user", error.message);
  }
}
\`\`\`
`;
const told = "code cannot be made from strings here";
const changed = "x".repeat(told.length);
/** Removed words, so the compressed replacement is no longer than the original instance. */
const untold = [
  "is an object with a prototype of its own and cannot be kept; keep plain data",
  "is a RegExp and cannot be kept; keep its source as a string",
  "is a promise and cannot be kept; await it first",
  "is an Error and cannot be kept; keep its message",
  "is a function and cannot be kept; keep plain data",
  "contains itself and cannot be kept; keep plain data",
  "Return: effects can be used only inside functions",
  "belongs to the agent's code block; keep what changes in state",
  "is an agent class and cannot be kept or passed; use its name",
  "was a function of an earlier turn; functions are not kept between turns, define it again",
  "fetch: the body must be a string; use JSON.stringify",
  "is a promise that is still pending; await it",
];

testOfBinary(
  "the binary begins its sandbox with the instance that it carries, unless that was made of something else",
  async () => {
    await using folder = await folderWith({ "x.pb": forbidden });
    const bytes = await Deno.readFile(binary!);
    const { at, instance } = carriedInstance(bytes);
    const room = compress(instance).length;
    const run = async (name: string) => {
      const compressed = compress(instance);
      bytes.fill(0, at, at + room);
      bytes.set(compressed.subarray(0, room), at);
      assert(compressed.length <= room);
      const path = `${folder.path}/${name}`;
      await Deno.writeFile(path, bytes, { mode: 0o755 });
      const { code, stdout, stderr } = await new Deno.Command(path, {
        args: ["run", "x.pb"],
        cwd: folder.path,
        stdin: "null",
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      return new TextDecoder().decode(stdout);
    };
    // The text in the instance's memory reaches the program.
    for (const words of [told, ...untold]) {
      const found = find(instance, words, 0);
      assert(found >= 0, words);
      for (let place = found; place >= 0; place = find(instance, words, place)) {
        instance.fill("x".charCodeAt(0), place, place + words.length);
      }
    }
    assertStringIncludes(await run("changed"), changed);
    const sum = find(instance, '"buildHash":', 0) + '"buildHash":'.length;
    instance[sum] = instance[sum] === 0x31 ? 0x32 : 0x31;
    assertStringIncludes(await run("unfit"), told);
  },
);

/** The compressed instance in a binary, with its offset. */
function carriedInstance(bytes: Uint8Array): { readonly at: number; readonly instance: Uint8Array } {
  const frame = latin1.decode(new Uint8Array([0x28, 0xb5, 0x2f, 0xfd]));
  for (let at = find(bytes, frame, 0); at >= 0; at = find(bytes, frame, at + 1)) {
    try {
      const instance = new Uint8Array(zstdDecompressSync(bytes.subarray(at, at + 2_000_000)));
      if (find(instance, '{"buildHash":', 0) >= 0) return { at, instance };
    } catch {
      // These bytes are not the instance.
    }
  }
  throw new Error("There is no instance in the binary");
}

function compress(bytes: Uint8Array): Uint8Array {
  return zstdCompressSync(bytes, { params: { [constants.ZSTD_c_compressionLevel]: 19 } });
}

const latin1 = new TextDecoder("latin1");

/** The offset of a text in bytes, from a start offset on; below 0 if it is missing. */
function find(bytes: Uint8Array, text: string, from: number): number {
  const at = latin1.decode(bytes.subarray(from)).indexOf(text);
  return at < 0 ? at : from + at;
}

Deno.test({
  name: "binary: a run that waits holds no folder open, and each file once",
  ignore: binary === undefined || Deno.build.os !== "linux",
  fn: async () => {
    await using folder = await folderWith({
      "p.pb":
        "# Host\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Ask the user for their $name\n- End program\n",
    });
    const run = folder.start(["run", "p.pb"]);
    await run.untilTrue(() => folder.sessions().length === 1 && isWaiting(folder));
    // Deno itself may not look into /proc.
    const links = await new Deno.Command("sh", {
      args: ["-c", `for fd in /proc/${run.pid}/fd/*; do readlink "$fd"; done; true`],
    }).output();
    const open = new TextDecoder().decode(links.stdout).split("\n").filter((path) =>
      path.startsWith(folder.path)
    );
    assert(open.some((path) => path.endsWith("journal.jsonl")), open.join("\n"));
    run.kill("SIGKILL");
    await run.finished;
    assertEquals(open.filter((path) => Deno.statSync(path).isDirectory), []);
    assertEquals(new Set(open).size, open.length, open.join("\n"));
  },
});

function isWaiting(folder: TestFolder): boolean {
  try {
    return folder.journal().some(({ type }) => type === "start");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
