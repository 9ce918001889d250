import { assert, assertEquals } from "@std/assert";
import { extras } from "../../extras/mod.ts";
import { coreCommands } from "../../src/cli/command_table.ts";
import { exitCodes } from "../../src/errors.ts";
import { type ArgumentCase, argumentCases, caseFiles, outputFault } from "../support/argument_cases.ts";
import { folderWith, testOfBinary } from "../support/playbooks_process.ts";
import { randomFrom } from "../support/random.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";

const cases = argumentCases([...coreCommands, ...extras.commands]);

/** All wrong cases are cheap. Of the odd ones, a part with a fixed seed: some of them run a program. */
const maxOdd = Number(Deno.env.get("PLAYBOOKS_TEST_ODD") ?? 150);

Deno.test("arguments: every command refuses wrong arguments in one line, and writes nothing", async () => {
  const wrong = cases.filter(({ isWrong }) => isWrong);
  assert(wrong.length > 500, String(wrong.length));
  assertEquals(await faultsOf(wrong), []);
});

Deno.test("arguments: odd values are accepted, or refused in one line, and never end in a trace", async () => {
  assertEquals(await faultsOf(sample(cases.filter(({ isWrong }) => !isWrong), maxOdd, 14)), []);
});

testOfBinary("arguments: the binary refuses wrong arguments in one line, and writes nothing", async () => {
  await using folder = await folderWith(caseFiles);
  const faults: string[] = [];
  const withoutNul = cases.filter(({ args, isWrong }) => isWrong && !args.some((arg) => arg.includes("\0")));
  const before = listing(folder.path);
  for (const each of sample(withoutNul, 40, 7)) {
    const { code, stdout, stderr } = await folder.run(each.args);
    faults.push(...[outputFault(each, { exit: code, stdout, stderr }) ?? []].flat());
    if (listing(folder.path) !== before) faults.push(`${each.args.join(" ")} wrote something`);
  }
  assertEquals(faults, []);
});

/** Runs cases beside two sessions, and returns the faults. */
async function faultsOf(cases: readonly ArgumentCase[]): Promise<readonly string[]> {
  const faults: string[] = [];
  await inFolder(caseFiles, async (folder) => {
    for (const name of ["monday", "tuesday"]) {
      const begun = worldIn(folder);
      assertEquals(
        await runCommandLine(["run", "a.pb", "--name", name], begun),
        exitCodes.ok,
        begun.stderr.text,
      );
    }
    for (const each of cases) {
      const before = listing(folder);
      const world = worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state` });
      const exit = await runCommandLine(each.args, world);
      const fault = outputFault(each, { exit, stdout: world.stdout.text, stderr: world.stderr.text });
      if (fault !== undefined) faults.push(fault);
      else if ((exit === 2 || exit === 3) && listing(folder) !== before) {
        faults.push(`${JSON.stringify(each.args)} was refused, and wrote something`);
      }
    }
  });
  return faults;
}

/** All files with their sizes and times. */
function listing(folder: string): string {
  return [...Deno.readDirSync(folder)].sort((a, b) => a.name < b.name ? -1 : 1).map(
    ({ name, isDirectory }) => {
      const path = `${folder}/${name}`;
      const { size, mtime } = Deno.lstatSync(path);
      return isDirectory ? `${path}/\n${listing(path)}` : `${path} ${size} ${mtime?.getTime()}\n`;
    },
  ).join("");
}

function sample<T>(all: readonly T[], count: number, seed: number): readonly T[] {
  const random = randomFrom(seed);
  return all.map((value) => ({ value, at: random() })).sort((a, b) => a.at - b.at).slice(0, count)
    .map(({ value }) => value);
}

Deno.test("arguments: a mistake is named with its likely correction", async () => {
  const expected: readonly (readonly [args: readonly string[], says: string])[] = [
    [["run", "--mesage", "hi", "a.pb"], "did you mean --message"],
    [["run", "a.pb", "--mesage", "hi"], "did you mean --message"],
    [["run", "--name", "a.pb"], "--name took a.pb for its value"],
    [["run", "-n", "a.pb"], "has no flag -n"],
    [["run", "-vz", "a.pb"], "-z (in -vz)"],
    [["sessions", "lst"], "did you mean list"],
    [["chek", "a.pb"], "did you mean check"],
    [["help", "--jsn"], "help has no flag --jsn"],
    [["help", "chek"], "did you mean check"],
    [["sessions", "dump", "monday@3"], "takes a whole session, without @3; say monday"],
    [["sessions", "rm", "--yes", "monday@3"], "takes a whole session"],
    [["run", "a.pb", "--record", "folder"], "folder"],
    [["run", "a.pb", "--record", "none/r.jsonl"], "Cannot record into"],
    [["crash-test", "a.pb", "--evry", "3"], "did you mean --every"],
    [["trust", "latin.pb"], "is not a text file in UTF-8"],
  ];
  await inFolder(caseFiles, async (folder) => {
    assertEquals(await runCommandLine(["run", "a.pb", "--name", "monday"], worldIn(folder)), exitCodes.ok);
    const before = listing(folder);
    for (const [args, says] of expected) {
      const world = worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state` });
      const exit = await runCommandLine(args, world);
      assertEquals([args, exit], [args, exitCodes.usage], world.stderr.text);
      assert(world.stderr.text.includes(says), world.stderr.text);
      assertEquals(listing(folder), before, args.join(" "));
    }
    const trusting = worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state` });
    assertEquals(await runCommandLine(["trust"], trusting), exitCodes.ok, trusting.stderr.text);
  });
});
