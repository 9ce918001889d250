import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { dirname, normalize } from "@std/path";
import { coreCommands } from "../src/cli/command_table.ts";
import { parseProgram } from "../src/language/mod.ts";
import { systemPrompt } from "../src/engine/mod.ts";
import { providerInfos } from "../src/model/providers.ts";
import { formats } from "../src/store/mod.ts";
import { madeParts, renewed } from "./support/documents.ts";
import { figures, loneFigures, promising, settingsWithFigures } from "./support/figures.ts";
import { tokens } from "./support/prompt_size.ts";
import { allCommands } from "./support/reference_document.ts";
import { sourceFiles } from "./support/source_modules.ts";
import { evaluationParts } from "./evaluate/task.ts";

const noPermissions = { net: [], read: [], write: [], env: [] };
const tasks = Object.keys((JSON.parse(Deno.readTextFileSync("deno.json")) as { tasks: object }).tasks);

for (const part of madeParts) {
  Deno.test(`documents: ${part.file} has the current table "${part.mark}" (deno task docs writes it)`, () => {
    const document = Deno.readTextFileSync(part.file);
    assertEquals(renewed(document, part, part.text()), document);
  });
}

for (const { file, says } of figures) {
  Deno.test(`documents: ${file} says "${says}" as in the code`, () => {
    assertStringIncludes(Deno.readTextFileSync(file), says);
  });
}

Deno.test("documents: every figure of a promise is compared with the code (tests/support/figures.ts)", () => {
  for (const file of promising) {
    assertEquals([file, loneFigures(file, Deno.readTextFileSync(file))], [file, []]);
  }
  assertEquals(settingsWithFigures(), []);
  const usages = coreCommands.flatMap((
    { flags, ...usage },
  ) => [JSON.stringify(usage), ...flags.map(({ doc }) => doc)]);
  for (const text of usages) assertEquals(loneFigures("the help", text), []);
});

const documents = [
  "README.md",
  "CONTRIBUTING.md",
  "AGENTS.md",
  "SECURITY.md",
  "CHANGELOG.md",
  ...markdownIn("docs"),
];

