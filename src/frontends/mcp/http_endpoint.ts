import type { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import { type AccessOptions, admit } from "../http/access.ts";
import { HttpError, problemResponse } from "../http/problem.ts";
import { type McpLibrary, toolServer, type ToolServerParts } from "./tool_server.ts";

/** The parts of an endpoint over HTTP. */
interface McpHttpParts extends ToolServerParts {
  /** Asked at each request, because the port is known only when the server listens. */
  readonly access: () => AccessOptions;
  readonly maxBodyBytes: number;
  /** Connections of clients that speak an older protocol. The one that was used least recently makes room. */
  readonly maxConnections: number;
}

/** A tool server over HTTP, as a function of requests. */
interface McpHttpApp {
  readonly fetch: (request: Request) => Promise<Response>;
  readonly close: () => Promise<void>;
}

/** The path of the endpoint. */
const path = "/mcp";

/** Makes an endpoint for both generations of the protocol. Every request passes the same checks as one of `serve`. */
export function mcpHttpApp(library: McpLibrary, parts: McpHttpParts): McpHttpApp {
  const { maxBodyBytes, onNote } = parts;
  const modern = library.createMcpHandler(({ era }) => toolServer(library, parts, era), {
    legacy: "reject",
    // A stream gets signs of life, so that a call of an hour keeps its connection.
    responseMode: "sse",
    maxRequestBodySize: maxBodyBytes,
    onerror: (error) => onNote?.(error),
  });
  const legacy = new LegacyConnections(library, parts);
  const fetch = async (request: Request): Promise<Response> => {
    try {
      const entrance = admit(request, parts.access());
      if (entrance.kind !== "open" || new URL(request.url).pathname !== path) {
        throw new HttpError(
          "not-found",
          `The endpoint is ${path}; send the token as Authorization: Bearer TOKEN`,
        );
      }
      const isLegacy = request.method !== "POST" ||
        await library.isLegacyRequest(request, undefined, { maxRequestBodySize: maxBodyBytes });
      return secured(await (isLegacy ? legacy.fetch(request) : modern.fetch(request)));
    } catch (error) {
      if (!(error instanceof HttpError)) parts.onFault(error);
      return secured(problemResponse(error));
    }
  };
  return {
    fetch,
    close: async () => {
      await Promise.all([modern.close(), legacy.close()]);
    },
  };
}

/** A client that has said hello in the older protocol. */
interface LegacyConnection {
  readonly transport: WebStandardStreamableHTTPServerTransport;
  /** Ends it, without ending its calls. */
  readonly giveUp: () => Promise<void>;
}

/** The connections of clients that speak a protocol before 2026-07-28, by the id that each got. */
class LegacyConnections {
  readonly #library: McpLibrary;
  readonly #parts: McpHttpParts;
  /** The one that was used least recently comes first. */
  readonly #connections = new Map<string, LegacyConnection>();

  constructor(library: McpLibrary, parts: McpHttpParts) {
    this.#library = library;
    this.#parts = parts;
  }

  async fetch(request: Request): Promise<Response> {
    const id = request.headers.get("mcp-session-id");
    if (id === null) return await (await this.#connect()).transport.handleRequest(request);
    const known = this.#connections.get(id);
    if (!known) return unknownConnection();
    this.#connections.delete(id);
    this.#connections.set(id, known);
    return await known.transport.handleRequest(request);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map(({ giveUp }) => giveUp()));
  }

  /** The transport refuses a request that is no greeting. */
  async #connect(): Promise<LegacyConnection> {
    const { maxBodyBytes } = this.#parts;
    let isGivenUp = false;
    const server = toolServer(this.#library, { ...this.#parts, isGivenUp: () => isGivenUp }, "legacy");
    const giveUp = async () => {
      isGivenUp = true;
      await server.close();
    };
    const transport: LegacyConnection["transport"] = new this.#library
      .WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      maxRequestBodySize: maxBodyBytes,
      onsessioninitialized: (id) => this.#add(id, { transport, giveUp }),
      onsessionclosed: (id) => void this.#connections.delete(id),
    });
    await server.connect(transport);
    return { transport, giveUp };
  }

  #add(id: string, connection: LegacyConnection): void {
    this.#connections.set(id, connection);
    for (const [oldest, { giveUp }] of this.#connections) {
      if (this.#connections.size <= this.#parts.maxConnections) return;
      this.#connections.delete(oldest);
      giveUp().catch((error) => this.#parts.onFault(error));
    }
  }
}

/** A client that gets this says hello again, as after a restart of the server. */
function unknownConnection(): Response {
  const error = { code: -32001, message: "Session not found; initialize again" };
  return Response.json({ jsonrpc: "2.0", id: null, error }, { status: 404 });
}

function secured(response: Response): Response {
  const headers = new Headers(response.headers);
  headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
  headers.set("x-content-type-options", "nosniff");
  if (!headers.has("cache-control")) headers.set("cache-control", "no-store");
  const { status, statusText, body } = response;
  return new Response(body, { status, statusText, headers });
}
