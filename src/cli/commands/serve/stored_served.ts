import { createHash } from "node:crypto";
import { exitCodes, PlaybooksError } from "../../../errors.ts";
import {
  HttpError,
  type MadeSession,
  type RowRange,
  type ServedProgram,
  type ServedSessions,
  type SessionFork,
  type SessionSearch,
  type SessionStart,
  type StoryPage,
  type WatchedSession,
} from "../../../frontends/http/mod.ts";
import {
  type Decision,
  diffSessions,
  EventReader,
  type PostedWords,
  readStoryTail,
  type SessionEvent,
  SessionHandle,
  type StoryIndex,
  StoryIndexes,
  type StoryItem,
} from "../../../session/mod.ts";
import {
  checkName,
  notFoundError,
  refuseUnreadable,
  type SessionFile,
  type SessionRequest,
} from "../../../store/mod.ts";
import { requireIdle } from "../../idle_session.ts";
import { personOf } from "../../person.ts";
import { readCount, readFilter } from "../../session_filter.ts";
import { checkedReference, refusePosition } from "../../session_reference.ts";
import type { World } from "../../world.ts";
import { readValueEdit } from "../sessions_fork/value_edit.ts";
import { sortOrders } from "../sessions_list/options.ts";
import { chosenSessions } from "../sessions_list/sessions_list.ts";
import { hitInJson, hitsIn } from "../sessions_search/hits.ts";
import { matcherOf } from "../sessions_search/matcher.ts";
import type { ServedPrograms } from "./served_programs.ts";
import type { ServedRuns } from "./served_runs.ts";
import { sessionDetails, sessionSource } from "./session_details.ts";

/** The parts of the served sessions. */
interface StoredServedParts {
  readonly runs: ServedRuns;
  readonly programs: ServedPrograms;
  readonly world: World;
}

/** The sessions of a storage, for a server that runs some of them. */
export class StoredServed implements ServedSessions {
  readonly #store: ServedRuns["store"];
  readonly #runs: ServedRuns;
  readonly #programs: ServedPrograms;
  readonly #world: World;
  readonly #indexes: StoryIndexes;
  /** Sessions by the key of the request that made them. Read when the first key comes. */
  #requests: Map<string, string> | undefined;

  constructor({ runs, programs, world }: StoredServedParts) {
    this.#store = runs.store;
    this.#runs = runs;
    this.#programs = programs;
    this.#world = world;
    this.#indexes = new StoryIndexes(this.#store);
  }

  programs(): Promise<readonly ServedProgram[]> {
    return this.#programs.list();
  }

  async begin(start: SessionStart, key: string | undefined): Promise<MadeSession> {
    const request = requestOf(key, start);
    const known = await this.#madeBefore(request);
    if (known) return known;
    const id = await this.#programs.begin(start, request);
    this.#runs.look(id);
    return await this.#made(id, request);
  }

