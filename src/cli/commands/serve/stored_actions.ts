import { exitCodes } from "../../../errors.ts";
import {
  type ChangedSession,
  HttpError,
  type MadeSession,
  type ServedActions,
  type SessionFork,
  type SessionStart,
} from "../../../frontends/http/mod.ts";
import { type Decision, decisionName, type PostedWords, SessionHandle } from "../../../session/mod.ts";
import {
  canGoOn,
  checkName,
  refuseUnreadable,
  type SessionFile,
  type SessionRequest,
} from "../../../store/mod.ts";
import { requireIdle } from "../../idle_session.ts";
import { personOf } from "../../person.ts";
import type { World } from "../../world.ts";
import { readValueEdit } from "../sessions_fork/value_edit.ts";
import type { FoundSessions } from "./found_sessions.ts";
import { clientRequest, HandledRequests } from "./handled_requests.ts";
import type { ServedPrograms } from "./served_programs.ts";
import type { ServedRuns } from "./served_runs.ts";

/** The parts of the actions. */
interface StoredActionsParts {
  readonly runs: ServedRuns;
  readonly programs: ServedPrograms;
  readonly found: FoundSessions;
  readonly world: World;
}

/** Changes the sessions of a storage. A request with a key is carried out once, also if the server dies in the middle. */
export class StoredActions implements ServedActions {
  readonly #store: ServedRuns["store"];
  readonly #runs: ServedRuns;
  readonly #programs: ServedPrograms;
  readonly #found: FoundSessions;
  readonly #world: World;
  readonly #handled: HandledRequests;
  /** Sessions by the key of the request that made them. Read when the first key comes. */
  #requests: Map<string, string> | undefined;

  constructor({ runs, programs, found, world }: StoredActionsParts) {
    this.#store = runs.store;
    this.#runs = runs;
    this.#programs = programs;
    this.#found = found;
    this.#world = world;
    this.#handled = new HandledRequests(runs.store);
  }

  async begin(start: SessionStart, key: string | undefined): Promise<MadeSession> {
    const request = clientRequest(key, start);
    const known = await this.#madeBefore(request);
    if (known) return await this.#made(known.id, { isNew: false });
    const id = await this.#programs.begin(start, request);
    if (request) this.#requests?.set(request.key, id);
    this.#runs.look(id);
    return await this.#made(id, { isNew: true });
  }

