import { JsonUi } from "./json.ts";
import { PlainUi } from "./plain.ts";
import type { RunUi, UiOptions } from "./run_ui.ts";
import { TerminalUi } from "./terminal.ts";

/**
 * The ui that fits: JSON when it was asked for, a person's when there is a terminal to ask and to draw on, else plain.
 * Words may go into a pipe all the same (`playbooks run x.pb | tee log`).
 */
export function openUi(options: UiOptions): RunUi {
  if (options.json) return new JsonUi(options);
  const terminal = options.stdin.isTerminal() && options.stderr.isTerminal() &&
    options.environment["TERM"] !== "dumb" && !options.nonInteractive;
  return terminal ? new TerminalUi(options) : new PlainUi(options);
}
