import { assert, assertEquals, assertMatch } from "@std/assert";
import { dialects } from "../model/asking.ts";
import { failureCases } from "../model/failures.ts";
import type { Dialect } from "../support/dialect.ts";
import { ProviderServer, type Script } from "../support/provider_server.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";
import { EmulatedTerminal } from "../frontends/emulated_terminal.ts";

const program = `# Clerk
## Main
### Triggers
- At the beginning
### Steps
- Say hello
- $rate = Find rate
- Tell the rate
- End program

## Find rate
### Steps
- Return the rate
`;

/** The model's answers at each of the program's calls. */
const answers: readonly string[] = [
  'Step("01");\nawait Say("user", "Hello.");\nStep("02");\nstate.rate = await FindRate();',
  'Step("01");\nReturn(15);',
  'Step("03");\nawait Say("user", `The rate is ${state.rate}.`);',
  'Step("04");\nEndProgram();',
];
const spoken = answers.map((text): Script => ({ kind: "answer", words: text.split(/(?<=\W)/) }));
const words = "Hello.\nThe rate is 15.\n";

/** A failure and its expected result: a retry in the same run, a report to the model, or a stop with a recovery hint. */
interface Failure {
  readonly what: string;
  readonly script: (dialect: Dialect) => Script | undefined;
  readonly outcome: "retried" | "told" | RegExp;
}

const soon = { "retry-after": "0" };

const failures: readonly Failure[] = [
  { what: "a rate limit", script: () => status(429, "Rate limit reached"), outcome: "retried" },
  { what: "an overload", script: (dialect) => status(overloadOf(dialect), "Overloaded"), outcome: "retried" },
  { what: "a failure of the server", script: () => status(500, "Internal error"), outcome: "retried" },
  { what: "a timeout", script: () => status(504, "Request timed out"), outcome: "retried" },
  { what: "a reset before any word", script: () => ({ kind: "reset", words: [] }), outcome: "retried" },
  {
    what: "a reset in the middle",
    script: () => ({ kind: "reset", words: ['await Say("user", "Hel', 'lo.");\n'] }),
    outcome: "retried",
  },
  {
    what: "an end too early",
    script: () => ({ kind: "truncate", words: ['await Say("user", "Hello.");\n'] }),
    outcome: "retried",
  },
  {
    what: "an overload in the middle",
    script: () => ({ kind: "overloaded", words: ['await Say("user", "Hel'] }),
    outcome: "retried",
  },
  { what: "an empty answer", script: () => ({ kind: "answer", words: [] }), outcome: "told" },
  { what: "a bad key", script: (dialect) => inItsWords(dialect, /^bad key/), outcome: /check the key in/ },
  {
    what: "an unknown model",
    script: (dialect) => inItsWords(dialect, /^unknown model$/),
    outcome: /has no model "tiny"/,
  },
  {
    what: "a prompt too long",
    script: (dialect) => inItsWords(dialect, /^prompt too long$/),
    outcome: /take a model with a larger window/,
  },
  {
    what: "a content filter",
    script: () => ({ kind: "answer", words: [], finish: "filter" }),
    outcome: /change what the playbook asks for/,
  },
  {
    what: "a used-up quota",
    script: (dialect) => inItsWords(dialect, /quota|no credit/),
    outcome: /check the account's plan/,
  },
];

/** In a thorough run each protocol for each failure at each call; otherwise the protocols alternate. */
const thorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";

for (const [index, failure] of failures.entries()) {
  const becomes = failure.outcome instanceof RegExp
    ? "stops with a recovery hint, and a resume continues from there"
    : "ends like a run without it";
  Deno.test(`answers: a run with ${failure.what}, at each call in turn, ${becomes}`, async () => {
    const runs = answers.flatMap((_, call) =>
      dialects.filter((_, place) => thorough || place === (index + call) % dialects.length)
        .map((dialect) => ({ call, dialect }))
    );
    // Waits before the next attempt take most of the time.
    await Promise.all(runs.map(({ call, dialect }) => check(failure, call, dialect)));
  });
}

