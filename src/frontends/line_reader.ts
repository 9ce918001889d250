import { type Input, readSome } from "./streams.ts";

/**
 * Reads the lines of an input, one for each ask.
 *
 * Invariant: no byte after the requested line is taken from the input, unless the line is longer than `exactBytes`. So in
 * `(playbooks run a.pb; playbooks resume) < answers` each command finds its own answers. The first read waits for the first
 * ask. An aborted ask leaves its bytes for the next line.
 */
export class LineReader {
  readonly #input: Input;
  /** Bytes that were read and not yet returned. */
  #bytes = new Uint8Array(0);
  #ended = false;
  #reading: Promise<void> | undefined;
  /** Serialises asks, so that two of them never get parts of one line. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(input: Input) {
    this.#input = input;
  }

  /** The next line without its end (LF or CRLF), or `undefined` at the end of the input. Rejects when aborted. */
  next(signal: AbortSignal): Promise<string | undefined> {
    const line = this.#turn.then(() => this.#line(signal));
    this.#turn = line.catch(() => {});
    return unlessAborted(line, signal);
  }

  /** The rest of the input. */
  async rest(): Promise<string> {
    while (!this.#ended) await this.#read(chunkBytes);
    const text = new TextDecoder().decode(this.#bytes);
    this.#bytes = new Uint8Array(0);
    return text;
  }

  async #line(signal: AbortSignal): Promise<string | undefined> {
    for (let searched = 0;;) {
      signal.throwIfAborted();
      const end = this.#bytes.indexOf(newline, searched);
      if (end >= 0 || this.#ended) return this.#take(end);
      searched = this.#bytes.length;
      await unlessAborted(this.#read(this.#bytes.length < exactBytes ? 1 : chunkBytes), signal);
    }
  }

  /** Takes the bytes before `end`, or all bytes if `end` is negative. */
  #take(end: number): string | undefined {
    if (end < 0 && this.#bytes.length === 0) return undefined;
    const line = end < 0 ? this.#bytes : this.#bytes.subarray(0, end);
    this.#bytes = end < 0 ? new Uint8Array(0) : this.#bytes.slice(end + 1);
    return new TextDecoder().decode(line).replace(/\r$/, "");
  }

  /** Reads once. A read cannot be cancelled, so all callers share the pending one. */
  #read(size: number): Promise<void> {
    this.#reading ??= this.#readOnce(size).finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #readOnce(size: number): Promise<void> {
    const buffer = new Uint8Array(size);
    const count = await readSome(this.#input, buffer);
    if (count === null) {
      this.#ended = true;
      return;
    }
    const joined = new Uint8Array(this.#bytes.length + count);
    joined.set(this.#bytes);
    joined.set(buffer.subarray(0, count), this.#bytes.length);
    this.#bytes = joined;
  }
}

/** Waits for `promise`, at most until `signal` aborts. */
export function unlessAborted<Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** Longer than a typed line. A longer line is read in chunks, which may take bytes after the line. */
const exactBytes = 4096;
const chunkBytes = 65536;
const newline = 10;
