import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { Builtin } from "../../src/engine/builtins/builtin.ts";
import { builtins, callableFunctions, namesOf, reservedNames } from "../../src/engine/builtins/table.ts";
import { parseProgram } from "../../src/language/mod.ts";
import { rules } from "../../src/prompt/rules.ts";
import { play } from "../support/harness.ts";
import { sourceFiles } from "../support/source_modules.ts";

/** A change of this text changes the prompts of all sessions and invalidates the providers' caches. */
const declarations = `# Builtins
\`\`\`ts
type Target = string | Agent;                      // "user" | a person's name | an agent | "agent 1001" | a class name
declare function Step(position: string): void;     // where you are: "02"
declare function Say(target: Target, text: string): Promise<void>;
declare function Yield(target: Target | Target[], options?: { timeout?: number }): Promise<string>; // waits, gives the words
declare function Return(value?: unknown, summary?: string): never;
declare function EndProgram(): never;
declare function CreateAgent(klass: string, properties?: object): Promise<Agent>;
declare function SaveArtifact(name: string, summary: string, content: string): Promise<Artifact>;
declare function LoadArtifact(name: string, options?: { from?: number; length?: number }): Promise<Artifact>; // you read its text in your next turn
declare function LoadFile(path: string, options?: { inline?: boolean; silent?: boolean }): Promise<string>;
declare function Sleep(seconds: number): Promise<void>;
declare function WaitForMessage(source: Target): Promise<{ from: string; klass: string; text: string; at: Date }[]>;
declare function LogTrigger(code: string): void;
declare const self: { id: string; klass: string; state: typeof state };
declare const state: Record<string, any>;
declare const agents: { all: Agent[]; byId(id: string): Agent | undefined; byClass(klass: string): Agent[] };
\`\`\``;

Deno.test("builtins: the prompt declares the rows of 0.2.0, byte for byte and in their order; new rows may stand between", () => {
  const known = declarations.split("\n");
  const old = rules.slice(rules.indexOf("# Builtins")).split("\n").filter((line) => known.includes(line));
  assertEquals(old, known);
});

