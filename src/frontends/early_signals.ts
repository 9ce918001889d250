import { exitCodes } from "../errors.ts";
import { failedEndText } from "./json_line.ts";

/** The program and its main module may be two scripts, and both have to know it. */
interface EarlySignals {
  isTakenOver: boolean;
}

const key = Symbol.for("playbooks.early_signals");
const shared = globalThis as unknown as Record<typeof key, EarlySignals | undefined>;

/**
 * Ends a run with `--json` by its last line, exit 130 or 143, if a signal comes before the run listens for signals itself. The
 * main module calls this first, because loading the program takes some tenths of a second. Does nothing for other commands.
 */
export function catchEarlySignals(args: readonly string[]): void {
  if (shared[key] !== undefined || !args.includes("--json") || !isRun(args)) return;
  const state: EarlySignals = shared[key] = { isTakenOver: false };
  const listen = (signal: "SIGINT" | "SIGTERM", exit: 130 | 143) =>
    Deno.addSignalListener(signal, () => {
      // A signal that waited while the program took over reaches both listeners.
      if (!state.isTakenOver) endEarly(exit);
    });
  listen("SIGINT", exitCodes.interrupted);
  if (Deno.build.os !== "windows") listen("SIGTERM", exitCodes.terminated);
}

/** From now on the caller listens for signals. */
export function takeOverSignals(): void {
  const state = shared[key];
  if (state !== undefined) state.isTakenOver = true;
}

/** The table of commands is not loaded yet. A first word with a dot or a slash is a program's file. */
function isRun([first = "", ...rest]: readonly string[]): boolean {
  return first === "run" || first === "resume" || /[./\\]/.test(first) ||
    first === "sessions" && rest[0] === "fork" && rest.includes("--run");
}

function endEarly(exit: 130 | 143): never {
  try {
    const text = failedEndText({ exit, status: "stopped", nowMs: Date.now() });
    Deno.stdout.writeSync(new TextEncoder().encode(text));
  } catch {
    // The output is closed. The exit code is the only signal left.
  }
  Deno.exit(exit);
}
