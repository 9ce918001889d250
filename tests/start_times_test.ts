/*
 * Times of starts, beside an empty program in the same minute. `.ci/run` runs this file while it runs nothing else, because a
 * start uses both processors of a machine, and an empty program one.
 */
import { assertEquals, fail } from "@std/assert";
import { binary, folderWith, type TestFolder, testOfBinary } from "./support/playbooks_process.ts";

/** An empty compiled program: the cost of a start without our code. */
const emptyBinary = Deno.env.get("PLAYBOOKS_EMPTY_BINARY");

/** Like `testOfBinary`, for a test that compares the binary with the empty one. */
function testOfBinaries(name: string, fn: () => Promise<void>): void {
  if (emptyBinary !== undefined) testOfBinary(name, fn);
}

const rounds = 11;
/** A measurement is repeated, because the machine may be busy for a while. */
const attempts = 5;
/** A run of hello beside an empty program: how many times as long, or how much longer, ms. */
const [maxRatio, maxMoreMs] = [6.5, 400];

testOfBinaries("binary: it starts within 1.5 times of an empty compiled program", async () => {
  await using folder = await folderWith({});
  await reaches(async () => {
    const own: number[] = [];
    const empty: number[] = [];
    for (let round = 0; round < rounds; round++) {
      own.push(await millisecondsOf(() => startOf(folder, binary!, ["--version"])));
      empty.push(await millisecondsOf(() => startOf(folder, emptyBinary!, [])));
    }
    return median(own) / median(empty);
  }, 1.5);
});

testOfBinaries(
  `binary: it runs hello on the rehearsal model within ${maxRatio} times of an empty program, or ${maxMoreMs} ms more`,
  async () => {
    const hello = await Deno.readTextFile(new URL("../examples/hello.pb", import.meta.url));
    await using folder = await folderWith({ "hello.pb": hello });
    await reaches(async () => {
      const own: number[] = [];
      const empty: number[] = [];
      for (let round = 0; round < rounds; round++) {
        own.push(await millisecondsOf(() => startOf(folder, binary!, ["run", "hello.pb"])));
        empty.push(await millisecondsOf(() => startOf(folder, emptyBinary!, [])));
      }
      // An empty program mostly maps its file, and a run computes. So the ratio depends on the machine: where a start takes
      // 30 ms, the run is measured by its own time.
      const [ownMs, emptyMs] = [median(own), median(empty)];
      return Math.min(ownMs / emptyMs / maxRatio, (ownMs - emptyMs) / maxMoreMs);
    }, 1);
  },
);

/** Repeats a measurement until its value is small enough. */
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