for (const file of documents) {
  const text = Deno.readTextFileSync(file);
  /** The text without code blocks, because their links and paths are examples. */
  const prose = text.replaceAll(/^(`{3,})[^]*?^\1$/gm, "");

  const blocks = [...text.matchAll(/^(`{3,})[^]*?^\1$/gm)].join("\n");

  Deno.test(`documents: ${file} links only to existing files`, () => {
    const targets = [...prose.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)].map(([, target]) => target!);
    assertEquals(targets.filter((target) => !exists(normalize(`${dirname(file)}/${target}`))), []);
  });

  Deno.test(`documents: ${file} names only existing paths and tasks`, () => {
    const paths = [...prose.matchAll(/`((?:tests|src|extras|examples|docs|bench|build)\/[\w./-]+)`/g)];
    const isNew = (path: string) => /(?:shout|echo)\.ts$|sessions_count\//.test(path);
    assertEquals(paths.map(([, path]) => path!).filter((path) => !exists(path) && !isNew(path)), []);
    const named = [...text.matchAll(/\bdeno(?:@[\d.]+)? task ([a-z][\w-]*)/g)].map(([, task]) => task!);
    assertEquals(named.filter((task) => !tasks.includes(task)), []);
  });

  Deno.test(`documents: a name beside a link in ${file} occurs in the linked file`, () => {
    const pairs = prose.matchAll(/`#?([A-Za-z]\w*)` (?:in|of `\w+` in) \[[^\]]*\]\(([^)#]+\.ts)\)/g);
    const missing = [...pairs].filter(([, name, target]) =>
      !new RegExp(`\\b${name}\\b`).test(Deno.readTextFileSync(normalize(`${dirname(file)}/${target}`)))
    );
    assertEquals(missing.map(([found]) => found), []);
  });

  Deno.test(`documents: ${file} shows only existing commands and flags`, () => {
    const shown = [
      ...[...prose.matchAll(/`(playbooks [^`]+)`/g)].map(([, command]) => command!),
      ...[...blocks.matchAll(/^(playbooks .*)$/gm)].map(([, command]) => command!.replace(/ +# .*$/, "")),
    ];
    assertEquals(shown.map(faultIn).filter((fault) => fault !== undefined), []);
  });
}

Deno.test("documents: each mark of a generated part belongs to a part that a task writes", () => {
  const parts = [...madeParts, ...evaluationParts];
  for (const file of documents) {
    const marks = Deno.readTextFileSync(file).matchAll(/^<!-- made: (.*) -->$/gm);
    const known = parts.filter((part) => part.file === file).map(({ mark }): string => mark);
    assertEquals([file, [...marks].map(([, mark]) => mark!).filter((mark) => !known.includes(mark))], [
      file,
      [],
    ]);
  }
});

Deno.test("documents: a wrong command is found", () => {
  assertEquals(faultIn("playbooks session list"), 'no command: "playbooks session list"');
  assertEquals(faultIn("playbooks check x.pb --fast"), 'no flag --fast: "playbooks check x.pb --fast"');
  assertEquals(faultIn("playbooks run x.pb --resume ID"), undefined);
});

/** The fault of a command in a document, if there is one. */
function faultIn(shown: string): string | undefined {
  const words = shown.split(" ").slice(1);
  const all = [...allCommands].sort((a, b) => b.name.length - a.name.length);
  const isFile = /\.pb$|^FILE/.test(words[0] ?? "");
  const isGroup = (name: string) => name.startsWith(`${words[0]} `) && words.length === 1;
  const command = all.find(({ name }) => `${words.join(" ")} `.startsWith(`${name} `)) ??
    all.find(({ name }) => isFile ? name === "run" : isGroup(name));
  if (/^(?:COMMAND|--version|--help|-h|-V)\b/.test(words[0] ?? "")) return undefined;
  if (command === undefined) return `no command: "${shown}"`;
  const known = ["help", ...command.flags.map(({ name }) => name)];
  const wrong = words.flatMap((word) => /^\[?--([a-z-]+)/.exec(word)?.[1] ?? [])
    .find((flag) => !known.includes(flag));
  return wrong === undefined ? undefined : `no flag --${wrong}: "${shown}"`;
}

Deno.test("documents: docs/format.md describes every entry with all its fields", () => {
  const declared = interfacesIn("src/engine/fold/entry.ts");
  const sections = fieldsByHeading(Deno.readTextFileSync("docs/format.md"));
  for (const [name, { type, fields }] of declared) {
    const heading = type === undefined ? `Object \`${name}\`` : `Entry \`${type}\``;
    const own = fields.filter((field) => type === undefined || !["type", "at"].includes(field));
    assertEquals([heading, sections.get(heading)], [heading, own]);
  }
  const described = [...sections.keys()].filter((heading) => /^(?:Entry|Object) /.test(heading));
  assertEquals(described.length, declared.size);
});

Deno.test("documents: docs/format.md has every kind of side effect and wait, and every field of session.json", () => {
  const text = Deno.readTextFileSync("docs/format.md");
  const source = Deno.readTextFileSync("src/engine/fold/entry.ts");
  const kinds = (type: string) =>
    [...source.slice(source.indexOf(`export type ${type} =`)).split(/;\n\n/)[0]!.matchAll(/kind: "(\w+)"/g)]
      .map(([, kind]) => kind!);
  const sections = fieldsByHeading(text);
  assertEquals(sections.get("Side effects: `Did`"), kinds("Did"));
  assertEquals(sections.get("Waits: `Wait`"), kinds("Wait"));
  const { fields } = interfacesIn("src/store/session_summary.ts").get("SessionFile")!;
  assertEquals(sections.get("session.json"), fields.filter((field) => !unstored.includes(field)));
});

/** Fields of a summary that only a reader adds. */
const unstored = ["encrypted", "locked", "newer"];

Deno.test("documents: docs/format.md has the numbers of all stored forms", () => {
  const table = [...Deno.readTextFileSync("docs/format.md").matchAll(/^\| `(\w+)` \| (\d+) \|/gm)];
  assertEquals(Object.fromEntries(table.map(([, form, number]) => [form, Number(number)])), { ...formats });
});

Deno.test("documents: the programs of the README and of the guide have no problems", async () => {
  for (const file of ["README.md", "docs/guide/language.md"]) {
    const programs = [...Deno.readTextFileSync(file).matchAll(/^(`{3,})md(?: [\w.]+)?\n([^]*?)^\1$/gm)];
    assert(programs.length > 0, file);
    for (const [, , text] of programs) {
      const { problems } = await parseProgram([{ path: file, text: text! }], {});
      assertEquals(problems, []);
    }
  }
});

Deno.test("documents: playbooks.toml names every provider", () => {
  const text = Deno.readTextFileSync("playbooks.toml");
  assertEquals(providerInfos.map(({ name }) => name).filter((name) => !text.includes(name)), []);
});

Deno.test("documents: the glossary has each word once, and the source or a message uses the word", () => {
  const glossary = Deno.readTextFileSync("docs/glossary.md");
  const words = [...glossary.matchAll(/^\| ([^|`]+) \| [A-Z]/gm)].map(([, word]) => word!.trim());
  assert(words.length > 40);
  assertEquals(words.filter((word, index) => words.indexOf(word) !== index), []);
  const source = ["src", "extras"].flatMap(sourceFiles).map((file) => Deno.readTextFileSync(file)).join("\n")
    .toLowerCase().replaceAll(/\s*\n\s*(?:\*|\/\/)?\s*/g, " ");
  assertEquals(words.filter((word) => !source.includes(word.toLowerCase())), []);
});

/** The fields of the interfaces that a file declares; `type` is the type of an entry. */
function interfacesIn(
  file: string,
): Map<string, { readonly type: string | undefined; readonly fields: readonly string[] }> {
  const text = Deno.readTextFileSync(file);
  const found = text.matchAll(/^(?:export )?interface (\w+) \{\n(.*?)^\}/gms);
  return new Map(
    [...found].map(([, name, body]) => [name!, {
      type: /^ {2}readonly type: "([\w-]+)";/m.exec(body!)?.[1],
      fields: [...body!.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field!),
    }]),
  );
}

/** The first cells, in backticks, of the table below each heading. */
function fieldsByHeading(text: string): Map<string, string[]> {
  return new Map(
    text.split(/^#{2,3} /m).slice(1).map((section) => [
      section.split("\n")[0]!,
      [...section.matchAll(/^\| `(\w+)` \|/gm)].map(([, field]) => field!),
    ]),
  );
}

function markdownIn(folder: string): string[] {
  return Deno.readDirSync(folder).toArray().flatMap(({ name, isDirectory }) =>
    isDirectory ? markdownIn(`${folder}/${name}`) : name.endsWith(".md") ? [`${folder}/${name}`] : []
  ).sort();
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

Deno.test("documents: the system prompt of every example stays under 2,500 tokens", async () => {
  for (const { name } of Deno.readDirSync("examples")) {
    if (!name.endsWith(".pb")) continue;
    const text = Deno.readTextFileSync(`examples/${name}`);
    const { program } = await parseProgram([{ path: name, text }], {});
    for (const agent of program.agents) {
      const size = tokens(systemPrompt(program, agent, "1000", noPermissions));
      assert(size > 100 && size < 2500, `${name}: ${agent.name} has ${size} tokens`);
    }
  }
});
