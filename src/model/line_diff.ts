import { diffArrays } from "diff/array";

/** Texts with more changed lines are not compared line by line: the time grows with the square of this number. */
const maxChangedLines = 1_000;

/**
 * Compares two texts line by line: `- ` marks a line that only the first text has, `+ ` a line that only the second
 * has. Shows one common line before and after each change, and at most `maxLines` lines.
 */
export function lineDiff(before: string, after: string, maxLines = 20): string[] {
  const all = comparedLines(before.split("\n"), after.split("\n"));
  const near = all.map((line, index) =>
    !line.startsWith("  ") || [all[index - 1], all[index + 1]].some((next) => next && !next.startsWith("  "))
  );
  const shown: string[] = [];
  for (const [index, line] of all.entries()) {
    if (!near[index]) continue;
    if (shown.length > 0 && !near[index - 1]) shown.push("  …");
    shown.push(line);
  }
  if (shown.length <= maxLines) return shown;
  return [...shown.slice(0, maxLines), `  … ${shown.length - maxLines} more lines`];
}

/** The share of lines that two texts have in common, from 0 to 1. */
export function likeness(one: string, other: string): number {
  const mine = new Set(one.split("\n"));
  const yours = new Set(other.split("\n"));
  return mine.intersection(yours).size / mine.union(yours).size;
}

function comparedLines(before: string[], after: string[]): string[] {
  const changes = diffArrays(before, after, { maxEditLength: maxChangedLines }) ??
    [{ value: before, removed: true, added: false }, { value: after, removed: false, added: true }];
  return changes.flatMap(({ value, removed, added }) => {
    const mark = removed ? "- " : added ? "+ " : "  ";
    return value.map((line) => mark + line);
  });
}
