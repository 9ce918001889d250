import type { Outcome, StatePatch } from "../../sandbox/sandbox.ts";
import type { FieldValue, ToolQuestion, ToolTask } from "../../tools/mod.ts";
import type { Asked, EffectEntry, Entry, EntryOf, ReturnEntry, StateDelta, Wait } from "./entry.ts";

/** A result of an effect. */
export interface Result {
  readonly ordinal: number;
  readonly outcome: Outcome;
  readonly summary?: string;
  readonly position: number;
  readonly at: number;
  /** Position of the entry that began the effect, if it is a different one. */
  readonly begun?: number;
  /** The last words that a call said to people, itself and in its own calls. */
  readonly said?: readonly SpokenWords[];
}

/** Words to a person. */
export interface SpokenWords {
  readonly to: string;
  readonly text: string;
}

/** The number of words of a call that its caller is told. */
const maxSaid = 40;

/** Adds words to the words of a call. */
export function addSaid(said: SpokenWords[], { to, text }: SpokenWords): void {
  said.push({ to, text });
  if (said.length > maxSaid) said.shift();
}

/** An effect that was started and has no result. */
export type Open =
  & { readonly position: number; readonly at: number }
  & (
    | { readonly kind: "call"; readonly callee: string }
    | Exclude<Wait, { kind: "outside" }>
    | Extract<Wait, { kind: "outside" }> & ToolFacts
  );

/** What became known about a tool's call after it was started. */
interface ToolFacts {
  /** Its server made it into a task. */
  readonly task?: ToolTask;
  /** Questions of its server to persons, in order. */
  readonly questions?: readonly AskedByTool[];
}

/** A tool server's question to a person, and the answers so far. */
export interface AskedByTool extends ToolQuestion {
  readonly agent: string;
  readonly person: string;
  readonly position: number;
  /** Fields that are settled, in order, and the values that they have. */
  readonly settled: readonly string[];
  readonly values: Readonly<Record<string, FieldValue>>;
  /** Answers that were not understood; absent if there are none. */
  readonly unread?: number;
  /** Present when the answer is complete. */
  readonly action?: "accept" | "decline" | "cancel";
}

/** A checkpoint leaves a history with more results to the journal. With fewer, it needs no journal. */
export const maxInlineResults = 256;

/** A position of the journal, and the byte offset of its record's end. */
export interface JournalPlace {
  readonly position: number;
  readonly end: number;
}

/** Reads the entries after a place, or all, in order. Throws the store's errors. */
export type ReadEntries = (
  after: JournalPlace | undefined,
) => Iterable<{ readonly position: number; readonly entry: Entry }>;

/** The place of a turn's snapshot in its history. */
export interface HistoryPlace {
  /** Results before it, and the position of the last one. */
  readonly delivered: number;
  readonly last: number;
  /** A place before that result, and before the entries that began the effects without a result. */
  readonly after?: JournalPlace;
}

/** A history in a checkpoint: whole, or for a long one only the part that the journal lacks. */
export type StoredHistory = InlineHistory | DeferredHistory;

interface InlineHistory {
  /** Positions of the entries that began and ended the turn. */
  readonly begun: number;
  readonly ended?: number;
  readonly results: readonly Result[];
  readonly asked: Readonly<Record<number, Asked>>;
  readonly observed: Readonly<Record<number, StatePatch>>;
}

interface DeferredHistory {
  readonly begun: number;
  readonly ended?: number;
  /** Number of results. */
  readonly deferred: number;
  /** The effects that are open. */
  readonly asked: Readonly<Record<number, Asked>>;
  /** The results are in the entries after `begun`, up to and including `upTo`. */
  readonly upTo: number;
}

/**
 * The effects of one turn, and their results in the order of the journal, which is the order of delivery.
 *
 * A history from a checkpoint may be deferred: its earlier results are read from the journal when they are first
 * needed. `asked` and `observed` hold the part that has been read. Reading throws the errors of the reading function.
 */
export class TurnHistory {
  readonly #frame: string;
  /** Position of the entry that began the turn. */
  readonly #begun: number;
  /** Position of the entry that ended the turn. */
  #ended: number | undefined;
  /** The results from number `#first` on. */
  #results: Result[] = [];
  #first = 0;
  #deferred: Deferred | undefined;
  /** Effects by ordinal. */
  asked: Record<number, Asked> = {};
  /** Writes of others to the agent's variables, by the number of results that the code had when it observed them. */
  observed: Record<number, StatePatch> = {};

  constructor(frame: string, begun: number) {
    this.#frame = frame;
    this.#begun = begun;
  }

  /** The history of a turn of `frame`, from a checkpoint. */
  static restore(stored: StoredHistory, frame: string, read: ReadEntries): TurnHistory {
    const history = new TurnHistory(frame, stored.begun);
    history.#ended = stored.ended;
    history.asked = { ...stored.asked };
    if ("deferred" in stored) {
      const { deferred: count, upTo } = stored;
      history.#first = count;
      history.#deferred = { count, upTo, read };
    } else {
      history.#results = [...stored.results];
      history.observed = { ...stored.observed };
    }
    return history;
  }

