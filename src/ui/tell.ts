import { ClosedOutputError, type Output, writeAll } from "./streams.ts";

/** Writes what may be lost to standard error: when nobody reads it any more, the run goes on. */
export function tell(stderr: Output, text: string): void {
  try {
    writeAll(stderr, text);
  } catch (error) {
    if (!(error instanceof ClosedOutputError)) throw error;
  }
}
