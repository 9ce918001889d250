import { assertEquals, fail } from "@std/assert";
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