Deno.test("builtins: no two rows share a name or an effect, and each has its sentence", () => {
  const names = builtins.flatMap(namesOf);
  assertEquals(new Set(names).size, names.length);
  const effects = builtins.map((row) => "effect" in row && row.effect ? row.effect : row.name);
  assertEquals(new Set(effects).size, effects.length);
  for (const { name, doc } of builtins) assertMatch(doc, /^[A-Z`].*\.$/, name);
});

Deno.test("builtins: each function is a global and a method of self, and each object is a global", async () => {
  const functions = callableFunctions.flatMap(namesOf);
  const objects = builtins.filter(({ kind }) => kind === "value").map(({ name }) => name);
  const { said } = await play(program(`
    const kinds = [${functions.map((name) => `typeof ${name} + typeof self.${name}`)}];
    await Say("user", kinds.join());
    await Say("user", [${objects.map((name) => `typeof ${name}`)}].includes("undefined"));
  `));
  assertEquals(said, [functions.map(() => "functionfunction").join(), "false"]);
});

Deno.test("builtins: a playbook, function or agent with a builtin's name is a problem with its place and a recovery hint", async () => {
  for (const name of reservedNames) {
    for (const spelling of spellingsOf(name)) {
      if (/^step$/i.test(spelling)) continue; // such a heading begins the steps
      const heading = `${begin}## ${spelling}\n- x\n`;
      await assertRefused(heading, /^7:4 ".*" is .*builtin.*: give this playbook another name$/);
      await assertRefused(`${begin}# ${spelling}\n## X\n- x\n`, /^7:3 ".*: give this agent another name$/);
    }
    const code = `${begin}\`\`\`js\nexport function ${name}() {}\n\`\`\`\n`;
    await assertRefused(code, new RegExp(`^8:1 "${name}" is a builtin: give this function another name$`));
  }
});

Deno.test("builtins: a playbook's name may begin like a builtin's, or differ from fetch in case", async () => {
  for (const name of ["Say Hello", "Sayings", "Fetch", "State", "Agents", "Call", "Get or create"]) {
    const { problems } = await parse(`${begin}## ${name}\n- x\n`);
    assertEquals(problems, [], name);
  }
});

/** Arguments that no builtin accepts. Each call finishes, or fails with an error that the code can catch. */
const badArguments: Readonly<Record<string, string>> = {
  none: "",
  nulls: "null, null, null",
  "objects and lists": "{ a: [1] }, [{}], new Map([[1, 2]])",
  numbers: "NaN, -1, 1e308",
  "texts with control characters": '"\\u0000\\u001b[2J", "\\ud800", "\\u202e"',
  "names of Object.prototype": '"__proto__", "constructor", "toString"',
  "paths and addresses": '"../../../etc/passwd", "file:///etc/passwd", "http://127.0.0.1"',
  "long texts": '"x".repeat(100_000), "y".repeat(100_000), "z".repeat(100_000)',
};

/** Calls with bad arguments that succeed, and why. */
const accepted: ReadonlySet<string> = new Set([
  "Sleep with nulls", // null is no time
  "SaveArtifact with objects and lists", // values become texts
  "SaveArtifact with numbers",
  "SaveArtifact with texts with control characters",
  "SaveArtifact with paths and addresses",
  "SaveArtifact with long texts",
]);

for (const row of callableFunctions) {
  for (const [title, args] of Object.entries(badArguments)) {
    Deno.test(`builtins: ${row.name} with ${title} finishes, or gives an error that names the fault`, async () => {
      const { result, said, events } = await play(program(`
        try {
          await ${row.name}(${args});
        } catch (error) {
          await Say("user", error.name + ": " + error.message);
          return;
        }
        await Say("user", "accepted");
      `));
      if (result.kind === "waiting" && row.kind === "wait" && title === "nulls") return; // for the user, or anybody
      assertEquals(result.kind, "completed", JSON.stringify(events.at(-1)));
      if (row.kind === "turn") return;
      const [words] = said;
      if (words === "accepted") {
        assert(accepted.has(`${row.name} with ${title}`), `${row.name} accepts ${args}`);
        return;
      }
      assertMatch(words!, /^(Type|Reference|Range|File|Permission|Data)?Error: .*[A-Za-z]{3,}/);
      assert(words!.length < 1000, `${words!.length} characters`);
      for (const leak of ["$type", "annot read properties", "is not a function"]) {
        assert(!words!.includes(leak), words);
      }
    });
  }
}

Deno.test("builtins: a wait never ends after the last date that Date can hold", async () => {
  const { said } = await play(
    program(`
      await Sleep(8.6e15).catch((error) => Say("user", error.message));
      await Say("user", await Yield("user", { timeout: 1e300 }));
    `),
    { replies: ["hello"] },
  );
  assertEquals(said, ["Sleep cannot wait 8600000000000000 seconds: no date is that late", "hello"]);
});

/** Paths that may quote a builtin's name, with the reason. All others take the names from the table. */
const namesElsewhere: Readonly<Record<string, string>> = {
  "src/cli/notify/notifier.ts": "the fetch of the process, which is no effect",
  "src/cli/telemetry/telemetry.ts": "the fetch of the process, which is no effect",
  "src/engine/fold/encoding.ts": "the stored form of an artifact that is what was asked for",
  "src/frontends/live_words/say_preview.ts": "shows the words of a Say while they stream",
  "src/language/markdown.ts": "words for the step code YLD return",
  "src/sandbox/host/missing_await.ts": "Return takes a value, not a promise",
  "src/sandbox/host/call_forms.ts": "calls of Say and Yield in forms of their own",
  "src/sandbox/host/step_comments.ts": "comments that stand for calls of Step",
  "src/sandbox/host/word_guards.ts": "the text of a Say",
  "src/engine/fold/upcast_request.ts": "the words of 0.2.0, which a later table must not change",
  "src/sandbox/guest": "functions that do more than ask for an effect, and bounds of single effects",
  "src/prompt/describe.ts": "writes a call of a playbook as code does",
  "src/prompt/process_messages.ts": "the playbook itself",
  "src/upgrade/calls.ts": "the functions of the original, and how each is called here",
  "extras/rehearsal/rehearse.ts": "answers ProcessMessages in its own way",
  "extras/rehearsal/calls.ts": "steps that the rehearsal reads by their words",
};

Deno.test("builtins: no list of them is kept outside the table", () => {
  const names = builtins.filter(isNamedEffect).flatMap((row) => [...namesOf(row), "Fetch"]);
  const quoted = new RegExp(`["'\`](${names.join("|")})["'\`]`);
  const found = [...sourceFiles("src"), ...sourceFiles("extras")].filter((file) =>
    !file.startsWith("src/engine/builtins/") && quoted.test(withoutComments(Deno.readTextFileSync(file)))
  );
  const places = found.map((file) => file.replace(/^(src\/sandbox\/guest)\/.*/, "$1"));
  assertEquals([...new Set(places)].sort(), Object.keys(namesElsewhere).sort());
});

/** `env` is also the name of a table of settings. */
function isNamedEffect({ kind, name }: Builtin): boolean {
  return kind !== "value" && kind !== "standard" && name !== "env";
}

function withoutComments(text: string): string {
  return text.split("\n").filter((line) => !/^\s*(\/\/|\*|\/\*)/.test(line)).join("\n");
}

const begin = `# A
## Main
### Triggers
- At the beginning
### Steps
- x
`;

function program(code: string): string {
  return `# A\n\`\`\`js\n/** @trigger At the beginning */\nexport async function Begin() {${code}}\n\`\`\`\n`;
}

/** Spellings of a name in headings. For a lower-case builtin only the exact spelling is forbidden. */
function spellingsOf(name: string): string[] {
  if (!/^[A-Z]/.test(name)) return [];
  return [name, name.toUpperCase(), name.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase()];
}

async function assertRefused(text: string, expected: RegExp): Promise<void> {
  const { problems } = await parse(text);
  const shown = problems.map(({ location, message }) => `${location.line}:${location.column} ${message}`);
  assert(shown.some((line) => expected.test(line)), `${text}${shown.join("\n")}`);
  assertStringIncludes(problems[0]!.severity, "error");
}

function parse(text: string) {
  return parseProgram([{ path: "a.pb", text }], { builtins: reservedNames });
}
