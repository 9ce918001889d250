import { errorsOf, TimeOverError } from "../net/mod.ts";

/** The server was silent for too long. */
export class SilenceError extends Error {
  constructor(ms: number) {
    super(`no word for ${Math.round(ms / 1000)} s`);
  }
}

/** The answer stopped before its end. */
export class TruncatedError extends Error {}

/** The provider ended the answer with an unnamed error. */
export class GivenUpError extends Error {}

/** The server at the address is not a model server. It may be a web site. */
export class NoServerError extends Error {}

/** The server redirects the request; `message` is the other address. */
export class RedirectError extends Error {}

/** The server answered with a good status and without an answer. */
export class EmptyAnswerError extends Error {}

/** The body has values or words of another kind than the protocol's; `message` has the words. */
export class ForeignAnswerError extends Error {}

/** An event that should be JSON and is not: a part of the answer is lost. */
export class BrokenAnswerError extends Error {}

/** The server sent too many bytes without a word. */
export class WordlessError extends Error {
  constructor(bytes: number) {
    super(`it sent ${Math.round(bytes / 1024)} KB without a word`);
  }
}

/** Whether a failed request reached a server that worked for it, so that it may be billed. */
export function mayBeBilled(error: unknown): boolean {
  const kinds = [
    SilenceError,
    TimeOverError,
    TruncatedError,
    EmptyAnswerError,
    BrokenAnswerError,
    WordlessError,
  ];
  return errorsOf(error).some((each) => kinds.some((kind) => each instanceof kind));
}
