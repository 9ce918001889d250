/** All requests that leave the process. Each is sent once, with checked redirects and with bounds on size and time. */
export { type AnswerBounds, answerBounds, defaultNetBounds } from "./bounds.ts";
export {
  type BodyWatch,
  boundedEvents,
  boundedTo,
  cutAfter,
  readBody,
  TooLargeError,
  watchedResponse,
} from "./counted_body.ts";
export { startDeadline, TimeOverError } from "./deadline.ts";
export { errorsOf, failureText } from "./failure_text.ts";
export { checkAddress, isHostEntry, type Lookup, permits, systemLookup } from "./permission.ts";
export { followRedirect, type Hop, maxRedirects, redirectOf, shownAddress } from "./redirect.ts";
export { isSafeMethod, neverReached, sendOnce } from "./send_once.ts";
