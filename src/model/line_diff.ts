/** Texts with more lines are compared by their first ones: the table of the comparison grows with the square. */
const mostLines = 400;

/**
 * What differs between two texts, line by line: `- ` only in the first, `+ ` only in the second, with a line around that is in
 * both. At most `limit` lines.
 */
export function lineDiff(before: string, after: string, limit = 20): string[] {
  const all = compared(before.split("\n").slice(0, mostLines), after.split("\n").slice(0, mostLines));
  const near = all.map((line, index) =>
    !line.startsWith("  ") || [all[index - 1], all[index + 1]].some((next) => next && !next.startsWith("  "))
  );
  const shown: string[] = [];
  for (const [index, line] of all.entries()) {
    if (!near[index]) continue;
    if (shown.length > 0 && !near[index - 1]) shown.push("  …");
    shown.push(line);
  }
  if (shown.length <= limit) return shown;
  return [...shown.slice(0, limit), `  … ${shown.length - limit} more lines`];
}

/** How alike two texts are: the share of lines that they have in common, from 0 to 1. */
export function likeness(one: string, other: string): number {
  const mine = new Set(one.split("\n"));
  const yours = new Set(other.split("\n"));
  return mine.intersection(yours).size / mine.union(yours).size;
}

/** All lines of both texts, by their longest common sequence. */
function compared(before: readonly string[], after: readonly string[]): string[] {
  const width = after.length + 1;
  const common = new Uint16Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      common[i * width + j] = before[i] === after[j]
        ? common[(i + 1) * width + j + 1]! + 1
        : Math.max(common[(i + 1) * width + j]!, common[i * width + j + 1]!);
    }
  }
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      lines.push(`  ${before[i]}`);
      i++;
      j++;
    } else if (
      j >= after.length || (i < before.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)
    ) {
      lines.push(`- ${before[i++]}`);
    } else {
      lines.push(`+ ${after[j++]}`);
    }
  }
  return lines;
}
