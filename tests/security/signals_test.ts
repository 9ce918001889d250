import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { folderWith } from "../support/playbooks_process.ts";
import { endless } from "./hang_cases.ts";

/** An idle machine needs less than a second, but other tests run at the same time. Without a sentinel it takes a minute. */
const maxMs = 6_000;

function hanging(code: string): string {
  return `# A
\`\`\`js
/** @trigger At the beginning */
export async function Main() {
  await Say("user", "begun");
  await Hang();
}
export async function Hang() {
${code}
}
\`\`\`
`;
}

Deno.test("signals: hanging code is stopped at once and cleanly, and the session can be resumed", async (t) => {
  for (const [index, code] of endless.entries()) {
    await t.step(code, async () => {
      await using folder = await folderWith({ "x.pb": hanging(code) });
      const [signal, exit] = index % 2 === 0 ? ["SIGINT", 130] as const : ["SIGTERM", 143] as const;
      const process = folder.start(["run", "x.pb"], { env: { PLAYBOOKS_LIMITS__MAX_CODE_SECONDS: "80" } });
      await process.until("begun");
      const before = performance.now();
      process.kill(signal);
      const stopped = await process.finished;
      const tookMs = performance.now() - before;
      assert(tookMs < maxMs, `${tookMs} ms`);
      assertEquals([stopped.code, stopped.signal], [exit, null], stopped.stderr);
      assertStringIncludes(stopped.stderr, "⏸️  Interrupted; nothing is lost");
      // No effect of the step is kept. The signal may also come before the step's call.
      const last = folder.journal().at(-1)!.type;
      assert(last === "call" || last === "effect", last);
      const resumed = await folder.run(["resume"], { env: { PLAYBOOKS_LIMITS__MAX_CODE_SECONDS: "0.3" } });
      assertEquals([resumed.code, resumed.stdout], [1, ""], resumed.stderr);
      assertStringIncludes(resumed.stderr, "ran for more than 0.3 s without waiting");
    });
  }
});

Deno.test("signals: a signal at any moment before code begins stops the session cleanly", async () => {
  const code =
    "# A\n```js\n/** @trigger At the beginning */\nexport async function Main() { for (;;); }\n```\n";
  for (const delayMs of [0, 5, 20, 60, 150]) {
    await using folder = await folderWith({ "x.pb": code });
    const process = folder.start(["run", "x.pb"], { env: { PLAYBOOKS_LIMITS__MAX_CODE_SECONDS: "80" } });
    await process.until("rehearsal", "stderr");
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    process.kill("SIGTERM");
    const { code: exit, stderr } = await process.finished;
    assertEquals(exit, 143, `${delayMs} ms: ${stderr}`);
    assertStringIncludes(stderr, "nothing is lost");
  }
});

Deno.test({
  name: "signals: a process with a blocked main thread ends, says how to continue, and can be resumed",
  // The test needs a POSIX pipe.
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const words = `# A
\`\`\`js
/** @trigger At the beginning */
export async function Main() {
  for (let i = 0; i < 40; i++) await Say("user", i + " " + "abcdefghijklmnopqrs ".repeat(200));
}
\`\`\`
`;
    await using folder = await folderWith({ "x.pb": words });
    const pipe = join(folder.path, "pipe");
    await new Deno.Command("mkfifo", { args: [pipe] }).output();
    // The pipe is open without a reader, so the process blocks in a write.
    const reader = await Deno.open(pipe, { read: true, write: true });
    const process = folder.start(["run", "x.pb"], { by: ["/bin/sh", "-c", 'exec "$@" >pipe', "sh"] });
    let entries = -1;
    // The process is idle when two checks in a row give the same.
    await process.untilTrue(() => {
      const seen = entries;
      entries = folder.journalSoFar().length;
      return entries > 10 && seen === entries;
    }, 300);
    const before = performance.now();
    process.kill("SIGINT");
    const { signal, stderr } = await process.finished;
    assertEquals(signal, "SIGKILL");
    const tookMs = performance.now() - before;
    assert(tookMs < maxMs, `${tookMs} ms`);
    const session = folder.onlySession();
    assertEquals(stderr.trimEnd().split("\n").slice(-3), [
      "⏸️  Interrupted: playbooks did not react, so the process was ended; nothing is lost",
      `   Session: ${session}`,
      `   Resume with: playbooks resume ${session}`,
    ]);
    reader.close();
    const resumed = await folder.run(["resume", session]);
    assertEquals(resumed.code, 0, resumed.stderr);
    const numbers = [...resumed.stdout.matchAll(/^(\d+) /gm)].map((match) => Number(match[1]));
    assertEquals(numbers, Array.from({ length: numbers.length }, (_, i) => 40 - numbers.length + i));
  },
});
