import { installClock, setNow } from "./clock.ts";

/*
 * The guest's random numbers, and the parts of the language that the sandbox removes.
 *
 * `Math.random` is the seeded generator sfc32. `eval` and the constructors of functions are removed, since nested
 * source texts could exhaust the host's stack.
 */

const { imul } = Math;
const { defineProperty, getPrototypeOf } = Object;
let [a, b, c, d] = [0, 0, 0, 0];

/** Replaces the engine's clock and random numbers, and removes the parts that code must not use. */
export function installWorld(): void {
  const global = globalThis as unknown as Record<string, unknown>;
  for (
    const name of ["eval", "WeakRef", "FinalizationRegistry", "SharedArrayBuffer", "Atomics", "performance"]
  ) {
    delete global[name];
  }
  const refuse = function Function() {
    throw new EvalError("code cannot be made from strings here");
  };
  for (const sample of [function () {}, async function () {}, function* () {}, async function* () {}]) {
    const prototype = getPrototypeOf(sample);
    defineProperty(prototype, "constructor", { value: refuse });
  }
  refuse.prototype = Function.prototype;
  defineProperty(globalThis, "Function", { value: refuse, writable: true, configurable: true });
  // QuickJS compiles template literals to calls of this method, in our own code too.
  defineProperty(String.prototype, "concat", { writable: false, configurable: false });
  defineProperty(Math, "random", { value: random, writable: true, configurable: true });
  installClock();
}

/** Sets the clock, and seeds the random numbers. */
export function beginWorld(seed: string, startMs: number): void {
  setNow(startMs);
  let h = 1779033703 ^ seed.length;
  for (let i = 0; i < seed.length; i++) {
    h = imul(h ^ seed.charCodeAt(i), 3432918353);
    h = (h << 13) | (h >>> 19);
  }
  const next = () => {
    h = imul(h ^ (h >>> 16), 2246822507);
    h = imul(h ^ (h >>> 13), 3266489909);
    return (h ^= h >>> 16) >>> 0;
  };
  a = next();
  b = next();
  c = next();
  d = next();
}

function random(): number {
  const t = (((a + b) | 0) + d) | 0;
  d = (d + 1) | 0;
  a = b ^ (b >>> 9);
  b = (c + (c << 3)) | 0;
  c = (c << 21) | (c >>> 11);
  c = (c + t) | 0;
  return (t >>> 0) / 4294967296;
}
