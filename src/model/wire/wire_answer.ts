import type { Fields } from "./fields.ts";
import type { SaidError } from "./said_error.ts";

/** Brings the values of one answer into the exact form of its protocol's stream. */
export interface WireAnswer {
  /** Whether anything of an answer came, even if it has no words. */
  readonly began: boolean;
  /** Whether the answer is complete. Only its usage may still come. */
  readonly isFinished: boolean;
  /** The stream's events for a value of the body; `undefined` if the value does not belong to the protocol. */
  take(value: Fields): readonly object[] | undefined;
  /** The events that end the stream. None if the answer is incomplete. `isDone`: the server said `[DONE]`. */
  end(isDone: boolean): readonly object[];
  /** The event that reports an error. */
  error(error: SaidError): object;
}
