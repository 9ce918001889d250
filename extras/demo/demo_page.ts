import { cleanText } from "../../src/text/mod.ts";
import { fit, textWidth } from "../../src/frontends/text_width.ts";
import { ansi, type TerminalText } from "../../src/frontends/terminal_text.ts";
import type { StackedCall } from "./demo_journal.ts";
import type { Words } from "../../src/cli/playbooks_process.ts";
import { type Comparison, textOf } from "./demo_report.ts";
import type { World } from "../../src/cli/world.ts";

/** The width of the demo's lines, and whether they have colours. */
interface Look {
  readonly columns: number;
  readonly colours: boolean;
}

/** The look for the output's destination. */
export function lookOf({ stdout, environment, columns }: World): Look {
  const terminal = stdout.isTerminal();
  const colours = terminal && (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
  return { columns: terminal ? Math.min(Math.max(columns(), narrowest), widest) : usual, colours };
}

/** The two columns need the minimum. Lines longer than the maximum are hard to read. */
const [narrowest, usual, widest] = [40, 80, 110];

/** A line of the page, optionally in a colour. */
type Line = string | TerminalText;

/** The introduction. */
export function openingLines(look: Look): Line[] {
  const lines = [
    "Two agents haggle over a bicycle: the Seller's loop calls the Buyer, who takes time to think.",
    "The model is the built-in rehearsal, which follows the steps literally, offline and at no cost.",
  ];
  const title = wrap("A program is killed in the middle, and resumes where it stopped", look.columns);
  return [
    ...title.map((line) => strong(line, look)),
    ...lines.flatMap((line) => wrap(line, look.columns)),
  ];
}

/** The head of a part. */
export function headingLines(text: string, look: Look): Line[] {
  return ["", ...wrap(text, look.columns).map((line) => strong(line, look))];
}

/** An agent's words. */
export function heardLine(words: Words, look: Look): string {
  return fit(cleanText(`   ${textOf(words)}`), look.columns);
}

/** Reports the kill and the open calls of the process. */
export function killedLines(pid: number, stack: readonly StackedCall[], look: Look): Line[] {
  return [
    red(fit(`   ✗ process ${pid} is dead; these calls had not returned:`, look.columns), look),
    ...stack.map((call) => fit(`     ${nested(call)}`, look.columns)),
  ];
}

/** Both runs side by side, and the verdict. */
export function comparisonLines(comparison: Comparison, seconds: number, look: Look): Line[] {
  const { words, counts, returns, faults } = comparison;
  const width = Math.floor((look.columns - gap.length * 2) / 2);
  const row = (left: string, right: string) => `  ${cell(left, width)}${gap}${fit(right, width)}`.trimEnd();
  const name = Math.max(...counts.map((count) => count.name.length)) + 2;
  const value = Math.max("uninterrupted".length, ...counts.map((count) => count.left.length)) + 2;
  const count = (...cells: readonly [string, string, string]) =>
    fit(`  ${cell(cells[0], name)}${cell(cells[1], value)}${cells[2]}`, look.columns);
  const deepest = Math.max(0, ...returns.map(({ call }) => textWidth(nested(call))));
  return [
    ...headingLines("Side by side", look),
    strong(row("uninterrupted", "killed and resumed"), look),
    ...words.map((pair) => {
      if (pair === "kill") return red(row("", "✗ killed, resumed"), look);
      const line = row(cleanText(pair.left), cleanText(pair.right));
      return pair.left === pair.right ? line : red(line, look);
    }),
    "",
    strong(count("", "uninterrupted", "killed and resumed"), look),
    ...counts.map((each) => {
      const line = count(each.name, each.left, each.right);
      return each.same ? line : red(line, look);
    }),
    ...headingLines("The calls that had not returned at the kill, and what they returned after it", look),
    ...returns.map(({ call, value: returned }) =>
      fit(`  ${cell(nested(call), deepest)}  → ${returned ?? "nothing: it never returned"}`, look.columns)
    ),
    "",
    ...faults.length === 0 ? wrap(success(seconds), look.columns).map((line) => green(line, look)) : [
      red("❌ These promises do not hold:", look),
      ...faults.map((fault) => red(`   ${fault}`, look)),
    ],
  ];
}

/** The separator of the two columns. */
const gap = "  ";

function success(seconds: number): string {
  return `✅ Nothing was asked, said or paid twice, nothing was lost, and every call returned to its caller (${
    seconds.toFixed(1)
  } s)`;
}

function nested({ agent, call, depth }: StackedCall): string {
  return cleanText(`${"  ".repeat(depth)}${agent} ${call}`);
}

function cell(text: string, width: number): string {
  const fitting = fit(text, width);
  return fitting + " ".repeat(Math.max(0, width - textWidth(fitting)));
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || textWidth(`${last} ${word}`) > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

function strong(text: string, look: Look): Line {
  return painted(text, 1, look);
}

function red(text: string, look: Look): Line {
  return painted(text, 31, look);
}

function green(text: string, look: Look): Line {
  return painted(text, 32, look);
}

function painted(text: string, code: number, { colours }: Look): Line {
  return colours ? ansi`\x1b[${code}m${text}\x1b[0m` : text;
}
