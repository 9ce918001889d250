import { noteLost, requestEffect } from "./support.ts";

/*
 * Timers are sleeps of the session: a stopped session has them again when it resumes. A cleared timer leaves a sleep
 * that no code observes, so it does not keep the turn alive.
 */

type Callback = (...args: unknown[]) => unknown;

/** Ticks of one interval. More of them are probably an interval that nothing clears. */
const maxTicks = 10_000;
const running = new Set<number>();
let latest = 0;

export function setTimeout(callback: Callback, ms?: unknown, ...args: unknown[]): number {
  return start(callback, "setTimeout", (id, call) => {
    const seconds = secondsOf(ms);
    wait(seconds, () => {
      if (running.delete(id)) call(args);
    });
  });
}

export function setInterval(callback: Callback, ms?: unknown, ...args: unknown[]): number {
  return start(callback, "setInterval", (id, call) => {
    const seconds = Math.max(secondsOf(ms), 0.001);
    let ticks = 0;
    const next = () =>
      wait(seconds, () => {
        if (!running.has(id)) return;
        if (++ticks > maxTicks) {
          running.delete(id);
          const limit =
            `an interval ticked more than ${maxTicks} times: clear it, or write a loop with Sleep`;
          return noteLost(new RangeError(limit));
        }
        call(args);
        if (running.has(id)) next();
      });
    next();
  });
}

export function clearTimeout(id?: unknown): void {
  running.delete(id as number);
}

export function queueMicrotask(callback: Callback): void {
  requireFunction(callback, "queueMicrotask");
  Promise.resolve().then(() => run(callback, []));
}

function start(
  callback: Callback,
  name: string,
  begin: (id: number, call: (args: unknown[]) => void) => void,
): number {
  requireFunction(callback, name);
  const id = ++latest;
  running.add(id);
  begin(id, (args) => run(callback, args));
  return id;
}

function wait(seconds: number, then: () => void): void {
  // A refused sleep, such as one beyond the last date, must not pass in silence.
  requestEffect("Sleep", [seconds]).then(then, noteLost);
}

function run(callback: Callback, args: unknown[]): void {
  try {
    callback(...args);
  } catch (error) {
    noteLost(error);
  }
}

function requireFunction(callback: unknown, name: string): void {
  if (typeof callback !== "function") throw new TypeError(`${name} needs a function`);
}

/** A browser treats a wrong time as 0. */
function secondsOf(ms: unknown): number {
  const number = Number(ms ?? 0);
  return number > 0 ? number / 1000 : 0;
}
