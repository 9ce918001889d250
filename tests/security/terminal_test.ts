import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { EventFact } from "../../src/session/mod.ts";
import { openUi, type RunUi, type UiOptions } from "../../src/frontends/mod.ts";
import { hostileTexts, unsafe } from "../support/hostile_texts.ts";
import { folderWith } from "../support/playbooks_process.ts";
import { inFolder, noInput, Recorder, runCommandLine, worldIn } from "../support/world.ts";

/** All outputs of a run, with `text` in each place that holds outside data. */
function showAll(ui: RunUi, text: string): void {
  const agent = { agent: "1000", klass: `Seller${text}` };
  const ann = `Ann${text}`;
  const at = { ...agent, playbook: `Main${text}` };
  const events: EventFact[] = [
    { type: "persons", names: [ann], people: [{ name: ann, displayName: ann, streams: true }] },
    { type: "agent", ...agent },
    { type: "call", ...at, depth: 1 },
    { type: "turn", ...at, turn: 1 },
    { type: "thought", ...agent, text: `thinks ${text}\nmore ${text}` },
    { type: "text", agent: "1000", text: `await Say("user", "words ${text}");` },
    { type: "completion", ...at, turn: 1, inputTokens: 1, outputTokens: 1 },
    { type: "step", ...at, step: `01${text}`, text: `Tell ${text}` },
    { type: "trigger", agent: "1000", text },
    { type: "log", ...agent, text },
    { type: "message", from: "1000", fromKlass: `A${text}`, to: "1001", toKlass: `B${text}`, text },
    { type: "wait", ...agent, for: [`Buyer${text}`] },
    { type: "repair", ...at, error: text },
    { type: "retrying", ...agent, attempt: 1, waitMs: 1, reason: text },
    { type: "notice", level: "warning", text },
    { type: "notice", level: "info", text },
    { type: "return", ...at, ok: false },
  ];
  for (const event of events) ui.event(event);
  ui.show({ ...agent, to: `Ann${text}`, text: `words ${text}`, position: 1 });
  ui.show({ agent: "1001", klass: `Buyer${text}`, to: "user", text, position: 2 });
  ui.note(`❌ The program failed: ${text}`);
  ui.end({ session: null, status: "failed", exit: 1, message: text });
}

async function uiWith(options: Partial<UiOptions>): Promise<RunUi> {
  return await openUi({
    stdin: noInput,
    stdout: new Recorder(),
    stderr: new Recorder(),
    now: () => 0,
    columns: () => 80,
    environment: {},
    json: false,
    stream: true,
    nonInteractive: false,
    verbose: true,
    snoop: true,
    quiet: false,
    interrupt: () => {},
    ...options,
  });
}

const terminalInput = { ...noInput, isTerminal: () => true };

/** Kinds of runs that write words to a terminal. */
const frontEnds: Readonly<Record<string, Partial<UiOptions>>> = {
  "a terminal": { stdin: terminalInput },
  "a terminal, input from a pipe": {},
  "TERM=dumb": { stdin: terminalInput, environment: { TERM: "dumb" } },
  "--non-interactive": { stdin: terminalInput, nonInteractive: true },
  "--json": { json: true },
};

for (const [where, options] of Object.entries(frontEnds)) {
  Deno.test(`terminal: no output of a run controls the terminal: ${where}`, async () => {
    for (const [what, text] of Object.entries(hostileTexts)) {
      const stdout = new Recorder({ terminal: true });
      const stderr = new Recorder({ terminal: true });
      {
        using ui = await uiWith({ ...options, stdout, stderr });
        showAll(ui, text);
      }
      for (const shown of [stdout.text, stderr.text]) {
        const rest = options.json ? shown : withoutOurs(shown);
        assert(!unsafe.test(rest), `${what}: ${JSON.stringify(rest)}`);
      }
      // The cleaning must not empty the output.
      assertStringIncludes(stdout.text, "words ");
    }
  });
}

