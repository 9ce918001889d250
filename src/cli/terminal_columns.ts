import type { World } from "./world.ts";

/** Columns of the terminal to which standard output goes; 80 if it goes elsewhere. */
export function terminalColumns({ stdout, columns }: Pick<World, "stdout" | "columns">): number {
  if (!stdout.isTerminal()) return usualColumns;
  try {
    return columns() || usualColumns;
  } catch {
    return usualColumns;
  }
}

const usualColumns = 80;
