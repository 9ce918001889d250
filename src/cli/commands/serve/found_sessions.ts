import type { ServedRuns } from "./served_runs.ts";
import { notFoundError, type SessionFile } from "../../../store/mod.ts";
import { checkedReference, refusePosition } from "../../session_reference.ts";

/** Finds the sessions of requests, and words their summaries for clients. */
export class FoundSessions {
  readonly #runs: ServedRuns;

  constructor(runs: ServedRuns) {
    this.#runs = runs;
  }

  /** The session of an id, a part of one, or a name, perhaps with `@N`. Throws a `PlaybooksError` if there is none. */
  async find(reference: string): Promise<{ readonly session: SessionFile; readonly position?: number }> {
    const found = await this.#runs.store.find(checkedReference(reference));
    if (found.kind !== "found") throw notFoundError(reference, found);
    return found;
  }

  /** As {@linkcode FoundSessions.find}, without `@N`. */
  async findWhole(reference: string): Promise<SessionFile> {
    const { session, position } = await this.find(reference);
    refusePosition(reference, position);
    return session;
  }

  /** The summary of the session with an id, as clients get it. */
  async summary(id: string): Promise<{ readonly session: object }> {
    const session = await this.#runs.store.get(id);
    if (!session) throw notFoundError(id, { kind: "missing", nearest: [], newest: [] });
    return { session: this.summaryOf(session) };
  }

  /** A summary without the fields that only a store needs. */
  summaryOf(
    {
      version: _version,
      key: _key,
      programMark: _mark,
      request: _request,
      handled: _handled,
      sealed: _sealed,
      ...session
    }: SessionFile,
  ): object {
    const refusal = this.#runs.refusalOf(session.id);
    return {
      ...session,
      isHere: this.#runs.host.has(session.id),
      ...(refusal === undefined ? {} : { refusal }),
    };
  }
}
