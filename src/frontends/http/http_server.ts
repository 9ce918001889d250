import { createServer, type Server } from "node:http";
import { type AddressInfo, Server as NetServer, type Socket } from "node:net";
import type { Duplex, Readable } from "node:stream";
import { exitCodes, messageOf, PlaybooksError } from "../../errors.ts";
import type { HttpBounds } from "./http_bounds.ts";
import { HttpGate } from "./http_gate.ts";
import { HttpError, type ProblemKind, problemOf, problemResponse, problemType } from "./problem.ts";

/** A server that listens. */
interface BoundedServer {
  readonly port: number;
  /** Takes no more connections, waits for the answers under way, and then ends the connections that are left. */
  close(): Promise<void>;
}

/**
 * Listens, and answers with `fetch`. Clients that send too much, or too slowly, or do not read, are dropped: see
 * `HttpBounds`. Throws a `PlaybooksError` (exit 2) if it cannot listen.
 */
export async function serveHttp(
  { getRequestListener }: Pick<typeof import("./http_library.ts"), "getRequestListener">,
  { hostname, port, bounds, fetch, onFault }: {
    readonly hostname: string;
    /** 0 for any that is free. */
    readonly port: number;
    readonly bounds: HttpBounds;
    readonly fetch: (request: Request) => Promise<Response>;
    /** Hears errors of the server that belong to no request. */
    readonly onFault: (error: unknown) => void;
  },
): Promise<BoundedServer> {
  // Deno's own server has no bounds of time or of connections.
  const server = createServer(
    {
      maxHeaderSize: bounds.maxHeadBytes,
      headersTimeout: bounds.headMs,
      requestTimeout: bounds.requestMs,
      keepAliveTimeout: bounds.idleMs,
      connectionsCheckingInterval: bounds.checkMs,
    },
    getRequestListener(async (request, { incoming }) => {
      const response = isHeadTooLong(request, bounds) ? tooLongHead() : await fetch(request);
      if (!["GET", "HEAD"].includes(request.method)) await sendingEnds(incoming, bounds);
      return response;
    }, { overrideGlobalObjects: false, errorHandler: unreadableResponse }),
  );
  server.maxConnections = bounds.maxConnections;
  // Ends a connection on which nothing moves: its client does not read the answer.
  server.on("connection", (socket: Socket) => {
    socket.setTimeout(bounds.requestMs + bounds.stalledMs, () => socket.destroy());
  });
  server.on("clientError", refuse);
  const isBounded = server instanceof NetServer;
  const { port: bound } = await listening(
    server,
    isBounded ? { hostname, port } : { hostname: "127.0.0.1", port: 0 },
  );
  // A connection that could not be taken, as when files are lacking, must not end the sessions here.
  server.on("error", onFault);
  if (isBounded) return { port: bound, close: () => closed(server) };
  const gate = opened({ hostname, port, bounds, innerPort: bound, lateAnswer: lateAnswer(), onFault });
  return {
    port: gate.port,
    close: async () => {
      gate.close();
      // This server waits for all answers, also for those whose connections have ended.
      const late = Promise.withResolvers<void>();
      const timer = setTimeout(late.resolve, closeMs);
      await Promise.race([closed(server), late.promise]);
      clearTimeout(timer);
      gate[Symbol.dispose]();
    },
  };
}

function opened(parts: ConstructorParameters<typeof HttpGate>[0]): HttpGate {
  try {
    return new HttpGate(parts);
  } catch (error) {
    throw cannotListen(parts, error);
  }
}

function lateAnswer(): Uint8Array {
  return new TextEncoder().encode(refusal("ERR_HTTP_REQUEST_TIMEOUT"));
}

function listening(
  server: Server,
  { hostname, port }: { readonly hostname: string; readonly port: number },
): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<AddressInfo>();
  server.once("error", (error) => reject(cannotListen({ hostname, port }, error)));
  server.listen({ host: hostname, port, exclusive: true }, () => resolve(server.address() as AddressInfo));
  return promise;
}

function cannotListen(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  error: unknown,
): PlaybooksError {
  return new PlaybooksError(
    `Cannot listen on ${hostname}, port ${port}: ${
      messageOf(error)
    }; name another with --port N, or leave it out`,
    { exitCode: exitCodes.usage, cause: error },
  );
}

/**
 * Drops what a client still sends, within the bounds of a request, so that it can read a refusal: many clients read only
 * after they have sent all, and a server that answers earlier ends the connection under them.
 */
async function sendingEnds(incoming: Readable, { requestMs, maxBodyBytes }: HttpBounds): Promise<void> {
  if (incoming.readableEnded || incoming.destroyed) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  let dropped = 0;
  const drop = (chunk: Uint8Array) => {
    dropped += chunk.length;
    if (dropped > maxDroppedBodies * maxBodyBytes) resolve();
  };
  // A reader that stopped in the middle pauses it again and again.
  const goOn = () => queueMicrotask(() => incoming.resume());
  const timer = setTimeout(resolve, requestMs);
  for (const end of ["end", "close", "error"]) incoming.once(end, resolve);
  incoming.on("data", drop).on("pause", goOn).resume();
  await promise;
  clearTimeout(timer);
  for (const end of ["end", "close", "error"]) incoming.off(end, resolve);
  incoming.off("data", drop).off("pause", goOn);
}

/** A client that sends more bodies of the largest size is not listened to any longer. */
const maxDroppedBodies = 16;

/** Whether a head is over its bound. Node refuses it earlier; Deno before 2.9 takes heads of any length. */
function isHeadTooLong({ url, headers }: Request, { maxHeadBytes }: HttpBounds): boolean {
  let length = url.length;
  for (const [name, value] of headers) length += name.length + value.length + 4;
  return length > maxHeadBytes;
}

function tooLongHead(): Response {
  return problemResponse(new HttpError("head-too-large", longHead));
}

const longHead = "The head of the request is too long; send fewer or shorter headers";

/** Answers a request whose head has no address: the library makes one of the host and the path. */
function unreadableResponse(error: unknown): Response {
  const isOfHead = error instanceof Error && error.name === "RequestError";
  return problemResponse(
    isOfHead
      ? new HttpError(
        "bad-request",
        `The head of the request is wrong: ${error.message}; send one Host header with the host and the port of ` +
          "the address that the server printed, and a path that begins with /",
      )
      : error,
  );
}

/** Answers a request that could not be read, and ends its connection. */
function refuse(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET" || error.code === "EPIPE") {
    socket.destroy();
    return;
  }
  socket.end(refusal(error.code));
}

/** The text of an answer that ends its connection. */
function refusal(code: string | undefined): string {
  const [kind, detail] = refusalOf(code);
  const problem = problemOf(new HttpError(kind, detail));
  const body = `${JSON.stringify(problem)}\n`;
  return `HTTP/1.1 ${problem.status} ${problem.title}\r\nContent-Type: ${problemType}\r\n` +
    `Content-Length: ${new TextEncoder().encode(body).length}\r\nConnection: close\r\n\r\n${body}`;
}

function refusalOf(code: string | undefined): readonly [ProblemKind, string] {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return ["too-slow", "The request did not arrive in time; send it at once"];
    case "HPE_HEADER_OVERFLOW":
      return ["head-too-large", longHead];
    default:
      return ["bad-request", "This is no request of HTTP/1.1"];
  }
}

async function closed(server: Server): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.close(() => resolve());
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), closeMs);
  await promise;
  clearTimeout(timer);
}

/** The time for answers that are under way when the server closes. */
const closeMs = 2000;
