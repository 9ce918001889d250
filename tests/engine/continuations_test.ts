import { assert, assertEquals } from "@std/assert";
import type { SessionCommand } from "../../src/engine/command.ts";
import { Continuations } from "../../src/engine/continuations.ts";

const deliver = (frame: string): readonly SessionCommand[] => [{ kind: "deliver", frame }];

/** Runs continuations of frames with the given numbers of steps; returns the frames in the order of the steps. */
function order(
  steps: Record<string, number>,
  { isAwaited = false, maxSteps = Infinity }: { isAwaited?: boolean; maxSteps?: number } = {},
): string[] {
  const continuations = new Continuations();
  for (const frame of Object.keys(steps)) continuations.add(deliver(frame));
  const ran: string[] = [];
  continuations.runContinuations({
    carryOut: (command) => {
      assert(command.kind === "deliver");
      ran.push(command.frame);
      if (--steps[command.frame]! > 0) continuations.add(deliver(command.frame));
    },
    isFull: () => ran.length >= maxSteps,
    isAwaited: () => isAwaited,
    isLate: () => false,
  });
  return ran;
}

Deno.test("continuations: each frame runs to its end before the next, because its scope is in memory", () => {
  assertEquals(order({ a: 2, b: 1, c: 3 }), ["a", "a", "b", "c", "c", "c"]);
});

Deno.test("continuations: an endless frame does not block the others", () => {
  const ran = order({ endless: Infinity, other: 100, last: 1 }, { maxSteps: 1000 });
  assertEquals(ran.filter((frame) => frame === "other").length, 100);
  assert(ran.indexOf("other") <= 33 && ran.indexOf("last") <= 66, "a burst is at most 33 steps");
});

Deno.test("continuations: each queued frame runs, also while an append is awaited", () => {
  const ran = order({ a: 10, b: 10, c: 1 }, { isAwaited: true });
  assertEquals([...new Set(ran)], ["a", "b", "c"]);
  assert(ran.length <= 3 * 33);
});

Deno.test("continuations: the loop stops for an append when the batch is full", () => {
  assertEquals(order({ a: Infinity, b: Infinity }, { maxSteps: 5 }).length, 5);
});

Deno.test("continuations: a late loop ends after its current step", () => {
  const continuations = new Continuations();
  for (const frame of ["a", "b"]) continuations.add(deliver(frame));
  let steps = 0;
  continuations.runContinuations({
    carryOut: () => void steps++,
    isFull: () => false,
    isAwaited: () => false,
    isLate: () => true,
  });
  assertEquals(steps, 1);
  assert(!continuations.isEmpty);
});