  async post(
    reference: string,
    words: PostedWords,
    key: string | undefined,
  ): Promise<{ key: string; isNew: boolean }> {
    const session = await this.#found.findWhole(reference);
    const request = clientRequest(key, { words });
    const own = key ?? crypto.randomUUID();
    if (this.#handled.find(session, request)) return { key: own, isNew: false };
    const handle = new SessionHandle(this.#store, session.id);
    // The server died before it kept the request, and the program has ended with the words.
    if (request && !canGoOn(session) && await handle.isPosted(words, { key: own })) {
      return { key: own, isNew: false };
    }
    this.#refuseOver(session, "take words");
    const { isNew } = await handle.post(words, { key: own });
    await this.#continue(session, request);
    return { key: own, isNew };
  }

  async decide(
    reference: string,
    { effect, choice }: { readonly effect: string; readonly choice: Decision },
    key: string | undefined,
  ): Promise<ChangedSession> {
    const session = await this.#found.findWhole(reference);
    // Without a key, the same choice about the same effect is the same request.
    const request = clientRequest(key ?? `decision ${effect} ${decisionName(choice)}`, { effect, choice })!;
    const known = this.#handled.find(session, request);
    const handle = new SessionHandle(this.#store, session.id);
    const open = (await handle.snapshot())?.openEffects ?? [];
    const isOpen = canGoOn(session) && open.some(({ id }) => id === effect);
    // The server may have died before it kept the decision. Then nothing has run the session since.
    const isPending = isOpen && (key === undefined || known?.token === (session.token ?? 0));
    if (known && !isPending) return await this.#changed(session.id, { isNew: false });
    this.#refuseOver(session, "take a decision");
    if (!isOpen) throw noOpenEffect(session, effect, open);
    // A run that has just stopped at the effect holds its session for another moment.
    await this.#untilFree(session, releaseMs);
    await requireIdle(this.#store, session, "decide about an effect of", this.#world);
    await this.#handled.keep(session.id, request);
    await handle.decide(effect, choice);
    await this.#continue(session, undefined);
    return await this.#changed(session.id, { isNew: !known });
  }

  async stop(reference: string, key: string | undefined): Promise<ChangedSession> {
    const session = await this.#found.findWhole(reference);
    const request = clientRequest(key, { stop: true });
    if (this.#handled.find(session, request)) return await this.#changed(session.id, { isNew: false });
    if (this.#runs.host.has(session.id)) {
      await this.#runs.host.stop(session.id);
    } else if (await this.#store.holder(session.id)) {
      await new SessionHandle(this.#store, session.id).stop();
      await this.#untilFree(session, stopMs);
      await requireIdle(this.#store, session, "stop", this.#world);
    }
    const isQueued = (await this.#store.get(session.id))?.status === "queued";
    await this.#handled.keep(session.id, request, isQueued ? { status: "stopped" } : {});
    return await this.#changed(session.id, { isNew: true });
  }

  async resume(reference: string, key: string | undefined): Promise<ChangedSession> {
    const session = await this.#found.findWhole(reference);
    refuseUnreadable(session);
    const request = clientRequest(key, { resume: true });
    if (this.#handled.find(session, request)) return await this.#changed(session.id, { isNew: false });
    // A repeated request may come after the end of the program.
    if (!canGoOn(session)) return await this.#changed(session.id, { isNew: true });
    if (session.status === "running" && this.#runs.host.has(session.id)) {
      await this.#handled.keep(session.id, request);
    } else {
      await this.#untilFree(session, releaseMs);
      await requireIdle(this.#store, session, "resume", this.#world);
      await this.#queue(session.id, request);
    }
    return await this.#changed(session.id, { isNew: true });
  }

  async fork(reference: string, given: SessionFork, key: string | undefined): Promise<MadeSession> {
    const request = clientRequest(key, { reference, ...given });
    const known = await this.#madeBefore(request);
    const id = known?.id ?? await this.#fork(reference, given, request);
    if (request) this.#requests?.set(request.key, id);
    // The server may have died after the fork was made, and before it was queued.
    if (given.run && !(known && this.#handled.find(known, request))) await this.#queue(id, request);
    return await this.#made(id, { isNew: !known });
  }

  async #fork(
    reference: string,
    { position: asked, name, set }: SessionFork,
    request: SessionRequest | undefined,
  ): Promise<string> {
    const { session, position = asked } = await this.#found.find(reference);
    refuseUnreadable(session);
    return await new SessionHandle(this.#store, session.id).fork(
      { pid: Deno.pid, host: Deno.hostname(), sync: "always" },
      {
        ...(position === undefined ? {} : { position }),
        ...(name === undefined ? {} : { name: checkName(name) }),
        set: Object.entries(set).map(([target, value]) =>
          readValueEdit(`${target}=${JSON.stringify(value)}`)
        ),
        by: personOf(this.#world),
        at: this.#world.now(),
        ...(request ? { request } : {}),
      },
    );
  }

  async rename(reference: string, name: string | undefined): Promise<object> {
    const session = await this.#found.findWhole(reference);
    const checked = name === undefined ? undefined : checkName(name);
    const control = this.#runs.host.control(session.id);
    if (control && checked !== undefined) await control.rename(checked);
    else {
      await this.#requireIdle(session, "rename");
      await this.#store.update(session.id, { name: checked });
    }
    return await this.#found.summary(session.id);
  }

  async remove(reference: string): Promise<void> {
    const session = await this.#found.findWhole(reference);
    await this.#requireIdle(session, "remove");
    await this.#store.remove(session.id);
    await this.#store.flushIndexes();
  }

  #refuseOver({ id, status }: SessionFile, action: string): void {
    if (canGoOn({ status })) return;
    throw new HttpError(
      "conflict",
      `Session "${id}" cannot ${action}: it is ${status}; fork it to go on from an earlier moment`,
    );
  }

  /**
   * Continues a session after news for it, and keeps the request that brought them. A session that waits, or that a process
   * runs, hears the news by itself.
   */
  async #continue(session: SessionFile, request: SessionRequest | undefined): Promise<void> {
    const { id, status, exit } = session;
    const hearsNews = status !== "stopped" || exit === exitCodes.choiceNeeded;
    if (!hearsNews) await this.#untilFree(session, releaseMs);
    if (!hearsNews && !await this.#store.holder(id)) return await this.#queue(id, request);
    await this.#handled.keep(id, request);
    this.#runs.look(id);
  }

  async #queue(id: string, request: SessionRequest | undefined): Promise<void> {
    await this.#handled.keep(id, request, { status: "queued", failures: undefined });
    this.#runs.look(id);
  }

  /** A run that has ended holds its session for another moment. */
  async #requireIdle(session: SessionFile, action: string): Promise<void> {
    if (!canGoOn(session)) await this.#untilFree(session, releaseMs);
    await requireIdle(this.#store, session, action, this.#world);
  }

  async #untilFree({ id }: SessionFile, withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    while (performance.now() < deadlineMs && await this.#store.holder(id)) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** The session that an earlier request with this key made, perhaps in an earlier server. */
  async #madeBefore(request: SessionRequest | undefined): Promise<SessionFile | undefined> {
    if (!request) return undefined;
    this.#requests ??= new Map(
      (await this.#store.list()).flatMap(({ id, request }) => request ? [[request.key, id]] : []),
    );
    const id = this.#requests.get(request.key);
    const made = id === undefined ? undefined : await this.#store.get(id);
    if (!made || made.request?.hash === request.hash) return made;
    throw new HttpError(
      "key-reused",
      `The idempotency key ${JSON.stringify(request.key)} made session "${made.id}" from another request; ` +
        "use a new key for each request",
    );
  }

  async #made(id: string, { isNew }: { readonly isNew: boolean }): Promise<MadeSession> {
    return { ...await this.#found.summary(id), id, isNew };
  }

  async #changed(id: string, { isNew }: { readonly isNew: boolean }): Promise<ChangedSession> {
    return { ...await this.#found.summary(id), isNew };
  }
}

function noOpenEffect(
  { id }: SessionFile,
  effect: string,
  open: readonly { readonly id: string }[],
): HttpError {
  const ids = open.map(({ id }) => id).join(", ");
  return new HttpError(
    "conflict",
    `Session "${id}" has no open effect ${JSON.stringify(effect)}; ${
      ids === "" ? "nothing there is to decide" : `it has ${ids}`
    }`,
    { errors: [{ field: "effect", message: ids === "" ? "No effect is open" : `It must be one of ${ids}` }] },
  );
}

/** The time for a process to stop its session. */
const stopMs = 10_000;
/** The time for a run that has stopped to give its lease back. */
const releaseMs = 2_000;
const pollMs = 50;
