import { signal } from "@preact/signals";
import type { StoryItem } from "../../../src/session/mod.ts";
import type { Failure, LiveEvent, Moment, StudioActions, StudioReader } from "../data/studio_api.ts";
import { StoryTable } from "../data/story_table.ts";
import { Announcer } from "./announcer.ts";
import { LiveWords } from "./live_words.ts";

/** The tabs beside the story. */
export const inspectorTabs = ["stack", "variables", "turns", "spend", "compare"] as const;

export type InspectorTab = typeof inspectorTabs[number];

/** The state of the page of one session. Views read its signals. */
export class SessionView {
  readonly id: string;
  readonly reader: StudioReader;
  /** Absent in a saved page. */
  readonly actions: StudioActions | undefined;
  readonly table = new StoryTable();
  /** Grows when the table has new rows. */
  readonly growth = signal(0);
  /** The session as it stands. */
  readonly now = signal<Moment | undefined>(undefined);
  /** The position to show; `undefined` follows the end. */
  readonly position = signal<number | undefined>(undefined);
  /** Grows when the person goes to the end. */
  readonly ends = signal(0);
  /** The session at the position to show. The one before stays until the new one is there. */
  readonly shown = signal<Moment | undefined>(undefined);
  readonly failure = signal<Failure | undefined>(undefined);
  readonly error = signal<string | undefined>(undefined);
  /** The story was read to its end. */
  readonly isWhole = signal(true);
  /** The newest items, for the time until the story was read to its end. */
  readonly tail = signal<readonly StoryItem[]>([]);
  readonly live = new LiveWords();
  readonly announcer = new Announcer();
  readonly tab = signal<InspectorTab>("stack");
  /** The row whose details are open. */
  readonly openRow = signal<number | undefined>(undefined);
  /** The page can be shown without empty parts: the first rows are drawn, or there are none, or they cannot be read. */
  readonly isReady = signal(false);
  readonly #moments = new Map<number, Moment>();
  #isClosed = false;
  #hasDrawn = false;
  #isPulling = false;
  #isStale = false;
  #wanted = 0;
  #stopWatching = () => {};

  constructor(
    id: string,
    { reader, actions }: { readonly reader: StudioReader; readonly actions: StudioActions | undefined },
  ) {
    this.id = id;
    this.reader = reader;
    this.actions = actions;
  }

  /** Reads the session and follows it. */
  async open(position: number | undefined): Promise<void> {
    this.position.value = position;
    await this.pull();
    if (this.error.value !== undefined || this.table.rows === 0) this.isReady.value = true;
    if (!this.#isClosed) this.#watch();
  }

  #watch(): void {
    this.#stopWatching = this.actions?.watch(this.id, this.table.position, (event) => this.#hear(event)) ??
      this.#stopWatching;
  }

  /** Moves the session to the trash. Nothing reads it meanwhile. */
  async remove(): Promise<void> {
    this.#stopWatching();
    this.#isClosed = true;
    try {
      await this.actions?.remove(this.id);
    } catch (error) {
      this.#isClosed = false;
      this.#watch();
      throw error;
    }
  }

  /** Told when rows of the story are drawn. */
  readonly drawn = (): void => {
    this.#hasDrawn = true;
    if (this.now.peek() && !this.isReady.peek()) this.isReady.value = true;
  };

  close(): void {
    this.#isClosed = true;
    this.#stopWatching();
    this.announcer.close();
  }

