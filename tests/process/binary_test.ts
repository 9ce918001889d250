import { assertEquals, assertStringIncludes, fail } from "@std/assert";
import { binary, folderWith, type TestFolder } from "../support/playbooks_process.ts";

/** A compiled program with nothing in it: what a start costs before any of ours. */
const emptyBinary = Deno.env.get("PLAYBOOKS_EMPTY_BINARY");

const rounds = 11;
/** A machine that is busy with something else for a while says nothing about us. */
const attempts = 5;

if (binary !== undefined && emptyBinary !== undefined) {
  Deno.test("the binary starts within 1.5 times of an empty compiled program", async () => {
    await using folder = await folderWith({});
    await reaches(async () => {
      const own: number[] = [];
      const empty: number[] = [];
      for (let round = 0; round < rounds; round++) {
        own.push(await millisecondsOf(() => startOf(folder, binary!, ["--version"])));
        empty.push(await millisecondsOf(() => startOf(folder, emptyBinary, [])));
      }
      return median(own) / median(empty);
    }, 1.5);
  });
}

if (binary !== undefined) {
  Deno.test("the binary plays hello on the rehearsal model to its end within 400 ms", async () => {
    const hello = await Deno.readTextFile(new URL("../../examples/hello.pb", import.meta.url));
    await using folder = await folderWith({ "hello.pb": hello });
    await reaches(async () => {
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        times.push(await millisecondsOf(() => startOf(folder, binary!, ["run", "hello.pb"])));
      }
      return median(times);
    }, 400);
  });

  Deno.test("the binary needs nothing but itself: no path, no home, no cache", async () => {
    const hello = await Deno.readTextFile(new URL("../../examples/hello.pb", import.meta.url));
    await using folder = await folderWith({ "hello.pb": hello });
    const run = await folder.run(["run", "hello.pb"]);
    assertEquals(run.code, 0, run.stderr);
    assertEquals(Object.keys(await folder.listing()).filter((path) => !path.startsWith(".checkpoints")), [
      "hello.pb",
    ]);
  });
}

/** A program that is told what code cannot do in its sandbox. */
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
const [told, changed] = ["code cannot be made from strings here", "CODE CANNOT BE MADE FROM STRINGS HERE"];

if (binary !== undefined) {
  Deno.test("the binary begins its sandbox with the machine that it carries, unless that was made of something else", async () => {
    await using folder = await folderWith({ "x.pb": forbidden });
    const bytes = await Deno.readFile(binary!);
    const head = find(bytes, '{"madeOf":', 0);
    const end = find(bytes, '"heapBytes":', head);
    const { dataBytes, heapBytes } = JSON.parse(
      latin1.decode(bytes.subarray(head, find(bytes, "}", end) + 1)),
    );
    const machine = bytes.subarray(end, end + dataBytes + heapBytes);
    const run = async (name: string) => {
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
    // What its memory says is what a program is told.
    for (let at = find(machine, told, 0); at >= 0; at = find(machine, told, at)) {
      machine.set(new TextEncoder().encode(changed), at);
    }
    assertStringIncludes(await run("changed"), changed);
    const sum = head + '{"madeOf":'.length;
    bytes[sum] = bytes[sum] === 0x31 ? 0x32 : 0x31;
    assertStringIncludes(await run("unfit"), told);
  });
}

const latin1 = new TextDecoder("latin1");

/** Where a text begins among bytes, from a place on; below 0 when it is nowhere. */
function find(bytes: Uint8Array, text: string, from: number): number {
  const at = latin1.decode(bytes.subarray(from)).indexOf(text);
  return at < 0 ? at : from + at;
}

/** Measures until what is measured is small enough. */
async function reaches(measure: () => Promise<number>, most: number): Promise<void> {
  const measured: number[] = [];
  while (measured.length < attempts) {
    measured.push(await measure());
    if (measured.at(-1)! <= most) return;
  }
  fail(`${most} is the most, and measured was ${measured.map((each) => each.toFixed(2)).join(", ")}`);
}

async function startOf(folder: TestFolder, command: string, args: readonly string[]): Promise<void> {
  const { code, stderr } = await new Deno.Command(command, {
    args: [...args],
    cwd: folder.path,
    clearEnv: true,
    env: { PATH: "" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
}

async function millisecondsOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}
