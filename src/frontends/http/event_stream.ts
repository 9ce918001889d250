import { lineText } from "../json_line.ts";
import type { HttpBounds } from "./http_bounds.ts";
import { HttpError, type HttpProblem } from "./problem.ts";
import type { StreamLine } from "./session_lines.ts";

/** The open streams of a server. */
export class EventStreams {
  readonly #bounds: HttpBounds;
  readonly #nowMs: () => number;
  readonly #problemOf: (error: unknown) => HttpProblem;
  readonly #open = new Set<AbortController>();

  /** `problemOf` words an error of a source for its reader. */
  constructor(bounds: HttpBounds, nowMs: () => number, problemOf: (error: unknown) => HttpProblem) {
    this.#bounds = bounds;
    this.#nowMs = nowMs;
    this.#problemOf = problemOf;
  }

  /** Answers with server-sent events. Throws an `HttpError` if there are too many streams. */
  open(linesUntil: (signal: AbortSignal) => AsyncGenerator<readonly StreamLine[]>): Response {
    if (this.#open.size >= this.#bounds.maxStreams) {
      throw new HttpError(
        "too-many",
        `The server has ${this.#open.size} open streams of events, and takes no more; close one, and try again`,
        { headers: { "retry-after": "5" } },
      );
    }
    const abort = new AbortController();
    this.#open.add(abort);
    const stream = new LineStream(linesUntil(abort.signal), this.#bounds, {
      signal: abort.signal,
      nowMs: this.#nowMs,
      problemOf: this.#problemOf,
      onEnd: () => {
        abort.abort();
        this.#open.delete(abort);
      },
    });
    return new Response(stream.bytes, {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        // A proxy must pass each event on at once.
        "x-accel-buffering": "no",
      },
    });
  }

  /** Ends all streams. Their clients connect again, and continue where they were. */
  close(): void {
    for (const abort of this.#open) abort.abort();
  }
}

/** One stream: it takes lines as fast as its client reads, and drops a client that does not read. */
class LineStream {
  readonly bytes: ReadableStream<Uint8Array>;
  readonly #lines: AsyncGenerator<readonly StreamLine[]>;
  readonly #bounds: HttpBounds;
  readonly #signal: AbortSignal;
  readonly #nowMs: () => number;
  readonly #problemOf: (error: unknown) => HttpProblem;
  readonly #onEnd: () => void;
  readonly #encoder = new TextEncoder();
  #pending: Promise<IteratorResult<readonly StreamLine[]>> | undefined;
  #stalled: ReturnType<typeof setTimeout> | undefined;
  #hasBegun = false;
  /** Whether the client has left. Its stream takes no more text. */
  #isLeft = false;

  constructor(
    lines: AsyncGenerator<readonly StreamLine[]>,
    bounds: HttpBounds,
    { signal, nowMs, problemOf, onEnd }: {
      readonly signal: AbortSignal;
      readonly nowMs: () => number;
      readonly problemOf: (error: unknown) => HttpProblem;
      readonly onEnd: () => void;
    },
  ) {
    this.#lines = lines;
    this.#bounds = bounds;
    this.#signal = signal;
    this.#nowMs = nowMs;
    this.#problemOf = problemOf;
    this.#onEnd = onEnd;
    this.bytes = new ReadableStream({
      pull: (controller) => this.#pull(controller),
      cancel: () => {
        this.#isLeft = true;
        this.#end();
      },
    });
  }

  async #pull(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    clearTimeout(this.#stalled);
    try {
      const text = await this.#next();
      if (this.#isLeft) return;
      if (text === undefined) {
        this.#end();
        return controller.close();
      }
      controller.enqueue(this.#encoder.encode(text));
      this.#stalled = setTimeout(() => {
        // The stream gives its place to others. The server ends the connection, on which nothing moves.
        this.#end();
        controller.close();
      }, this.#bounds.stalledMs);
    } catch (error) {
      this.#end();
      if (this.#isLeft) return;
      const text = `event: problem\ndata: ${JSON.stringify(this.#problemOf(error))}\n\n`;
      controller.enqueue(this.#encoder.encode(text));
      controller.close();
    }
  }

  /** The text of the next lines, or a comment; `undefined` at the end. */
  async #next(): Promise<string | undefined> {
    if (!this.#hasBegun) {
      this.#hasBegun = true;
      return `retry: ${reconnectMs}\n\n`;
    }
    while (!this.#signal.aborted) {
      this.#pending ??= this.#nextLines();
      const result = await withinTime(this.#pending, this.#bounds.heartbeatMs);
      if (result === undefined) return ":\n\n";
      this.#pending = undefined;
      if (result.done) return undefined;
      if (result.value.length > 0) return result.value.map((line) => this.#textOf(line)).join("");
    }
    return undefined;
  }

  #nextLines(): Promise<IteratorResult<readonly StreamLine[]>> {
    const next = this.#lines.next();
    // The client may leave before this fails, and then nobody waits for it.
    next.catch(() => {});
    return next;
  }

  #textOf({ fact, position, id }: StreamLine): string {
    const text = lineText(fact, { position, nowMs: this.#nowMs() });
    return `${id === undefined ? "" : `id: ${id}\n`}data: ${text}\n`;
  }

  #end(): void {
    clearTimeout(this.#stalled);
    this.#onEnd();
    this.#lines.return(undefined).catch(() => {
      // The stream has ended; its client gets no error.
    });
  }
}

/** A client connects again after this time. */
const reconnectMs = 1000;

/** The value of a promise; `undefined` if it takes longer. */
async function withinTime<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<undefined>((resolve) => timer = setTimeout(() => resolve(undefined), ms));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
