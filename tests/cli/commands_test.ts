import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { version } from "../../src/version.ts";
import { exitCodes } from "../../src/errors.ts";
import { FileStore, realFileSystem } from "../../src/store/mod.ts";
import type { Output } from "../../src/frontends/streams.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";

const hello = `# Greeter
Says hello.

## Main
### Triggers
- At the beginning
### Steps
- Tell the user hello
- End program
`;

/** The output and the exit code of a command line in `folder`. */
async function cli(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
) {
  const world = worldIn(folder, environment);
  const exit = await runCommandLine(args, world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

function names(folder: string): readonly string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

Deno.test("commands: --version and --help print to standard output, and a missing command is wrong usage", async () => {
  await inFolder({}, async (folder) => {
    for (const args of [["--version"], ["-V"], ["version"]]) {
      assertEquals(await cli(folder, args), { exit: 0, stdout: `playbooks ${version}\n`, stderr: "" });
    }
    assertEquals(JSON.parse((await cli(folder, ["version", "--json"])).stdout), { version });
    const excess = await cli(folder, ["version", "1"]);
    assertEquals([excess.exit, excess.stdout], [exitCodes.usage, ""]);
    assertStringIncludes((await cli(folder, ["vesion"])).stderr, "did you mean version");
    const help = await cli(folder, ["--help"]);
    assertEquals([help.exit, help.stderr], [0, ""]);
    assertEquals(await cli(folder, []), { exit: exitCodes.usage, stdout: "", stderr: help.stdout });
  });
});

Deno.test("commands: check prints the outline, and problems with their place", async () => {
  await inFolder({ "a.pb": hello, "bad.pb": `${hello}\n## Main\n- Think\n` }, async (folder) => {
    const good = await cli(folder, ["check", "a.pb"]);
    assertEquals([good.exit, good.stderr], [0, ""]);
    assertStringIncludes(good.stdout, "01 Tell the user hello");
    const bad = await cli(folder, ["check", "bad.pb"]);
    assertEquals(bad.exit, exitCodes.usage);
    assertStringIncludes(bad.stderr, "bad.pb:11:");
    assertStringIncludes(bad.stderr, "^^");
  });
});

Deno.test("commands: check --json prints one document with the parts and the problems", async () => {
  const bad = `${hello}- $x = Lookup(1)\n\n\`\`\`js\nconst a = missing;\n\`\`\`\n`;
  await inFolder({ "a.pb": hello, "bad.pb": bad }, async (folder) => {
    const good = await cli(folder, ["check", "--json", "a.pb"]);
    assertEquals([good.exit, good.stderr], [0, ""]);
    const { files, ok, title, agents, problems } = JSON.parse(good.stdout);
    assertEquals([files, ok, title, problems], [["a.pb"], true, "a", []]);
    const { signature, begins, triggers, steps } = agents[0].playbooks[0];
    assertEquals([agents[0].name, signature, begins], ["Greeter", "Main()", true]);
    assertEquals([triggers[0].text, triggers[0].line, steps[0].text, steps[0].line, steps[0].column], [
      "At the beginning",
      6,
      "Tell the user hello",
      8,
      3,
    ]);
    const wrong = await cli(folder, ["check", "bad.pb", "--json"]);
    assertEquals([wrong.exit, wrong.stderr], [exitCodes.usage, ""]);
    assertEquals(JSON.parse(wrong.stdout).problems, [
      {
        ...{ file: "bad.pb", line: 10, column: 8, length: 6, severity: "warning", code: "unknown-playbook" },
        message: 'Greeter has no playbook "Lookup"',
        fix: 'Add "## Lookup" to Greeter, or say in words what to do',
      },
      {
        ...{ file: "bad.pb", line: 13, column: 11, length: 7, severity: "error", code: "unknown-name" },
        message: 'Nothing defines "missing"',
        fix: "Declare it in a code block of this agent, or use a builtin: see docs/builtins.md",
      },
    ]);
    const gone = await cli(folder, ["check", "--json", "gone.pb"]);
    assertEquals([gone.exit, gone.stderr], [exitCodes.usage, ""]);
    assertStringIncludes(JSON.parse(gone.stdout).error, "gone.pb is not there");
  });
});

Deno.test("commands: run prints the problems of check, and refuses what check refuses", async () => {
  const warned = hello.replace("- End", "- Close(1)\n- End").replace("Close(1)", "CloseShop()");
  const refused = `${hello}\n\`\`\`js\nconst a = missing;\n\`\`\`\n`;
  const idle = hello.replace("### Triggers\n- At the beginning\n", "");
  await inFolder({ "warned.pb": warned, "refused.pb": refused, "idle.pb": idle }, async (folder) => {
    for (const file of ["warned.pb", "refused.pb", "idle.pb"]) {
      const checked = await cli(folder, ["check", file]);
      const ran = await cli(folder, ["run", file, "--model", "rehearsal"]);
      assertStringIncludes(ran.stderr, checked.stderr);
      assertEquals(checked.exit, file === "warned.pb" ? exitCodes.ok : exitCodes.usage);
      if (file !== "warned.pb") assertEquals([ran.exit, ran.stdout], [exitCodes.usage, ""]);
    }
    const called = await cli(folder, ["run", "idle.pb", "--call", "Main()", "--model", "rehearsal"]);
    assertEquals([called.exit, called.stderr.includes("begins")], [exitCodes.ok, false]);
  });
});

Deno.test("commands: the lines that check proposes for a document make it run", async () => {
  const runbook = '# Greet\n\nFor new guests.\n\n1. Say "Welcome"\n2. Say "Goodbye"\n';
  const skill =
    '---\nname: x\ndescription: y\n---\n# Greet\n\n## Usage\n\n1. Say "Welcome"\n2. Say "Goodbye"\n\n## See also\n\nNothing.\n';
  for (const [file, text] of [["runbook.md", runbook], ["SKILL.md", skill]] as const) {
    await inFolder({ [file]: text }, async (folder) => {
      const { exit, stdout } = await cli(folder, ["check", "--json", file]);
      const [problem] = JSON.parse(stdout).problems;
      assertEquals([exit, problem.code], [exitCodes.usage, "document"]);
      const [place, ...lines] = problem.fix.split("\n");
      assertEquals(lines, ["### Triggers", "- At the beginning"]);
      const below = Number(/below line (\d+):$/.exec(place)?.[1] ?? text.split("\n").length - 1);
      const changed = text.split("\n").toSpliced(below, 0, ...lines).join("\n");
      await Deno.writeTextFile(`${folder}/${file}`, changed);
      const ran = await cli(folder, ["run", file, "--model", "rehearsal"]);
      assertEquals([ran.exit, ran.stdout], [exitCodes.ok, "Welcome\nGoodbye\n"], ran.stderr);
    });
  }
});

Deno.test("commands: a session is resumed although its program has a name that nothing defines", async () => {
  const ask = hello.replace("- Tell the user hello", "- Ask the user for a $name");
  const code = "\n```js\nexport async function Later() { return missing; }\n```\n";
  await inFolder({ "a.pb": ask }, async (folder) => {
    const args = ["a.pb", "--model", "rehearsal", "--non-interactive"];
    assertEquals((await cli(folder, ["run", ...args])).exit, exitCodes.waiting);
    await Deno.writeTextFile(`${folder}/a.pb`, ask + code);
    const resumed = await cli(folder, ["run", ...args, "--resume", "--message", "Ada"]);
    assertEquals(resumed.exit, exitCodes.ok);
    assertStringIncludes(resumed.stderr, 'warning: Nothing defines "missing"');
    const again = await cli(folder, ["run", ...args]);
    assertEquals(again.exit, exitCodes.usage);
    assertStringIncludes(again.stderr, 'error: Nothing defines "missing"');
  });
});

Deno.test("commands: a program's imports are found beside it, and a problem in an import names its place", async () => {
  const files = {
    "deep/a.pb": `${hello}\n!import parts/more.md\n`,
    "deep/parts/more.md": "## More\n- Think\n\n```python\nx = 1\n```\n",
  };
  await inFolder(files, async (folder) => {
    const { stdout, stderr } = await cli(folder, ["check", "deep/a.pb"]);
    assertStringIncludes(stdout, "More");
    assertStringIncludes(stderr, "deep/parts/more.md:4:");
  });
});

Deno.test("commands: compile writes the same program in numbered form, and never over its source", async () => {
  await inFolder({ "a.pb": hello }, async (folder) => {
    const printed = await cli(folder, ["compile", "a.pb"]);
    assertEquals((await cli(folder, ["compile", "a.pb", "-o", "a.pbasm"])).exit, 0);
    assertEquals(await Deno.readTextFile(`${folder}/a.pbasm`), printed.stdout);
    const outline = (await cli(folder, ["check", "a.pb"])).stdout;
    assertEquals((await cli(folder, ["check", "a.pbasm"])).stdout, outline);
    assertEquals((await cli(folder, ["compile", "a.pb", "-o", "./a.pb"])).exit, exitCodes.usage);
    assertEquals((await cli(folder, ["compile", "a.pb", "-o", "no/such/folder"])).exit, exitCodes.usage);
    assertEquals(await Deno.readTextFile(`${folder}/a.pb`), hello);
  });
});

Deno.test("commands: bad input gives one clear message and exit code 2, and creates nothing on disk", async (t) => {
  const files = {
    "a.pb": hello,
    "empty.pb": "",
    "blank.pb": " \n\n",
    "binary.pb": new Uint8Array([35, 32, 0, 1, 2]),
    "latin.pb": new Uint8Array([35, 32, 0xe9, 10]),
    "huge.pb": new Uint8Array(4 * 1024 * 1024 + 1).fill(97),
    "folder/b.pb": hello,
    "prose.pb": "No heading at all\n",
    "idle.pb": "# A\n\n## Main\n- Think\n",
    "wrong.toml": "[limits]\nmax_llm_cals = 1\n",
  };
  const cases: readonly (readonly [args: readonly string[], expected: string])[] = [
    [["run", "gone.pb", "a.pb", "lost.pb"], "gone.pb is not there; lost.pb is not there"],
    [["run", "a.pb/x"], "a.pb/x is not there"],
    [["run", "empty.pb"], "empty.pb is empty"],
    [["run", "empty.pb", "blank.pb"], "empty.pb, blank.pb are all empty"],
    [["run", "binary.pb"], "binary.pb is not a text file"],
    [["run", "latin.pb"], "latin.pb is not a text file in UTF-8"],
    [["run", "huge.pb"], "huge.pb is larger than 4 MiB"],
    [["run", "folder"], "folder is a folder"],
    [["run", "none*.pb"], "no file matches none*.pb"],
    [["run", "prose.pb"], "agent"],
    [["run", "idle.pb"], "begin"],
    [["run", "a.pb", "--resum"], "did you mean --resume"],
    [["run", "a.pb", "--config", "wrong.toml"], "did you mean max_llm_calls"],
    [["run", "a.pb", "--model", "gpt"], "names no provider"],
    [["check", "gone.pb"], "gone.pb is not there"],
    [["compile", "prose.pb", "-o", "out.pbasm"], "agent"],
  ];
  await inFolder(files, async (folder) => {
    const before = names(folder);
    for (const [args, expected] of cases) {
      await t.step(args.join(" "), async () => {
        const { exit, stdout, stderr } = await cli(folder, args);
        assertStringIncludes(stderr, expected);
        assertEquals([exit, stdout], [exitCodes.usage, ""]);
        assert(!stderr.includes("    at "), stderr);
        assertEquals(names(folder), before);
      });
    }
  });
});

Deno.test("commands: a pattern that the shell did not expand is expanded, and a repeated file counts once", async () => {
  await inFolder(
    {
      "x/1.pb": hello,
      "x/2.pb": "# Other\n\n## Go\n- Think\n",
      "x/.hidden.pb": "# Hidden\n\n## Go\n- Think\n",
      "y[1].pb": hello,
    },
    async (folder) => {
      const { exit, stdout, stderr } = await cli(folder, ["check", "x/*.pb", "x/1.pb", "./x/2.pb"]);
      assertEquals([exit, stderr], [0, ""]);
      assertEquals(stdout.match(/^Greeter/gm)?.length, 1);
      assertEquals(stdout.match(/^Other/gm)?.length, 1);
      assertEquals((await cli(folder, ["check", "y[1].pb"])).exit, 0);
      assert(!stdout.includes("Hidden"), stdout);
      assertStringIncludes((await cli(folder, ["check", "x/.h*.pb"])).stdout, "Hidden");
    },
  );
});

Deno.test("commands: a file that is named and imported counts once, in whichever spelling", async (t) => {
  const lib = "# Lib\n## Help\n- Think\n";
  const broken = `${lib}\n\`\`\`python\ndef f(): pass\n\`\`\`\n`;
  await inFolder({
    "lib.pb": lib,
    "main.pb": `!import lib.pb\n\n${hello}`,
    "broken.pb": broken,
    "uses.pb": `!import broken.pb\n\n${hello}`,
    "sub ö/far.pb": "!import ../lib.pb\n# Far\n## Go\n- Think\n",
  }, async (folder) => {
    Deno.symlinkSync(join(folder, "lib.pb"), join(folder, "link.pb"));
    Deno.symlinkSync(join(folder, "broken.pb"), join(folder, "broken link.pb"));
    for (
      const files of [
        ["main.pb", "lib.pb"],
        ["lib.pb", "main.pb"],
        ["main.pb", "./lib.pb"],
        ["main.pb", join(folder, "lib.pb")],
        ["main.pb", "link.pb"],
        ["link.pb", "lib.pb", "main.pb"],
        ["./main.pb", "sub ö/far.pb"],
      ]
    ) {
      await t.step(files.join(" "), async () => {
        const { exit, stderr, stdout } = await cli(folder, ["check", ...files, "--json"]);
        assertEquals([exit, stderr, JSON.parse(stdout).problems], [0, "", []]);
        assertEquals(stdout.match(/"name": "Lib"/g)?.length, 1);
      });
    }
    for (
      const files of [["uses.pb", "broken.pb"], ["uses.pb", "./broken.pb"], ["uses.pb", "broken link.pb"]]
    ) {
      await t.step(files.join(" "), async () => {
        const { exit, stderr } = await cli(folder, ["check", ...files]);
        assertEquals([exit, stderr.match(/error: /g)?.length], [exitCodes.usage, 1], stderr);
      });
    }
  });
});

Deno.test("commands: a --call that cannot be made is wrong usage, and no session begins", async (t) => {
  const lib = "# Ann Lee\n## Other\n- Think\n";
  const text = `${hello.replace("## Main", "## Get tax rate($income, $year = 2026)")}\n${lib}`;
  const person = "\n# Zoe:Human\n";
  await inFolder({ "a.pb": text + person }, async (folder) => {
    for (
      const [call, says] of [
        ["GetTaxRat(1)", "did you mean GetTaxRate"],
        ["Greeter.GetTaxRat(1)", "did you mean Greeter.GetTaxRate"],
        ["Nobody.Other()", "no agent has a playbook Nobody.Other"],
        ["AnnLee.GetTaxRate(1)", "no agent has a playbook AnnLee.GetTaxRate"],
        ["ProcessMessages()", "no agent has a playbook ProcessMessages"],
        ["GetTaxRate()", "was called without income"],
        ["GetTaxRate(1, 2, 3)", "was given 3 arguments"],
        ["Other(1)", "was given 1 argument"],
        ["GetTaxRate(incom=1)", "has no parameter incom; did you mean income"],
        ["GetTaxRate(income=1, when=2)", "has no parameter when"],
        ["GetTaxRate(year=1)", "was called without income"],
        ["Other(a=1)", "has no parameter a"],
      ] as const
    ) {
      await t.step(call, async () => {
        for (const flags of [[], ["--json"], ["--detach"], ["--plan"]]) {
          const { exit, stderr } = await cli(folder, ["run", "a.pb", "--call", call, ...flags]);
          assertEquals(exit, exitCodes.usage, stderr);
          assertStringIncludes(stderr, says);
        }
        assertEquals(names(folder), ["a.pb"]);
      });
    }
    for (
      const call of [
        "get tax rate(1)",
        "Greeter.GetTaxRate(1, 2)",
        "GetTaxRate({income: 1})",
        "GetTaxRate($Income=1, year=2)",
        "Other",
      ]
    ) {
      assertEquals((await cli(folder, ["run", "a.pb", "--call", call])).exit, 0, call);
    }
  });
});

Deno.test("commands: trust --json prints JSON alone, whatever it does", async () => {
  await inFolder(
    { "own/playbooks.toml": '[permissions]\nnet = ["a.example"]\n', "none/a.pb": hello },
    async (folder) => {
      const state = { PLAYBOOKS_STATE_DIR: join(folder, "state") };
      const trust = async (...args: readonly string[]) => {
        const { exit, stdout, stderr } = await cli(folder, ["trust", ...args, "--json"], state);
        assertEquals([exit, stderr], [0, ""]);
        return JSON.parse(stdout);
      };
      const file = join(Deno.realPathSync(folder), "own", "playbooks.toml");
      const trusted = [{ file, lines: ['permissions.net = ["a.example"]'] }];
      assertEquals(await trust("none"), { trusted: [] });
      assertEquals(await trust("own"), { trusted });
      assertEquals((await trust("--list")).trusted.map(({ file }: { file: string }) => file), [file]);
      assertEquals(await trust("own", "--remove"), { removed: [file] });
      assertEquals(await trust("--list"), { trusted: [] });
    },
  );
});

Deno.test("commands: config show gives each setting with its source, and no secret", async () => {
  const toml = '[model]\nprovider = "openai-compatible"\nname = "m"\n' +
    'base_url = "https://me:hunter2@here/v1?token=hunter3"\napi_key_env = "sk-hunter4!"\n';
  await inFolder({ "playbooks.toml": toml }, async (folder) => {
    const text = await cli(folder, ["config", "show"], { PLAYBOOKS_LIMITS__MAX_REPAIRS: "9" });
    assertStringIncludes(text.stdout, '"https://****@here/v1?****"');
    assertStringIncludes(text.stdout, "the environment variable PLAYBOOKS_LIMITS__MAX_REPAIRS");
    const json = await cli(folder, ["config", "show", "--json"]);
    const shown = JSON.parse(json.stdout);
    assertEquals(shown.config.model.name, "m");
    assertEquals(shown.config.limits.max_llm_calls, 100);
    assertEquals(shown.files_used, [`${folder}/playbooks.toml`]);
    assert(!/hunter/.test(text.stdout + json.stdout));
  });
});

Deno.test("commands: sessions list and show match the session's folder", async () => {
  await inFolder({ "a.pb": hello }, async (folder) => {
    const empty = await cli(folder, ["sessions"]);
    assertEquals([empty.exit, empty.stdout], [0, `There are no sessions in ${folder}/.checkpoints\n`]);
    assertEquals((await cli(folder, ["sessions", "--json"])).stdout, "[]\n");
    assertEquals(names(folder), ["a.pb"]);

    assertEquals((await cli(folder, ["run", "a.pb", "--name", "monday"])).exit, 0);
    const [session] = JSON.parse((await cli(folder, ["sessions", "list", "--json"])).stdout);
    assertEquals([session.name, session.status, session.programPaths], ["monday", "completed", [
      `${folder}/a.pb`,
    ]]);
    assert(session.bytes > 0);

    const list = (await cli(folder, ["sessions", "list"])).stdout.trimEnd().split("\n");
    assertEquals(list.length, 2);
    assert(list[1]!.startsWith(`${session.id.slice(-8)} `), list[1]);
    assertStringIncludes(list[1]!, "monday  completed  a.pb");

    for (const reference of [session.id, session.id.slice(0, 8), session.id.slice(-4), "monday"]) {
      const show = await cli(folder, ["sessions", "show", reference]);
      assertEquals(show.exit, 0);
      assertStringIncludes(show.stdout, `Session      ${session.id}`);
      assertStringIncludes(show.stdout, "@N --fork, with an N below ");
    }
    const json = JSON.parse((await cli(folder, ["sessions", "show", "monday", "--json"])).stdout);
    assertEquals(json.id, session.id);
  });
});

Deno.test("commands: sessions show counts the entries of the journal if session.json is older, as after a kill", async () => {
  await inFolder({ "a.pb": hello }, async (folder) => {
    await cli(folder, ["run", "a.pb", "--name", "monday"]);
    const shown = async () =>
      JSON.parse((await cli(folder, ["sessions", "show", "monday", "--json"])).stdout);
    const { id, position, turns } = await shown();
    const store = new FileStore(`${folder}/.checkpoints`, { fs: realFileSystem(), nowMs: Date.now });
    await store.update(id, { status: "stopped", position: 0, turns: 0, checkpoint: 0 });
    const { position: counted, turns: done } = await shown();
    assertEquals([counted, done], [position, turns]);
    assert(position > 0 && turns > 0);
  });
});

Deno.test("commands: a missing session is exit code 3, and a path is never a session", async () => {
  await inFolder({}, async (folder) => {
    for (const reference of ["k3f9", "../../x"]) {
      const { exit, stderr } = await cli(folder, ["sessions", "show", reference]);
      assertEquals(exit, exitCodes.noSuchSession);
      assertStringIncludes(stderr, `Session "${reference}" not found`);
    }
    assertEquals(names(folder), []);
  });
});

/** An output with a closed reader. */
const closed: Output = {
  writeSync: () => {
    throw new Deno.errors.BrokenPipe("Broken pipe");
  },
  isTerminal: () => false,
};

Deno.test("commands: a closed pipe is no error for a listing; a run stops with an error and can be resumed", async () => {
  await inFolder({ "a.pb": hello }, async (folder) => {
    const world = { ...worldIn(folder), stdout: closed };
    assertEquals(await runCommandLine(["check", "a.pb"], world), exitCodes.ok);
    assertEquals(await runCommandLine(["run", "a.pb"], world), exitCodes.failed);
    assertStringIncludes(worldText(world), "Cannot write to standard output");
    assert(!worldText(world).includes("    at "));
    const resumed = await cli(folder, ["run", "a.pb", "--resume"]);
    assertEquals([resumed.exit, resumed.stdout.toLowerCase().includes("hello")], [0, true]);
  });
});

Deno.test("commands: an internal error is one line, with a trace only on request", async () => {
  const broken = {
    ...worldIn("/"),
    get stdout(): Output {
      throw new Error("the tube is bent");
    },
  };
  assertEquals(await runCommandLine(["--version"], broken), exitCodes.failed);
  assertEquals(
    worldText(broken),
    "playbooks: the tube is bent\nThis is a fault of playbooks itself; PLAYBOOKS_DEBUG=1 shows the trace\n",
  );
  const debugged = worldIn("/", { PLAYBOOKS_DEBUG: "1" });
  assertEquals(await runCommandLine(["chekc"], debugged), exitCodes.usage);
  assertStringIncludes(debugged.stderr.text, "    at ");
});

function worldText(world: { readonly stderr: { readonly text: string } }): string {
  return world.stderr.text;
}
