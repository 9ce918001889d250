import { decodeEntry, type Entry, Programs, restoreState } from "../engine/mod.ts";
import { DamagedJournalError, type EntryPlace, type SessionStore } from "../store/mod.ts";
import { type RowKind, rowKinds } from "./row_kinds.ts";
import { StoryFold } from "./story_fold.ts";
import type { StoryAgent, StoryItem } from "./story.ts";

/**
 * The rows of a story as columns of small numbers, so that 100,000 rows are a short answer. Rows are counted from 0; a row is
 * an item of the story.
 */
export interface StoryOutline {
  /** The number of entries that were read. */
  readonly position: number;
  /** The number of all rows. */
  readonly rows: number;
  /** Whether the session was read to its end; if not, the reading goes on. */
  readonly isWhole: boolean;
  /** The first row of the columns. */
  readonly from: number;
  readonly agents: readonly StoryAgent[];
  /** Names of playbooks. */
  readonly playbooks: readonly string[];
  /** For each call that first occurs in these rows: the index in `playbooks`. */
  readonly frames: readonly number[];
  /** The index of the first call of `frames` among all calls. */
  readonly fromFrame: number;
  /** Milliseconds since 1970 of the row before the first one here. */
  readonly fromMs: number;
  /** The entry of the row before the first one here. */
  readonly fromPosition: number;
  /** For each row: the milliseconds since the row before. */
  readonly ms: readonly number[];
  /** For each row: the entries since the row before. */
  readonly entries: readonly number[];
  /** For each row: the index in `rowKinds`. */
  readonly kinds: readonly number[];
  /** For each row: the index in `agents`, or -1. */
  readonly lanes: readonly number[];
  /** For each row: the index among all calls, or -1. */
  readonly calls: readonly number[];
  /** For each row: the number of rows back to the row that it ends; 0 if it ends none. */
  readonly spans: readonly number[];
}

/** A turn of a model in the story. */
export interface TurnRow {
  readonly row: number;
  readonly position: number;
  readonly agent: string;
  readonly playbook: string;
  readonly turn: number;
  readonly model: string;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  readonly costUsd?: number;
  readonly tookMs?: number;
  readonly isRehearsal: boolean;
}

/** The texts of a turn. The code of a playbook in TypeScript has no prompt. */
export interface TurnText {
  readonly code: string;
  readonly prompt?: string;
}

/** A write of a variable. Without a value, the variable was deleted. */
interface VariableWrite {
  readonly position: number;
  readonly atMs: number;
  readonly playbook?: string;
  readonly value?: string;
  /** The value was added to the end. */
  readonly added?: true;
  /** The person who set it in a fork. */
  readonly by?: string;
}

/** The newest writes of a variable, oldest first. */
export interface VariableHistory {
  readonly writes: readonly VariableWrite[];
  /** The number of earlier writes. */
  readonly leftOut: number;
}

/**
 * The story of a session in memory, for readers that jump: by row, by kind, by variable. {@linkcode StoryIndex.refresh} reads
 * only the entries that are new. Values are texts of at most `maxCharacters`.
 */
export class StoryIndex {
  readonly #store: SessionStore;
  readonly #id: string;
  readonly #maxCharacters: number;
  readonly #programs = new Programs();
  #items: StoryItem[] = [];
  #kinds: number[] = [];
  #lanes: number[] = [];
  #calls: number[] = [];
  #spans: number[] = [];
  #agents: StoryAgent[] = [];
  #laneOf = new Map<string, number>();
  #playbooks: string[] = [];
  /** For each call: its playbook, and its first row. */
  #frames: { readonly playbook: number; readonly row: number }[] = [];
  #callOf = new Map<string, number>();
  /** Rows that a later row ends, by the kind and the call. */
  #open = new Map<string, number[]>();
  #fold: StoryFold | undefined;
  /** Places of some entries, so that a single entry is found without reading all. */
  #places: EntryPlace[] = [];
  /** The last entry that was read. */
  #last: unknown;
  #reading: Promise<void> | undefined;
  #isFresh = true;
  /** Called after each part of a reading. */
  readonly #onPart = new Set<() => void>();

  constructor(store: SessionStore, id: string, { maxCharacters }: { readonly maxCharacters: number }) {
    this.#store = store;
    this.#id = id;
    this.#maxCharacters = maxCharacters;
  }

  /** The number of rows. */
  get rows(): number {
    return this.#items.length;
  }

