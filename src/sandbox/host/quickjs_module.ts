/**
 * The names by which the WebAssembly module of the package knows its exports and imports.
 *
 * They are the minified names of the exact version in `deno.json`. A test compares them with the names that the package itself
 * uses, so another version fails there, and not while code runs.
 */

/** What the engine asks of the host while it runs code. */
export interface InstanceHost {
  /** A function made by `Instance.newFunction` was called; gives a pointer to the result, or 0 for `undefined`. */
  call(id: number, argument: number): number;
  shouldStop(): boolean;
  /** Is called every so many rounds of the engine's own loops (see `metering.ts`); throws to end the code at once. */
  checkTime(): void;
}

/** The instance that imports are made for. */
interface ImportingInstance {
  host(): InstanceHost;
  /** The memory as it is now. */
  words(): Uint32Array;
  /** Grows the memory to so many bytes; false if that is not allowed. */
  grow(bytes: number): boolean;
  /** Writes a text that ends with 0. */
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

/** Where the allocator keeps the end of the heap. */
export const heapEndAddress = 86_864;

/** The import that a metered module asks through. */
export const meteredImport = { module: "a", name: "i" } as const;

/** Imported functions: there is no time, no place, no file and no environment. */
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
    // Calls of functions of the host's, and whether to go on.
    s: (_context: number, _self: number, _count: number, args: number, id: number) =>
      instance.host().call(id, args),
    // The engine names its runtime; the loops that were metered name none.
    i: (runtime: number) => {
      if (runtime !== 0) return instance.host().shouldStop() ? 1 : 0;
      instance.host().checkTime();
      return 0;
    },
    t: () => {},
    // Modules, which there are none of.
    h: () => 0,
    g: () => 0,
    k: (bytes: number) => instance.grow(bytes >>> 0) ? 1 : 0,
    // The clock, which the guest replaces, in UTC.
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
