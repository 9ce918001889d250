import type { CommandUsage, FlagUsage } from "../../src/cli/command.ts";

/** A command line that a person could mistype. */
export interface ArgumentCase {
  readonly args: readonly string[];
  /** Nothing in it may be accepted: exit code 2 or 3, and nothing is written. Otherwise it is only odd. */
  readonly isWrong: boolean;
}

/** The files beside which the cases are run. */
export const caseFiles: Readonly<Record<string, string | Uint8Array>> = {
  "a.pb": '# A\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Say "Hi"\n',
  "bad.pb": "# A\n\n## Main\n- Think\n\n## Main\n- Think\n",
  "empty.pb": "",
  "latin.pb": new Uint8Array([35, 32, 0xe9, 10]),
  "folder/b.pb": "# B\n",
  "wrong.toml": "[limits]\nmax_llm_cals = 1\n",
};

/** Texts that are no sensible value of anything. */
const oddTexts = [
  "",
  " ",
  "-",
  "-1",
  "0",
  "1e999",
  "NaN",
  "99999999999999999999",
  "x".repeat(20_000),
  "\u001b[31mred\u001b]0;title\u0007",
  "two\nlines",
  "tab\tand\r",
  "\u202eright to left",
  "💥 Grüße 日本",
  "\ud800",
  "folder",
  "folder/",
  "a.pb/x",
  "../../etc/passwd",
  "latin.pb",
  "empty.pb",
  "wrong.toml",
  "--",
  "'; rm -rf /",
  "$(id)",
  "%s%n",
  "__proto__",
  "constructor",
];

/** References to sessions that fit none, or several. `019` is how the ids of both sessions begin. */
const wrongReferences = [
  "",
  " ",
  "@",
  "@1",
  "@-1",
  "@1e9",
  "zzzz",
  "zzzz@-1",
  "zzzz@1e9",
  "zzzz@99999999999999999999",
  "ab",
  "../x",
  "/",
  ".",
  "monday@99999999",
  "x".repeat(20_000),
  "\u001b[31mred",
  "two\nlines",
  "💥",
  "__proto__",
  "019cb0",
];

/** Paths that no command can read as a program. */
const wrongPrograms = [
  "",
  "gone.pb",
  "folder",
  "a.pb/x",
  "latin.pb",
  "empty.pb",
  "x".repeat(300) + ".pb",
  "a\0b.pb",
];

/** Commands that start other processes, ask a person, or stay. Only wrong arguments are given to them. */
const notRun = new Set(["demo", "crash-test", "serve", "studio", "mcp", "worker"]);

/** Mistakes of every kind, for every command of a table. */
export function argumentCases(commands: readonly CommandUsage[]): readonly ArgumentCase[] {
  return commands.flatMap((usage) => [
    ...wrongFlags(usage, commands),
    ...wrongOperands(usage),
    ...notRun.has(usage.name) ? [] : oddCases(usage),
  ]);
}

function wrongFlags(usage: CommandUsage, commands: readonly CommandUsage[]): readonly ArgumentCase[] {
  const own = new Set(usage.flags.flatMap(({ name, short }) => [name, short]));
  const foreign = commands.flatMap(({ flags }) => flags).filter(({ name }) =>
    !own.has(name) && name !== "help"
  );
  const foreignFlags = [...new Map(foreign.map((flag) => [flag.name, flag])).values()];
  const lines: (readonly string[])[] = [
    ...["--zzqx", "--zzqx=1", "---", "--=", "--=x", "-%", "--hellp", "--HELP", "--\u001b[31m", "--zz\nqx"]
      .map((
        flag,
      ) => [flag]),
    ...foreignFlags.map((flag) => [`--${flag.name}`, ...flag.value === undefined ? [] : ["x"]]),
  ];
  const cases = lines.flatMap((flags) => [
    [...flags, ...operandsOf(usage)],
    [...operandsOf(usage), ...flags],
  ]);
  const own_ = usage.flags.flatMap((flag) =>
    wrongUses(flag).map((flags) => [...flags, ...operandsOf(usage)])
  );
  const missing = usage.flags.filter(({ value, valueOptional }) => value !== undefined && !valueOptional)
    .map(({ name }) => [...operandsOf(usage), `--${name}`]);
  return [...cases, ...own_, ...missing].map((rest) => wrong(usage, rest));
}

