import { exportNames, heapEndAddress, type InstanceHost, moduleImports } from "./quickjs_module.ts";

/**
 * QuickJS as one WebAssembly instance with a memory of its own: its functions, strings in and out, its memory as an image.
 *
 * The package's own JavaScript is left out: instances must be made at once, without a promise, and all of an instance's
 * state must be in its memory.
 *
 * Invariants:
 * 1. Between two calls from the host no frame is on the engine's stack, and its globals are as they were when the instance
 *    was made. So the memory is all of its state, and an instance of the same module with the same bytes goes on alike.
 * 2. The memory is, from below: static data, the stack that grows down to it, and the heap, of which nothing beyond
 *    `heapEnd` was ever written. The allocator gives nothing back, so `heapEnd` only grows.
 * 3. Pointers that the host got after an image was taken mean nothing once the image is restored.
 */

/** The memory of an idle instance, without the parts that are zero. */
export interface MemoryImage {
  readonly data: Uint8Array;
  readonly heap: Uint8Array;
}

/** Addresses in the memory that the host uses. */
export interface InstanceAddresses {
  readonly scratch: number;
  readonly arguments: number;
  readonly runtime: number;
  readonly context: number;
}

const pageBytes = 64 * 1024;
/** What the module asks for at least: 16 MiB, of which only what is used takes up any. */
const initialPages = 256;
/** Half a gigabyte; the budget keeps a scope well below. */
const maxPages = 8_192;
/** What is let through once the budget is spent, while the code runs on to where it can be stopped. */
const graceBytes = 32 * 1024 * 1024;
/** Static data, and something of the lowest end of the stack, which nothing reaches. */
const dataBytes = 128 * 1024;
/**
 * Larger than any frame of the engine's, which checks what it takes for the variables of a function against the limit of
 * the stack, and else takes some KiB: what lies below so many zeros was never written.
 */
const quietStackBytes = 256 * 1024;
/** More of the stack than the code of our own takes. */
const ownStackBytes = 1024 * 1024;
/** Texts of less than a third of so many characters need no memory of their own. */
const scratchBytes = 16 * 1024;

