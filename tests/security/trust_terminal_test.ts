import { assertEquals, assertStringIncludes } from "@std/assert";
import { EmulatedTerminal } from "../frontends/emulated_terminal.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";

const files = {
  "playbooks.toml": '[permissions]\nread = ["/etc"]\n',
  "a.pb": "# A\n```ts\n/** @trigger At the beginning */\nexport async function Main() {\n" +
    '  await Say("user", "Hello");\n}\n```\n',
};

/** Runs the program on a terminal, with `answer` typed at the question. */
async function runAnswering(folder: string, answer: string | undefined, flags: readonly string[] = []) {
  const terminal = new EmulatedTerminal(200);
  if (answer !== undefined) terminal.type(answer);
  const world = {
    ...worldIn(folder, { PLAYBOOKS_STATE_DIR: `${folder}/state`, PATH: "" }),
    stdin: terminal,
    stdout: terminal,
    stderr: terminal,
    columns: () => 200,
  };
  const exit = await runCommandLine(["run", "a.pb", ...flags], world);
  return { exit, screen: terminal.screen.join("\n") };
}

Deno.test("trust: a terminal shows the settings, asks once, and keeps the answer", async () => {
  await inFolder(files, async (folder) => {
    const yes = await runAnswering(folder, "yes\r");
    assertEquals(yes.exit, 0, yes.screen);
    assertStringIncludes(yes.screen, `${folder}/playbooks.toml asks for`);
    assertStringIncludes(yes.screen, '  permissions.read = ["/etc"]');
    const again = await runAnswering(folder, undefined);
    assertEquals([again.exit, again.screen.includes("asks for")], [0, false], again.screen);
  });
});

Deno.test("trust: without a yes on the terminal nothing runs and nothing is kept", async () => {
  await inFolder(files, async (folder) => {
    for (const answer of ["no\r", "\r", "yes please\r"]) {
      const no = await runAnswering(folder, answer);
      assertEquals(no.exit, 2, no.screen);
      assertStringIncludes(no.screen, `playbooks trust ${folder}`);
      assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name).toSorted(), [
        "a.pb",
        "playbooks.toml",
      ]);
    }
    // A script can forbid the question.
    const script = await runAnswering(folder, undefined, ["--non-interactive"]);
    assertEquals([script.exit, script.screen.includes("yes or no?")], [2, false], script.screen);
  });
});
