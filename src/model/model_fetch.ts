import { redirectOf, sendOnce, shownAddress } from "../net/mod.ts";
import { NoServerError, RedirectError } from "./attempt.ts";

/**
 * How a provider is asked. A request is sent once. A redirect is an error, since the other server would get the key and the
 * prompt. A web page is an error, since it would look like an empty answer: a wrong address often leads to one.
 */
export const modelFetch: typeof fetch = async (input, init) => {
  const url = input instanceof Request ? input.url : input;
  const response = await sendOnce(fetch, url, init ?? {});
  const location = redirectOf(response);
  const isPage = response.ok && /\bhtml\b/i.test(response.headers.get("content-type") ?? "");
  if (location === undefined && !isPage) return response;
  await response.body?.cancel();
  if (location === undefined) throw new NoServerError();
  throw new RedirectError(
    URL.canParse(location, url) ? shownAddress(new URL(location, url)) : "another address",
  );
};
