import { type RowKind, rowKinds } from "../../../src/session/row_kinds.ts";
import type { StoryOutline } from "../../../src/session/mod.ts";

/** A part of a lane between two rows. An open one has no end yet. */
interface Span {
  readonly from: number;
  /** -1: it is open. */
  to: number;
  readonly lane: number;
  readonly kind: "turn" | "call" | "wait";
}

const kindIndex = (kind: RowKind) => rowKinds.indexOf(kind);
const spanKinds = new Map<number, Span["kind"]>([
  [kindIndex("ask"), "turn"],
  [kindIndex("call"), "call"],
  [kindIndex("start"), "wait"],
]);

/** The longest time between two rows that the even scale shows in full. */
const maxGapMs = 1500;
/** Each row takes some room, also if it came at the same time as the one before. */
const rowMs = 120;

/** The rows of a story as columns that grow. Rows are counted from 0, and positions from 1. */
export class StoryTable {
  rows = 0;
  /** The number of entries that were read. */
  position = 0;
  agents: StoryOutline["agents"] = [];
  playbooks: StoryOutline["playbooks"] = [];
  /** For each call: the index of its playbook. */
  readonly frames: number[] = [];
  readonly spans: Span[] = [];
  /** Milliseconds since 1970, by row. */
  ms = new Float64Array(1024);
  /** Places on a scale on which long pauses are short, by row. */
  even = new Float64Array(1024);
  entries = new Int32Array(1024);
  kinds = new Uint8Array(1024);
  lanes = new Int16Array(1024);
  calls = new Int32Array(1024);
  readonly #open = new Map<number, Span>();

  /** Takes the next rows. An outline that begins elsewhere than at the end changes nothing. */
  take(outline: StoryOutline): boolean {
    if (outline.from !== this.rows) return false;
    this.#reserve(outline.rows);
    this.agents = outline.agents;
    this.playbooks = outline.playbooks;
    for (let index = this.frames.length - outline.fromFrame; index < outline.frames.length; index++) {
      this.frames.push(outline.frames[index]!);
    }
    let [ms, entry] = [outline.fromMs, outline.fromPosition];
    for (let index = 0; index < outline.kinds.length; index++) {
      const row = this.rows++;
      ms += outline.ms[index]!;
      entry += outline.entries[index]!;
      this.ms[row] = ms;
      this.entries[row] = entry;
      this.kinds[row] = outline.kinds[index]!;
      this.lanes[row] = outline.lanes[index]!;
      this.calls[row] = outline.calls[index]!;
      const gapMs = row === 0 ? 0 : Math.max(0, ms - this.ms[row - 1]!);
      this.even[row] = (row === 0 ? 0 : this.even[row - 1]!) + rowMs + Math.min(gapMs, maxGapMs);
      this.#span(row, outline.spans[index]!);
    }
    this.position = outline.position;
    return true;
  }

  #reserve(rows: number): void {
    if (rows <= this.ms.length) return;
    const size = Math.max(rows, 2 * this.ms.length);
    const grown = <T extends Float64Array | Int32Array | Uint8Array | Int16Array>(old: T, fresh: T): T => {
      fresh.set(old);
      return fresh;
    };
    this.ms = grown(this.ms, new Float64Array(size));
    this.even = grown(this.even, new Float64Array(size));
    this.entries = grown(this.entries, new Int32Array(size));
    this.kinds = grown(this.kinds, new Uint8Array(size));
    this.lanes = grown(this.lanes, new Int16Array(size));
    this.calls = grown(this.calls, new Int32Array(size));
  }

  #span(row: number, back: number): void {
    const kind = spanKinds.get(this.kinds[row]!);
    if (kind !== undefined) {
      const span: Span = { from: row, to: -1, lane: this.lanes[row]!, kind };
      this.spans.push(span);
      this.#open.set(row, span);
    }
    if (back === 0) return;
    const span = this.#open.get(row - back);
    if (span) span.to = row;
    this.#open.delete(row - back);
  }

  /** The playbook of a row; `undefined` outside of calls. */
  playbookOf(row: number): string | undefined {
    return this.playbooks[this.frames[this.calls[row]!] ?? -1];
  }

  kindOf(row: number): RowKind {
    return rowKinds[this.kinds[row]!] ?? "log";
  }

  /** The last row of the first `position` entries; -1 if there is none. */
  rowAt(position: number): number {
    return lastAtMost(this.entries, this.rows, position);
  }

  /** The last row at a place of a scale. */
  rowAtPlace(scale: Float64Array, place: number): number {
    return lastAtMost(scale, this.rows, place);
  }

  /** The rows of some kinds, in order. */
  rowsOf(kinds: ReadonlySet<RowKind>, from = 0): number[] {
    const wanted = rowKinds.map((kind) => kinds.has(kind));
    const found = [];
    for (let row = from; row < this.rows; row++) if (wanted[this.kinds[row]!]) found.push(row);
    return found;
  }
}

/** The index of the last value that is at most `limit`; -1 if there is none. The values ascend. */
function lastAtMost(values: Float64Array | Int32Array, count: number, limit: number): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
