import type { SessionContext } from "../context.ts";
import { DamagedJournalError } from "../../store/mod.ts";
import type { HistoryPlace, TurnHistory } from "../fold/history.ts";
import type { Frame, TurnExecution } from "../fold/state.ts";
import type { ScopeSnapshots } from "./scope_snapshots.ts";
import { isJournaled, type LiveTurn, type LiveTurns } from "./live_turns.ts";

/** After a snapshot, `restPerSnapshot` times its duration passes before the next: snapshots take 5 % of all time. */
const restPerSnapshot = 20;

/** A turn with at most this many results is replayed in no time. */
const shortHistory = 50;

/** Limits of the policy. */
interface SnapshotLimits {
  /** Scopes that stay open while their code waits. Each takes one or two megabytes. */
  readonly maxLiveScopes: number;
  /** A snapshot is kept after this many results. Fewer are replayed in no time. */
  readonly resultsPerSnapshot: number;
}

/**
 * Decides when a snapshot of a waiting scope is captured or used, and which scopes are closed for now.
 *
 * Invariants:
 * 1. A scope is captured or closed only while its code waits and all its progress is journaled.
 * 2. A snapshot is used only for the turn, the source and the history that it was captured with.
 */
export class SnapshotPolicy {
  readonly #context: SessionContext;
  readonly #turns: LiveTurns;
  readonly #snapshots: ScopeSnapshots | undefined;
  readonly #limits: SnapshotLimits;
  /** Turns whose history has grown enough for a snapshot. */
  readonly #wanted = new Set<string>();
  /** The earliest time for the next snapshot, by `EngineWorld.elapsed`. */
  #nextAt = 0;

  constructor(
    context: SessionContext,
    turns: LiveTurns,
    snapshots: ScopeSnapshots | undefined,
    limits: SnapshotLimits,
  ) {
    this.#context = context;
    this.#turns = turns;
    this.#snapshots = snapshots;
    this.#limits = limits;
  }

  /** Call this after the code of a turn gets a result. */
  noteDelivery(frame: string, live: LiveTurn): void {
    if (live.delivered - live.deliveredAtSnapshot >= this.#limits.resultsPerSnapshot) this.#wanted.add(frame);
  }

  /** Captures the snapshots that are due. Call this when all recorded entries are durable. */
  captureDue(): void {
    const { elapsed } = this.#context.world;
    for (const id of this.#wanted) {
      const begin = elapsed();
      if (begin < this.#nextAt) return;
      const live = this.#turns.get(id);
      const frame = this.#context.state.frames[id];
      if (this.#snapshots && live && lastPosition(frame, live) !== undefined && !isJournaled(live)) continue;
      this.#wanted.delete(id);
      if (frame && live && this.#capture(frame, live)) {
        this.#nextAt = elapsed() + restPerSnapshot * (elapsed() - begin);
      }
    }
  }

  /** Captures and keeps a snapshot if the journal has grown enough. Returns whether it did. */
  #capture(frame: Frame, live: LiveTurn): boolean {
    const snapshots = this.#snapshots;
    const last = lastPosition(frame, live);
    if (!snapshots || last === undefined) return false;
    live.deliveredAtSnapshot = live.delivered;
    const bytes = snapshots.isDue(frame.id) ? live.scope.capture() : undefined;
    if (!bytes) return false;
    const { delivered, lastOrdinal: asked } = live;
    const execution = frame.running!;
    const place = placeOf(snapshots, execution, delivered);
    const about = { begun: execution.position, source: frame.source, delivered, last, ...place, asked };
    snapshots.keep(frame.id, { about, bytes });
    return true;
  }

  /** Opens a turn's scope from its snapshot, if there is one with at most `count` results. */
  restore(frame: Frame, count: number): LiveTurn | undefined {
    const { history, position } = frame.running!;
    if (count < this.#limits.resultsPerSnapshot) return undefined;
    const snapshot = this.#snapshots?.read(frame.id);
    if (!snapshot) return undefined;
    const { begun, source, delivered, last } = snapshot.about;
    if (begun !== position || source !== frame.source || delivered > count) return undefined;
    if (!loadBehind(history, snapshot.about)) return undefined;
    if (history.at(delivered - 1)?.position !== last) return undefined;
    return this.#turns.restore(frame, snapshot.bytes, snapshot.about);
  }

  /** Closes scopes until at most `maxLiveScopes` are open, if possible. Turns with short histories go first. */
  letGo(): void {
    let over = this.#turns.size - this.#limits.maxLiveScopes;
    if (over <= 0) return;
    for (const maxResults of [shortHistory, Infinity]) {
      for (const [id, live] of this.#turns.entries()) {
        const execution = this.#context.state.frames[id]?.running;
        if (!execution || execution.history.length > maxResults || !isJournaled(live)) continue;
        this.#turns.letGo(id, live);
        if (--over === 0) return;
      }
    }
  }
}

/** Position of the last result given to the code of a turn. */
function lastPosition(frame: Frame | undefined, live: LiveTurn): number | undefined {
  return frame?.running?.history.at(live.delivered - 1)?.position;
}

/** The place in a history from which a snapshot needs the journal: before its last result and its open effects. */
function placeOf(
  snapshots: ScopeSnapshots,
  execution: TurnExecution,
  delivered: number,
): Pick<HistoryPlace, "after"> {
  const begun = [
    ...Object.values(execution.open).map(({ position }) => position),
    ...execution.history.slice(delivered - 1).map(({ begun, position }) => begun ?? position),
  ];
  const after = snapshots.placeBefore(Math.min(...begun));
  return after ? { after } : {};
}

/** Reads the part of a history that a snapshot lacks; `false` if the journal is damaged there. */
function loadBehind(history: TurnHistory, place: HistoryPlace): boolean {
  try {
    history.load(place);
    return true;
  } catch (error) {
    if (place.after && error instanceof DamagedJournalError) return false;
    throw error;
  }
}
