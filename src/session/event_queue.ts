/** Buffers events for one reader, which may be slow. */
export class EventQueue<Event> implements AsyncIterableIterator<Event> {
  readonly #events: Event[] = [];
  readonly #onReturn: () => void;
  #next: PromiseWithResolvers<void> | undefined;
  #isClosed = false;

  /** `onReturn` is called when the reader stops reading. */
  constructor(onReturn: () => void) {
    this.#onReturn = onReturn;
  }

  /** Adds an event, unless the queue has ended. */
  push(event: Event): void {
    if (this.#isClosed) return;
    this.#events.push(event);
    this.#next?.resolve();
  }

  /** Ends the queue. The reader still gets the buffered events. */
  close(): void {
    this.#isClosed = true;
    this.#next?.resolve();
  }

  async next(): Promise<IteratorResult<Event>> {
    while (this.#events.length === 0) {
      if (this.#isClosed) return { done: true, value: undefined };
      this.#next = Promise.withResolvers();
      await this.#next.promise;
    }
    return { done: false, value: this.#events.shift()! };
  }

  return(): Promise<IteratorResult<Event>> {
    this.close();
    this.#events.length = 0;
    this.#onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
