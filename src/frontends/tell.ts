import { cleanText } from "../text/mod.ts";
import { ClosedOutputError, type Output, writeAll } from "./streams.ts";
import type { TerminalText } from "./terminal_text.ts";

/**
 * Writes what may be lost to standard error: when nobody reads it any more, the run goes on. What would steer a terminal
 * is left out wherever standard error goes: a log of it is read on a terminal in the end.
 */
export function tell(stderr: Output, text: string | TerminalText): void {
  try {
    writeAll(stderr, typeof text === "string" ? cleanText(text) : text);
  } catch (error) {
    if (!(error instanceof ClosedOutputError)) throw error;
  }
}