  /** Whether it was never read. */
  get isFresh(): boolean {
    return this.#isFresh;
  }

  /** The number of entries that were read. */
  get position(): number {
    return this.#fold?.position ?? 0;
  }

  /**
   * Reads the new entries. A session that was rewound is read anew. Throws the store's error; then the rows are those of the
   * entries before the damage.
   */
  refresh(): Promise<void> {
    this.#isFresh = false;
    return this.#reading ??= this.#refresh().finally(() => this.#reading = undefined);
  }

  /** Reads the new entries for some time. Returns whether that was enough; if not, the reading goes on. */
  async refreshFor(ms: number): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), ms));
    try {
      return await Promise.race([this.refresh().then(() => true as const), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Reads the new entries until a page is there, or to the end. Then the reading goes on. Throws as `refresh`. */
  async refreshPage({ from, limit }: { readonly from: number; readonly limit: number }): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const onPart = () => {
      const last = this.#items[this.#rowAfter(from) + limit];
      // Another entry follows, so the page has all items of its last one.
      if (last && last.position > from && this.position > last.position) resolve();
    };
    this.#onPart.add(onPart);
    try {
      await Promise.race([this.refresh(), promise]);
    } finally {
      this.#onPart.delete(onPart);
    }
  }

  async #refresh(): Promise<void> {
    if (this.position > 0 && !await this.#hasLast()) this.#forget();
    const place = this.#places.at(-1);
    let sliceMs = performance.now();
    for (const stored of await this.#store.read(this.#id, place ? { after: place } : {})) {
      if (stored.position <= this.position) continue;
      const entry = decodeEntry(stored.entry);
      if ("source" in entry && typeof entry.source === "object") await this.#programs.add([entry.source]);
      this.#fold ??= await this.#foldAfter(stored.position - 1);
      for (const item of this.#fold.take(entry)) this.#add(item);
      this.#last = stored.entry;
      this.#keepPlace({ position: stored.position, end: stored.end ?? 0 });
      if (performance.now() - sliceMs < maxSliceMs) continue;
      for (const onPart of this.#onPart) onPart();
      // Others must not wait for a long session.
      await new Promise((resolve) => setTimeout(resolve, 0));
      sliceMs = performance.now();
    }
  }

  /** Whether the last entry that was read is still there. After a rewind it is gone, or another one has its place. */
  async #hasLast(): Promise<boolean> {
    const after = this.#places.at(-2);
    try {
      for (const { position, entry } of await this.#store.read(this.#id, after ? { after } : {})) {
        if (position === this.position) return markOf(entry) === markOf(this.#last);
      }
    } catch (error) {
      // The place is inside of another entry now.
      if (!(error instanceof DamagedJournalError)) throw error;
    }
    return false;
  }

  /** The place after the first `position` entries, if it is one of the last two that were read and is still there. */
  async placeOf(position: number): Promise<EntryPlace | undefined> {
    const place = this.#places.slice(-2).find((each) => each.position === position);
    return place && await this.#hasLast() ? place : undefined;
  }

  #forget(): void {
    this.#fold = undefined;
    [this.#items, this.#kinds, this.#lanes, this.#calls, this.#spans] = [[], [], [], [], []];
    [this.#agents, this.#playbooks, this.#frames, this.#places] = [[], [], [], []];
    for (const map of [this.#laneOf, this.#callOf, this.#open]) map.clear();
  }

  /** Keeps the last two places, and one of every `entriesPerPlace` entries. */
  #keepPlace(place: EntryPlace): void {
    const [kept, before] = [this.#places.at(-3)?.position ?? 0, this.#places.at(-2)];
    if (before && before.position - kept < entriesPerPlace) this.#places.splice(-2, 1);
    this.#places.push(place);
  }

  /** A fork of a damaged session begins from a state: its first entries are missing. */
  async #foldAfter(base: number): Promise<StoryFold> {
    const options = { maxCharacters: this.#maxCharacters };
    if (base === 0) return new StoryFold(this.#programs, options);
    const state = restoreState(await this.#store.load(this.#id, { position: base }));
    await this.#programs.add(Object.values(state.sources));
    return new StoryFold(this.#programs, { ...options, state });
  }

  #add(item: StoryItem): void {
    const row = this.#items.length;
    this.#items.push(item);
    this.#kinds.push(kindIndex.get(kindOf(item))!);
    const lane = this.#lane(laneAgentOf(item));
    this.#lanes.push(lane);
    this.#calls.push(this.#call(item, row));
    this.#spans.push(this.#span(item, row));
  }

  #lane(agent: StoryAgent | undefined): number {
    if (!agent || agent.klass === "") return -1;
    const known = this.#laneOf.get(agent.id);
    if (known !== undefined) return known;
    const lane = this.#agents.push({ id: agent.id, klass: agent.klass }) - 1;
    this.#laneOf.set(agent.id, lane);
    return lane;
  }

  #call({ frame }: StoryItem, row: number): number {
    if (!frame) return -1;
    const known = this.#callOf.get(frame.id);
    if (known !== undefined) return known;
    let playbook = this.#playbooks.indexOf(frame.playbook);
    if (playbook < 0) playbook = this.#playbooks.push(frame.playbook) - 1;
    const call = this.#frames.push({ playbook, row }) - 1;
    this.#callOf.set(frame.id, call);
    return call;
  }

  #span(item: StoryItem, row: number): number {
    const begins = beginKeyOf(item);
    if (begins !== undefined) {
      const open = this.#open.get(begins);
      // After a kill, a model is asked again.
      if (open && item.type === "start") open.push(row);
      else this.#open.set(begins, [row]);
    }
    const ends = endKeyOf(item);
    const open = ends === undefined ? undefined : this.#open.get(ends);
    const begun = open?.shift();
    if (open?.length === 0) this.#open.delete(ends!);
    return begun === undefined ? 0 : row - begun;
  }

  /** The columns of the rows from `from` on. */
  outline(from = 0): StoryOutline {
    const first = Math.min(Math.max(0, from), this.rows);
    const before = this.#items[first - 1];
    const items = this.#items.slice(first);
    const fromMs = before?.atMs ?? items[0]?.atMs ?? 0;
    const fromPosition = before?.position ?? 0;
    const later = this.#frames.findIndex(({ row }) => row >= first);
    const fromFrame = later < 0 ? this.#frames.length : later;
    return {
      position: this.position,
      rows: this.rows,
      isWhole: this.#reading === undefined,
      from: first,
      agents: this.#agents,
      playbooks: this.#playbooks,
      frames: this.#frames.slice(fromFrame).map(({ playbook }) => playbook),
      fromFrame,
      fromMs,
      fromPosition,
      ms: items.map(({ atMs }, index) => atMs - (items[index - 1]?.atMs ?? fromMs)),
      entries: items.map(({ position }, index) => position - (items[index - 1]?.position ?? fromPosition)),
      kinds: this.#kinds.slice(first),
      lanes: this.#lanes.slice(first),
      calls: this.#calls.slice(first),
      spans: this.#spans.slice(first),
    };
  }

  /** The items of at most `limit` rows from `from` on, of some kinds or of all. */
  items(
    { from, limit, kinds }: {
      readonly from: number;
      readonly limit: number;
      readonly kinds?: ReadonlySet<string>;
    },
  ): readonly (StoryItem & { readonly row: number })[] {
    const found = [];
    for (let row = Math.max(0, from); row < this.rows && found.length < limit; row++) {
      if (kinds && !kinds.has(rowKinds[this.#kinds[row]!]!)) continue;
      found.push({ ...this.#items[row]!, row });
    }
    return found;
  }

  /**
   * The items of the entries after `from`, at most those of entry `to`: at most `limit`, but an entry is never split. `next`
   * is the entry after which the next page begins; `null` at the end.
   */
  page(
    { from, to = Infinity, limit }: { readonly from: number; readonly to?: number; readonly limit: number },
  ): { readonly items: readonly StoryItem[]; readonly next: number | null } {
    const first = this.#rowAfter(from);
    const end = this.#rowAfter(to);
    let last = Math.min(first + limit, end);
    while (last > first && last < end && this.#items[last]!.position === this.#items[last - 1]!.position) {
      last++;
    }
    return {
      items: this.#items.slice(first, last),
      next: last < end ? this.#items[last - 1]?.position ?? null : null,
    };
  }

  /** The first row of the entries after a position. */
  #rowAfter(position: number): number {
    let [low, high] = [0, this.rows];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#items[middle]!.position <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The turns of models from the row `from` on, in order. */
  turns(from = 0): readonly TurnRow[] {
    const turns: TurnRow[] = [];
    for (let row = from; row < this.rows; row++) {
      const item = this.#items[row]!;
      if (item.type !== "answer") continue;
      const { position, agent, frame, model, inputTokens, cachedTokens, outputTokens, costUsd, tookMs } =
        item;
      turns.push({
        row,
        position,
        agent: agent?.id ?? "",
        playbook: frame?.playbook ?? "",
        turn: frame?.turn ?? 0,
        model,
        inputTokens,
        cachedTokens,
        outputTokens,
        ...(costUsd === undefined ? {} : { costUsd }),
        ...(tookMs === undefined ? {} : { tookMs }),
        isRehearsal: item.isRehearsal,
      });
    }
    return turns;
  }

  /** The code of a turn, and the new message of its prompt, as the journal has them. Returns `undefined` for another row. */
  async turnText(row: number): Promise<TurnText | undefined> {
    const item = this.#items[row];
    if (item?.type !== "answer" && item?.type !== "code") return undefined;
    const asked = this.#items[row - this.#spans[row]!];
    if (asked?.type !== "ask") return { code: item.code };
    const entry = await this.#entry(asked.position);
    return { code: item.code, ...(entry?.type === "request" ? { prompt: entry.text } : {}) };
  }

  async #entry(position: number): Promise<Entry | undefined> {
    const after = this.#places.findLast((place) => place.position < position);
    for (const stored of await this.#store.read(this.#id, after ? { after } : {})) {
      if (stored.position === position) return decodeEntry(stored.entry);
      if (stored.position > position) break;
    }
    return undefined;
  }

  /** The newest `limit` writes of a variable of an agent, oldest first. */
  writes(agent: string, name: string, limit: number): VariableHistory {
    const writes = this.#items.flatMap((item) => writesOf(item, agent, name));
    const leftOut = Math.max(0, writes.length - limit);
    return { writes: writes.slice(leftOut), leftOut };
  }
}

/** The longest time of reading without a pause. */
const maxSliceMs = 8;

/** An entry in short. Another entry at the same position has another time. */
function markOf(entry: unknown): string {
  const { at, type, frame } = entry as {
    readonly at?: unknown;
    readonly type?: unknown;
    readonly frame?: unknown;
  };
  return JSON.stringify([at, type, typeof frame === "string" ? frame : ""]);
}

const kindIndex: ReadonlyMap<RowKind, number> = new Map(rowKinds.map((kind, index) => [kind, index]));

/** Entries between two places that are kept. */
const entriesPerPlace = 500;

function writesOf(item: StoryItem, agent: string, name: string): readonly VariableWrite[] {
  if (item.agent?.id !== agent) return [];
  const { position, atMs, frame } = item;
  const place = { position, atMs, ...(frame ? { playbook: frame.playbook } : {}) };
  if (item.type === "edit") {
    return item.target === `state.${name}` ? [{ ...place, value: item.value, by: item.by }] : [];
  }
  if (item.type !== "set") return [];
  return item.variables.filter((each) => each.name === name).map(({ value, added }) => ({
    ...place,
    ...(value === undefined ? {} : { value }),
    ...(added ? { added } : {}),
  }));
}

function kindOf(item: StoryItem): RowKind {
  if (item.type === "words" && item.from.klass === "") return "heard";
  // A wait is no stop. An edit of the program is news in both cases.
  if (item.type === "run" && item.waited) return item.edited ? "edit" : "run";
  if (item.type === "run" && item.stoppedMs !== undefined) return "resumed";
  if (item.type === "effect" && !item.outcome.ok && !item.outcome.isCancelled) return "effect-failed";
  return item.type === "return" && !item.outcome.ok ? "return-failed" : item.type;
}

/** The agent in whose lane an item stands: words of a person stand with their receiver. */
function laneAgentOf(item: StoryItem): StoryAgent | undefined {
  if (item.type !== "words") return item.agent;
  return item.from.klass === "" ? item.to : item.from;
}

function beginKeyOf(item: StoryItem): string | undefined {
  const frame = item.frame?.id;
  if (frame === undefined) return undefined;
  if (item.type === "ask" || item.type === "call") return `${item.type} ${frame}`;
  return item.type === "start" ? `effect ${frame} ${item.call}` : undefined;
}

function endKeyOf(item: StoryItem): string | undefined {
  const frame = item.frame?.id;
  if (frame === undefined) return undefined;
  if (item.type === "answer") return `ask ${frame}`;
  if (item.type === "return") return `call ${frame}`;
  return item.type === "effect" ? `effect ${frame} ${item.call}` : undefined;
}
