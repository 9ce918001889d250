import { assert } from "@std/assert";
import { describeCall } from "../../prompt/describe.ts";
import type { Encoded } from "../../sandbox/mod.ts";
import type { EffectRequest } from "../../sandbox/sandbox.ts";
import type { SessionContext } from "../context.ts";
import type { StateDelta } from "../fold/entry.ts";
import type { Divergence } from "../fold/result.ts";
import type { Frame } from "../fold/state.ts";
import { type LiveTurn, type LiveTurns, mergedDelta } from "./live_turns.ts";
import { placeInProgram } from "./places.ts";
import type { SnapshotPolicy } from "./snapshot_policy.ts";

/** A turn whose code has run again to its wait. */
export interface Rerun {
  readonly live: LiveTurn;
  readonly requests: readonly EffectRequest[];
  /** The code's change since its last entry. */
  readonly delta: StateDelta | undefined;
  /** The highest ordinal used before `requests`. */
  readonly lastOrdinal: number;
}

/** The result of a replay: the turn to continue, or the first call that differs, or a run that must stop. */
type Replayed =
  | { readonly kind: "ready"; readonly rerun: Rerun }
  | { readonly kind: "diverged"; readonly divergence: Divergence }
  | { readonly kind: "interrupted" };

/**
 * Runs the code of unfinished turns again, with the results that the journal has.
 *
 * Invariant: a replay gives the code the same results, the same variables and the same times in the same order, so the
 * code makes the same requests. If it does not, its source was edited: that is a divergence.
 */
export class TurnReplay {
  readonly #context: SessionContext;
  readonly #turns: LiveTurns;
  readonly #snapshots: SnapshotPolicy;

  constructor(context: SessionContext, turns: LiveTurns, snapshots: SnapshotPolicy) {
    this.#context = context;
    this.#turns = turns;
    this.#snapshots = snapshots;
  }

  /** Replays a frame's turn with all its results, and compares its requests with the journal. */
  replay(frame: Frame): Replayed {
    // Code that waits for the playbook of a trigger has not got its later results.
    const count = Math.min(frame.running!.history.length, frame.paused?.index ?? Infinity);
    let rerun = this.#rerun(frame, count);
    if (this.#turns.stopIfInterrupted(rerun.live)) return { kind: "interrupted" };
    if (!this.#divergence(frame, rerun)) return { kind: "ready", rerun };
    // Replay again from the start with line numbers, for the message.
    this.#turns.close(frame.id);
    rerun = this.#rerun(frame, count, { places: true });
    if (this.#turns.stopIfInterrupted(rerun.live)) return { kind: "interrupted" };
    const divergence = this.#divergence(frame, rerun);
    return divergence ? { kind: "diverged", divergence } : { kind: "ready", rerun };
  }

  /** Reopens a scope that was closed while its code waits. */
  wake(frame: Frame): LiveTurn | undefined {
    const delivered = this.#turns.takeAsleep(frame.id);
    const { running } = frame;
    if (delivered === undefined || !running) return undefined;
    const { live, requests, delta } = this.#rerun(frame, delivered);
    if (this.#turns.stopIfInterrupted(live)) return undefined;
    assert(
      requests.every(({ ordinal }) => running.history.asked[ordinal]),
      "A replay asks for what was asked before",
    );
    if (delta) live.delta = delta;
    return live;
  }

  /**
   * Runs a turn's code with its first `count` results: from a snapshot if there is one, else from the start. With
   * `places` it always runs from the start, and the requests carry their line numbers.
   */
  #rerun(frame: Frame, count: number, { places } = { places: false }): Rerun {
    const turns = this.#turns;
    const restored = places ? undefined : this.#snapshots.restore(frame, count);
    if (!restored) frame.running!.history.load();
    const live = restored ?? turns.open(frame, { places });
    const { history, lastDeltaIndex } = frame.running!;
    const requests: EffectRequest[] = [];
    const first = live.delivered;
    const { lastOrdinal } = live;
    let delta: StateDelta | undefined = first > lastDeltaIndex ? { index: first } : undefined;
    if (!restored) delta = turns.take(frame, live, live.scope.start(), requests);
    // Progress up to the last entry is journaled, so only its requests matter.
    const known = history.slice(first, Math.max(first, Math.min(lastDeltaIndex, count)));
    if (known.length > 0) turns.take(frame, live, turns.replay(frame, live, known), requests);
    for (const result of history.slice(first + known.length, count)) {
      delta = mergedDelta(delta, turns.take(frame, live, turns.deliver(frame, live, result), requests));
    }
    return { live, requests, delta, lastOrdinal };
  }

  /** The first call of a replayed turn that differs from the journal. */
  #divergence(frame: Frame, { live, requests, lastOrdinal }: Rerun): Divergence | undefined {
    const asked = new Map(requests.map((request) => [request.ordinal, request]));
    const journaled = Object.entries(frame.running!.history.asked).sort(([a], [b]) => Number(a) - Number(b));
    for (const [key, before] of journaled) {
      const ordinal = Number(key);
      if (ordinal <= lastOrdinal) continue;
      const now = asked.get(ordinal);
      if (now && now.name === before.name && argumentsText(now.args) === argumentsText(before.args)) {
        continue;
      }
      // If code met a bound inside the engine, its next request is unknown.
      if (!now && live.scope.isCut) continue;
      const place = placeInProgram(this.#context, frame, now?.line);
      return {
        kind: "diverged",
        frame: frame.id,
        ordinal,
        playbook: `${this.#context.definitions.classNameOf(frame.agent)}.${frame.playbook}`,
        before: describeCall(before),
        ...(now ? { now: describeCall(now) } : {}),
        ...(place ? { line: place.line } : {}),
      };
    }
    return undefined;
  }
}

/** The arguments of a call, to compare. An older version may not have written an absent optional argument, which is null. */
function argumentsText(args: readonly Encoded[]): string {
  return JSON.stringify(args.slice(0, args.findLastIndex((arg) => arg !== null) + 1));
}
