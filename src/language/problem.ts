import type { Problem } from "./program.ts";
import { splitLines } from "./source.ts";

/** The maximum of characters that an excerpt shows of a source line. */
const shownCharacters = 160;

/**
 * Formats a problem like a compiler: `file:line:column: error: message`, the line, a caret under the position, and the
 * hint.
 *
 * `text` is the content of the file on disk. Without it the result has no source line.
 */
function formatProblem(problem: Problem, text?: string): string {
  const { file, line, column } = problem.location;
  const lines = [`${file}:${line}:${column}: ${problem.severity}: ${problem.message}`];
  const source = text === undefined ? undefined : splitLines(text)[line - 1];
  if (source !== undefined && source.trim() !== "") lines.push(...excerpt(source, column, problem.length));
  if (problem.hint !== undefined) lines.push(`  hint: ${problem.hint.replaceAll("\n", "\n        ")}`);
  return lines.join("\n");
}

/** Formats several problems. `texts` has the text of each file by its name. */
export function formatProblems(
  problems: readonly Problem[],
  texts: ReadonlyMap<string, string> = new Map(),
): string {
  return problems.map((problem) => formatProblem(problem, texts.get(problem.location.file))).join("\n");
}

function excerpt(source: string, column: number, length: number): string[] {
  const cut = column > shownCharacters - 20 ? column - 40 : 0;
  const shown = source.slice(cut, cut + shownCharacters);
  const before = shown.slice(0, column - 1 - cut).replace(/[^\t]/g, " ");
  const carets = "^".repeat(Math.max(1, Math.min(length, shown.length - before.length)));
  return [`  ${shown}`, `  ${before}${carets}`];
}