  async list(query: Readonly<Record<string, string>>): Promise<object> {
    const { status, program, since, until, text, sort, limit } = query;
    const flags = new Map(Object.entries({ status, program, since, until }).filter(isGiven));
    const order = sortOrders.find((each) => each === sort);
    const chosen = await chosenSessions(
      {
        json: true,
        filter: asQuery(() => readFilter({ flags })),
        ...(text === undefined ? {} : { text }),
        ...(order === undefined ? {} : { sort: order }),
      },
      await this.#store.list(),
      this.#store,
      this.#world,
    );
    const count = asQuery(() => readCount("--limit", limit, 0)) ?? defaultLimit;
    const shown = count === 0 ? chosen : chosen.slice(0, count);
    return { sessions: shown.map((session) => this.#summaryOf(session)), total: chosen.length };
  }

  async show(
    reference: string,
    { position: asked, ...options }: {
      readonly position?: number;
      readonly maxCharacters: number;
      readonly withPast: boolean;
    },
  ): Promise<object> {
    const { session, position = asked } = await this.#find(reference);
    const details = await sessionDetails(this.#store, session, { position, ...options });
    return { session: this.#summaryOf({ ...session, ...details.counts }), ...details.report };
  }

  async story(reference: string, { from, to, limit, maxCharacters }: StoryPage): Promise<object> {
    const { session, position = to } = await this.#find(reference);
    const range = { from, limit, ...(position === undefined ? {} : { to: position }) };
    if (maxCharacters > maxRowCharacters) {
      return await this.#longStory(session.id, { ...range, maxCharacters });
    }
    const index = this.#indexes.of(session.id, { maxCharacters });
    let damage: unknown;
    await index.refreshPage(range).catch((error) => damage = error);
    const page = index.page(range);
    // The items before a damage can be read.
    if (damage !== undefined && page.next === null && index.position < (position ?? Infinity)) throw damage;
    return page;
  }

  /** A page of a story with long values. They would fill the memory, so each page is read anew. */
  async #longStory(
    id: string,
    { from, to, limit, maxCharacters }: StoryPage,
  ): Promise<object> {
    const items: StoryItem[] = [];
    const story = new SessionHandle(this.#store, id).story({
      after: from,
      ...(to === undefined ? {} : { position: to }),
      maxCharacters,
    });
    for await (const item of story) {
      const last = items.at(-1);
      if (last && items.length >= limit && item.position !== last.position) {
        return { items, next: last.position };
      }
      items.push(item);
    }
    return { items, next: null };
  }

  async tail(reference: string): Promise<object> {
    const { id } = await this.#findWhole(reference);
    return { items: await readStoryTail(this.#store, id, tailOptions) };
  }

  async outline(reference: string, from: number): Promise<object> {
    const index = await this.#index(reference);
    await index.refreshFor(index.rows === 0 ? firstOutlineMs : outlineMs);
    return index.outline(from);
  }

  async rows(reference: string, { from, limit, kinds }: RowRange): Promise<object> {
    const index = await this.#readIndex(reference);
    return { rows: index.items({ from, limit, ...(kinds ? { kinds: new Set(kinds) } : {}) }) };
  }

  async turns(reference: string, from: number): Promise<object> {
    return { turns: (await this.#readIndex(reference)).turns(from) };
  }

  async turnText(reference: string, row: number): Promise<object> {
    const text = await (await this.#readIndex(reference)).turnText(row);
    if (text) return text;
    throw new HttpError(
      "not-found",
      `Row ${row} is not an answer of a model, and no code; the outline has the kinds of rows`,
    );
  }

  async writes(
    reference: string,
    { agent, name }: { readonly agent: string; readonly name: string },
  ): Promise<object> {
    return (await this.#readIndex(reference)).writes(agent, name, maxWrites);
  }

  /** The story of a session as far as it was read. */
  async #index(reference: string): Promise<StoryIndex> {
    return this.#indexes.of((await this.#findWhole(reference)).id, { maxCharacters: maxRowCharacters });
  }

  /** The story of a session. One that was never read is read now. */
  async #readIndex(reference: string): Promise<StoryIndex> {
    const index = await this.#index(reference);
    if (index.rows === 0) await index.refresh();
    return index;
  }

  async source(reference: string, asked: number | undefined): Promise<object> {
    const { session, position = asked } = await this.#find(reference);
    return await sessionSource(this.#store, session, position);
  }

  async diff(a: string, b: string): Promise<object> {
    const [one, other] = [await this.#find(a), await this.#find(b)];
    const momentOf = ({ session, position }: typeof one) => {
      return { store: this.#store, id: session.id, ...(position === undefined ? {} : { position }) };
    };
    return await diffSessions(momentOf(one), momentOf(other));
  }

  async search({ text, session, limit }: SessionSearch): Promise<object> {
    const matcher = asQuery(() => matcherOf({ text, regex: false }));
    const sessions = session === undefined ? await this.#store.list() : [await this.#findWhole(session)];
    const hits: object[] = [];
    const faults: string[] = [];
    for (const each of sessions) {
      for await (
        const hit of hitsIn(this.#store, each, {
          matcher,
          onFault: (fault) => faults.push(fault),
        })
      ) {
        if (hits.length === limit) return { hits, isCut: true, faults };
        hits.push(hitInJson(hit));
      }
    }
    return { hits, isCut: false, faults };
  }

  async watch(reference: string): Promise<WatchedSession> {
    const { id } = await this.#findWhole(reference);
    const handle = new SessionHandle(this.#store, id);
    return {
      id,
      reader: async (position) => new EventReader(this.#store, id, await this.#atMost(id, position)),
      isHere: () => this.#runs.host.control(id) !== undefined,
      summary: async () => await this.#store.get(id),
      questions: async () => {
        const snapshot = await handle.snapshot();
        return snapshot?.end ? [] : snapshot?.questions ?? [];
      },
      listen: (hear: (event: SessionEvent) => void) => {
        for (const event of this.#runs.liveSoFar(id)) hear(event);
        return this.#runs.listen(id, hear);
      },
    };
  }

  /** A position that a session has. A reader from a later one would search its place again and again. */
  async #atMost(id: string, position: number): Promise<number> {
    // The summary of a running session may be late.
    if (position <= ((await this.#store.get(id))?.position ?? 0)) return position;
    return Math.min(position, (await this.#store.load(id)).position);
  }

  async post(reference: string, words: PostedWords, key: string): Promise<object> {
    const session = await this.#findWhole(reference);
    const handle = new SessionHandle(this.#store, session.id);
    // A client that lost its answer repeats its request, perhaps after the end of the program.
    if (isEnded(session) && await handle.isPosted(words, { key })) return { key };
    this.#refuseOver(session, "take words");
    await handle.post(words, { key });
    await this.#continue(session);
    return { key };
  }

  async decide(reference: string, effect: string, choice: Decision): Promise<object> {
    const session = await this.#findWhole(reference);
    this.#refuseOver(session, "take a decision");
    const handle = new SessionHandle(this.#store, session.id);
    const open = (await handle.snapshot())?.openEffects ?? [];
    if (!open.some(({ id }) => id === effect)) {
      const ids = open.map(({ id }) => id).join(", ");
      throw new HttpError(
        "conflict",
        `Session "${session.id}" has no open effect ${JSON.stringify(effect)}; ${
          ids === "" ? "nothing there is to decide" : `it has ${ids}`
        }`,
      );
    }
    // A run that has just stopped at the effect holds its session for another moment.
    await this.#untilFree(session, releaseMs);
    await requireIdle(this.#store, session, "decide about an effect of", this.#world);
    await handle.decide(effect, choice);
    await this.#continue(session);
    return await this.#answer(session.id);
  }

  async stop(reference: string): Promise<object> {
    const session = await this.#findWhole(reference);
    if (this.#runs.host.has(session.id)) {
      await this.#runs.host.stop(session.id);
    } else if (await this.#store.holder(session.id)) {
      await new SessionHandle(this.#store, session.id).stop();
      await this.#untilFree(session, stopMs);
      await requireIdle(this.#store, session, "stop", this.#world);
    } else if (session.status === "queued") {
      await this.#store.update(session.id, { status: "stopped" });
    }
    return await this.#answer(session.id);
  }

  async resume(reference: string): Promise<object> {
    const session = await this.#findWhole(reference);
    refuseUnreadable(session);
    // A repeated request may come after the end of the program.
    if (isEnded(session)) return await this.#answer(session.id);
    if (session.status !== "running" || !this.#runs.host.has(session.id)) {
      await this.#untilFree(session, releaseMs);
      await requireIdle(this.#store, session, "resume", this.#world);
      await this.#queue(session.id);
    }
    return await this.#answer(session.id);
  }

  async fork(reference: string, given: SessionFork, key: string | undefined): Promise<MadeSession> {
    const request = requestOf(key, { reference, ...given });
    const known = await this.#madeBefore(request);
    if (known) return known;
    const { session, position = given.position } = await this.#find(reference);
    refuseUnreadable(session);
    const { name, set, run } = given;
    const id = await new SessionHandle(this.#store, session.id).fork(
      { pid: Deno.pid, host: Deno.hostname(), sync: "always" },
      {
        ...(position === undefined ? {} : { position }),
        ...(name === undefined ? {} : { name: checkName(name) }),
        set: Object.entries(set).map(([target, value]) =>
          asQuery(() => readValueEdit(`${target}=${JSON.stringify(value)}`))
        ),
        by: personOf(this.#world),
        at: this.#world.now(),
        ...(request ? { request } : {}),
      },
    );
    if (run) await this.#queue(id);
    return await this.#made(id, request);
  }

  async rename(reference: string, name: string | undefined): Promise<object> {
    const session = await this.#findWhole(reference);
    const checked = name === undefined ? undefined : checkName(name);
    const control = this.#runs.host.control(session.id);
    if (control && checked !== undefined) await control.rename(checked);
    else {
      await this.#requireIdle(session, "rename");
      await this.#store.update(session.id, { name: checked });
    }
    return await this.#answer(session.id);
  }

  async remove(reference: string): Promise<void> {
    const session = await this.#findWhole(reference);
    await this.#requireIdle(session, "remove");
    await this.#store.remove(session.id);
    await this.#store.flushIndexes();
  }

  async #find(reference: string): Promise<{ readonly session: SessionFile; readonly position?: number }> {
    const found = await this.#store.find(asQuery(() => checkedReference(reference)));
    if (found.kind !== "found") throw notFoundError(reference, found);
    return found;
  }

  async #findWhole(reference: string): Promise<SessionFile> {
    const { session, position } = await this.#find(reference);
    refusePosition(reference, position);
    return session;
  }

  #refuseOver({ id, status }: SessionFile, action: string): void {
    if (!isEnded({ status })) return;
    throw new HttpError(
      "conflict",
      `Session "${id}" cannot ${action}: it is ${status}; fork it to go on from an earlier moment`,
    );
  }

  /** Continues a session after news for it. One that waits, or that a process runs, hears the news by itself. */
  async #continue(session: SessionFile): Promise<void> {
    const { id, status, exit } = session;
    const hearsNews = status !== "stopped" || exit === exitCodes.choiceNeeded;
    if (!hearsNews) await this.#untilFree(session, releaseMs);
    if (hearsNews || await this.#store.holder(id)) this.#runs.look(id);
    else await this.#queue(id);
  }

  async #queue(id: string): Promise<void> {
    await this.#store.update(id, { status: "queued", failures: undefined });
    this.#runs.look(id);
  }

  /** A run that has ended holds its session for another moment. */
  async #requireIdle(session: SessionFile, action: string): Promise<void> {
    if (isEnded(session)) await this.#untilFree(session, releaseMs);
    await requireIdle(this.#store, session, action, this.#world);
  }

  async #untilFree({ id }: SessionFile, withinMs: number): Promise<void> {
    const deadlineMs = performance.now() + withinMs;
    while (performance.now() < deadlineMs && await this.#store.holder(id)) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  }

  /** The session that an earlier request with this key made, perhaps in an earlier server. */
  async #madeBefore(request: SessionRequest | undefined): Promise<MadeSession | undefined> {
    if (!request) return undefined;
    this.#requests ??= new Map(
      (await this.#store.list()).flatMap(({ id, request }) => request ? [[request.key, id]] : []),
    );
    const id = this.#requests.get(request.key);
    const made = id === undefined ? undefined : await this.#store.get(id);
    if (!made) return undefined;
    if (made.request?.hash === request.hash) return { ...await this.#made(made.id, undefined), isNew: false };
    throw new HttpError(
      "key-reused",
      `The idempotency key ${JSON.stringify(request.key)} made session "${made.id}" from another request; ` +
        "use a new key for each request",
    );
  }

  async #made(id: string, request: SessionRequest | undefined): Promise<MadeSession> {
    if (request) this.#requests?.set(request.key, id);
    return { ...await this.#answer(id), id, isNew: true };
  }

  async #answer(id: string): Promise<{ readonly session: object }> {
    const session = await this.#store.get(id);
    if (!session) throw notFoundError(id, { kind: "missing", nearest: [], newest: [] });
    return { session: this.#summaryOf(session) };
  }

  /** A summary without the fields that only a store needs. */
  #summaryOf(
    { version: _, key: _key, programMark: _mark, request: _request, sealed: _sealed, ...session }:
      SessionFile,
  ): object {
    const refusal = this.#runs.refusalOf(session.id);
    return {
      ...session,
      isHere: this.#runs.host.has(session.id),
      ...(refusal === undefined ? {} : { refusal }),
    };
  }
}

/** The mark of a request by which its repetition is known; absent if the client gave no key. */
function requestOf(key: string | undefined, content: object): SessionRequest | undefined {
  if (key === undefined) return undefined;
  return { key, hash: createHash("sha256").update(JSON.stringify(content)).digest("hex") };
}

/** Words a usage error for a client: its `status` is a flag `--status` of the command line. */
function asQuery<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PlaybooksError)) throw error;
    throw new HttpError(
      "bad-request",
      error.message.replace(/; playbooks [^;]*$/, "").replaceAll(/--(\w)/g, "$1"),
    );
  }
}

function isEnded({ status }: Pick<SessionFile, "status">): boolean {
  return status === "completed" || status === "failed";
}

function isGiven(entry: readonly [string, string | undefined]): entry is [string, string] {
  return entry[1] !== undefined;
}

const defaultLimit = 100;
/** Longer values of a story are cut. */
const maxRowCharacters = 2000;
const tailOptions = { maxEntries: 300, maxCharacters: maxRowCharacters };
/** The most writes of a variable in an answer. */
const maxWrites = 200;
/** The time after which an outline is sent, also if the story was not read to its end. */
const [firstOutlineMs, outlineMs] = [40, 150];
/** The time for a process to stop its session. */
const stopMs = 10_000;
/** The time for a run that has stopped to give its lease back. */
const releaseMs = 2_000;
const pollMs = 50;
