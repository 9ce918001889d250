import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { folderWith, type TestFolder } from "./support/playbooks_process.ts";

const readme = Deno.readTextFileSync("README.md");

/** How a command of the README runs, and its expected standard output. */
interface Expected {
  readonly code: number;
  /** Absent: any output. */
  readonly output?: string;
}

/** The commands that the test runs, in the order of the README, in one scratch folder. */
const expected: Readonly<Record<string, Expected>> = {
  "playbooks run examples/hello.pb": { code: 0 },
  "playbooks check welcome.pb": { code: 0 },
  "echo Ada | playbooks run welcome.pb": { code: 0, output: block("text", 0) },
  "playbooks run welcome.pb --non-interactive": { code: 75 },
  "playbooks run welcome.pb --resume --message Ada": { code: 0, output: block("text", 1) },
  "playbooks sessions list": { code: 0 },
  "playbooks models": { code: 0 },
  "playbooks config show": { code: 0 },
};

/** Tasks that take too long here, each with the place of its other test. */
const testedElsewhere: Readonly<Record<string, string>> = {
  demo: "tests/examples/demo_test.ts",
  compile: ".ci/run",
};

Deno.test("readme: every command in it runs in order and prints the shown output", async () => {
  await using folder = await folderWith({ "welcome.pb": block("md", 0) });
  await Deno.mkdir(`${folder.path}/examples`);
  for (const { name } of Deno.readDirSync("examples")) {
    await Deno.copyFile(`examples/${name}`, `${folder.path}/examples/${name}`);
  }
  const run = new Set<string>();
  for (const line of commandsOf(readme)) {
    const command = asPlaybooks(line);
    if (command === undefined) continue;
    assert(Object.hasOwn(expected, command), `tests/readme_test.ts does not know the command "${line}"`);
    // The forms of one command with Deno, with npm and with the binary.
    if (!run.has(command)) await check(folder, command);
    run.add(command);
  }
  assertEquals(Object.keys(expected).filter((command) => !run.has(command)), []);
});

Deno.test("readme: the test reports an unknown command", () => {
  assertEquals(asPlaybooks("deno task run examples/new.pb"), "playbooks run examples/new.pb");
  assert(!Object.hasOwn(expected, "playbooks run examples/new.pb"));
  for (const line of ["curl https://example.com | sh", "deno task nothing", "npx -y deno@1.0.0 task demo"]) {
    let isRefused = false;
    try {
      asPlaybooks(line);
    } catch {
      isRefused = true;
    }
    assert(isRefused, line);
  }
});

async function check(folder: TestFolder, command: string): Promise<void> {
  const [input, program] = command.startsWith("echo ")
    ? [`${command.split(" ")[1]}\n`, command.split(" | ")[1]!]
    : ["", command];
  const { code, stdout, stderr } = await folder.run(program.split(" ").slice(1), { input });
  const { code: wanted, output } = expected[command]!;
  assertEquals([command, code], [command, wanted], stderr);
  if (output !== undefined) assertEquals(stdout, output);
}

/** The commands in the shell blocks, without their comments. */
function commandsOf(text: string): string[] {
  return [...text.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, lines]) => lines!.split("\n"))
    .map((line) => line.replace(/ +# .*$/, "").trim()).filter((line) => line !== "");
}

/**
 * The command with its start replaced by `playbooks`; `undefined` for a task that is tested elsewhere. Throws for
 * any other command.
 */
function asPlaybooks(line: string): string | undefined {
  if (/^(?:echo \w+ \| )?playbooks /.test(line)) return line;
  if (line.startsWith("./dist/playbooks ")) return line.replace("./dist/playbooks", "playbooks");
  const [, version, task, rest] = /^(?:npx -y deno@([\d.]+)|deno) task (\S+)(?: (.*))?$/.exec(line) ?? [];
  assert(task !== undefined, `tests/readme_test.ts does not know the command "${line}"`);
  const { tasks } = JSON.parse(Deno.readTextFileSync("deno.json")) as { readonly tasks: object };
  assert(Object.hasOwn(tasks, task), `deno.json has no task ${task}`);
  if (version !== undefined) {
    assertStringIncludes(Deno.readTextFileSync(".ci/run"), `deno_version=${version}`);
  }
  if (task === "run") {
    const words = rest ?? "";
    // A file as first argument means run.
    return /^\S+\.pb\b/.test(words) ? `playbooks run ${words}` : `playbooks ${words}`;
  }
  const tester = testedElsewhere[task];
  assert(tester !== undefined, `tests/readme_test.ts does not know the task ${task}`);
  assert(Deno.statSync(tester).isFile);
  return undefined;
}

/** The text of a block of the README. */
function block(language: string, index: number): string {
  const blocks = [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))];
  const text = blocks[index]?.[1];
  assert(text !== undefined, `README.md has no block ${index} of ${language}`);
  return text;
}
