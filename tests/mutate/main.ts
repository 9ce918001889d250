// deno-lint-ignore-file no-console
import { join } from "@std/path";
import { mutants } from "./all.ts";
import { type Mutant, plant } from "./mutant.ts";

/** Tests that take longer count as hanging, so the bug counts as found. */
const maxTestsMs = 120_000;

/** Copies of the project, so tests can run concurrently. */
const copies = 2;

/** Folders that the tests do not need. */
const leftOut = new Set([".git", "dist", "node_modules", ".checkpoints", "peers"]);

type Verdict = "found" | "hangs" | "not found" | "does not load" | "not tried";

const root = join(import.meta.dirname!, "..", "..");
const only = valuesAfter("--only");
const chosen = mutants.filter((mutant) =>
  only.length === 0 || only.some((text) => titleOf(mutant).includes(text))
);
if (Deno.args.includes("--list")) {
  for (const mutant of chosen) console.log(titleOf(mutant));
  console.log(`${chosen.length} planted bugs`);
} else Deno.exit(await run() ? 0 : 1);

async function run(): Promise<boolean> {
  for (const mutant of chosen) plant(mutant, await Deno.readTextFile(join(root, mutant.file)));
  const temporary = await Deno.makeTempDir({ prefix: "playbooks_mutate_" });
  try {
    const folders = Array.from({ length: copies }, (_each, index) => join(temporary, String(index)));
    for (const folder of folders) await copyTree(root, folder);
    const sound = await soundTests(folders);
    const verdicts = new Map<Mutant, Verdict>();
    await inEach(folders, chosen, async (folder, mutant) => {
      const canTry = mutant.tests.every((test) => sound.has(test));
      verdicts.set(mutant, canTry ? await tryOne(folder, mutant) : "not tried");
    });
    return report(verdicts);
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}

/**
 * The tests that pass without a planted bug. One that fails would find every bug, so its bugs are not tried. A failed test
 * runs once more, because the machine may be busy.
 */
async function soundTests(folders: readonly string[]): Promise<ReadonlySet<string>> {
  const all = [...new Set(chosen.flatMap(({ tests }) => tests))];
  console.log(`Running the tests without a planted bug first (${all.length} files and folders)`);
  const sound = new Set<string>();
  await inEach(folders, all, async (folder, test) => {
    const first = await runTests(folder, [test]);
    const { verdict, output } = first.verdict === "not found" ? first : await runTests(folder, [test]);
    if (verdict === "not found") return void sound.add(test);
    console.log(output.slice(Math.max(0, output.indexOf(" ERRORS "))));
    console.log(`${test} fails without a planted bug (${verdict}); fix that first`);
  });
  return sound;
}

/** Does a piece of work for each item, one at a time in each folder. */
async function inEach<Item>(
  folders: readonly string[],
  items: readonly Item[],
  work: (folder: string, item: Item) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  await Promise.all(folders.map(async (folder) => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(folder, next);
  }));
}

async function tryOne(folder: string, mutant: Mutant): Promise<Verdict> {
  const path = join(folder, mutant.file);
  const sound = await Deno.readTextFile(path);
  const began = performance.now();
  await Deno.writeTextFile(path, plant(mutant, sound));
  const isOfGuest = mutant.file.startsWith("src/sandbox/guest/");
  if (isOfGuest) await bundleGuestIn(folder);
  const { verdict, output } = await runTests(folder, mutant.tests);
  await Deno.writeTextFile(path, sound);
  if (isOfGuest) await bundleGuestIn(folder);
  const seconds = ((performance.now() - began) / 1000).toFixed(1).padStart(5);
  console.log(`${seconds} s  ${verdict.padEnd(9)}  ${titleOf(mutant)}`);
  if (verdict === "does not load") console.log(output);
  return verdict;
}

/** The program runs the guest's bundle, not its modules. */
async function bundleGuestIn(folder: string): Promise<void> {
  await new Deno.Command(Deno.execPath(), { args: ["run", "-A", "build/guest.ts"], cwd: folder }).output();
}

async function runTests(
  folder: string,
  tests: readonly string[],
): Promise<{ readonly verdict: Verdict; readonly output: string }> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["test", "--fail-fast", "--no-check", "--no-prompt", "-P", ...tests],
    cwd: folder,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let hangs = false;
  const timer = setTimeout(() => {
    hangs = true;
    child.kill("SIGKILL");
  }, maxTestsMs);
  const [{ code }, stdout, stderr] = await Promise.all([
    child.status,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  clearTimeout(timer);
  const output = stdout + stderr;
  if (hangs) return { verdict: "hangs", output };
  if (code === 0) return { verdict: "not found", output };
  return { verdict: /could not be parsed|SyntaxError: /.test(stderr) ? "does not load" : "found", output };
}

function report(verdicts: ReadonlyMap<Mutant, Verdict>): boolean {
  const missed = [...verdicts].filter(([, verdict]) => verdict !== "found" && verdict !== "hangs");
  if (missed.length > 0) console.log("\nNo test finds:");
  for (const [mutant, verdict] of missed) {
    console.log(
      `  ${titleOf(mutant)}${
        verdict === "not tried" ? " (not tried: its tests fail without it)" : ""
      }\n    ${mutant.find}\n    → ${mutant.put}\n    ran ${mutant.tests.join(", ")}`,
    );
  }
  console.log(`${verdicts.size} planted, ${verdicts.size - missed.length} found`);
  return missed.length === 0;
}

function titleOf({ file, bug }: Mutant): string {
  return `${file}: ${bug}`;
}

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory, isFile } of Deno.readDir(from)) {
    if (leftOut.has(name)) continue;
    if (isDirectory) await copyTree(join(from, name), join(to, name));
    else if (isFile) await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** A flag that may be given several times. */
function valuesAfter(flag: string): string[] {
  return Deno.args.filter((_arg, index) => index > 0 && Deno.args[index - 1] === flag);
}
