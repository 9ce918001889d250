import type { World } from "./world.ts";

/**
 * Columns of the terminal to which standard output goes. `elsewhere` is for a file or a pipe: sentences are wrapped as on a
 * usual terminal, while a table has no limit, so that each row stays one line for `grep`.
 */
export function terminalColumns(
  { stdout, columns }: Pick<World, "stdout" | "columns">,
  elsewhere: number = usualColumns,
): number {
  if (!stdout.isTerminal()) return elsewhere;
  try {
    return columns() || usualColumns;
  } catch {
    return usualColumns;
  }
}

const usualColumns = 80;
