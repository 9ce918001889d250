import { type Output, writeAll } from "./streams.ts";
import type { TerminalText } from "./terminal_text.ts";

/**
 * Writes a text. On a terminal, a text with more lines than the screen goes through the user's pager: `$PAGER`, else `less`.
 * Without one, the text is written as it is.
 */
export async function writePaged(
  output: Output,
  text: TerminalText,
  { environment, rows = () => Deno.consoleSize().rows }: {
    readonly environment: Readonly<Record<string, string>>;
    /** Rows of the terminal; throws if that is not known. */
    readonly rows?: () => number;
  },
): Promise<void> {
  const pager = environment["PAGER"] ?? "less";
  const isLong = output.isTerminal() && environment["TERM"] !== "dumb" && countLines(text) >= rowsOf(rows);
  if (!isLong || pager.trim() === "" || !(await page(pager, text, environment))) writeAll(output, text);
}

/** Returns `false` if there is no such pager. */
async function page(
  pager: string,
  text: TerminalText,
  environment: Readonly<Record<string, string>>,
): Promise<boolean> {
  // The pager handles Ctrl+C itself: it stops a search, for example.
  const ignore = () => {};
  Deno.addSignalListener("SIGINT", ignore);
  try {
    const child = new Deno.Command("/bin/sh", {
      // R: keep colours. F: no pager for one screen. X: leave the text on the screen.
      args: ["-c", pager],
      env: { LESS: environment["LESS"] ?? "FRX" },
      stdin: "piped",
      stdout: "inherit",
      stderr: "null",
    }).spawn();
    await new Blob([String(text)]).stream().pipeTo(child.stdin).catch(() => {
      // The person left the pager before the end of the text.
    });
    const { code } = await child.status;
    return code !== notFound && code !== notExecutable;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  } finally {
    Deno.removeSignalListener("SIGINT", ignore);
  }
}

/** Exit codes of a shell that cannot start a command. */
const notFound = 127;
const notExecutable = 126;

function countLines(text: TerminalText): number {
  return String(text).split("\n").length - 1;
}

function rowsOf(rows: () => number): number {
  try {
    return rows();
  } catch {
    return Infinity;
  }
}
