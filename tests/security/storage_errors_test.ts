import { assert, assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { folderWith, twoAtATime } from "../support/playbooks_process.ts";
import { hasStrace, runInjected } from "../support/strace.ts";

const asks = `# Host
## Main
### Triggers
- At the beginning
### Steps
- Say "one"
- Ask the user for $name
- Say "two"
- End program
`;

const words = "one\nName?\ntwo\n";
const faults = /fault of playbooks itself|stack backtrace|panicked|--allow-|os error/i;

/** System calls on a storage, with the errors that disks and systems give for them. */
const calls: Readonly<Record<string, readonly string[]>> = {
  fsync: ["EIO", "ENOSPC"],
  fdatasync: ["EIO", "EDQUOT"],
  flock: ["EIO", "EINTR"],
  ftruncate: ["EIO", "EROFS"],
  rename: ["EIO", "EACCES"],
  mkdir: ["EIO", "EMLINK"],
};

/** The number of the failing call. */
const numbers = [1, 2, 3, 5];

for (const [call, errors] of Object.entries(calls)) {
  Deno.test({
    name:
      `storage: an error of ${call} in a new run is exit 6 with one sentence, and the session can continue`,
    ignore: !hasStrace,
    fn: async () => {
      await twoAtATime(
        numbers.flatMap((nth) => errors.map((error) => [nth, error] as const)),
        async ([nth, error]) => {
          await using folder = await folderWith({ "p.pb": asks });
          const what = `${call}:error=${error}:when=${nth}`;
          const first = await runInjected(folder, ["run", "p.pb"], [what]);
          assert([6, 75].includes(first.code), `${what}: exit ${first.code}\n${first.stderr}`);
          assertNotMatch(first.stderr, faults, what);
          if (first.code === 6) {
            assert(first.injected.length > 0, what);
            assertEquals(first.stderr.match(/^playbooks: .*; .*$/gm)?.length, 1, `${what}: ${first.stderr}`);
          }
          const rest = await folder.run(["run", "p.pb", "--resume"], { input: "Ada\n" });
          assertEquals(rest.code, 0, `${what}: ${rest.stderr}`);
          assertNotMatch(rest.stderr, faults, what);
          assertMatch(words, startsWithAll(first.stdout), what);
          assertEquals(withoutRepeats(first.stdout + rest.stdout), words, what);
        },
      );
    },
  });
}

/** Files of a session that a resume opens, and errors of the open call. */
const files = [".lock", "lock", "shown", "journal.jsonl"];

for (const error of ["EIO", "EACCES", "EMFILE", "ESTALE"]) {
  Deno.test({
    name: `storage: ${error} on opening a session's file is exit 6 with a recovery hint, or a notice`,
    ignore: !hasStrace,
    fn: async () => {
      await twoAtATime(files, async (file) => {
        await using folder = await folderWith({ "p.pb": asks });
        assertEquals((await folder.run(["run", "p.pb"])).code, 75);
        const path = file === ".lock" ? `${folder.path}/.checkpoints/.lock` : folder.sessionFile(file);
        const what = `openat:error=${error}`;
        const run = await runInjected(folder, ["run", "p.pb", "--resume"], [what], {
          input: "Ada\n",
          paths: [path],
        });
        const place = `${file} ${error}: exit ${run.code}\n${run.stderr}`;
        assert(run.injected.length > 0, place);
        assertNotMatch(run.stderr, faults, place);
        // The lock protects only the index, so the run continues without it.
        assertEquals(run.code, file === ".lock" ? 0 : 6, place);
        const rest = await folder.run(["run", "p.pb", "--resume"], { input: "Ada\n" });
        assertEquals(rest.code, 0, rest.stderr);
      });
    },
  });
}

function startsWithAll(text: string): RegExp {
  return new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}`);
}

/** Removes repeated lines, because words from just before a stop may appear again. */
function withoutRepeats(text: string): string {
  return [...new Set(text.trimEnd().split("\n"))].map((line) => `${line}\n`).join("");
}

for (const error of ["EROFS", "EACCES"]) {
  Deno.test({
    name: `storage: ${error} on writing to the lock does not count as a process that runs the session`,
    ignore: !hasStrace,
    fn: async () => {
      await using folder = await folderWith({ "p.pb": asks });
      assertEquals((await folder.run(["run", "p.pb", "--name", "one"])).code, 75);
      const paths = [folder.sessionFile("lock")];
      const changes = [
        ["sessions", "rename", "one", "two"],
        ["sessions", "rewind", "one@4", "--yes"],
        ["sessions", "rm", "one", "--yes"],
        ["sessions", "prune", "--keep", "0", "--unfinished", "--yes"],
      ];
      await twoAtATime(changes, async (args) => {
        const run = await runInjected(folder, args, [`openat:error=${error}`], { paths });
        const place = `${args.join(" ")}: exit ${run.code}\n${run.stderr}`;
        assert(run.injected.length > 0, place);
        assertEquals(run.code, 6, place);
        assertEquals(run.stderr.match(/^playbooks: Cannot .*; .*$/gm)?.length, 1, place);
        assertNotMatch(run.stderr, /has run it for|unknown machine/, place);
        assertNotMatch(run.stderr, faults, place);
      });
      const list = await folder.run(["sessions", "list", "--json"]);
      assertEquals(JSON.parse(list.stdout).map(({ name }: { readonly name: string }) => name), ["one"]);
    },
  });
}
