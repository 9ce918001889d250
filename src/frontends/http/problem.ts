import { type ExitCode, exitCodes, isSystemError, messageOf, PlaybooksError } from "../../errors.ts";
import { cleanText, cutText } from "../../text/mod.ts";
import type { FieldFault } from "./field_faults.ts";

/** Kinds of failed requests, with their HTTP status and title. */
const kinds = {
  "bad-request": [400, "The request is wrong"],
  "not-authenticated": [401, "The token is missing or wrong"],
  "forbidden": [403, "The request comes from another site"],
  "not-found": [404, "There is nothing here"],
  "no-such-session": [404, "There is no such session"],
  "wrong-method": [405, "The method does not fit"],
  "too-slow": [408, "The request took too long"],
  "busy": [409, "The session is busy"],
  "choice-needed": [409, "A person must choose"],
  "conflict": [409, "The session cannot do this now"],
  "too-large": [413, "The body is too large"],
  "wrong-type": [415, "The body must be JSON"],
  "key-reused": [422, "The idempotency key belongs to another request"],
  "head-too-large": [431, "The head of the request is too large"],
  "failed": [500, "The server failed"],
  "storage": [500, "The storage failed"],
  "too-many": [503, "The server is busy"],
} as const satisfies Readonly<Record<string, readonly [number, string]>>;

/** The kind of a failed request. */
export type ProblemKind = keyof typeof kinds;

/** The names of all kinds of failed requests. */
export const httpProblemKinds = Object.keys(kinds) as readonly ProblemKind[];

/** A failed request, as its client reads it: RFC 9457. */
export interface HttpProblem {
  /** `urn:playbooks:` and the kind. */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  /** What failed, why, and what to do. */
  readonly detail: string;
  /** The exit code that the command line has for this failure. */
  readonly exit?: ExitCode;
  /** The faults of the request, if it has several. */
  readonly errors?: readonly FieldFault[];
}

/** A failed request. It has no stack that a client could see. */
export class HttpError extends Error {
  readonly kind: ProblemKind;
  readonly errors: readonly FieldFault[] | undefined;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    kind: ProblemKind,
    detail: string,
    { errors, headers = {} }: {
      readonly errors?: readonly FieldFault[];
      readonly headers?: Readonly<Record<string, string>>;
    } = {},
  ) {
    super(detail);
    this.kind = kind;
    this.errors = errors;
    this.headers = headers;
  }
}

/** The problem of a thrown error. An unexpected error says only that it is ours: its message may hold secrets. */
export function problemOf(error: unknown): HttpProblem {
  if (error instanceof HttpError) {
    const { errors } = error;
    return { ...problem(error.kind, error.message), ...(errors ? { errors } : {}) };
  }
  if (error instanceof PlaybooksError) {
    return { ...problem(kindOf(error.exitCode), messageOf(error)), exit: error.exitCode };
  }
  if (isSystemError(error)) {
    const detail = `${messageOf(error)}; check the disk, who owns the file, and the limits of the process`;
    return { ...problem("storage", detail), exit: exitCodes.storage };
  }
  return problem("failed", "This is a fault of playbooks itself; the server's own output says more");
}

/** The answer that tells a problem. */
export function problemResponse(error: unknown): Response {
  const problem = problemOf(error);
  const headers = error instanceof HttpError ? error.headers : {};
  return new Response(`${JSON.stringify(problem)}\n`, {
    status: problem.status,
    headers: { "content-type": problemType, ...headers },
  });
}

/** The media type of a problem. */
export const problemType = "application/problem+json";

function problem(kind: ProblemKind, detail: string): HttpProblem {
  const [status, title] = kinds[kind];
  const text = cutText(cleanText(detail), { maxCharacters: maxDetailCharacters });
  return { type: `urn:playbooks:${kind}`, title, status, detail: text };
}

/** A message may hold values of the program, of any length. */
const maxDetailCharacters = 4000;

function kindOf(exit: ExitCode): ProblemKind {
  switch (exit) {
    case exitCodes.usage:
      return "bad-request";
    case exitCodes.noSuchSession:
      return "no-such-session";
    case exitCodes.sessionBusy:
      return "busy";
    case exitCodes.choiceNeeded:
      return "choice-needed";
    case exitCodes.storage:
      return "storage";
    default:
      return "failed";
  }
}
