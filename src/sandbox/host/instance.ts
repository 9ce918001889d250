import { exportNames, heapEndAddress, type InstanceHost, moduleImports } from "./quickjs_module.ts";

/**
 * One WebAssembly instance of QuickJS with its own memory: calls its functions, converts strings, takes memory images.
 *
 * It does not use the JavaScript of the package, for two reasons: instances must be made synchronously, and all state
 * of an instance must be in its memory.
 *
 * Invariants:
 * 1. Between two calls from the host, the engine's stack is empty and its WebAssembly globals have their initial
 *    values. So the memory is the whole state. An instance of the same module with the same bytes behaves the same.
 * 2. The memory contains, from address 0 up: static data, the stack (which grows down), and the heap. No byte beyond
 *    `heapEnd` was ever written. The allocator returns no memory, so `heapEnd` only grows.
 * 3. A pointer from after an image was taken is invalid once that image is restored.
 */

/** The memory of an idle instance, without the parts that are zero. */
export interface MemoryImage {
  readonly data: Uint8Array;
  readonly heap: Uint8Array;
}

/** The addresses that the host uses in the memory. */
export interface InstanceAddresses {
  readonly scratch: number;
  readonly arguments: number;
  readonly runtime: number;
  readonly context: number;
}

const pageBytes = 64 * 1024;
/** The minimum that the module requires: 16 MiB. Unused pages take no real memory. */
const initialPages = 256;
/** 512 MiB. The limits of a scope are far below. */
const maxPages = 8_192;
/** Allowed growth beyond the limit, until the code reaches a point where it can be stopped. */
const graceBytes = 32 * 1024 * 1024;
/** The static data, and the lowest part of the stack, which no code reaches. */
const dataBytes = 128 * 1024;
/**
 * Larger than any stack frame. The engine checks a function's variables against the stack limit, and its other frames
 * take some KiB. So the stack below this many zeros was never written.
 */
const quietStackBytes = 256 * 1024;
/** More stack than our own code uses. */
const ownStackBytes = 1024 * 1024;
/** Texts with less than a third of this many characters use the scratch memory. */
const scratchBytes = 16 * 1024;

type Exports = Readonly<Record<keyof typeof exportNames, (...args: number[]) => number>>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** An instance of QuickJS. Values of the engine are pointers; the receiver of a pointer must free it. */
export class Instance {
  readonly #memory = new WebAssembly.Memory({ initial: initialPages, maximum: maxPages });
  readonly #exports: Exports;
  #bytes = new Uint8Array(this.#memory.buffer);
  #words = new Uint32Array(this.#memory.buffer);
  #limitBytes = Infinity;
  #exceeded = false;
  #context = 0;
  #runtime = 0;
  #scratch = 0;
  #arguments = 0;
  host: InstanceHost = idle;

