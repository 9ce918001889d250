import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { extras } from "../../extras/mod.ts";
import { commandWords } from "../../src/cli/command.ts";
import { coreCommands } from "../../src/cli/command_table.ts";
import { completionScript } from "../../src/cli/commands/completions/scripts.ts";
import { exitCodes } from "../../src/errors.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";

const commands = [...coreCommands, ...extras.commands];

Deno.test("completions: they name every command and every flag, and a PowerShell script is balanced", () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"] as const) {
    const script = completionScript(shell, commands);
    for (const word of commandWords(commands)) assertStringIncludes(script, word);
    for (const { name } of commands.flatMap(({ flags }) => flags)) {
      assertStringIncludes(script, shell === "fish" ? `-l ${name}` : `--${name}`);
    }
    assertStringIncludes(script, "completions sessions");
  }
  const code = completionScript("powershell", commands).replaceAll(/'(?:[^']|'')*'|"[^"]*"|^#.*$/gm, "''");
  const open: string[] = [];
  for (const sign of code.match(/[(){}[\]]/g)!) {
    if ("([{".includes(sign)) open.push(sign);
    else assertEquals(open.pop(), { ")": "(", "]": "[", "}": "{" }[sign]);
  }
  assertEquals(open, []);
});

Deno.test("completions: an operand that is a session is completed with sessions", () => {
  for (const { name, operands, completes } of commands) {
    if (/\bID\b/.test(operands) && !operands.includes("FILE")) {
      assertEquals([name, completes], [name, "sessions"]);
    }
  }
});

Deno.test("completions: bash offers commands, flags, values, files and sessions in their places", async () => {
  const ask = `
    playbooks() { printf 'monday\\twaiting\\nmy job\\tstopped\\n3f0c91aa\\tstopped\\n'; }
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=(); _playbooks; IFS=,; echo "\${COMPREPLY[*]}"`;
  await inFolder({ "my.toml": "", "a b.pb": "" }, async (folder) => {
    const complete = async (...words: readonly string[]) => {
      const { stdout, stderr } = await new Deno.Command("bash", {
        args: ["-c", completionScript("bash", commands) + ask, "bash", "playbooks", ...words],
        cwd: folder,
      }).output();
      assertEquals(new TextDecoder().decode(stderr), "");
      return new TextDecoder().decode(stdout).trim();
    };
    const cases: readonly (readonly [words: readonly string[], expected: string])[] = [
      [["ru"], "run"],
      [["my"], "my.toml"],
      [["--v"], "--version"],
      [["sessions", "sho"], "show"],
      [["sessions", "veri"], "verify"],
      [["sessions", "--js"], "--json"],
      [["sessions", "show", ""], "monday,my job,3f0c91aa"],
      [["sessions", "show", "my"], "my job"],
      [["sessions", "show", '"my j'], "my job"],
      [["sessions", "show", "'my j"], "my job"],
      [["sessions", "show", "my\\ j"], "my job"],
      [["sessions", "show", '"'], "monday,my job,3f0c91aa"],
      [["sessions", "show", '"x'], ""],
      [["run", "x", "--resume", '"my'], "my job"],
      [["sessions", "show", "3f", "--js"], "--json"],
      [["resume", "m"], "monday,my job"],
      [["resume", "--config", "m"], "my.toml"],
      [["run", "x", "--resume", "mon"], "monday"],
      [["run", "--on"], "--on-uncertain"],
      [["run", "x", "--on-uncertain", "re"], "retry"],
      [["run", "x", "--on-uncertain", "=", "re"], "retry"],
      [["run", "x", "--on-uncertain", "="], "ask,retry,fail,skip"],
      [["run", "x", "--message", "m"], ""],
      [["sessions", "list", "--status", "st"], "stopped"],
      [["sessions", "prune", "--status", ""], "queued,running,stopped,waiting,completed,failed"],
      [["run", "a"], "a b.pb"],
      [["a b.pb", "--res"], "--resume"],
      [["completions", "z"], "zsh"],
      [["help", "comp"], "compile,completions"],
      [["check", "m"], "my.toml"],
      [["doctor", "m"], ""],
      [["init", "--na"], "--name"],
    ];
    for (const [words, expected] of cases) assertEquals([words, await complete(...words)], [words, expected]);
  });
});

/** Whether a shell is on this machine. */
async function isInstalled(shell: string): Promise<boolean> {
  try {
    return (await new Deno.Command(shell, { args: ["-c", "true"] }).output()).success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "completions: fish offers commands, flags, values and sessions with descriptions",
  ignore: !await isInstalled("fish"),
  fn: async () => {
    const complete = async (line: string) => {
      const script = `function playbooks; printf 'monday\\twaiting\\n3f0c91aa\\tstopped\\n'; end
        source; complete -C '${line}'`;
      const child = new Deno.Command("fish", {
        args: ["--no-config", "-c", script],
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode(completionScript("fish", commands)));
      await writer.close();
      const { stdout, stderr } = await child.output();
      assertEquals(new TextDecoder().decode(stderr), "");
      return new TextDecoder().decode(stdout).trimEnd().split("\n");
    };
    assertEquals(await complete("playbooks ru"), ["run\trun a program, or resume it where it stopped"]);
    assertEquals(await complete("playbooks resume m"), ["monday\twaiting"]);
    assertEquals(await complete("pb run x.pb --resume 3"), ["3f0c91aa\tstopped"]);
    assertEquals(await complete("playbooks sessions --js"), ["--json\tprint JSON, for scripts"]);
    assertEquals((await complete("playbooks sessions sho")).map((line) => line.split("\t")[0]), ["show"]);
    assertEquals((await complete("playbooks run x --on-uncertain r")).map((line) => line.split("\t")[0]), [
      "retry",
    ]);
  },
});

for (const shell of ["bash", "zsh", "fish"] as const) {
  Deno.test({
    name: `completions: ${shell} can read its script`,
    ignore: !await isInstalled(shell),
    fn: async () => {
      await inFolder({ script: completionScript(shell, commands) }, async (folder) => {
        const { success, stderr } = await new Deno.Command(shell, { args: ["-n", `${folder}/script`] })
          .output();
        assertEquals([success, new TextDecoder().decode(stderr)], [true, ""]);
      });
    },
  });
}

Deno.test("completions: sessions prints names and short ids, the last run first, one line each", async () => {
  const hello = '# A\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Say "Hi"\n';
  await inFolder({ "a.pb": hello }, async (folder) => {
    const list = async () => {
      const world = worldIn(folder);
      assertEquals(await runCommandLine(["completions", "sessions"], world), exitCodes.ok);
      return world.stdout.text;
    };
    assertEquals(await list(), "");
    for (const name of [[], ["--name", "my job"]]) {
      assertEquals(await runCommandLine(["run", "a.pb", ...name], worldIn(folder)), exitCodes.ok);
    }
    const ids = [...Deno.readDirSync(`${folder}/.checkpoints`)].map(({ name }) => name.slice(-8));
    const lines = (await list()).trimEnd().split("\n").map((line) => line.split("\t"));
    assertEquals(lines.length, 3);
    const named = lines.find(([word]) => word === "my job");
    assert(named![1]!.startsWith("completed, a.pb, "), named![1]);
    for (const [word, about] of lines) {
      assert(word === "my job" || ids.includes(word!), word);
      assertStringIncludes(about!, "completed, a.pb");
    }
  });
});
