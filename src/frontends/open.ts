import { JsonUi } from "./json.ts";
import { PlainUi } from "./plain.ts";
import type { RunUi, UiOptions } from "./run_ui.ts";

/**
 * Opens the front end that fits: JSON on request, the terminal if there is a terminal to ask and to draw on, else plain.
 * Words may still go to a pipe (`playbooks run x.pb | tee log`).
 *
 * The code that measures text takes about 20 ms to load, so only the terminal front end loads it.
 */
export async function openUi(options: UiOptions): Promise<RunUi> {
  if (options.json) return new JsonUi(options);
  const terminal = options.stdin.isTerminal() && options.stderr.isTerminal() &&
    options.environment["TERM"] !== "dumb" && !options.nonInteractive;
  if (!terminal) return new PlainUi(options);
  const { TerminalUi } = await import("./terminal/terminal_ui.ts");
  return new TerminalUi(options);
}
