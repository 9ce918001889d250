import { JsonUi } from "./json.ts";
import { PlainUi } from "./plain.ts";
import type { RunUi, UiOptions } from "./run_ui.ts";

/**
 * The ui that fits: JSON when it was asked for, a person's when there is a terminal to ask and to draw on, else plain.
 * Words may go into a pipe all the same (`playbooks run x.pb | tee log`).
 *
 * What draws on a terminal measures text, and what measures text takes some 20 ms to load: only a terminal pays for it.
 */
export async function openUi(options: UiOptions): Promise<RunUi> {
  if (options.json) return new JsonUi(options);
  const terminal = options.stdin.isTerminal() && options.stderr.isTerminal() &&
    options.environment["TERM"] !== "dumb" && !options.nonInteractive;
  if (!terminal) return new PlainUi(options);
  const { TerminalUi } = await import("./terminal/terminal_ui.ts");
  return new TerminalUi(options);
}
