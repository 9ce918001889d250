import { depthOf, type Entry, foldEntries, type Frame } from "../../src/engine/mod.ts";
import { display } from "../../src/sandbox/mod.ts";

/** A call that was on the stack. */
export interface StackedCall {
  readonly frame: string;
  /** `Buyer(1001)` */
  readonly agent: string;
  /** `MakeOffer(110)` */
  readonly call: string;
  /** The depth of calls, over all agents. */
  readonly depth: number;
}

/** The calls that have not returned after these entries, outermost first. */
export function stackAfter(entries: readonly Entry[]): readonly StackedCall[] {
  const state = foldEntries(undefined, structuredClone(entries));
  return Object.values(state.frames)
    .map((frame) => ({
      frame: frame.id,
      agent: `${state.agents[frame.agent]?.klass ?? "?"}(${frame.agent})`,
      call: `${frame.playbook}(${argumentsOf(frame)})`,
      depth: depthOf(state, frame),
    }))
    .sort((a, b) => a.depth - b.depth);
}

/** Whether a call has returned before, calls are nested this deep, and the last entry starts a sleep. */
export function isAsleepInTheMiddle(entries: readonly Entry[], depth: number): boolean {
  const last = entries.at(-1);
  return last?.type === "start" && last.wait.kind === "sleep" &&
    entries.some((entry) => entry.type === "return") &&
    stackAfter(entries).some((call) => call.depth >= depth);
}

/** The result of each call, by its frame, in the order of the returns. */
export function returnsOf(
  entries: readonly Entry[],
): readonly { readonly frame: string; readonly value: string }[] {
  return entries.flatMap((entry) => {
    if (entry.type !== "return") return [];
    const { outcome } = entry;
    const value = outcome.ok
      ? display(outcome.value, { maxCharacters: 40 })
      : `failed: ${outcome.error.message}`;
    return [{ frame: entry.frame, value }];
  });
}

function argumentsOf(frame: Frame): string {
  return Object.values(frame.args).map((value) => display(value, { maxCharacters: 40 })).join(", ");
}
