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
