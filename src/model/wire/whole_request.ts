import type { Protocol } from "../providers.ts";

/** The same request for an answer in one piece; `undefined` for a body that is no JSON object. */
export function wholeRequest(
  protocol: Protocol,
  { url, body }: { readonly url: string; readonly body: string },
): { readonly url: string; readonly body: string } {
  if (protocol === "google") {
    const address = new URL(url);
    address.pathname = address.pathname.replace(/:streamGenerateContent$/, ":generateContent");
    address.searchParams.delete("alt");
    return { url: address.href, body };
  }
  const { stream: _, stream_options: __, ...rest } = JSON.parse(body) as Record<string, unknown>;
  return { url, body: JSON.stringify(rest) };
}
