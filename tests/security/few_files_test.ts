import { assertEquals, assertMatch, assertNotMatch } from "@std/assert";
import { binary, folderWith } from "../support/playbooks_process.ts";
import { serveIn } from "../support/serve_process.ts";

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

const counts = `# Counter
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  for (let n = 1; n <= 40; n++) {
    await Say("user", "number " + n);
    await Sleep(0.05);
  }
}
\`\`\`
`;

Deno.test({
  name: "files: clients that only connect leave a server the files that its sessions need",
  ignore: binary === undefined || Deno.build.os === "windows",
  fn: async () => {
    await using folder = await folderWith({ "counts.pb": counts });
    const by = ["/bin/sh", "-c", `ulimit -n 320; exec "$@"`, "sh"];
    const server = await serveIn(folder, ["counts.pb"], { by });
    const id = await server.start("counts");
    const idle = [];
    for (let n = 0; n < 400; n++) idle.push(await Deno.connect({ hostname: "127.0.0.1", port: server.port }));
    await folder.run(["sessions", "show", id]);
    for (const connection of idle) connection.close();
    const events = await server.events(id, ({ line }) => line.type === "end");
    assertEquals(events.filter(({ line }) => line.type === "say").length, 40);
    const { stderr } = await server.stop();
    assertNotMatch(stderr, /fault|too many|registry|os error/i);
  },
});
