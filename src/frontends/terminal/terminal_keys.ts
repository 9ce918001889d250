import { unlessAborted } from "../line_reader.ts";
import { type Input, type Output, readSome } from "../streams.ts";
import { tell } from "../tell.ts";
import { type Key, pasteMarksOff, pasteMarksOn, readKeys } from "./keys.ts";

/** The keyboard of a terminal: its mode, and its keys one at a time. */
export class TerminalKeys {
  readonly #stdin: Input;
  readonly #stderr: Output;
  readonly #decoder = new TextDecoder();
  /** Keys and bytes that were read and not yet taken. */
  #keys: readonly Key[] = [];
  #rest = "";
  #reading: Promise<string | undefined> | undefined;
  #isRaw = false;

  constructor(stdin: Input, stderr: Output) {
    this.#stdin = stdin;
    this.#stderr = stderr;
  }

  /** Turns the system's own line editing off. Ctrl+C and Ctrl+Z stay signals if the system supports it (`cbreak`). */
  begin(): void {
    this.#isRaw = true;
    this.#stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
    tell(this.#stderr, pasteMarksOn);
  }

  /** Restores the terminal's mode. */
  end(): void {
    if (!this.#isRaw) return;
    this.#isRaw = false;
    tell(this.#stderr, pasteMarksOff);
    this.#stdin.setRaw(false);
  }

  /** After Ctrl+Z and `fg`: the shell has changed the mode. */
  takeBack(): void {
    if (this.#isRaw) this.begin();
  }

  /** The next key that was read already. */
  take(): Key | undefined {
    const [key, ...others] = this.#keys;
    this.#keys = others;
    return key;
  }

  /** Waits for more keys. Resolves to `false` at the end of the input. */
  async more(signal: AbortSignal): Promise<boolean> {
    const input = await unlessAborted(this.#input(), signal);
    if (input === undefined) return false;
    const { keys, rest } = readKeys(this.#rest + input);
    this.#keys = keys;
    this.#rest = rest;
    return true;
  }

  /** The next input of the terminal. A read cannot be cancelled, so the next caller uses the pending one. */
  #input(): Promise<string | undefined> {
    this.#reading ??= this.#inputOnce().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #inputOnce(): Promise<string | undefined> {
    const buffer = new Uint8Array(inputBytes);
    const count = await readSome(this.#stdin, buffer);
    return count === null ? undefined : this.#decoder.decode(buffer.subarray(0, count), { stream: true });
  }
}

/** A paste of usual size arrives within this size. */
const inputBytes = 4096;