Deno.test("answers: on a terminal the words of a broken stream appear once", async () => {
  await Promise.all(dialects.map(checkTerminal));
});

async function checkTerminal(dialect: Dialect): Promise<void> {
  const broken: Script = { kind: "reset", words: ['await Say("user", "Hello', " there, I am "] };
  await using server = new ProviderServer([broken, ...spoken], { dialect });
  await inFolder(filesFor(dialect, server), async (folder) => {
    const terminal = new EmulatedTerminal(60);
    const world = {
      ...worldIn(folder, { [dialect.keyEnv]: "secret", PLAYBOOKS_TRUST: "1" }),
      stdin: terminal,
      stdout: terminal,
      stderr: terminal,
      columns: () => 60,
    };
    assertEquals(await runCommandLine(["run", "clerk.pb"], world), 0);
    const shown = terminal.screen.filter((row) => /Hello|rate/.test(row));
    assertEquals(shown, ["Hello.", "The rate is 15."], terminal.screen.join("\n"));
  });
}

async function check({ what, script, outcome }: Failure, call: number, dialect: Dialect): Promise<void> {
  const failing = script(dialect) ?? script(dialects[3]!)!;
  await using server = new ProviderServer([...spoken.slice(0, call), failing, ...spoken.slice(call)], {
    dialect,
  });
  await inFolder(filesFor(dialect, server), async (folder) => {
    const where = `${what} at call ${call + 1}, ${dialect.provider}`;
    const first = await cli(folder, ["run", "clerk.pb"], dialect);
    if (!(outcome instanceof RegExp)) {
      assertEquals([first.exit, first.stdout], [0, words], `${where}: ${first.stderr}`);
    } else {
      assertEquals(first.exit, 1, `${where}: ${first.stderr}`);
      const [line, ...more] = first.stderr.split("\n").filter((each) => outcome.test(each));
      assert(line !== undefined && more.length === 0, `${where}: ${first.stderr}`);
      assertMatch(first.stderr, /Resume with: playbooks resume [0-9a-f-]{36}\n/, where);
      assert(!first.stderr.includes("secret") && !/^\s+at /m.test(first.stderr), first.stderr);
      const resumed = await cli(folder, ["resume"], dialect);
      assertEquals([resumed.exit, first.stdout + resumed.stdout], [0, words], `${where}: ${resumed.stderr}`);
    }
    const bodies = server.requests.map(({ path, body }) => path + JSON.stringify(body));
    assertEquals(bodies.length, answers.length + 1, where);
    const [failed, after] = [bodies[call], bodies[call + 1]];
    if (outcome === "told") assert(after!.includes("The answer was empty"), where);
    else assertEquals(after, failed, `${where}: the same is asked again`);
    assertEquals(new Set(bodies).size, outcome === "told" ? bodies.length : bodies.length - 1, where);
  });
}

function filesFor({ provider }: Dialect, { baseUrl }: ProviderServer): Readonly<Record<string, string>> {
  const configuration = `[model]\nprovider = "${provider}"\nname = "tiny"\nbase_url = "${baseUrl}"\n`;
  return { "clerk.pb": program, "playbooks.toml": configuration };
}

async function cli(folder: string, args: readonly string[], dialect: Dialect) {
  const world = worldIn(folder, { [dialect.keyEnv]: "secret", PLAYBOOKS_TRUST: "1" });
  const exit = await runCommandLine(args, world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

function status(code: number, message: string): Script {
  return { kind: "status", status: code, message, headers: soon };
}

function overloadOf({ provider }: Dialect): number {
  return provider === "anthropic" ? 529 : 503;
}

/** A failure in the provider's own words, if they are known. */
function inItsWords(dialect: Dialect, what: RegExp): Script | undefined {
  const found = failureCases.find((each) => each.dialect === dialect && what.test(each.what));
  return found ? { kind: "error", ...found.error } : undefined;
}
