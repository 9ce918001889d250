/** Outside work in progress, by name. The session is not idle while there is any. */
export class InFlight {
  readonly #aborts = new Map<string, AbortController>();

  get size(): number {
    return this.#aborts.size;
  }

  has(name: string): boolean {
    return this.#aborts.has(name);
  }

  /** Notes that work begins. The signal aborts when the work is cancelled. */
  begin(name: string): AbortSignal {
    const abort = new AbortController();
    this.#aborts.set(name, abort);
    return abort.signal;
  }

  end(name: string): void {
    this.#aborts.delete(name);
  }

  /** Cancels the work of this name, if there is any. */
  abort(name: string): void {
    this.#aborts.get(name)?.abort();
    this.#aborts.delete(name);
  }

  /** Cancels all work. */
  abortAll(): void {
    for (const abort of this.#aborts.values()) abort.abort();
    this.#aborts.clear();
  }
}