  #hear(event: LiveEvent | undefined): void {
    if (event) {
      this.live.take(event);
      this.announcer.take(event);
    }
    // A model writes its text in many pieces, and the journal has it only when it is whole.
    if (!event || !isOnlyTold.has(event.type)) void this.pull();
  }

  /** Reads the news. Calls while it reads are one more reading after it. */
  async pull(): Promise<void> {
    this.#isStale = true;
    if (this.#isPulling) return;
    this.#isPulling = true;
    try {
      while (this.#isStale && !this.#isClosed) {
        this.#isStale = false;
        const startMs = performance.now();
        await this.#read();
        // A long session that runs fast must not keep the server busy with the page alone.
        const tookMs = performance.now() - startMs;
        if (this.#isStale && tookMs > quickMs) await pause(Math.min(maxPauseMs, tookMs));
      }
    } catch (error) {
      this.error.value = spokenError(error);
    } finally {
      this.#isPulling = false;
    }
  }

  async #read(): Promise<void> {
    const rows = this.#readRows();
    // It is awaited below, unless the moment cannot be read.
    rows.catch(() => {});
    const now = await this.reader.moment(this.id);
    if (this.#isClosed) return;
    this.now.value = now;
    if (this.#hasDrawn) this.isReady.value = true;
    if (this.position.value === undefined) this.shown.value = now;
    else if (!this.shown.value) await this.#show(this.position.value);
    if (now.end?.status !== "failed") this.failure.value = undefined;
    else if (!this.failure.value) void this.#readFailure();
    await rows;
    this.error.value = undefined;
  }

  /** Reads the new rows. A long story comes in parts. */
  async #readRows(): Promise<void> {
    for (let isWhole = false; !isWhole && !this.#isClosed;) {
      const outline = await this.reader.outline(this.id, this.table.rows);
      if (outline.rows < this.table.rows) return this.#forget();
      if (outline.tail) this.tail.value = outline.tail;
      if (outline.kinds.length > 0 && this.table.take(outline)) this.growth.value++;
      this.live.shown(this.table.position);
      isWhole = outline.isWhole;
      this.isWhole.value = isWhole;
    }
  }

  async #readFailure(): Promise<void> {
    try {
      this.failure.value = await this.reader.failure(this.id);
    } catch (error) {
      this.error.value = spokenError(error);
    }
  }

  /** A session that was rewound has fewer rows: its page begins anew. */
  #forget(): void {
    location.reload();
  }

  /** The summary of the session. */
  get summary(): Moment["session"] | undefined {
    return this.now.value?.session;
  }

  /** The newest position. */
  get last(): number {
    return Math.max(this.table.position, this.now.value?.position ?? 0);
  }

  /** Whether what is shown belongs to another position than the chosen one. */
  get isReading(): boolean {
    const chosen = this.position.value;
    return chosen !== undefined && this.shown.value?.position !== chosen;
  }

  /** Goes to a position, or follows the end. */
  goTo(position: number | undefined): void {
    const wanted = position === undefined || position >= this.last
      ? undefined
      : this.#nearest(Math.max(1, position));
    this.position.value = wanted;
    if (wanted === undefined) this.ends.value++;
    if (wanted !== undefined) void this.#show(wanted);
    else if (this.now.value) this.shown.value = this.now.value;
  }

  /** A saved page holds only some moments. */
  #nearest(position: number): number {
    const saved = this.reader.savedPositions;
    return saved?.findLast((each) => each <= position) ?? saved?.[0] ?? position;
  }

  async #show(position: number): Promise<void> {
    const turn = ++this.#wanted;
    const known = this.#moments.get(position);
    if (known) {
      this.shown.value = known;
      return;
    }
    // While a slider moves, only the place where it stays is read.
    await pause(this.shown.value ? sliderMs : 0);
    if (turn !== this.#wanted || this.#isClosed) return;
    try {
      const moment = await this.reader.moment(this.id, position);
      this.#keep(position, moment);
      if (turn === this.#wanted && this.position.value === position) this.shown.value = moment;
    } catch (error) {
      if (turn === this.#wanted) this.error.value = spokenError(error);
    }
  }

  #keep(position: number, moment: Moment): void {
    this.#moments.set(position, moment);
    if (this.#moments.size <= maxMoments) return;
    for (const first of this.#moments.keys()) {
      this.#moments.delete(first);
      break;
    }
  }
}

/** Events that change nothing in what the server would answer. */
const isOnlyTold: ReadonlySet<LiveEvent["type"]> = new Set([
  "text",
  "thought",
  "withdrawn",
  "retrying",
  "progress",
  "checkpoint",
  "persons",
  "notice",
]);

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** After a reading that took no longer, the next one follows at once. */
const quickMs = 100;
const maxPauseMs = 1000;
const maxMoments = 60;
const sliderMs = 40;

/** An error in words for the person. */
export function spokenError(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
