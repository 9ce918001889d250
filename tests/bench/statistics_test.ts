import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { costsOf, flatness, median, percentile, windowMs } from "../../bench/statistics.ts";

function assertNear(actual: number, expected: number, tolerance: number): void {
  assert(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);
}

Deno.test("statistics: percentile() interpolates linearly between its neighbours", () => {
  const values = [40, 10, 30, 20];
  assertEquals(median(values), 25);
  assertEquals(percentile(values, 0), 10);
  assertEquals(percentile(values, 100), 40);
  assertNear(percentile(values, 90), 37, 1e-9);
  assertEquals(median([7]), 7);
  assert(Number.isNaN(median([])));
});

Deno.test("statistics: percentile() stays within the values and grows with the percentage", () => {
  const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
  const percent = fc.integer({ min: 0, max: 100 });
  fc.assert(fc.property(values, percent, percent, (list, one, other) => {
    const [low, high] = [percentile(list, Math.min(one, other)), percentile(list, Math.max(one, other))];
    assert(Math.min(...list) - 1e-6 <= low && low <= high + 1e-6 && high <= Math.max(...list) + 1e-6);
  }));
});

Deno.test("statistics: windowMs() is the mean of a window, cut to the existing steps", () => {
  const times = [0, 1, 2, 3, 13, 23, 33];
  assertEquals(windowMs(times, { from: 0, to: 3 }), 1);
  assertEquals(windowMs(times, { from: 3, to: 6 }), 10);
  assertEquals(windowMs(times, { from: 3, to: 600 }), 10);
  // If the clock did not move, the window took less than half a millisecond, but not zero.
  assertEquals(windowMs([5, 5, 5], { from: 0, to: 2 }), 0.25);
});

Deno.test("statistics: costsOf() finds the same cost everywhere if all steps cost the same", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 30_000 }),
      fc.double({ min: 0.5, max: 50, noNaN: true }),
      (steps, ms) => {
        const costs = costsOf(Array.from({ length: steps }, (_, step) => 1_700_000 + step * ms));
        for (const each of [costs.firstTenthMs, costs.lastTenthMs, costs.earlyMs, costs.lateMs]) {
          assertNear(each, ms, ms * 1e-4);
        }
        assertNear(costs.perSecond, 1000 / ms, 0.1 / ms);
        assertNear(flatness(costs), 1, 1e-3);
        for (const point of costs.curve) assertNear(point.ms, ms, ms * 1e-4);
        assert(costs.curve.every(({ step }, index) => index === 0 || step > costs.curve[index - 1]!.step));
        assert(costs.curve.length >= 1 && costs.curve.at(-1)!.step < steps);
      },
    ),
  );
});

Deno.test("statistics: costsOf() compares the last 500 steps with steps 50 to 550", () => {
  // The first 50 steps and those in the middle are expensive and must be ignored.
  const costOf = (step: number) => step <= 50 ? 100 : step <= 550 ? 2 : step <= 1500 ? 100 : 3;
  let at = 0;
  const times = Array.from({ length: 2001 }, (_, step) => at += costOf(step));
  const costs = costsOf(times);
  assertEquals([costs.earlyMs, costs.lateMs, flatness(costs)], [2, 3, 1.5]);
});

Deno.test("statistics: costsOf() of few steps compares the last third with the first", () => {
  const { earlyMs, lateMs } = costsOf([0, 1, 2, 3, 13, 23, 33, 133, 233, 333]);
  assertEquals([earlyMs, lateMs], [1, 100]);
  assertThrows(() => costsOf([1]), Error, "it takes two");
});
