import type { ExitCode } from "../errors.ts";
import type {
  Decision,
  EventFact,
  Question,
  SessionControl,
  SpokenMessage,
  UncertainEffect,
} from "../session/mod.ts";
import type { Detail } from "./event_lines.ts";
import type { Input, Output } from "./streams.ts";

/** The output side of a front end. Dispose of it before anything else is printed. */
export interface RunUi extends Disposable {
  /** Tells scripts which session runs, before the first event. Only the first call counts. */
  begin?(session: RunBeginning): void;
  /** Whether a person can decide and confirm. */
  readonly canDecide: boolean;
  /** Whether a person can be asked before the input ends. */
  readonly canAsk: boolean;
  event(event: EventFact & { readonly position?: number }): void;
  /** Shows an agent's words. On return they are written. Throws if they cannot be written. */
  show(message: SpokenMessage): void;
  /**
   * Call this before the first question. `take` gets words that a person says without being asked first. `session` does
   * what a person asks of the session itself.
   */
  listen(take: TakeWords, session?: SessionActions): void;
  /** Clears a text that is being typed, as Ctrl+C does. Returns false if there is none: then Ctrl+C stops the run. */
  clearDraft(): boolean;
  /**
   * Asks for one answer of the question's `person`; several questions may be open at once. Resolves to `undefined` if no person can be asked (end of
   * input, no terminal). Rejects when `signal` aborts.
   */
  ask(question: Question, options: { readonly signal: AbortSignal }): Promise<string | undefined>;
  /**
   * Asks for a decision on an uncertain effect. Resolves to `undefined` without a terminal. Rejects when `signal` aborts.
   */
  decide(effect: UncertainEffect, options?: { readonly signal?: AbortSignal }): Promise<Decision | undefined>;
  /** Prints a line about the run to standard error, such as the resume point. Prints nothing with `--quiet`. */
  note(line: string): void;
  /** Prints a line to standard error, also with `--quiet`: an error, a warning, a hint, or requested output. */
  tell(line: string): void;
  /** Asks a person yes or no. The answer is no if no person can be asked. */
  confirm(question: string): Promise<boolean>;
  /** The unread rest of standard input, for a program that takes it as its start message. */
  allInput(): Promise<string>;
  /** Tells scripts how the run ended; the caller tells people. Only the first call counts. */
  end(end: RunEnd): void;
}

/** What a person can ask of the session itself. */
export type SessionActions = Pick<SessionControl, "stop" | "snapshot" | "past" | "rename">;

/** Takes words of a person: they answer the person's oldest question, or wait until an agent asks the person. */
export type TakeWords = (words: { readonly text: string; readonly person: string }) => void;

/** The session of a run, for `--json`. */
export interface RunBeginning {
  /** `null`: durability is off. */
  readonly session: string | null;
  readonly name?: string;
  /** An earlier run began the session. */
  readonly resumed: boolean;
  /** The number of entries before this run. */
  readonly position: number;
}

/** How a run ended, for `--json`. */
export interface RunEnd {
  readonly session: string | null;
  readonly status: "queued" | "stopped" | "waiting" | "completed" | "failed";
  readonly exit: ExitCode;
  /** Why it failed or stopped, if the status does not say enough. */
  readonly message?: string;
  /** The command that goes on, if the status does not say which. */
  readonly next?: string;
}

/** The inputs of a front end. */
export interface UiOptions extends Detail {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  /** ms since 1970. */
  readonly now: () => number;
  /** Width of the terminal; may throw when there is none. */
  readonly columns: () => number;
  /** Height of the terminal, if it must not be taken from the system. May throw if there is no terminal. */
  readonly rows?: () => number;
  readonly environment: Readonly<Record<string, string>>;
  /** One JSON object a line on standard output. */
  readonly json: boolean;
  /** Pass the model's text on as it arrives. */
  readonly stream: boolean;
  /** Show words as they are: Markdown is not rendered. */
  readonly plain?: boolean;
  /** Ask no person. */
  readonly nonInteractive: boolean;
  /** The action of Ctrl+C if the terminal sends it as a key and not as a signal (Windows). */
  readonly interrupt: () => void;
}
