import { ansi, type TerminalText } from "../frontends/terminal_text.ts";
import type { SessionFile, SessionStatus } from "../store/mod.ts";
import { terminalColumns } from "./terminal_columns.ts";
import type { World } from "./world.ts";

/** The width that a listing may take: that of the terminal, and unlimited if a program reads it. */
export function widthOf(world: World): number {
  return Math.max(minColumns, terminalColumns(world, Infinity));
}

/** The name of a session in a table, if it can be read. */
export function nameCell({ name, locked }: Pick<SessionFile, "name" | "locked">): string {
  return name ?? (locked ? "(encrypted)" : "");
}

/** A status as a word, with its colour if `colour` is set: see `hasColour`. */
export function statusText(
  status: SessionStatus,
  { colour }: { readonly colour: boolean },
): string | TerminalText {
  if (!colour) return status;
  switch (status) {
    case "running":
      return ansi`\x1b[36m${status}\x1b[39m`;
    case "queued":
    case "waiting":
      return ansi`\x1b[33m${status}\x1b[39m`;
    case "completed":
      return ansi`\x1b[32m${status}\x1b[39m`;
    case "failed":
      return ansi`\x1b[31m${status}\x1b[39m`;
    case "stopped":
      return status;
  }
}

/** Whether standard output shows colours. It asks the system, so a table asks once and not for each row. */
export function hasColour({ stdout, environment }: World): boolean {
  return stdout.isTerminal() && (environment["NO_COLOR"] ?? "") === "" && environment["TERM"] !== "dumb";
}

const minColumns = 40;
