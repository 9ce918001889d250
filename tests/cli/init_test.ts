import { assertEquals, assertStringIncludes } from "@std/assert";
import { firstProgram } from "../../src/cli/commands/init/first_program.ts";
import { firstSettings } from "../../src/cli/commands/init/first_settings.ts";
import { exitCodes } from "../../src/errors.ts";
import type { Input } from "../../src/frontends/streams.ts";
import { inFolder, noInput, runCommandLine, worldIn } from "../support/world.ts";

async function cli(folder: string, args: readonly string[], stdin: Input = noInput) {
  const world = { ...worldIn(folder), stdin };
  const exit = await runCommandLine(args, world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

/** A standard input of some text. */
function inputOf(text: string): Input {
  let rest = new TextEncoder().encode(text);
  return {
    ...noInput,
    read: (buffer) => {
      if (rest.length === 0) return Promise.resolve(null);
      const part = rest.subarray(0, buffer.length);
      buffer.set(part);
      rest = rest.subarray(part.length);
      return Promise.resolve(part.length);
    },
  };
}

function names(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("init: the program passes check, and its rehearsal asks, decides and calls the second agent", async () => {
  const cases = [
    ["Ada\n2\n", "Welcome, Ada! The small table at the window is yours."],
    ["Ada\nmany\n4\n", "Welcome, Ada! The long table by the fire is yours."],
    ["Ada\n20\n", "I am sorry, Ada: we have no table for 20 tonight."],
  ] as const;
  for (const [said, answer] of cases) {
    await inFolder({}, async (folder) => {
      const written = await cli(folder, ["init"]);
      assertEquals([written.exit, written.stderr], [exitCodes.ok, ""]);
      assertEquals(names(folder), [".gitignore", "hello.pb", "playbooks.toml"]);
      const commands = [...written.stdout.matchAll(/^ {2}playbooks (\w+) (\S+)/gm)];
      assertEquals(commands.map(([, command, file]) => [command, file]), [["run", "hello.pb"], [
        "check",
        "hello.pb",
      ]]);
      const checked = await cli(folder, ["check", "hello.pb"]);
      assertEquals([checked.exit, checked.stderr], [exitCodes.ok, ""]);
      const ran = await cli(folder, ["run", "hello.pb"], inputOf(said));
      assertEquals([ran.exit, ran.stdout.trimEnd().split("\n").at(-1)], [exitCodes.ok, answer], ran.stderr);
      assertEquals(ran.stderr.includes("left to a model"), false, ran.stderr);
      const ignored = Deno.readTextFileSync(`${folder}/.gitignore`).split("\n");
      assertEquals(ignored, [".checkpoints/", ".env", ""]);
    });
  }
});

Deno.test("init: every commented setting is valid when its comment sign is removed", async () => {
  const toml = firstSettings().replace(/^# (\[\w+\]|\w+ = .*)$/gm, "$1");
  await inFolder({ "playbooks.toml": toml }, async (folder) => {
    const { exit, stdout, stderr } = await cli(folder, ["config", "show", "--json"]);
    assertEquals([exit, stderr], [exitCodes.ok, ""]);
    assertEquals(JSON.parse(stdout).config.limits.max_cost_usd, 1);
  });
  assertEquals(firstSettings().split("\n").filter((line) => line !== "" && !line.startsWith("#")), []);
});

Deno.test("init: it makes the folder, and names the program", async () => {
  await inFolder({}, async (folder) => {
    const { exit, stdout } = await cli(folder, ["init", "new/my shop", "--name", "orders.pb"]);
    assertEquals([exit, names(`${folder}/new/my shop`)], [exitCodes.ok, [
      ".gitignore",
      "orders.pb",
      "playbooks.toml",
    ]]);
    assertStringIncludes(stdout, "playbooks run 'new/my shop/orders.pb'\n");
  });
});

Deno.test("init: it overwrites nothing, and says which files exist", async () => {
  for (
    const [present, args] of [["hello.pb", []], ["playbooks.toml", []], ["x.pb", ["--name", "x"]]] as const
  ) {
    await inFolder({ [present]: "mine" }, async (folder) => {
      const { exit, stdout, stderr } = await cli(folder, ["init", ...args]);
      assertEquals([exit, stdout, names(folder)], [exitCodes.usage, "", [present]]);
      assertStringIncludes(stderr, `${present} is in ${folder} already`);
      assertEquals(Deno.readTextFileSync(`${folder}/${present}`), "mine");
    });
  }
  await inFolder({}, async (folder) => {
    await cli(folder, ["init"]);
    const again = await cli(folder, ["init"]);
    assertEquals(again.exit, exitCodes.usage);
    assertStringIncludes(again.stderr, "hello.pb and playbooks.toml are in");
  });
});

Deno.test("init: a .gitignore that exists stays, and the missing lines are named", async () => {
  await inFolder({ ".gitignore": "dist\r\n.env\r\n" }, async (folder) => {
    const { exit, stdout, stderr } = await cli(folder, ["init"]);
    assertEquals([exit, Deno.readTextFileSync(`${folder}/.gitignore`)], [exitCodes.ok, "dist\r\n.env\r\n"]);
    assertStringIncludes(stderr, "add to it: .checkpoints/\n");
    assertEquals(stdout.includes("Wrote .gitignore"), false);
  });
});

Deno.test("init: a second init completes what a killed one began", async () => {
  await inFolder(
    { ".gitignore": ".checkpoints/\n.env\n", "playbooks.toml": firstSettings() },
    async (folder) => {
      const { exit, stderr } = await cli(folder, ["init"]);
      assertEquals([exit, stderr], [exitCodes.ok, ""]);
      assertEquals(Deno.readTextFileSync(`${folder}/hello.pb`), firstProgram);
    },
  );
});

Deno.test("init: a wrong name or folder is one line and exit code 2, and writes nothing", async () => {
  const wrong = ["", "a/b", "..", ".hidden", "a b", "con", "x".repeat(51), "a\u001bb", "-"];
  await inFolder({ "file": "mine" }, async (folder) => {
    for (const args of [...wrong.map((name) => [`--name=${name}`]), ["file"], ["file/x"], [""], [" "]]) {
      const { exit, stdout, stderr } = await cli(folder, ["init", ...args]);
      assertEquals([exit, stdout, stderr.trimEnd().split("\n").length], [exitCodes.usage, "", 1], stderr);
      assertEquals(names(folder), ["file"], args[0]);
      assertEquals(/os error|\.tmp/.test(stderr), false, stderr);
    }
  });
});
