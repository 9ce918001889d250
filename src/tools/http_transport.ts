import type { Transport } from "@modelcontextprotocol/client";
import { sendOnce } from "../net/mod.ts";
import type { ClientLibrary } from "./library.ts";
import type { HttpTarget } from "./target.ts";

/** A transport to a server at an address. Bodies are bounded while they stream, and no request is sent twice. */
export function httpTransport(
  { url, headers, oauth, transport }: HttpTarget,
  kind: "streamable-http" | "sse",
  { library, fetch: send, maxMessageBytes }: {
    readonly library: ClientLibrary;
    readonly fetch: typeof fetch;
    readonly maxMessageBytes: number;
  },
): Transport {
  void transport;
  const { ClientCredentialsProvider, StreamableHTTPClientTransport, SSEClientTransport } = library;
  const { clientId, clientSecret, scope, issuer } = oauth ?? {};
  const authProvider = clientId === undefined || clientSecret === undefined
    ? undefined
    : new ClientCredentialsProvider(
      {
        clientId,
        clientSecret,
        clientName: "playbooks",
        ...(scope === undefined ? {} : { scope }),
        // Without it, the tool server would choose who gets the credentials.
        expectedIssuer: issuer ?? new URL(url).origin,
      } as ConstructorParameters<ClientLibrary["ClientCredentialsProvider"]>[0],
    );
  let onStreamEnd = () => {};
  const boundedFetch = async (address: string | URL, init?: RequestInit) => {
    const onBodyEnd = init?.method === "POST" ? () => {} : () => onStreamEnd();
    const response = await sendOnce(send, address, { ...init, method: init?.method ?? "GET" });
    return boundedResponse(response, maxMessageBytes, onBodyEnd);
  };
  const options = {
    requestInit: { headers: { ...headers } },
    fetch: boundedFetch,
    ...(authProvider === undefined ? {} : { authProvider }),
  };
  if (kind === "streamable-http") {
    return new StreamableHTTPClientTransport(new URL(url), { ...options, onInsufficientScope: "throw" });
  }
  const events = new SSEClientTransport(new URL(url), options);
  // The library would open another stream, which is another session for the server, without a greeting. Answers to
  // requests of this session never come.
  onStreamEnd = () => void events.close();
  return events;
}

/** The same response; a line of its body may not be longer than the bound. A stream of many messages may. */
function boundedResponse(response: Response, maxLineBytes: number, onEnd: () => void): Response {
  const { body, status, statusText, headers } = response;
  if (body === null) return response;
  let line = 0;
  const bounded = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      const end = chunk.lastIndexOf(10);
      const first = chunk.indexOf(10);
      line += end < 0 ? chunk.length : first;
      if (line > maxLineBytes) throw new TypeError("a message of the server is too large");
      if (end >= 0) line = chunk.length - end - 1;
      controller.enqueue(chunk);
    },
  });
  body.pipeTo(bounded.writable).then(onEnd, onEnd);
  return new Response(bounded.readable, { status, statusText, headers });
}
