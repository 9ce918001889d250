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
import { NoServerError, RedirectError } from "./attempt_errors.ts";

/**
 * Makes the `fetch` for requests to providers. It sends a request once, and bounds its time and its answer. A redirect
 * is an error, since the other server would get the key and the prompt. A web page is an error, since it would look
 * like an empty answer. A wrong address often gives a web page.
 */
export function modelFetch(bounds: AnswerBounds): typeof fetch {
  return async (input, init?: RequestInit) => {
    const url = input instanceof Request ? input.url : input;
    const deadline = startDeadline(bounds.maxRequestMs, init?.signal);
    try {
      const response = await sendOnce(fetch, url, { ...init, signal: deadline.signal });
      await refuseOthers(response, url);
      return watchedResponse(response, {
        take: watchOf(response, bounds),
        ended: () => deadline[Symbol.dispose](),
      });
    } catch (error) {
      deadline[Symbol.dispose]();
      throw error;
    }
  };
}

async function refuseOthers(response: Response, url: string | URL): Promise<void> {
  const location = redirectOf(response);
  const isPage = response.ok && /\bhtml\b/i.test(response.headers.get("content-type") ?? "");
  if (location === undefined && !isPage) return;
  await response.body?.cancel();
  if (location === undefined) throw new NoServerError();
  throw new RedirectError(
    URL.canParse(location, url) ? shownAddress(new URL(location, url)) : "another address",
  );
}

/** Bounds the bytes of a response; {@linkcode AnswerReader} bounds the words in it. */
function watchOf(response: Response, { maxAnswerBytes, maxErrorBodyBytes }: AnswerBounds): BodyWatch["take"] {
  if (!response.ok) return cutAfter(maxErrorBodyBytes);
  const whole = boundedTo(maxAnswerBytes * maxEscaping + frameBytes);
  if (!/event-stream/i.test(response.headers.get("content-type") ?? "")) return whole;
  const event = boundedEvents(maxAnswerBytes * maxEscaping + frameBytes);
  const all = boundedTo(maxAnswerBytes * bytesPerByte + frameBytes);
  return (chunk, end) => event(all(chunk, end), end);
}

/** JSON may encode one byte as six, for example `\u0000`. */
const maxEscaping = 6;
/** Extra bytes for the data around the words: ids, usage, signatures of thoughts. */
const frameBytes = 1024 * 1024;
/** An event for a few letters takes hundreds of bytes. */
const bytesPerByte = 256;
