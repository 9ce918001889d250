/** All requests that leave the process: sent once, redirects seen, sizes and times bounded. */
export { failureText } from "./failure_text.ts";
export { followRedirect, type Hop, maxRedirects, redirectOf, shownAddress } from "./redirect.ts";
export { isSafeMethod, neverReached, type OneRequest, sendOnce } from "./send_once.ts";
