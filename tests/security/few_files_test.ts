import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { binary, folderWith } from "../support/playbooks_process.ts";

const ends = `# Host
## Main
### Triggers
- At the beginning
### Steps
- Say "Hello"
- End program
`;

/** Deno needs about 13 open files before our first line runs. From source it needs many more for our modules. */
for (
  const [limit, code] of [[16, 6], [20, 6], [24, 6], [28, 0], [32, 0], [40, 0], [48, 0], [256, 0]] as const
) {
  Deno.test({
    name: `files: with a limit of ${limit} open files a run ends by itself with exit ${code}`,
    ignore: binary === undefined || Deno.build.os === "windows",
    fn: async () => {
      await using folder = await folderWith({ "p.pb": ends });
      const by = ["/bin/sh", "-c", `ulimit -n ${limit}; exec "$@"`, "sh"];
      for (const args of [["run", "p.pb"], ["run", "p.pb", "--resume"]]) {
        const run = await folder.run(args, { by });
        const isResume = args.includes("--resume") && code === 0;
        assertEquals([run.code, run.stdout], [code, code === 0 && !isResume ? "Hello\n" : ""], run.stderr);
        assertNotMatch(run.stderr, /backtrace|panicked|fault of playbooks/);
        if (code === 6) {
          assertMatch(run.stderr, /may open only \d+ more files, and needs 14; allow more with ulimit/);
        }
        if (code === 0 && limit < 48 && !isResume) {
          assertMatch(
            run.stderr,
            /registry cannot be used \(too many files are open; allow more with ulimit -n 256\)/,
          );
        }
      }
    },
  });
}
