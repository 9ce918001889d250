import { HttpError } from "./problem.ts";
import type { RouteAnswer } from "./route.ts";

/** The answer of an earlier request, or of one that is still under way. */
interface KeptAnswer {
  /** What the request asked for. */
  readonly fingerprint: string;
  readonly answer: Promise<RouteAnswer>;
}

/**
 * Answers of requests by their `Idempotency-Key`, for as long as the server runs. Sessions keep the keys themselves, so a
 * repeated key does nothing twice after a restart either.
 */
export class IdempotentAnswers {
  readonly #kept = new Map<string, KeptAnswer>();

  /**
   * The answer of the first request with this key. Throws an `HttpError` if that one asked for something else. A request
   * that failed may be repeated.
   */
  async get(key: string, fingerprint: string, work: () => Promise<RouteAnswer>): Promise<RouteAnswer> {
    const kept = this.#kept.get(key);
    if (kept) {
      if (kept.fingerprint === fingerprint) return withHeader(await kept.answer);
      throw new HttpError(
        "key-reused",
        `The idempotency key ${
          JSON.stringify(key)
        } belongs to another request; use a new key for each request`,
      );
    }
    const answer = work();
    this.#kept.set(key, { fingerprint, answer });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= maxKept) break;
      this.#kept.delete(oldest);
    }
    try {
      return await answer;
    } catch (error) {
      this.#kept.delete(key);
      throw error;
    }
  }
}

const maxKept = 1000;

/** Reads `Idempotency-Key`. Throws an `HttpError` for one that is too long or has control characters. */
export function readIdempotencyKey(headers: Headers): string | undefined {
  const key = headers.get("idempotency-key")?.trim();
  if (key === undefined) return undefined;
  if (/^[\x20-\x7e]{1,200}$/.test(key)) return key;
  throw new HttpError("bad-request", "The Idempotency-Key must be 1 to 200 printable ASCII characters");
}

function withHeader(answer: RouteAnswer): RouteAnswer {
  if (answer instanceof Response) return answer;
  return { ...answer, headers: { ...answer.headers, ...replayedHeader(false) } };
}

/** Tells a client that an earlier request with its key did the work. */
export function replayedHeader(isNew: boolean): Readonly<Record<string, string>> {
  return isNew ? {} : { "idempotent-replayed": "true" };
}
