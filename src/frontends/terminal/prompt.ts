import { type Line, newLine } from "./line_editor.ts";

/** Takes the text that a person types. */
export interface Prompt {
  /** Stands before the text. */
  readonly label: () => string;
  line: Line;
  /** Whether nothing is asked now. Then the text is shown only once something is typed. */
  readonly isIdle?: () => boolean;
  /** A line above the prompt. */
  readonly hint?: () => string | undefined;
  /** Words that wait for the next question. */
  readonly queued?: () => readonly string[];
  /** Takes Tab; returns false if it has no meaning here. */
  readonly choose?: (step: 1 | -1) => boolean;
  /** Takes Up in an empty text: brings queued words back. Returns false if there are none. */
  readonly takeBack?: () => boolean;
  /** Takes the entered text. */
  readonly enter?: (text: string) => Entered;
}

/** The result of an entered text: the trace that stays on the screen, and a remark for the person. */
export interface Entered {
  readonly trace?: { readonly label: string; readonly text: string };
  readonly remark?: string;
}

/** A prompt for one answer. */
export function simplePrompt(label: string): Prompt {
  return { label: () => label, line: newLine() };
}