function wrongUses(flag: FlagUsage): readonly (readonly string[])[] {
  const spelled = `--${flag.name}`;
  if (flag.value === undefined) return [[`${spelled}=x`], [`${spelled}=`]];
  const value = flag.choices?.[0] ?? "x";
  return [
    ...flag.repeats || flag.valueOptional ? [] : [[spelled, value, spelled, value]],
    ...flag.choices === undefined ? [] : oddTexts.slice(0, 12).map((text) => [`${spelled}=${text}`]),
  ];
}

function wrongOperands(usage: CommandUsage): readonly ArgumentCase[] {
  const { operandCount: { min, max }, completes } = usage;
  const lines: (readonly string[])[] = [];
  if (min > 0) lines.push([], ["--"]);
  if (max < 20) {
    lines.push(new Array<string>(max + 1).fill("x"), ["--", ...new Array<string>(max + 1).fill("-x")]);
  }
  if (completes === "sessions") {
    const more = new Array<string>(Math.max(0, min - 1)).fill("monday");
    lines.push(...wrongReferences.map((reference) => [reference, ...more]));
    if (min > 1) lines.push(...wrongReferences.map((reference) => [...more, reference]));
  }
  if (completes === "files" && min > 0) lines.push(...wrongPrograms.map((path) => [path]));
  if (typeof completes === "object") {
    lines.push(...oddTexts.filter((text) => text !== "--").map((text) => [text]));
  }
  return lines.map((rest) => wrong(usage, rest));
}

/** Each flag with odd values, and each operand. Some of them are right: a name can be in any script. */
function oddCases(usage: CommandUsage): readonly ArgumentCase[] {
  const values = usage.flags.filter(({ value, choices }) => value !== undefined && choices === undefined);
  const lines = [
    ...values.flatMap(({ name }) => oddTexts.map((text) => [...operandsOf(usage), `--${name}=${text}`])),
    ...usage.operandCount.max === 0 ? [] : oddTexts.map((text) => ["--", text]),
  ];
  return lines.map((rest) => ({ args: [...usage.name.split(" "), ...rest], isWrong: false }));
}

function wrong(usage: CommandUsage, rest: readonly string[]): ArgumentCase {
  return { args: [...usage.name.split(" "), ...rest], isWrong: true };
}

/** Operands that the command accepts. */
function operandsOf({ completes, operandCount: { min } }: CommandUsage): readonly string[] {
  const one = completes === "files"
    ? "a.pb"
    : completes === "sessions"
    ? "monday"
    : typeof completes === "object"
    ? completes[0]!
    : "x";
  return new Array<string>(min).fill(one);
}

/** The mistake in the output of a case; `undefined` if there is none. */
export function outputFault(
  { args, isWrong }: ArgumentCase,
  { exit, stdout, stderr }: { readonly exit: number; readonly stdout: string; readonly stderr: string },
): string | undefined {
  const fault = (text: string) =>
    `${JSON.stringify(args.map((arg) => arg.slice(0, 60)))}: ${text} (exit ${exit}): ${
      JSON.stringify(stderr.slice(0, 600))
    }`;
  if (/^ {4}at |fault of playbooks|TypeError|RangeError|ReferenceError/m.test(stderr + stdout)) {
    return fault("a trace");
  }
  if (![0, 1, 2, 3, 5, 75].includes(exit)) return fault("an exit code that is not documented");
  if (isWrong && exit !== 2 && exit !== 3) return fault("it is accepted");
  if (exit !== 2 && exit !== 3) return undefined;
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/.test(stderr)) return fault("a control character");
  // The problems of a program are printed with their places.
  if (/^\S.*:\d+:\d+: error: /m.test(stderr)) return undefined;
  const said = stderr.split("\n").filter((line) => line.startsWith("playbooks: "));
  const json = args.includes("--json") && said.length === 0;
  if (said.length !== 1 && !json) return fault(`${said.length} lines with the mistake`);
  const lines = stderr.trimEnd().split("\n").filter((line) => !/^(?:ℹ|⚠️|🔄|📂)/u.test(line));
  if (lines.length > maxLines) return fault(`${lines.length} lines`);
  if ((said[0] ?? "").length > maxLineLength) return fault(`a line of ${said[0]!.length} characters`);
  return undefined;
}

/** A program's problem takes a few lines, with the place. */
const maxLines = 12;
const maxLineLength = 1000;