type Exports = Readonly<Record<keyof typeof exportNames, (...args: number[]) => number>>;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** An instance of QuickJS. Values of the engine's are pointers, which whoever got them frees. */
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

  /** The state of the host's side. With an image of the memory it is all that an instance is. */
  get addresses(): InstanceAddresses {
    return {
      scratch: this.#scratch,
      arguments: this.#arguments,
      runtime: this.#runtime,
      context: this.#context,
    };
  }

  /** Makes a new instance equal to another one of the same module, as it was when the image was taken. */
  load(image: MemoryImage, addresses: InstanceAddresses): void {
    this.#scratch = addresses.scratch;
    this.#arguments = addresses.arguments;
    this.#runtime = addresses.runtime;
    this.#context = addresses.context;
    this.#bytes.set(image.data);
    this.#bytes.set(image.heap, this.heapStart);
  }

  /** Takes the image of an idle instance in which nothing has run but code of our own. */
  image(): MemoryImage {
    this.#bytes.fill(0, this.heapStart - ownStackBytes, this.heapStart);
    return this.liveImage();
  }

  /** Takes the image of an idle instance, whatever has run in it. */
  liveImage(): MemoryImage {
    return {
      data: this.#bytes.slice(0, dataBytes),
      heap: this.#bytes.slice(this.heapStart, this.#heapEnd),
    };
  }

  /** Makes the memory as it was when the image was taken, without a trace of anything later. */
  reset(image: MemoryImage): void {
    this.#clearStack();
    const imageEnd = this.heapStart + image.heap.length;
    this.#bytes.fill(0, imageEnd, Math.max(imageEnd, this.#heapEnd));
    this.#bytes.set(image.data);
    this.#bytes.set(image.heap, this.heapStart);
    this.host = idle;
    this.limitMemory(Infinity);
  }

  /** A copy of all of the memory. */
  dump(): Uint8Array {
    return this.#bytes.slice();
  }

  /** Bytes of the heap that were ever used. */
  get heapBytes(): number {
    return this.#heapEnd - this.heapStart;
  }

  /** Whether the memory is larger than at first; it never shrinks. */
  get hasGrown(): boolean {
    return this.#bytes.length > initialPages * pageBytes;
  }

  /** Whether the memory was to grow beyond the limit. */
  get exceededMemory(): boolean {
    return this.#exceeded;
  }

  /**
   * Sets how far the memory may grow beyond what it was at first.
   *
   * QuickJS in WebAssembly checks the size of each allocation but cannot count how much it holds, and it breaks when the
   * memory really ends. So whoever runs code sets a limit here, and stops the code when the limit was passed.
   */
  limitMemory(bytes: number): void {
    this.#limitBytes = initialPages * pageBytes + bytes;
    this.#exceeded = false;
  }

  setMaxStackSize(bytes: number): void {
    this.#exports.setMaxStackSize(this.#runtime, bytes);
  }

  /** Evaluates strict code in the global scope; the result is to be checked with `errorOf`. */
  evaluate(source: string, file: string): number {
    const { pointer, length } = this.#longText(source);
    const strict = 1 << 3;
    const result = this.#exports.evaluate(this.#context, pointer, length, this.#text(file), 0, strict);
    this.#exports.free(pointer);
    return result;
  }

  /** Calls a function without `this`; the result is to be checked with `errorOf`. */
  call(method: number, first = 0, second = 0, third = 0): number {
    const { call, undefinedValue } = this.#exports;
    const at = this.#arguments >> 2;
    this.#words[at] = first;
    this.#words[at + 1] = second;
    this.#words[at + 2] = third;
    const count = first === 0 ? 0 : second === 0 ? 1 : third === 0 ? 2 : 3;
    return call(this.#context, method, undefinedValue(), count, this.#arguments);
  }

  /** The error that a call ended with, or 0. */
  errorOf(result: number): number {
    return this.#exports.resolveException(this.#context, result);
  }

  /** Runs jobs, at most so many. Gives a value that is no number if one of them failed. */
  runJobs(most: number): number {
    return this.#exports.executePendingJob(this.#runtime, most, this.#scratch);
  }

  get hasJobs(): boolean {
    return this.#exports.isJobPending(this.#runtime) !== 0;
  }

  /** A function that calls the host. */
  newFunction(name: string, id: number): number {
    return this.#exports.newFunction(this.#context, this.#text(name), 0, 0, id);
  }

  newNumber(value: number): number {
    return this.#exports.newNumber(this.#context, value);
  }

  /** A boolean, which need not be freed. */
  booleanOf(value: boolean): number {
    return value ? this.#exports.trueValue() : this.#exports.falseValue();
  }

  /** A string; of a text up to its first character 0. */
  newString(text: string): number {
    const { free, newString } = this.#exports;
    if (text.length * 3 < scratchBytes) return newString(this.#context, this.#text(text));
    const { pointer } = this.#longText(text);
    const result = newString(this.#context, pointer);
    free(pointer);
    return result;
  }

  /** The text of a value that is a string; `undefined` when the instance has no memory left for it. */
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
    // Two letters tell it.
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

  /** A property; it is to be checked with `errorOf`, as a getter may throw. */
  property(object: number, name: string): number {
    const key = this.newString(name);
    const value = this.#exports.getProperty(this.#context, object, key);
    this.free(key);
    return value;
  }

  free(value: number): void {
    this.#exports.freeValue(this.#context, value);
  }

  /** Writes a text into memory of its own. Throws a `RangeError` when the instance has none left. */
  #longText(text: string): { readonly pointer: number; readonly length: number } {
    const bytes = encoder.encode(text);
    const pointer = this.#exports.malloc(bytes.length + 1);
    if (pointer === 0) throw new RangeError("the instance has no memory left");
    this.#bytes.set(bytes, pointer);
    this.#bytes[pointer + bytes.length] = 0;
    return { pointer, length: bytes.length };
  }

  /** Writes a short text where the next one will be. */
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

  /** At rest the stack is empty, and the heap begins where it does. */
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
    // The engine takes this for the end of the memory, which it survives for large things only.
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

/** Whether words are all 0; of those that begin and end where a stack may, there is a multiple of four. */
function isZero(words: Uint32Array, start: number, end: number): boolean {
  for (let i = start; i < end; i += 4) {
    if ((words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]!) !== 0) return false;
  }
  return true;
}
