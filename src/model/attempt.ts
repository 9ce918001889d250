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

/** What a failure's message can name. */
export interface Asked extends
  Pick<
    Connection,
    "id" | "baseUrl" | "proxy" | "secrets" | "keyEnv" | "key" | "keyWithheld" | "info" | "settings"
  > {
  readonly nowMs: number;
}

/** Raised within an attempt when its server has been silent for too long. */
export class SilenceError extends Error {
  constructor(ms: number) {
    super(`no word for ${Math.round(ms / 1000)} s`);
  }
}

/** Raised within an attempt when the answer ended without an end. */
export class TruncatedError extends Error {}

/** Raised within an attempt when the provider ended the answer with an error that it does not name. */
export class GivenUpError extends Error {}

/** Raised within an attempt when what answers is no model server but, say, a web site. */
export class NoServerError extends Error {}

/** Raised within an attempt when the server sends the request on; `message` is the other address. */
export class RedirectError extends Error {}

/** A failure that another attempt would only repeat. */
export function final(kind: FailureKind, message: string): AttemptFailure {
  return { failure: { kind, message }, retry: false, askedMs: undefined, reason: message };
}

/** A failure that may be over in a moment. */
export function tryAgain(
  kind: FailureKind,
  reason: string,
  asked: Pick<Asked, "id" | "baseUrl">,
): AttemptFailure {
  const message = `Cannot ask ${asked.id} at ${asked.baseUrl}: ${reason}; resume the session to try again`;
  return { failure: { kind, message }, retry: true, askedMs: undefined, reason };
}