  get length(): number {
    this.#applyCut();
    return this.#first + this.#results.length;
  }

  at(index: number): Result | undefined {
    if (index < 0) return undefined;
    this.#reach(index);
    return this.#results[index - this.#first];
  }

  slice(start: number, end?: number): Result[] {
    this.#reach(start);
    return this.#results.slice(start - this.#first, end === undefined ? undefined : end - this.#first);
  }

  push(result: Result): void {
    this.#results.push(result);
  }

  ask(asked: Asked): void {
    this.asked[asked.ordinal] = asked;
  }

  /** Index 0 is left out, because the execution's own variables hold it. */
  observe(delta: StateDelta | undefined): void {
    for (const [index, patch] of Object.entries(delta?.in ?? {})) {
      if (index !== "0") this.observed[Number(index)] = patch;
    }
  }

  /** Removes the effects from an ordinal on. */
  cut(ordinal: number): void {
    const deferred = this.#deferred;
    if (deferred) {
      this.#results = this.#results.slice(deferred.count - this.#first);
      this.#first = deferred.count;
      this.#deferred = { ...deferred, cut: Math.min(ordinal, deferred.cut ?? ordinal) };
    }
    this.#results = this.#results.filter((result) => result.ordinal < ordinal);
    this.asked = withoutFrom(this.asked, ordinal);
    this.observed = {};
  }

  /** Notes that the entry at a position ended the turn. */
  end(position: number): void {
    this.#ended = position;
  }

  /**
   * Reads deferred results: all, or those after a snapshot's place with the one before it. If the place does not fit
   * this history, nothing is read.
   */
  load(place?: HistoryPlace): void {
    const deferred = this.#deferred;
    if (!deferred) return;
    const { count, cut } = deferred;
    const part = cut === undefined ? place : undefined;
    const first = part ? part.delivered - 1 : 0;
    const found = this.#read(deferred, part?.after);
    const results = found.slice(0).filter(({ position }) => position >= (part?.last ?? 0));
    if (part && (results[0]?.position !== part.last || first + results.length !== count)) return;
    if (results.length !== count - first) {
      throw new TypeError(
        `The journal has ${results.length} results of frame ${this.#frame}, not ${count}`,
      );
    }
    const fresh = this.#results.slice(count - this.#first);
    this.#results = [...results.filter(({ ordinal }) => ordinal < (cut ?? Infinity)), ...fresh];
    this.#first = first;
    this.asked = { ...withoutFrom(found.asked, cut ?? Infinity), ...this.asked };
    if (cut === undefined) this.observed = { ...found.observed, ...this.observed };
    if (!part) this.#deferred = undefined;
  }

