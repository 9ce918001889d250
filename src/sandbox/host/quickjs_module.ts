/**
 * The names of the exports and imports of the package's WebAssembly module.
 *
 * They are the minified names of the exact version in `deno.json`. A test compares them with the names in the package,
 * so that another version fails in the test and not while code runs.
 */

/** The functions of the host that the engine calls while it runs code. */
export interface InstanceHost {
  /** Runs a function made by `Instance.newFunction`. Returns a pointer to the result, or 0 for `undefined`. */
  call(id: number, argument: number): number;
  shouldStop(): boolean;
  /** Called after each {@linkcode fuelPerAsk} rounds of the engine's own loops. Throws to end the code at once. */
  checkTime(): void;
}

/** The parts of an instance that its imports use. */
interface ImportingInstance {
  host(): InstanceHost;
  /** The current memory. */
  words(): Uint32Array;
  /** Grows the memory to this size; returns false if that is not allowed. */
  grow(bytes: number): boolean;
  /** Writes a text with a NUL at its end. */
  write(text: string, pointer: number, room: number): void;
}

/** Exported functions. */
export const exportNames = {
  initialize: "u",
  malloc: "v",
  free: "M",
  stackPointer: "Oa",
  newRuntime: "K",
  newContext: "N",
  setMaxStackSize: "D",
  enableInterruptHandler: "Fa",
  freeValue: "P",
  freeText: "S",
  undefinedValue: "E",
  falseValue: "G",
  trueValue: "H",
  newNumber: "Y",
  newString: "_",
  getString: "$",
  typeOf: "ra",
  getProperty: "ha",
  newFunction: "Da",
  call: "ma",
  evaluate: "pa",
  resolveException: "na",
  isJobPending: "fa",
  executePendingJob: "ga",
} as const;

/** The address at which the allocator stores the end of the heap. */
export const heapEndAddress = 86_864;

/** The import that a metered module calls. */
export const meteredImport = { module: "a", name: "i" } as const;

/** The imported functions. They give no time, no time zone, no files and no environment. */
export function moduleImports(instance: ImportingInstance): Record<string, (...args: never[]) => unknown> {
  const give = (pointer: number, value: number) => {
    instance.words()[pointer >> 2] = value;
  };
  const abort = () => {
    throw new WebAssembly.RuntimeError("the engine gave up");
  };
  return {
    // A failed assertion, an abort, an exit.
    b: abort,
    q: abort,
    r: abort,
    // Calls of host functions, and the question whether to continue.
    s: (_context: number, _self: number, _count: number, args: number, id: number) =>
      instance.host().call(id, args),
    // The engine passes its runtime. Metered loops pass 0.
    i: (runtime: number) => {
      if (runtime !== 0) return instance.host().shouldStop() ? 1 : 0;
      instance.host().checkTime();
      return 0;
    },
    t: () => {},
    // There are no ES modules.
    h: () => 0,
    g: () => 0,
    k: (bytes: number) => instance.grow(bytes >>> 0) ? 1 : 0,
    // The clock in UTC. The guest replaces it.
    p: () => 0,
    j: () => 0,
    l: () => {},
    m: (seconds: bigint, fields: number) => {
      const date = new Date(Number(seconds) * 1000);
      const values = [date.getUTCSeconds(), date.getUTCMinutes(), date.getUTCHours(), date.getUTCDate()];
      values.push(date.getUTCMonth(), date.getUTCFullYear() - 1900, date.getUTCDay(), 0, 0, 0);
      values.forEach((value, i) => give(fields + 4 * i, value));
    },
    n: (zone: number, daylight: number, ...names: [number, number]) => {
      give(zone, 0);
      give(daylight, 0);
      for (const name of names) instance.write("UTC", name, 16);
    },
    // Environment and files.
    e: () => 0,
    f: (count: number, size: number) => {
      give(count, 0);
      give(size, 0);
      return 0;
    },
    c: (_file: number, parts: number, count: number, written: number) => {
      let bytes = 0;
      for (let i = 0; i < count; i++) bytes += instance.words()[(parts >> 2) + 2 * i + 1]!;
      give(written, bytes);
      return 0;
    },
    d: () => 52,
    o: () => 70,
  };
}