  constructor(module: WebAssembly.Module) {
    const imports = moduleImports({
      host: () => this.host,
      words: () => this.#words,
      grow: (bytes) => this.#grow(bytes),
      write: (text, pointer, room) => this.#write(text, pointer, room),
    });
    const instance = new WebAssembly.Instance(module, { a: { a: this.#memory, ...imports } });
    const exports: Record<string, unknown> = {};
    for (const [name, short] of Object.entries(exportNames)) exports[name] = instance.exports[short];
    this.#exports = exports as unknown as Exports;
  }

  /** Starts the engine in a new instance. */
  start(): void {
    const { initialize, malloc, newRuntime, newContext, enableInterruptHandler } = this.#exports;
    initialize();
    this.#scratch = malloc(scratchBytes);
    this.#arguments = malloc(4 * maxArguments);
    this.#runtime = newRuntime();
    this.#context = newContext(this.#runtime, 0);
    enableInterruptHandler(this.#runtime);
  }

  /** The state on the host's side. Together with a memory image it is the whole state of an instance. */
  get addresses(): InstanceAddresses {
    return {
      scratch: this.#scratch,
      arguments: this.#arguments,
      runtime: this.#runtime,
      context: this.#context,
    };
  }

  /** Loads the image of another instance of the same module into this new one. */
  load(image: MemoryImage, addresses: InstanceAddresses): void {
    this.#scratch = addresses.scratch;
    this.#arguments = addresses.arguments;
    this.#runtime = addresses.runtime;
    this.#context = addresses.context;
    this.#bytes.set(image.data);
    this.#bytes.set(image.heap, this.heapStart);
  }

  /** Takes the image of an idle instance that has run only our own code. */
  image(): MemoryImage {
    this.#bytes.fill(0, this.heapStart - ownStackBytes, this.heapStart);
    return this.liveImage();
  }

  /** Takes the image of an idle instance, whatever code has run in it. */
  liveImage(): MemoryImage {
    return {
      data: this.#bytes.slice(0, dataBytes),
      heap: this.#bytes.slice(this.heapStart, this.#heapEnd),
    };
  }

  /** Restores the memory to the image, and erases everything later. */
  reset(image: MemoryImage): void {
    this.#clearStack();
    const imageEnd = this.heapStart + image.heap.length;
    this.#bytes.fill(0, imageEnd, Math.max(imageEnd, this.#heapEnd));
    this.#bytes.set(image.data);
    this.#bytes.set(image.heap, this.heapStart);
    this.host = idle;
    this.limitMemory(Infinity);
  }

  /** A copy of the whole memory. */
  dump(): Uint8Array {
    return this.#bytes.slice();
  }

  /** The number of heap bytes that were ever used. */
  get heapBytes(): number {
    return this.#heapEnd - this.heapStart;
  }

  /** Whether the memory is larger than at the start. It never shrinks. */
  get hasGrown(): boolean {
    return this.#bytes.length > initialPages * pageBytes;
  }

  /** Whether code asked for memory beyond the limit. */
  get exceededMemory(): boolean {
    return this.#exceeded;
  }

  /**
   * Sets how far the memory may grow beyond its initial size.
   *
   * In WebAssembly, QuickJS checks the size of each allocation but cannot count its total. It breaks when the memory
   * really ends. So the caller sets a limit here, and stops the code once `exceededMemory` is true.
   */
  limitMemory(bytes: number): void {
    this.#limitBytes = initialPages * pageBytes + bytes;
    this.#exceeded = false;
  }

  setMaxStackSize(bytes: number): void {
    this.#exports.setMaxStackSize(this.#runtime, bytes);
  }

  /** Evaluates strict code in the global scope. Check the result with `errorOf`. */
  evaluate(source: string, file: string): number {
    const { pointer, length } = this.#longText(source);
    const strict = 1 << 3;
    const result = this.#exports.evaluate(this.#context, pointer, length, this.#text(file), 0, strict);
    this.#exports.free(pointer);
    return result;
  }

  /** Calls a function without `this`. Check the result with `errorOf`. */
  call(method: number, first = 0, second = 0, third = 0): number {
    const { call, undefinedValue } = this.#exports;
    const at = this.#arguments >> 2;
    this.#words[at] = first;
    this.#words[at + 1] = second;
    this.#words[at + 2] = third;
    const count = first === 0 ? 0 : second === 0 ? 1 : third === 0 ? 2 : 3;
    return call(this.#context, method, undefinedValue(), count, this.#arguments);
  }

  /** The error that ended a call, or 0. */
  errorOf(result: number): number {
    return this.#exports.resolveException(this.#context, result);
  }

  /** Runs at most `maxJobs` jobs. If one fails, returns its error, else a number. */
  runJobs(maxJobs: number): number {
    return this.#exports.executePendingJob(this.#runtime, maxJobs, this.#scratch);
  }

  get hasJobs(): boolean {
    return this.#exports.isJobPending(this.#runtime) !== 0;
  }

  /** Makes a function that calls the host. */
  newFunction(name: string, id: number): number {
    return this.#exports.newFunction(this.#context, this.#text(name), 0, 0, id);
  }

  newNumber(value: number): number {
    return this.#exports.newNumber(this.#context, value);
  }

  /** Makes a boolean. It need not be freed. */
  booleanOf(value: boolean): number {
    return value ? this.#exports.trueValue() : this.#exports.falseValue();
  }

  /** Makes a string of a text up to its first NUL character. */
  newString(text: string): number {
    const { free, newString } = this.#exports;
    if (text.length * 3 < scratchBytes) return newString(this.#context, this.#text(text));
    const { pointer } = this.#longText(text);
    const result = newString(this.#context, pointer);
    free(pointer);
    return result;
  }

  /** The text of a string value; `undefined` if the instance has no memory left for it. */
  textOf(value: number): string | undefined {
    const { getString, freeText } = this.#exports;
    const pointer = getString(this.#context, value);
    if (pointer === 0) return undefined;
    const text = this.#read(pointer);
    freeText(this.#context, pointer);
    return text;
  }

  typeOf(value: number): "number" | "string" | "other" {
    const { typeOf, free } = this.#exports;
    const pointer = typeOf(this.#context, value);
    // The first two letters are enough.
    const [first, second] = [this.#bytes[pointer], this.#bytes[pointer + 1]];
    free(pointer);
    return first === 0x6e && second === 0x75
      ? "number"
      : first === 0x73 && second === 0x74
      ? "string"
      : "other";
  }

  isTrue(value: number): boolean {
    const [at, same] = [value >> 2, this.#exports.trueValue() >> 2];
    return this.#words[at] === this.#words[same] && this.#words[at + 1] === this.#words[same + 1];
  }

  /** Reads a property. Check the result with `errorOf`, since a getter may throw. */
  property(object: number, name: string): number {
    const key = this.newString(name);
    const value = this.#exports.getProperty(this.#context, object, key);
    this.free(key);
    return value;
  }

  free(value: number): void {
    this.#exports.freeValue(this.#context, value);
  }

  /** Writes a text into newly allocated memory. Throws a `RangeError` if the instance has no memory left. */
  #longText(text: string): { readonly pointer: number; readonly length: number } {
    const bytes = encoder.encode(text);
    const pointer = this.#exports.malloc(bytes.length + 1);
    if (pointer === 0) throw new RangeError("the instance has no memory left");
    this.#bytes.set(bytes, pointer);
    this.#bytes[pointer + bytes.length] = 0;
    return { pointer, length: bytes.length };
  }

  /** Writes a short text into the scratch memory. The next short text overwrites it. */
  #text(text: string): number {
    this.#write(text, this.#scratch, scratchBytes - 1);
    return this.#scratch;
  }

  #write(text: string, pointer: number, room: number): void {
    const { written } = encoder.encodeInto(text, this.#bytes.subarray(pointer, pointer + room));
    this.#bytes[pointer + written] = 0;
  }

  #read(pointer: number): string {
    return decoder.decode(this.#bytes.subarray(pointer, this.#bytes.indexOf(0, pointer)));
  }

  get #heapEnd(): number {
    return this.#words[heapEndAddress >> 2]!;
  }

  /** In an idle instance the stack is empty, and its top is the start of the heap. */
  get heapStart(): number {
    return this.#exports.stackPointer();
  }

  #clearStack(): void {
    let quiet = 0;
    let top = this.heapStart;
    for (; top > dataBytes && quiet < quietStackBytes; top -= pageBytes) {
      const start = Math.max(dataBytes, top - pageBytes);
      if (isZero(this.#words, start >> 2, top >> 2)) quiet += pageBytes;
      else {
        this.#bytes.fill(0, start, top);
        quiet = 0;
      }
    }
  }

  #grow(bytes: number): boolean {
    if (bytes > this.#limitBytes) this.#exceeded = true;
    // The engine treats a refusal as the end of the memory. It survives that only for large allocations.
    if (bytes > this.#limitBytes + graceBytes) return false;
    const before = this.#bytes.length;
    const generous = Math.min(before * 1.2, this.#limitBytes, maxPages * pageBytes);
    try {
      this.#memory.grow(Math.ceil((Math.max(bytes, generous) - before) / pageBytes));
    } catch {
      return false;
    }
    this.#bytes = new Uint8Array(this.#memory.buffer);
    this.#words = new Uint32Array(this.#memory.buffer);
    return true;
  }
}

const maxArguments = 3;

const idle: InstanceHost = { call: () => 0, shouldStop: () => false, checkTime: () => {} };

/** Whether all words are 0. Their number is a multiple of four, since the stack is aligned. */
function isZero(words: Uint32Array, start: number, end: number): boolean {
  for (let i = start; i < end; i += 4) {
    if ((words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]!) !== 0) return false;
  }
  return true;
}
