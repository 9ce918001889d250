import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { inFolder, Recorder, runCommandLine, worldIn } from "../support/world.ts";

const program = `# Clerk
## Main
### Triggers
- At the beginning
### Steps
- $price = 900
- Tell the helper "Please help"
- Ask the user "Your name?"
- Wait for the user's $name
- End program

# Helper
Helps.
`;

const failing = `# A
\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Inner(1);
}
export async function Inner(n: number) {
  throw new Error("no such order");
}
\`\`\`
`;

async function show(folder: string, ...args: string[]) {
  const world = worldIn(folder);
  const exit = await runCommandLine(["sessions", "show", ...args], world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

async function withSession(
  text: string,
  exit: number,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  await inFolder({ "a.pb": text }, async (folder) => {
    const world = worldIn(folder);
    const code = await runCommandLine(["run", "a.pb", "--name", "it", "--non-interactive"], world);
    assertEquals(code, exit, world.stderr.text);
    await use(folder);
  });
}

Deno.test("sessions show: a waiting session has its calls with steps, its variables and its question", async () => {
  await withSession(program, 75, async (folder) => {
    const { exit, stdout } = await show(folder, "it");
    assertEquals(exit, 0);
    for (
      const text of [
        "Clerk(1000).Main(), turn 1\n    04 Wait for the user's $name (a.pb:9)\n    waits for words of user\n",
        "Open questions\n  Clerk(1000) waits for user: Your name?\n",
        "Variables\n  Clerk(1000)\n    $price = 900\n",
        "Done, and not repeated by a resume",
      ]
    ) assertStringIncludes(stdout, text);
    assert(!stdout.includes("Files that changed since") && !stdout.includes("Meetings"), stdout);
    for (const line of stdout.split("\n\n").slice(1).join("\n").split("\n")) assert(line.length <= 80, line);
    const plan = worldIn(folder);
    await runCommandLine(["run", "a.pb", "--resume", "it", "--plan"], plan);
    assertStringIncludes(
      plan.stderr.text,
      "Clerk(1000).Main, turn 1, step 04\n     waits for words of user\n",
    );
  });
});

Deno.test("sessions show: ID@N is an earlier state, and --json has the same as data", async () => {
  await withSession(program, 75, async (folder) => {
    assert(!(await show(folder, "it@4")).stdout.includes("$price"));
    const json = JSON.parse((await show(folder, "it", "--json")).stdout);
    assertEquals(json.state.calls[0].next, [{ kind: "wait for words", from: ["user"] }]);
    assertEquals(json.state.calls[0].stepText, "Wait for the user's $name");
    assertEquals(json.state.agents[0].variables, { price: "900" });
    assertEquals(json.questions.length, 1);
    assertEquals(json.past.models, []);
  });
});

Deno.test("sessions show: a file that was edited or removed since is named", async () => {
  await withSession(program, 75, async (folder) => {
    Deno.writeTextFileSync(`${folder}/a.pb`, program.replace("900", "800"));
    assertStringIncludes((await show(folder, "it")).stdout, `Files that changed since\n  ${folder}/a.pb\n`);
    Deno.removeSync(`${folder}/a.pb`);
    assertStringIncludes((await show(folder, "it")).stdout, `${folder}/a.pb cannot be read`);
  });
});

Deno.test("sessions show: a failed session has its error and the call in which it began", async () => {
  await withSession(failing, 1, async (folder) => {
    const { stdout } = await show(folder, "it");
    const error = stdout.slice(stdout.indexOf("\nError\n"), stdout.indexOf("at entry"));
    assertStringIncludes(error, "no such order");
    assertStringIncludes(error, "in A(1000) Inner, turn 1");
    assertEquals(JSON.parse((await show(folder, "it", "--json")).stdout).past.failure.playbook, "Inner");
  });
});

Deno.test("sessions show: for a damaged journal it says what is known, and names sessions verify", async () => {
  await withSession(program, 75, async (folder) => {
    const [session] = [...Deno.readDirSync(`${folder}/.checkpoints`)].filter(({ isDirectory }) =>
      isDirectory
    );
    const path = `${folder}/.checkpoints/${session!.name}/journal.jsonl`;
    Deno.writeTextFileSync(path, Deno.readTextFileSync(path).replace('"n":4,', '"n":9,'));
    const { exit, stdout } = await show(folder, "it");
    assertEquals(exit, 0);
    assertStringIncludes(stdout, "Name         it");
    assertStringIncludes(stdout, "The rest cannot be read: ");
    assertStringIncludes(stdout, `playbooks sessions verify ${session!.name}`);
  });
});

Deno.test("sessions show: a resume gets the flags that give its permissions again, as the end of the run said", async () => {
  await inFolder({ "a.pb": program, "playbooks.toml": "" }, async (folder) => {
    const flags = ["--allow-net=example.com,x.org", "--allow-env=A B", "--allow-read=data"];
    const world = worldIn(folder);
    await runCommandLine(["run", "a.pb", "--name", "it", "--non-interactive", ...flags], world);
    const [, command] = /Answer with: (.*) --message TEXT/.exec(world.stderr.text)!;
    assertStringIncludes(command!, `--allow-read=${folder}/data`);
    assertStringIncludes((await show(folder, "it")).stdout, `\nResume       ${command}, with --message TEXT`);
    assertEquals(JSON.parse((await show(folder, "it", "--json")).stdout).resume.startsWith(command), true);
    // Settings that grant the same need no flags.
    Deno.writeTextFileSync(`${folder}/playbooks.toml`, '[permissions]\nnet = ["example.com", "x.org"]\n');
    const trusted = worldIn(folder, { PLAYBOOKS_TRUST: "1" });
    await runCommandLine(["sessions", "show", "it"], trusted);
    const resume = /^Resume.*$/m.exec(trusted.stdout.text)![0];
    assertEquals([resume.includes("--allow-net"), resume.includes("--allow-env=")], [false, true], resume);
  });
});

Deno.test("sessions show: on a terminal, the rows of the summary are wrapped between words, below their texts", async () => {
  await withSession(program, 75, async (folder) => {
    for (const columns of [40, 60, 80]) {
      const world = { ...worldIn(folder), stdout: new Recorder({ terminal: true }), columns: () => columns };
      await runCommandLine(["sessions", "show", "it"], world);
      const rows = world.stdout.text.split("\n\n")[0]!.split("\n");
      assert(rows.length > 12, `${columns}`);
      for (const row of rows) {
        assert(row.length <= columns, row);
        assert(/^(?:[A-Z][a-z ]{11} | {13})\S/.test(row), row);
      }
      assertEquals((await show(folder, "it")).stdout.split("\n\n")[0]!.split("\n").length, 11);
    }
  });
});
