import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { askedWait, maxAttempts, maxWaitMs, realClock, waitBefore } from "../../src/model/retry.ts";

const clock = (random: number) => ({ ...realClock, random: () => random });

Deno.test("retry: waitBefore() grows, stays between half a backoff and a full one, and ends", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: maxAttempts }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (attempt, chance) => {
        const whole = waitBefore({ attempt, askedMs: undefined }, clock(0))!;
        const wait = waitBefore({ attempt, askedMs: undefined }, clock(chance))!;
        assert(wait >= whole / 2 && wait <= whole && whole <= 30_000);
      },
    ),
  );
  assertEquals(waitBefore({ attempt: maxAttempts + 1, askedMs: 1 }, clock(0)), undefined);
});

Deno.test("retry: waitBefore() waits as long as the server asks, up to a bound", () => {
  assertEquals(waitBefore({ attempt: 2, askedMs: 42_000 }, clock(0.5)), 42_000);
  assertEquals(waitBefore({ attempt: 2, askedMs: maxWaitMs + 1 }, clock(0)), undefined);
});

Deno.test("retry: askedWait() reads only numbers of seconds and dates", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  assertEquals(askedWait({ "retry-after": "1.5" }, now), 1500);
  assertEquals(askedWait({ "retry-after-ms": "20", "retry-after": "9" }, now), 20);
  assertEquals(askedWait({ "retry-after": "Thu, 01 Jan 2026 00:01:00 GMT" }, now), 60_000);
  assertEquals(askedWait({ "retry-after": "Wed, 31 Dec 2025 00:00:00 GMT" }, now), 0);
  for (const text of ["", "soon", "-3"]) {
    assertEquals(askedWait({ "retry-after": text }, now), undefined, text);
  }
  assertEquals(askedWait({}, now), undefined);
});

Deno.test("retry: realClock.sleep() returns at once when it is stopped, and leaves no timer", async () => {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<string>((resolve) => timer = setTimeout(() => resolve("late"), 5_000));
  const stopped = realClock.sleep(60_000, AbortSignal.abort()).then(() => "at once");
  assertEquals(await Promise.race([stopped, late]), "at once");
  clearTimeout(timer);
  const stop = new AbortController();
  const slept = realClock.sleep(60_000, stop.signal);
  stop.abort();
  await slept;
  await realClock.sleep(1, new AbortController().signal);
});

Deno.test("retry: waitBefore() doubles the wait, starting at one second", () => {
  const waits = [2, 3, 4, 5].map((attempt) => waitBefore({ attempt, askedMs: undefined }, clock(0)));
  assertEquals(waits, [1000, 2000, 4000, 8000]);
});
