import type { ExitCode } from "../errors.ts";
import type { Decision, EventFact, Question, SpokenMessage, UncertainEffect } from "../session/mod.ts";
import type { Detail } from "./event_lines.ts";
import type { Input, Output } from "./streams.ts";

/** What a front end draws with; disposed of before anything else is printed. */
export interface RunUi extends Disposable {
  /** Whether a person can decide and confirm. */
  readonly canDecide: boolean;
  event(event: EventFact): void;
  /** Shows an agent's words; on return they have been written. Throws when they cannot be written. */
  show(message: SpokenMessage): void;
  /**
   * Asks for one answer; several questions may be open at once. `undefined`: nobody can be asked (end of input, no
   * terminal). Rejects when `signal` aborts.
   */
  ask(question: Question, options: { readonly signal: AbortSignal }): Promise<string | undefined>;
  /** Asks what to do with an uncertain effect; `undefined` without a terminal. Rejects when `signal` aborts. */
  decide(effect: UncertainEffect, options?: { readonly signal?: AbortSignal }): Promise<Decision | undefined>;
  /** Prints a line about the run, such as where it resumes, to standard error; says nothing when quiet. */
  note(line: string): void;
  /** Prints a line to standard error in any case: an error, a warning, how to go on, or what was asked for. */
  tell(line: string): void;
  /** Asks a person yes or no; no when nobody can be asked. */
  confirm(question: string): Promise<boolean>;
  /** All of standard input that nobody asked for yet, for a program that takes it as its start message. */
  allInput(): Promise<string>;
  /** Says how the run ended, to scripts; people are told by the caller. Only the first call counts. */
  end(end: RunEnd): void;
}

/** How a run ended, for `--json`. */
export interface RunEnd {
  readonly session: string | null;
  readonly status: "stopped" | "waiting" | "completed" | "failed";
  readonly exit: ExitCode;
  /** Why it failed or stopped, when there is more to say than the status. */
  readonly message?: string;
}

/** What a ui is made of. */
export interface UiOptions extends Detail {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Width of the terminal; may throw when there is none. */
  readonly columns: () => number;
  /** Height of the terminal, if the system's own word is not to be taken; may throw when there is none. */
  readonly rows?: () => number;
  readonly environment: Readonly<Record<string, string>>;
  /** One JSON object a line on standard output. */
  readonly json: boolean;
  /** Pass the model's text on as it arrives. */
  readonly stream: boolean;
  /** Ask nobody. */
  readonly nonInteractive: boolean;
  /** What Ctrl+C does where the terminal sends it as a key and not as a signal (Windows). */
  readonly interrupt: () => void;
}
