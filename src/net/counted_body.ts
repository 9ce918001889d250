import { concatBytes } from "./concat_bytes.ts";
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
 * Reads a body. It counts bytes as they arrive, after decompression, so that memory stays within the bound. Throws a
 * {@linkcode TooLargeError} at the first byte beyond `maxBytes`.
 */
export async function readBody(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // A throw inside the loop cancels the body, and so the request.
  for await (const chunk of body ?? []) {
    size += chunk.length;
    if (size > maxBytes) throw new TooLargeError(maxBytes);
    // A chunk may be a small view that keeps a large buffer in memory, so copy it.
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

/** Watches a body while another reader reads it. */
export interface BodyWatch {
  /** Takes the next bytes and returns the bytes to pass on. May throw; `end` ends the body after them. */
  take(chunk: Uint8Array, end: () => void): Uint8Array;
  /** The bytes to pass on after the last chunk. May throw. */
  rest?(): Uint8Array;
  /** The last bytes to pass on after an error, if the body can do without the rest; else the reader gets the error. */
  broken?(): Uint8Array | undefined;
  /** Called at the end of the body, also after an error or a cancellation. */
  ended(): void;
}

/** Returns the same response with a watched body. */
export function watchedResponse(response: Response, watch: BodyWatch): Response {
  const { body, status, statusText, headers } = response;
  if (body === null) {
    watch.ended();
    return response;
  }
  const reader = body.getReader();
  let yieldedMs = performance.now();
  const watched = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        for (let passed = 0; passed === 0;) {
          const { done, value } = await reader.read();
          // The reads of a busy body complete without a turn of the event loop. Timers and signals need one.
          if (performance.now() - yieldedMs > maxBusyMs) {
            await new Promise((resolve) => setTimeout(resolve, 0));
            yieldedMs = performance.now();
          }
          const bytes = done ? watch.rest?.() : watch.take(value, () => ended = true);
          passed = bytes?.length ?? 0;
          if (passed > 0) controller.enqueue(bytes!);
          if (ended) await reader.cancel();
          if (done || ended) return finish();
        }
      } catch (error) {
        await reader.cancel(error).catch(() => {
          // The request has already failed.
        });
        const bytes = watch.broken?.();
        if (bytes) {
          if (bytes.length > 0) controller.enqueue(bytes);
          return finish();
        }
        watch.ended();
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

/** Milliseconds of reading without a turn of the event loop. */
const maxBusyMs = 20;

/** Passes on the first `maxBytes` of a body, then a note, and ends there. */
export function cutAfter(maxBytes: number): BodyWatch["take"] {
  let left = maxBytes;
  return (chunk, end) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length === chunk.length) return part;
    end();
    return concatBytes(part, new TextEncoder().encode(` … (cut at ${shownSize(maxBytes)})`));
  };
}

/** Passes on a body and throws a {@linkcode TooLargeError} beyond `maxBytes`. */
export function boundedTo(maxBytes: number): BodyWatch["take"] {
  let left = maxBytes;
  return (chunk) => {
    left -= chunk.length;
    if (left < 0) throw new TooLargeError(maxBytes);
    return chunk;
  };
}

/**
 * Passes on a stream of server-sent events. Throws a {@linkcode TooLargeError} if one event, up to its empty line, is
 * larger than `maxBytes`, since a reader keeps a whole event in memory.
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
