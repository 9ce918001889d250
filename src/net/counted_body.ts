/** More bytes arrived than a bound allows. */
export class TooLargeError extends Error {
  constructor(maxBytes: number) {
    super(`it is larger than ${shownSize(maxBytes)}`);
  }
}

/** `16 MB`, `64 KB`, `100 bytes`. */
function shownSize(bytes: number): string {
  if (bytes >= 1024 * 1024) return `${roundedTo1(bytes / 1024 / 1024)} MB`;
  return bytes >= 1024 ? `${roundedTo1(bytes / 1024)} KB` : `${bytes} bytes`;
}

function roundedTo1(value: number): number {
  return Math.round(value * 10) / 10;
}

/**
 * Reads a body. Bytes count as they arrive, a compressed body as unpacked, so that memory stays within the bound. Throws a
 * {@linkcode TooLargeError} at the first byte beyond `maxBytes`.
 */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop by a throw cancels the body, and with it the request.
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new TooLargeError(maxBytes);
    // A chunk may be a small view of a large buffer, and would keep all of it in memory.
    chunks.push(chunk.length < chunk.buffer.byteLength / 2 ? chunk.slice() : chunk);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}

/** Watches a body that passes through. */
export interface BodyWatch {
  /** Takes the next bytes and gives those to pass on. May throw; `end` ends the body there. */
  take(chunk: Uint8Array, end: () => void): Uint8Array;
  /** Called at the end of the body, also after an error or a cancellation. */
  ended(): void;
}

/** The same response, with a body that is watched while it is read. */
export function watchedResponse(response: Response, watch: BodyWatch): Response {
  const { body, status, statusText, headers } = response;
  if (body === null) {
    watch.ended();
    return response;
  }
  const reader = body.getReader();
  const watched = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) return finish();
        const passed = watch.take(value, () => ended = true);
        if (passed.length > 0) controller.enqueue(passed);
        if (ended) {
          await reader.cancel();
          finish();
        } else if (passed.length === 0) await this.pull!(controller);
      } catch (error) {
        watch.ended();
        await reader.cancel(error).catch(() => {
          // The request has failed already.
        });
        throw error;
      }
      function finish() {
        watch.ended();
        controller.close();
      }
    },
    async cancel(reason) {
      watch.ended();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
  let ended = false;
  return new Response(watched, { status, statusText, headers });
}

/** Passes on the first `maxBytes` of a body, then a note, and ends there. */
export function cutAfter(maxBytes: number): BodyWatch["take"] {
  let left = maxBytes;
  return (chunk, end) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length === chunk.length) return part;
    end();
    return concat(part, new TextEncoder().encode(` … (cut at ${shownSize(maxBytes)})`));
  };
}

/** Passes a body on and throws a {@linkcode TooLargeError} beyond `maxBytes`. */
export function boundedTo(maxBytes: number): BodyWatch["take"] {
  let left = maxBytes;
  return (chunk) => {
    left -= chunk.length;
    if (left < 0) throw new TooLargeError(maxBytes);
    return chunk;
  };
}

/**
 * Passes a stream of server-sent events on and throws a {@linkcode TooLargeError} when one event, up to its empty line, is
 * larger than `maxBytes`: whoever reads the stream holds an event whole.
 */
export function boundedEvents(maxBytes: number): BodyWatch["take"] {
  let eventSize = 0;
  let lineSize = 0;
  return (chunk) => {
    for (const byte of chunk) {
      if (byte === lineFeed) {
        if (lineSize === 0) eventSize = 0;
        lineSize = 0;
      } else if (byte !== carriageReturn) lineSize++;
      if (++eventSize > maxBytes) throw new TooLargeError(maxBytes);
    }
    return chunk;
  };
}

const lineFeed = 10;
const carriageReturn = 13;

function concat(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
