import { assert, assertEquals } from "@std/assert";
import { begunIn, entriesOf, joined, lines } from "../kills/journey.ts";
import type { KilledProgram } from "../kills/programs.ts";
import { type Finished, folderWith, type TestFolder } from "../support/playbooks_process.ts";
import { verifiedSession } from "../support/verified_session.ts";

/** A system call that fails once: the `nth` call with its name in each thread of the first process. */
export interface Fault {
  readonly call: string;
  readonly error: string;
  readonly nth: number;
}

/** The result of one fault. */
export interface Injected {
  /** Lines of the trace with the injected fault; empty if there were fewer such calls. */
  readonly where: readonly string[];
  /** Exit code of the process with the fault. */
  readonly exit: number;
}

/** Words that do not help a user. They mean that an internal error reached the user. */
const leaks =
  /fault of playbooks itself|panicked|stack backtrace|RUST_BACKTRACE|^\s+at .*:\d+:\d+|--allow-/im;

/** Permitted exit codes after a disk fault: done, wrong file, storage failed. */
const allowedExits = new Set([0, 2, 6]);

/** Runs `program` with one failing system call, resumes it, and compares its words and its state. */
export async function injectOnce(program: KilledProgram, fault: Fault, said: string): Promise<Injected> {
  await using folder = await folderWith({ "program.pb": program.source("") });
  await Deno.mkdir(`${folder.path}/home`);
  const trace = `${folder.path}/trace`;
  const env = { HOME: `${folder.path}/home` };
  const name = `${program.name}, ${fault.call} number ${fault.nth} fails with ${fault.error}`;
  const first = await folder.run(["run", "program.pb"], {
    input: lines(program.answers),
    env,
    by: straceWith(fault, trace),
  });
  const where = injectedLines(await Deno.readTextFile(trace), folder);
  if (where.length === 0) return { where, exit: first.code };
  const place = `${name}\n${where.join("\n")}\n${first.stderr}`;
  assert(!leaks.test(first.stderr), place);
  assert(allowedExits.has(first.code), `exit ${first.code}: ${place}`);
  const shown = await resumed(folder, program, { first, env, place });
  assertEquals(shown, said, place);
  return { where, exit: first.code };
}

/** Resumes without a fault until the program has ended; returns the words of all processes. */
async function resumed(
  folder: TestFolder,
  program: KilledProgram,
  given: { readonly first: Finished; readonly env: Readonly<Record<string, string>>; readonly place: string },
): Promise<string> {
  const { first, env, place } = given;
  if (first.code === 0) return first.stdout;
  const heard = entriesOf(folder).filter(({ type }) => type === "message").length;
  const resume = await folder.run(["run", "program.pb", "--resume"], {
    input: lines(program.answers.slice(heard)),
    env,
  });
  const words = `${place}\nThen the resume:\n${resume.stderr}`;
  assertEquals(resume.code, 0, words);
  assert(!leaks.test(resume.stderr), words);
  const [session] = begunIn(folder);
  const { findings } = verifiedSession(`${folder.path}/.checkpoints`, session as string);
  assertEquals(findings, [], words);
  const shown = joined(first.stdout.split("\n").slice(0, -1), resume.stdout.split("\n").slice(0, -1));
  return lines(shown);
}

function straceWith({ call, error, nth }: Fault, trace: string): string[] {
  const inject = `inject=${call}:error=${error}:when=${nth}`;
  return ["/usr/bin/strace", "-f", "-qq", "-y", "-o", trace, "-e", `trace=${call}`, "-e", inject];
}

/**
 * Faults in files of the session and of the user. Empty if the fault hit another place: the loader or the binary
 * before our first line, or an event queue, which no disk can fill.
 */
function injectedLines(trace: string, folder: TestFolder): readonly string[] {
  const injected = trace.split("\n").filter((line) => line.includes("INJECTED"));
  const isOurs = (line: string) => line.replace(/AT_FDCWD<[^>]*>/, "").includes(folder.path);
  return injected.every(isOurs) ? injected : [];
}
