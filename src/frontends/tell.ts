import { cleanText } from "../text/mod.ts";
import { ClosedOutputError, type Output, writeAll } from "./streams.ts";
import type { TerminalText } from "./terminal_text.ts";

/**
 * Writes optional text to standard error. If its reader has gone, the run goes on. Control sequences are always removed,
 * because a log of standard error is later read on a terminal.
 */
export function tell(stderr: Output, text: string | TerminalText): void {
  try {
    writeAll(stderr, typeof text === "string" ? cleanText(text) : text);
  } catch (error) {
    if (!(error instanceof ClosedOutputError)) throw error;
  }
}
