import type { Connection } from "./connection.ts";
import type { FailureKind, ModelFailure } from "./model.ts";

/** The failure of one attempt. */
export interface AttemptFailure {
  readonly failure: ModelFailure;
  readonly retry: boolean;
  /** Attempts in all, this one included, if fewer than usual make sense. */
  readonly maxAttempts?: number;
  /** The wait that the server asked for. */
  readonly askedMs: number | undefined;
  /** A few words for the message about the retry. */
  readonly reason: string;
}

/** The facts about a request for the message of a failure. */
export interface RequestContext extends
  Pick<
    Connection,
    | "id"
    | "baseUrl"
    | "proxy"
    | "secrets"
    | "keyEnv"
    | "key"
    | "keyWithheld"
    | "info"
    | "settings"
    | "timeouts"
  > {
  readonly nowMs: number;
  /** Whether words or thoughts of the answer had come. */
  readonly hasWords: boolean;
}

/** A failure that another attempt would repeat. */
export function final(kind: FailureKind, message: string): AttemptFailure {
  return { failure: { kind, message }, retry: false, askedMs: undefined, reason: message };
}

/** A temporary failure. */
export function tryAgain(
  kind: FailureKind,
  reason: string,
  asked: Pick<RequestContext, "id" | "baseUrl">,
  hint?: string,
): AttemptFailure {
  const way = hint === undefined ? "" : `${hint}, or `;
  const message =
    `Cannot ask ${asked.id} at ${asked.baseUrl}: ${reason}; ${way}resume the session to try again`;
  return { failure: { kind, message }, retry: true, askedMs: undefined, reason };
}