  /** The form for a checkpoint: entries up to `base` are not in the journal, those up to `upTo` are. */
  store(
    { open, base, upTo, maxInline }: {
      readonly open: Readonly<Record<number, Open>>;
      readonly base: number;
      readonly upTo: number;
      readonly maxInline: number;
    },
  ): StoredHistory {
    const deferred = this.length;
    if (!this.#deferred && (deferred <= maxInline || this.#begun <= base)) return this.toJSON();
    const asked: Record<number, Asked> = {};
    for (const key of Object.keys(open)) asked[Number(key)] = this.asked[Number(key)]!;
    return { ...this.#span(), deferred, asked, upTo: this.#ended ?? upTo };
  }

  /** The whole history. */
  toJSON(): InlineHistory {
    this.load();
    return { ...this.#span(), results: this.#results, asked: this.asked, observed: this.observed };
  }

  #span(): Pick<InlineHistory, "begun" | "ended"> {
    return { begun: this.#begun, ...(this.#ended === undefined ? {} : { ended: this.#ended }) };
  }

  #read({ upTo, read }: Deferred, after: JournalPlace | undefined): TurnHistory {
    const turn: TurnFacts = { history: new TurnHistory(this.#frame, this.#begun), open: {} };
    const ordinals = new Map<string, number>();
    const calls = new CallWords(this.#frame);
    for (const { position, entry } of read(after)) {
      if (position <= this.#begun) continue;
      if (position > upTo) break;
      calls.note(entry);
      if (entry.type === "return") {
        const ordinal = ordinals.get(entry.frame);
        if (ordinal !== undefined) {
          addResult(turn, entry, { ordinal, position, said: calls.saidIn(entry.frame) });
        }
      } else if ("frame" in entry && entry.frame === this.#frame) {
        addFact(turn, entry, position);
        if (entry.type === "call") ordinals.set(entry.callee.id, entry.asked.ordinal);
      }
    }
    return turn.history;
  }

  #reach(index: number): void {
    this.#applyCut();
    if (index < this.#first) this.load();
  }

  /** Only reading shows how many deferred results remain after a cut. */
  #applyCut(): void {
    if (this.#deferred?.cut !== undefined) this.load();
  }
}

/** Collects the words that the calls of a frame said to people, from its entries and theirs. */
class CallWords {
  readonly #frame: string;
  /** The frame's own call to which each frame below it belongs. */
  readonly #callOf = new Map<string, string>();
  readonly #said = new Map<string, SpokenWords[]>();

  constructor(frame: string) {
    this.#frame = frame;
  }

  note(entry: Entry): void {
    if (entry.type === "call") {
      const callee = entry.callee.id;
      const call = entry.frame === this.#frame ? callee : this.#callOf.get(entry.frame);
      if (call !== undefined) this.#callOf.set(callee, call);
    } else if (entry.type === "effect" && entry.did?.kind === "said" && !entry.cancelled) {
      const call = this.#callOf.get(entry.frame);
      if (call === undefined) return;
      const said = this.#said.get(call) ?? [];
      addSaid(said, entry.did);
      this.#said.set(call, said);
    }
  }

  saidIn(call: string): readonly SpokenWords[] | undefined {
    return this.#said.get(call);
  }
}

/** The results that are still in the journal. */
interface Deferred {
  readonly count: number;
  readonly upTo: number;
  readonly read: ReadEntries;
  /** Results from this ordinal on were removed later. */
  readonly cut?: number;
}

/** The facts about a turn's effects, from its entries. */
export interface TurnFacts {
  readonly history: TurnHistory;
  /** Effects without a result. */
  open: Record<number, Open>;
  /** Waits were cancelled: the code has ended and gets no further result. */
  hasCancelled?: true;
}

/**
 * Adds an entry's facts about a turn's effects. Both the fold and a deferred history use it. The result of a call comes
 * with another frame's entry: see `addResult`.
 */
export function addFact(turn: TurnFacts, entry: Entry, position: number): void {
  switch (entry.type) {
    case "patch":
      turn.history.observe(entry.out);
      return;
    case "start":
      turn.history.observe(entry.out);
      turn.history.ask(entry.asked);
      turn.open[entry.asked.ordinal] = { ...entry.wait, position, at: entry.at };
      return;
    case "call":
      turn.history.observe(entry.out);
      turn.history.ask(entry.asked);
      turn.open[entry.asked.ordinal] = { kind: "call", callee: entry.callee.id, position, at: entry.at };
      return;
    case "effect":
      turn.history.observe(entry.out);
      if (entry.asked) turn.history.ask(entry.asked);
      if (entry.cancelled) {
        turn.hasCancelled = true;
        delete turn.open[entry.ordinal];
      } else addResult(turn, entry, { ordinal: entry.ordinal, position });
      return;
    case "task":
    case "tool-ask":
    case "tool-reply":
      addToolFact(turn, entry, position);
      return;
    case "redo":
      turn.history.cut(entry.ordinal);
      delete turn.hasCancelled;
      turn.open = withoutFrom(turn.open, entry.ordinal);
      return;
    default:
      return;
  }
}

/** Adds what became known about an open call of a tool. */
function addToolFact(
  turn: TurnFacts,
  entry: EntryOf<"task" | "tool-ask" | "tool-reply">,
  position: number,
): void {
  const open = turn.open[entry.ordinal];
  if (open?.kind !== "outside") return;
  turn.open[entry.ordinal] = withToolFact(open, entry, position);
}

function withToolFact(
  open: Extract<Open, { kind: "outside" }>,
  entry: EntryOf<"task" | "tool-ask" | "tool-reply">,
  position: number,
): Open {
  const { questions = [] } = open;
  switch (entry.type) {
    case "task":
      return { ...open, task: entry.task };
    case "tool-ask": {
      const { question, agent, person } = entry;
      return {
        ...open,
        questions: [...questions, { ...question, agent, person, position, settled: [], values: {} }],
      };
    }
    case "tool-reply": {
      const { question, field, value, action } = entry;
      const answered = (before: AskedByTool): AskedByTool => ({
        ...before,
        ...(field === undefined ? {} : { settled: [...before.settled, field] }),
        ...(field === undefined || value === undefined
          ? {}
          : { values: { ...before.values, [field]: value } }),
        ...(field === undefined && action === undefined ? { unread: (before.unread ?? 0) + 1 } : {}),
        ...(action === undefined ? {} : { action }),
      });
      const at = questions.findLastIndex(({ id }) => id === question);
      return { ...open, questions: questions.map((each, index) => index === at ? answered(each) : each) };
    }
  }
}

/** Closes an effect with its result. */
export function addResult(
  turn: TurnFacts,
  entry: EffectEntry | ReturnEntry,
  { ordinal, position, said }: {
    readonly ordinal: number;
    readonly position: number;
    readonly said?: readonly SpokenWords[] | undefined;
  },
): void {
  const begun = turn.open[ordinal]?.position;
  delete turn.open[ordinal];
  const summary = entry.type === "return" ? entry.summary : undefined;
  turn.history.push({
    ordinal,
    outcome: entry.outcome,
    position,
    at: entry.at,
    ...(begun === undefined ? {} : { begun }),
    ...(summary === undefined ? {} : { summary }),
    ...(said === undefined ? {} : { said }),
  });
}

function withoutFrom<T>(byOrdinal: Readonly<Record<number, T>>, ordinal: number): Record<number, T> {
  return Object.fromEntries(Object.entries(byOrdinal).filter(([key]) => Number(key) < ordinal));
}
