import "../support/local_models.ts";
import { reservedNames } from "../../src/engine/builtins/table.ts";
import { parseArguments } from "../../src/cli/args.ts";
import { resolveConfig } from "../../src/cli/config.ts";
import { coreCommands } from "../../src/cli/command_table.ts";
import { PlaybooksError } from "../../src/errors.ts";
import { decodeJournal, encodeRecord } from "../../src/store/file/record.ts";
import { compareProgram, formatProblems, outline, parseProgram } from "../../src/language/mod.ts";
import { toPbasm } from "../../src/language/pbasm.ts";

/** A reader of untrusted bytes. */
export interface Target {
  readonly name: string;
  /** Reads any bytes; throws unless the reader gives a result, a problem or a message. */
  readonly read: (bytes: Uint8Array) => Promise<void> | void;
  readonly corpus: readonly Uint8Array[];
  readonly dictionary: readonly string[];
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** The four readers of data from outside. */
export const targets: readonly Target[] = [
  { name: "parser", read: readProgram, corpus: programs(), dictionary: programWords() },
  {
    name: "journal",
    read: readJournal,
    corpus: journals(),
    dictionary: ['{"n":', '"s":', '"crc":"', '"e":', "}\n", "0", "1", "9".repeat(15), "\n"],
  },
  {
    name: "configuration",
    read: readConfiguration,
    corpus: configurations(),
    dictionary: configurationWords(),
  },
  { name: "command line", read: readCommandLine, corpus: commandLines(), dictionary: commandLineWords() },
];

async function readProgram(bytes: Uint8Array): Promise<void> {
  const text = decoder.decode(bytes);
  const path = bytes.length % 5 === 0 ? "a.pbasm" : "a.pb";
  const { program, problems } = await parseProgram([{ path, text }], { builtins: reservedNames });
  const lines = text.split(/\r\n|\n|\r/).length;
  for (const { location, length } of problems) {
    if (location.line < 1 || location.line > lines || location.column < 1 || length < 1) {
      throw new Error(`A problem stands at line ${location.line} of ${lines}`);
    }
  }
  formatProblems(problems, new Map([[path, text]]));
  outline(program);
  toPbasm(program);
  compareProgram(program, program);
}

function readJournal(bytes: Uint8Array): void {
  const decoded = orProblem(() => decodeJournal(bytes, "the journal"));
  const room = decoded && bytes.subarray(decoded.validBytes + (decoded.torn?.bytes ?? 0));
  if (room?.some((byte) => byte !== 10)) throw new Error("Some bytes are neither entries nor torn, nor room");
}

function readConfiguration(bytes: Uint8Array): void {
  const file = { path: "/p/playbooks.toml", text: decoder.decode(bytes) };
  orProblem(() => resolveConfig({ cwd: "/p", file, environment: {} }));
}

/** One argument per line. */
function readCommandLine(bytes: Uint8Array): void {
  const args = decoder.decode(bytes).split("\n");
  orProblem(() =>
    parseArguments(args, coreCommands, { programName: "playbooks", isFile: (path) => path.endsWith(".pb") })
  );
}

/** Accepts errors for the user's mistakes; any other error is ours. */
function orProblem<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof PlaybooksError) return undefined;
    throw error;
  }
}

function programs(): readonly Uint8Array[] {
  const root = new URL("../../examples/", import.meta.url);
  const files = [...Deno.readDirSync(root)].filter(({ name }) => name.endsWith(".pb")).map(({ name }) => name)
    .sort();
  return files.map((name) => Deno.readFileSync(new URL(name, root)));
}

function programWords(): readonly string[] {
  return [
    "# A\n",
    "## B($x, $y: int = 3)\n",
    "### Triggers\n",
    "### Steps\n",
    "### Notes\n",
    "- ",
    "  - ",
    "1. ",
    "\t",
    "```ts\n",
    "```\n",
    "~~~\n",
    "<!--",
    "-->",
    "<tag>",
    "</tag>",
    "---\n",
    "metadata:\n",
    "public: true\n",
    "!import a.md\n",
    "{$x}",
    "{{",
    "}}",
    "$",
    ":AI",
    ":Human",
    "execution_mode: raw\n",
    "01:QUE ",
    "T1:BGN ",
    "export async function f(x) {}\n",
    "/** @trigger x */",
    "```python\n",
    "\r\n",
    "\u2028",
    "é",
    "😀",
    "(",
    "[",
    "{",
    "\\",
    "\0",
    "> ",
    "| a | b |\n",
    "* ",
    "***",
    "&amp;",
  ];
}

function journals(): readonly Uint8Array[] {
  const entries: readonly unknown[] = [
    { type: "session" },
    "é\n",
    [1, { n: 2, e: '{"n":3' }],
    null,
    "x".repeat(300),
  ];
  const records = entries.map((entry, index) => encodeRecord(index + 1, entry));
  const batch = entries.map((entry, index) => encodeRecord(index + 1, entry, { synced: 0 }));
  const join = (parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]));
  return [
    join(records),
    join(batch),
    join(records.slice(0, 2)),
    join([...records].reverse()),
    new Uint8Array(),
  ];
}

function configurations(): readonly Uint8Array[] {
  const whole = Deno.readFileSync(new URL("../../playbooks.toml", import.meta.url));
  const set = decoder.decode(whole).replace(/^# ?(?=\w+ = |\[)/gm, "");
  return [
    whole,
    encoder.encode(set),
    encoder.encode('[limits]\nmax_llm_calls = 3\n[permissions]\nnet = ["a", "b:1"]\n'),
  ];
}

function configurationWords(): readonly string[] {
  const text = decoder.decode(Deno.readFileSync(new URL("../../playbooks.toml", import.meta.url)));
  const words = [...new Set(text.match(/\[[\w.]+\]|\w+ = /g))];
  return [
    ...words,
    '"',
    "'''",
    '"""',
    "[",
    "]",
    "[[",
    "{",
    "}",
    "=",
    ".",
    "-",
    "1e400",
    "nan",
    "inf",
    "0x",
    "1979-05-27T07:32:00Z",
    "\\u",
    "\n",
    "#",
    "__proto__",
    "true",
  ];
}

function commandLines(): readonly Uint8Array[] {
  return coreCommands.flatMap(({ examples }) => examples).map((example) => {
    const words = example.replace(/^.*?playbooks /, "").match(/"[^"]*"|\S+/g) ?? [];
    return encoder.encode(words.map((word) => word.replaceAll('"', "")).join("\n"));
  });
}

function commandLineWords(): readonly string[] {
  const flags = coreCommands.flatMap((
    { name, flags },
  ) => [name.replace(" ", "\n"), ...flags.map((flag) => `--${flag.name}`)]);
  return [
    ...new Set(flags),
    "\n",
    "=",
    "-",
    "--",
    "-vq",
    "-o",
    "a.pb",
    "@3",
    "rehearsal",
    "ask",
    "\0",
    "é",
    "__proto__",
    "--constructor",
  ];
}
