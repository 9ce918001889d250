/** What the guest's clock and its random numbers are driven by. */
export interface World {
  begin(seed: string, nowMs: number): void;
  setNow(nowMs: number): void;
}

/**
 * Takes the time, chance and the compiler away from the code in a sandbox, and puts ours in their place. Its source is
 * run inside the sandbox, so it refers to nothing outside itself.
 *
 * The clock stands at the time delivered last and its zone is UTC; `Math.random` is the generator sfc32, seeded. `eval`
 * and the constructors of functions go: nested source texts could exhaust the host's stack, and nobody needs them.
 */
export function createWorld(): World {
  let nowMs = 0;
  let [a, b, c, d] = [0, 0, 0, 0];
  const { imul } = Math;
  const { defineProperty, getPrototypeOf } = Object;
  const hide = (target: object, key: PropertyKey, value: unknown) =>
    defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });

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
  hide(globalThis, "Function", refuse);

  // QuickJS makes template literals into calls of this method, in our own code too.
  defineProperty(String.prototype, "concat", { writable: false, configurable: false });

  hide(Math, "random", random);
  installDate();
  return { begin, setNow: (ms) => void (nowMs = ms) };

  function begin(seed: string, startMs: number): void {
    nowMs = startMs;
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

  function installDate(): void {
    const Real = Date;
    const { construct, apply } = Reflect;
    const { UTC, parse } = Real;
    const prototype = Real.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
    const toPrimitive = prototype[Symbol.toPrimitive as unknown as string]!;
    const timeOf = prototype.getTime!;
    const toUTCString = prototype.toUTCString!;
    const test = RegExp.prototype.exec;
    const slice = String.prototype.slice;
    // A text with a time but without a zone is in local time, which is UTC here and need not be so outside.
    const zone = /(?:z|utc|gmt|[ecmp][sd]t|[+-]\d\d:?\d\d)\s*(?:\(.*\))?\s*$/i;
    const dateOnly = /^\s*[+-]?\d{4,6}(?:-\d\d(?:-\d\d)?)?\s*$/;
    const isoTime = /^\s*[+-]?\d{4,6}-\d\d-\d\d[tT ]/;

    function parseUtc(text: string): number {
      if (apply(test, zone, [text]) !== null || apply(test, dateOnly, [text]) !== null) return parse(text);
      return parse(text + (apply(test, isoTime, [text]) !== null ? "Z" : " UTC"));
    }

    function Clock(this: unknown, ...args: unknown[]): unknown {
      if (!new.target) return text(new Real(nowMs), 0);
      let time: unknown;
      if (args.length === 0) time = nowMs;
      else if (args.length > 1) time = apply(UTC, Real, args);
      else {
        const value = args[0];
        try {
          time = apply(timeOf, value, []);
        } catch {
          const primitive = typeof value === "object" && value !== null
            ? apply(toPrimitive, value, ["default"])
            : value;
          time = typeof primitive === "string" ? parseUtc(primitive) : primitive;
        }
      }
      return construct(Real, [time], new.target);
    }

    /** 0: all of it; 1: the date; 2: the time. From "Mon, 01 Jun 2020 00:00:00 GMT", whose form is fixed. */
    function text(date: unknown, part: 0 | 1 | 2): string {
      const utc = apply(toUTCString, date, []) as string;
      if (utc === "Invalid Date") return utc;
      const cut = (from: number, to: number) => apply(slice, utc, [from, to]) as string;
      const day = `${cut(0, 3)} ${cut(8, 11)} ${cut(5, 7)} ${cut(12, -13)}`;
      const time = `${cut(-12, -4)} GMT+0000 (UTC)`;
      return part === 0 ? `${day} ${time}` : part === 1 ? day : time;
    }

    for (
      const unit of ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"]
    ) {
      hide(prototype, `get${unit}`, prototype[`getUTC${unit}`]);
      if (unit !== "Day") hide(prototype, `set${unit}`, prototype[`setUTC${unit}`]);
    }
    const methods: Record<string, (this: unknown) => unknown> = {
      getTimezoneOffset() {
        return apply(timeOf, this, []) as number * 0;
      },
      toString() {
        return text(this, 0);
      },
      toDateString() {
        return text(this, 1);
      },
      toTimeString() {
        return text(this, 2);
      },
      toLocaleString() {
        return text(this, 0);
      },
      toLocaleDateString() {
        return text(this, 1);
      },
      toLocaleTimeString() {
        return text(this, 2);
      },
    };
    for (const name of Object.keys(methods)) hide(prototype, name, methods[name]);
    delete prototype["getYear"];
    delete prototype["setYear"];
    hide(Clock, "now", () => nowMs);
    hide(Clock, "UTC", UTC);
    hide(Clock, "parse", (value: unknown) => parseUtc(`${value}`));
    hide(Clock, "name", "Date");
    Clock.prototype = Real.prototype;
    hide(Real.prototype, "constructor", Clock);
    hide(globalThis, "Date", Clock);
  }
}
