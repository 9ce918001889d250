import { createHash } from "node:crypto";
import { HttpError } from "../../../frontends/http/mod.ts";
import type {
  HandledRequest,
  SessionChange,
  SessionFile,
  SessionRequest,
  SessionStore,
} from "../../../store/mod.ts";

/**
 * The requests that changed sessions, kept in the summaries of these sessions. So a client that lost its answer may repeat its
 * request, also after the server was killed.
 */
export class HandledRequests {
  readonly #store: Pick<SessionStore, "get" | "update">;
  #keeping: Promise<unknown> = Promise.resolve();

  constructor(store: Pick<SessionStore, "get" | "update">) {
    this.#store = store;
  }

  /** The request with this key that changed the session. Throws an `HttpError` if that one asked for something else. */
  find({ handled = [] }: SessionFile, request: SessionRequest | undefined): HandledRequest | undefined {
    const known = handled.find(({ key }) => key === request?.key);
    if (!known || known.hash === request!.hash) return known;
    throw new HttpError(
      "key-reused",
      `The idempotency key ${
        JSON.stringify(known.key)
      } belongs to another request; use a new key for each request`,
    );
  }

  /** Keeps a request, in one write with a change of the summary. */
  keep(id: string, request: SessionRequest | undefined, change: SessionChange = {}): Promise<void> {
    // Each write keeps the requests that it has read.
    const kept = this.#keeping.then(() => this.#keep(id, request, change));
    this.#keeping = kept.catch(() => {});
    return kept;
  }

  async #keep(id: string, request: SessionRequest | undefined, change: SessionChange): Promise<void> {
    const { handled = [], token = 0 } = await this.#store.get(id) ?? {};
    const isNew = request && !handled.some(({ key }) => key === request.key);
    const all = isNew ? { handled: [...handled, { ...request, token }].slice(-maxHandled) } : {};
    if (isNew || Object.keys(change).length > 0) await this.#store.update(id, { ...change, ...all });
  }
}

/** Requests that a session keeps. A client repeats a request soon, or never. */
const maxHandled = 50;

/** The mark of a request by which its repetition is known; absent if the client gave no key. */
export function clientRequest(key: string | undefined, content: object): SessionRequest | undefined {
  if (key === undefined) return undefined;
  return { key, hash: createHash("sha256").update(JSON.stringify(content)).digest("hex") };
}