/** Our own sequences: dim text, wrapping off and on, paste marks, moves of the live region. */
function withoutOurs(text: string): string {
  // deno-lint-ignore no-control-regex
  const ours = /\x1b\[(?:2m|22m|\?7[hl]|\?2004[hl]|\d*A|\d+C|J|K)|\r(?=\x1b\[|\n|[^\x00-\x1f])|\r$/g;
  // Two of the hostile texts are such sequences; only their place distinguishes them.
  return text.replaceAll(ours, "");
}

Deno.test("terminal: in a pipe the words of a run stay unchanged, and standard error is still cleaned", async () => {
  for (const text of Object.values(hostileTexts)) {
    const stdout = new Recorder();
    const stderr = new Recorder();
    using ui = await uiWith({ stdout, stderr });
    ui.show({ agent: "1000", klass: "A", to: "user", text: `words ${text}`, position: 1 });
    ui.note(text);
    assertEquals(stdout.text, `words ${text}\n`);
    assert(!unsafe.test(stderr.text));
  }
});

/** A program with \`text\` wherever a program has text. */
function programWith(text: string): string {
  const line = text.replaceAll(/[\r\n\0\x85\u2028\u2029]/g, "");
  return `# Agent ${line}
Description ${line}

## Main ${line}($x)
Does ${line}
### Triggers
- At the beginning
- When ${line}
### Steps
- Tell the user ${line}
- If ${line}
  - Do ${line}
### Notes
- ${line}

## Main ${line}
- twice
!import ${line}

\`\`\`ts
const ${line} = ;
\`\`\`
`;
}

/** The output of a command on a terminal. */
async function onTerminal(
  folder: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<{ readonly exit: number; readonly text: string }> {
  const stdout = new Recorder({ terminal: true });
  const stderr = new Recorder({ terminal: true });
  const world = { ...worldIn(folder, { HOME: folder, ...environment }), stdout, stderr };
  const exit = await runCommandLine(args, world);
  return { exit, text: `${stdout.text}${stderr.text}` };
}

Deno.test("terminal: no program controls the terminal through check, compile or its file name", async () => {
  for (const [what, text] of Object.entries(hostileTexts)) {
    if (text.includes("\0")) continue;
    const name = `p${text.replaceAll("/", "")}.pb`;
    await inFolder({ "p.pb": programWith(text), [name]: programWith(text) }, async (folder) => {
      for (const file of ["p.pb", name, `gone${text}.pb`]) {
        for (const command of ["check", "compile"]) {
          const { text: shown } = await onTerminal(folder, [command, file]);
          assert(shown !== "", `${command} of ${what}`);
          assert(!unsafe.test(shown), `${command} ${what}: ${JSON.stringify(shown)}`);
        }
      }
    });
  }
});

Deno.test("terminal: no session.json controls the terminal through list, show, verify, plan or a search", async () => {
  for (const [what, text] of Object.entries(hostileTexts)) {
    await inFolder({}, async (folder) => {
      const id = "0197f000-0000-7000-8000-000000000001";
      const time = "2026-02-01T00:00:00.000Z";
      const record = {
        version: 1,
        id,
        key: "k",
        programPaths: [`/tmp/p${text}.pb`],
        name: `name${text}\n✅ Program restored`,
        host: `host${text}`,
        pid: 1,
        status: "running",
        createdAt: time,
        updatedAt: time,
        runAt: time,
        checkpoint: 0,
        position: 0,
        turns: 0,
        calls: 0,
        tokens: 0,
        costUsd: 0,
      };
      await Deno.mkdir(`${folder}/.checkpoints/${id}/x${text.replaceAll(/[\0/]/g, "")}`, { recursive: true });
      await Deno.writeTextFile(`${folder}/.checkpoints/${id}/session.json`, JSON.stringify(record));
      const commands = [
        ["sessions", "list"],
        ["sessions", "show", id],
        ["sessions", "verify"],
        ["sessions", "show", `name${text}x`],
        ["sessions", "show", "gone"],
        ["resume", id, "--plan"],
        ["resume", id],
      ];
      for (const args of commands) {
        const { text: shown } = await onTerminal(folder, args);
        assert(shown !== "", args.join(" "));
        assert(!unsafe.test(shown), `${args[1]} ${what}: ${JSON.stringify(shown)}`);
        assert(!/^✅ Program restored/m.test(shown), shown);
      }
      for (const args of [["sessions", "list", "--json"], ["sessions", "show", id, "--json"]]) {
        const { text: shown } = await onTerminal(folder, args);
        assert(!unsafe.test(shown), `${args} ${what}`);
      }
    });
  }
});

Deno.test("terminal: no configuration or argument controls the terminal through an error or a listing", async () => {
  for (const [what, text] of Object.entries(hostileTexts)) {
    const escaped = JSON.stringify(text.replaceAll("\0", "")).replaceAll("\x7f", "\\u007f");
    const files = {
      "value/playbooks.toml": `[model]\nprovider = "openai"\nname = ${escaped}\n`,
      "key/playbooks.toml": `[limits]\n${escaped} = 1\n`,
      "choice/playbooks.toml": `[model]\nprovider = ${escaped}\n`,
      "raw/playbooks.toml": `[model]\nname = "${text}"\n`,
      "env/.env": `PLAYBOOKS_MODEL__NAME=${text}\nPLAYBOOKS_${text}=1\n`,
    };
    await inFolder(files, async (folder) => {
      for (const each of ["value", "key", "choice", "raw", "env"]) {
        for (const args of [["config", "show"], ["models"], ["check", "gone.pb"]]) {
          const { text: shown } = await onTerminal(`${folder}/${each}`, args);
          assert(shown !== "", `${args} ${each}`);
          assert(!unsafe.test(shown), `${args} ${each} ${what}: ${JSON.stringify(shown)}`);
        }
      }
      const argument = text.replaceAll("\0", "");
      for (
        const args of [
          [`a${argument}`],
          ["run", `--a${argument}`],
          ["run", "x.pb", "--model", argument],
          ["help", `a${argument}`],
          ["run", `${argument}*`],
        ]
      ) {
        const { text: shown } = await onTerminal(folder, args);
        assert(!unsafe.test(shown), `${JSON.stringify(args)}: ${JSON.stringify(shown)}`);
      }
    });
  }
});

Deno.test("terminal: no code controls the terminal through its errors, logs or results", async () => {
  const all = Object.values(hostileTexts).join("|");
  const code = `# Agent
\`\`\`ts
const text = ${JSON.stringify(all)};
/** @trigger At the beginning */
export async function Main() {
  LogTrigger(text);
  console.log(text);
  Step(text);
  await SaveArtifact("a" + text, text, text);
  try { await LoadFile(text); } catch (error) { LogTrigger(error.message); }
  try { await fetch(text); } catch (error) { LogTrigger(error.message); }
  try { await CreateAgent(text); } catch (error) { LogTrigger(error.message); }
  const error = new Error(text);
  error.name = text;
  throw error;
}
\`\`\`
`;
  await using folder = await folderWith({ "p.pb": code });
  const { code: exit, stderr } = await folder.run(["p.pb", "--verbose", "--snoop"]);
  assertEquals(exit, 1, stderr);
  assertStringIncludes(stderr, "The program failed");
  assert(!unsafe.test(stderr), JSON.stringify(unsafe.exec(stderr)));
  const failed = await folder.run(["p.pb", "--json", "--verbose"]);
  assert(!unsafe.test(failed.stdout));
  assertEquals(JSON.parse(failed.stdout.trimEnd().split("\n").at(-1)!).type, "end");
});

Deno.test("terminal: no server controls the terminal through its errors", async () => {
  const all = Object.values(hostileTexts).join("|");
  const program = "# A\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Tell the user hello\n";
  const answers = [
    () => Response.json({ error: { message: all, type: all, code: all } }, { status: 400 }),
    () => new Response(all, { status: 400 }),
    () => new Response(`<html>${all}</html>`, { status: 403, headers: { "content-type": "text/html" } }),
  ];
  let answer = answers[0]!;
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, () => answer());
  await using folder = await folderWith({ "p.pb": program });
  for (answer of answers) {
    const { code, stderr } = await folder.run(["p.pb", "--verbose"], {
      env: {
        PLAYBOOKS_MODEL__PROVIDER: "openai-compatible",
        PLAYBOOKS_MODEL__NAME: "m",
        PLAYBOOKS_MODEL__BASE_URL: `http://127.0.0.1:${server.addr.port}/v1`,
      },
    });
    assertEquals(code, 1, stderr);
    assert(stderr.includes("❌"), stderr);
    assert(!unsafe.test(stderr), JSON.stringify(unsafe.exec(stderr)));
  }
});
