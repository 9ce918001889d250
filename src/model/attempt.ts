import type { Connection } from "./connection.ts";
import type { FailureKind, ModelFailure } from "./model.ts";

/** What went wrong with one attempt, and whether another one may go better. */
export interface AttemptFailure {
  readonly failure: ModelFailure;
  readonly retry: boolean;
  /** What the server asked us to wait. */
  readonly askedMs: number | undefined;
  /** In a few words, for the line that says that we try again. */
  readonly reason: string;
}

/** The facts about a request that the message of a failure can name. */
export interface RequestContext extends
  Pick<
    Connection,
    "id" | "baseUrl" | "proxy" | "secrets" | "keyEnv" | "key" | "keyWithheld" | "info" | "settings"
  > {
  readonly nowMs: number;
}

/** A failure that another attempt would only repeat. */
export function final(kind: FailureKind, message: string): AttemptFailure {
  return { failure: { kind, message }, retry: false, askedMs: undefined, reason: message };
}

/** A failure that may be over in a moment. */
export function tryAgain(
  kind: FailureKind,
  reason: string,
  asked: Pick<RequestContext, "id" | "baseUrl">,
): AttemptFailure {
  const message = `Cannot ask ${asked.id} at ${asked.baseUrl}: ${reason}; resume the session to try again`;
  return { failure: { kind, message }, retry: true, askedMs: undefined, reason };
}
