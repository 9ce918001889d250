import {
  HttpError,
  type RowRange,
  type ServedProgram,
  type ServedSessions,
  type SessionSearch,
  type StoryPage,
  type WatchedSession,
} from "../../../frontends/http/mod.ts";
import {
  diffSessions,
  EventReader,
  readStoryTail,
  type SessionEvent,
  SessionHandle,
  type StoryIndex,
  StoryIndexes,
  type StoryItem,
} from "../../../session/mod.ts";
import { readCount, readFilter } from "../../session_filter.ts";
import type { World } from "../../world.ts";
import { sortOrders } from "../sessions_list/options.ts";
import { chosenSessions } from "../sessions_list/sessions_list.ts";
import { hitInJson, hitsIn } from "../sessions_search/hits.ts";
import { matcherOf } from "../sessions_search/matcher.ts";
import type { FoundSessions } from "./found_sessions.ts";
import type { ServedPrograms } from "./served_programs.ts";
import type { ServedRuns } from "./served_runs.ts";
import { sessionDetails, sessionSource } from "./session_details.ts";

/** The parts of the served sessions. */
interface StoredServedParts {
  readonly runs: ServedRuns;
  readonly programs: ServedPrograms;
  readonly found: FoundSessions;
  readonly world: World;
}

/** Reads the sessions of a storage, for a server that runs some of them. */
export class StoredServed implements ServedSessions {
  readonly #store: ServedRuns["store"];
  readonly #runs: ServedRuns;
  readonly #programs: ServedPrograms;
  readonly #found: FoundSessions;
  readonly #world: World;
  readonly #indexes: StoryIndexes;

  constructor({ runs, programs, found, world }: StoredServedParts) {
    this.#store = runs.store;
    this.#runs = runs;
    this.#programs = programs;
    this.#found = found;
    this.#world = world;
    this.#indexes = new StoryIndexes(this.#store);
  }

  programs(): Promise<readonly ServedProgram[]> {
    return this.#programs.list();
  }

  async list(query: Readonly<Record<string, string>>): Promise<object> {
    const { status, program, since, until, text, sort, limit } = query;
    const flags = new Map(Object.entries({ status, program, since, until }).filter(isGiven));
    const order = sortOrders.find((each) => each === sort);
    const chosen = await chosenSessions(
      {
        json: true,
        filter: readFilter({ flags }),
        ...(text === undefined ? {} : { text }),
        ...(order === undefined ? {} : { sort: order }),
      },
      await this.#store.list(),
      this.#store,
      this.#world,
    );
    const count = readCount("--limit", limit, 0) ?? defaultLimit;
    const shown = count === 0 ? chosen : chosen.slice(0, count);
    return { sessions: shown.map((session) => this.#found.summaryOf(session)), total: chosen.length };
  }

  async show(
    reference: string,
    { position: asked, ...options }: {
      readonly position?: number;
      readonly maxCharacters: number;
      readonly withPast: boolean;
    },
  ): Promise<object> {
    const { session, position = asked } = await this.#found.find(reference);
    const details = await sessionDetails(this.#store, session, { position, ...options });
    return { session: this.#found.summaryOf({ ...session, ...details.counts }), ...details.report };
  }

  async story(reference: string, { from, to, limit, maxCharacters }: StoryPage): Promise<object> {
    const { session, position = to } = await this.#found.find(reference);
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
    const { id } = await this.#found.findWhole(reference);
    return { items: await readStoryTail(this.#store, id, tailOptions) };
  }

  async outline(reference: string, from: number): Promise<object> {
    const { id, position } = await this.#found.findWhole(reference);
    const index = this.#indexes.of(id, { maxCharacters: maxRowCharacters });
    if (index.isFresh && position > maxShortStory) {
      // The end of a long story comes first: the reading of all of it would keep its reader waiting.
      const tail = await readStoryTail(this.#store, id, tailOptions).catch(() => []);
      index.refresh().catch(() => {
        // The next request reads on, and gets the error.
      });
      return { ...index.outline(0), isWhole: false, tail };
    }
    await index.refreshFor(outlineMs);
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
    return this.#indexes.of((await this.#found.findWhole(reference)).id, { maxCharacters: maxRowCharacters });
  }

  /** The story of a session. One that was never read is read now. */
  async #readIndex(reference: string): Promise<StoryIndex> {
    const index = await this.#index(reference);
    if (index.rows === 0) await index.refresh();
    return index;
  }

  async source(reference: string, asked: number | undefined): Promise<object> {
    const { session, position = asked } = await this.#found.find(reference);
    return await sessionSource(this.#store, session, position);
  }

  async diff(a: string, b: string): Promise<object> {
    const [one, other] = [await this.#found.find(a), await this.#found.find(b)];
    const momentOf = ({ session, position }: typeof one) => {
      return { store: this.#store, id: session.id, ...(position === undefined ? {} : { position }) };
    };
    return await diffSessions(momentOf(one), momentOf(other));
  }

  async search({ text, session, limit }: SessionSearch): Promise<object> {
    const matcher = matcherOf({ text, regex: false });
    const sessions = session === undefined
      ? await this.#store.list()
      : [await this.#found.findWhole(session)];
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
    const { id } = await this.#found.findWhole(reference);
    const handle = new SessionHandle(this.#store, id);
    return {
      id,
      reader: (position) => this.#eventsAfter(id, position),
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

  /** The page has just read the story to its end: then the place of the last entry need not be searched in a long journal. */
  async #eventsAfter(id: string, position: number): Promise<EventReader> {
    const from = await this.#atMost(id, position);
    const index = this.#indexes.of(id, { maxCharacters: maxRowCharacters });
    return new EventReader(this.#store, id, from, await index.placeOf(from - 1));
  }

  /** A position that a session has. A reader from a later one would search its place again and again. */
  async #atMost(id: string, position: number): Promise<number> {
    // The summary of a running session may be late.
    if (position <= ((await this.#store.get(id))?.position ?? 0)) return position;
    return Math.min(position, (await this.#store.load(id)).position);
  }
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
const outlineMs = 150;
/** Entries that are read in a few milliseconds. */
const maxShortStory = 2000;
