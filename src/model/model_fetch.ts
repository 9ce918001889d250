import {
  type AnswerBounds,
  type BodyWatch,
  boundedEvents,
  boundedTo,
  cutAfter,
  redirectOf,
  sendOnce,
  shownAddress,
  startDeadline,
  watchedResponse,
} from "../net/mod.ts";
import {
  EmptyAnswerError,
  NoServerError,
  RedirectError,
  SilenceError,
  WordlessError,
} from "./attempt_errors.ts";
import type { Protocol } from "./providers.ts";
import { startSilence } from "./silence.ts";
import type { Timeouts } from "./timeouts.ts";
import { NormalizedBody } from "./wire/normalized_body.ts";
import { wholeRequest } from "./wire/whole_request.ts";

/** The form and the bounds of the requests to a model. */
interface FetchOptions {
  readonly protocol: Protocol;
  /** Whether the answers stream. Else the request is changed to ask for an answer in one piece. */
  readonly streams: boolean;
  readonly bounds: AnswerBounds;
  readonly timeouts: Timeouts;
  /** Whether answers stay in the form in which they came. */
  readonly isRaw?: true;
}

/**
 * Makes the `fetch` for requests to providers. It sends a request once, and bounds its time and its answer. An answer
 * always arrives as the server-sent events of the protocol, whatever its form was, unless `isRaw` is set.
 *
 * A redirect is an error, since the other server would get the key and the prompt. A web page is an error, since it
 * would look like an empty answer. A wrong address often gives a web page.
 */
export function modelFetch({ protocol, streams, bounds, timeouts, isRaw }: FetchOptions): typeof fetch {
  return async (input, init?: RequestInit) => {
    const address = input instanceof Request ? input.url : String(input);
    const request = !streams && typeof init?.body === "string"
      ? wholeRequest(protocol, { url: address, body: init.body })
      : { url: address, body: init?.body };
    using timers = new DisposableStack();
    const deadline = timers.use(startDeadline(timeouts.totalMs, init?.signal));
    const silence = timers.use(startSilence(timeouts.silenceMs, deadline.signal));
    const response = await sendOnce(fetch, request.url, {
      ...init,
      ...(request.body === undefined ? {} : { body: request.body }),
      signal: silence.signal,
    });
    await refuseOthers(response, request.url);
    const watched = timers.move();
    const reader = readerOf(response, {
      protocol,
      bounds,
      heard: silence.heard,
      ...(isRaw ? { isRaw } : {}),
    });
    return watchedResponse(response, {
      ...reader,
      take(chunk, end) {
        // Deno may not end the reads of a busy body after an abort.
        silence.signal.throwIfAborted();
        deadline.check();
        return reader.take(chunk, end);
      },
      ended: () => watched.dispose(),
    });
  };
}

/** Makes a `fetch` whose answers arrive as the server-sent events of the protocol, from one whose answers are raw. */
export function normalizedFetch(send: typeof fetch, protocol: Protocol): typeof fetch {
  return async (input, init?: RequestInit) => {
    const response = await send(input, init);
    if (!response.ok) return response;
    const body = new NormalizedBody(protocol);
    return watchedResponse(response, {
      take: (chunk) => body.push(chunk),
      rest: () => body.end(),
      broken: () => body.isFinished ? body.end() : undefined,
      ended: () => {},
    });
  };
}

async function refuseOthers(response: Response, url: string): Promise<void> {
  const location = redirectOf(response);
  const isPage = response.ok && /\bhtml\b/i.test(response.headers.get("content-type") ?? "");
  if (response.ok && response.body === null) throw new EmptyAnswerError();
  if (location === undefined && !isPage) return;
  await response.body?.cancel();
  if (location === undefined) throw new NoServerError();
  throw new RedirectError(
    URL.canParse(location, url) ? shownAddress(new URL(location, url)) : "another address",
  );
}

/** Bounds the bytes of a response, and normalizes an answer. {@linkcode AnswerReader} bounds the words in it. */
function readerOf(
  response: Response,
  { protocol, bounds, heard, isRaw }: Pick<FetchOptions, "protocol" | "bounds" | "isRaw"> & {
    readonly heard: (waitMs?: number) => void;
  },
): Omit<BodyWatch, "ended"> {
  const take = bounded(response, bounds);
  if (!response.ok) return { take };
  if (isRaw) {
    return {
      take(chunk: Uint8Array, end: () => void) {
        heard();
        return take(chunk, end);
      },
    };
  }
  const body = new NormalizedBody(protocol);
  const maxWordlessBytes = bounds.maxAnswerBytes * wordlessBytesPerByte + frameBytes;
  let finishedAtMs: number | undefined;
  return {
    take(chunk, end) {
      const events = body.push(take(chunk, end));
      if (body.wordlessBytes > maxWordlessBytes) throw new WordlessError(body.wordlessBytes);
      const waitMs = body.isDone ? doneMs : body.isFinished ? finishedMs : undefined;
      heard(waitMs);
      if (waitMs === undefined) return events;
      finishedAtMs ??= performance.now();
      // More data does not lengthen this wait. `broken` ends the answer.
      if (performance.now() - finishedAtMs > waitMs) throw new SilenceError(waitMs);
      return events;
    },
    rest: () => body.end(),
    broken: () => body.isFinished ? body.end() : undefined,
  };
}

function bounded(response: Response, { maxAnswerBytes, maxErrorBodyBytes }: AnswerBounds): BodyWatch["take"] {
  if (!response.ok) return cutAfter(maxErrorBodyBytes);
  const whole = boundedTo(maxAnswerBytes * maxEscaping + frameBytes);
  if (!/event-stream/i.test(response.headers.get("content-type") ?? "")) return whole;
  const event = boundedEvents(maxAnswerBytes * maxEscaping + frameBytes);
  const all = boundedTo(maxAnswerBytes * bytesPerByte + frameBytes);
  return (chunk, end) => event(all(chunk, end), end);
}

/** The longest wait for the usage, after all words of an answer have come. */
const finishedMs = 10_000;
/** The longest wait for the end of the connection, after the server has said that nothing more comes. */
const doneMs = 1_000;
/** JSON may encode one byte as six, for example `\u0000`. */
const maxEscaping = 6;
/** Extra bytes for the data around the words: ids, usage, signatures of thoughts. */
const frameBytes = 1024 * 1024;
/** The bytes on the wire for each byte of words: an event for a few letters takes hundreds of bytes. */
const bytesPerByte = 256;
/** The bytes on the wire that may come without any words, for each byte of words that an answer may have. */
const wordlessBytesPerByte = 64;
