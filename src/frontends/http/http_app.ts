import type { ZodType } from "zod";
import { isSystemError, PlaybooksError } from "../../errors.ts";
import { infiniteNumberPath } from "../../text/mod.ts";
import { type AccessOptions, admit } from "./access.ts";
import { EventStreams } from "./event_stream.ts";
import { fieldFaults, wordsOfFault } from "./field_faults.ts";
import type { HttpBounds } from "./http_bounds.ts";
import { IdempotentAnswers, readIdempotencyKey } from "./idempotency.ts";
import { openApiDocument } from "./openapi.ts";
import type { PageAssets } from "./page_assets.ts";
import { HttpError, problemOf, problemResponse } from "./problem.ts";
import type { Route, RouteAnswer, RouteContext } from "./route.ts";
import { httpRoutes } from "./routes.ts";
import { httpSchemas } from "./schemas.ts";
import type { ServedActions, ServedSessions } from "./served_sessions.ts";

/** The parts of an app. */
interface HttpAppParts {
  readonly sessions: ServedSessions;
  readonly actions: ServedActions;
  /** Words an error of the sessions for a client. */
  readonly worded: (error: unknown) => unknown;
  /** Asked at each request, because the port is known only when the server listens. */
  readonly access: () => AccessOptions;
  readonly bounds: HttpBounds;
  readonly nowMs: () => number;
  /** The files of the page; absent if there is only the API. */
  readonly page?: PageAssets;
  /** Reports a fault of ours. The client gets none of it. */
  readonly onFault: (error: unknown) => void;
}

/** The API and the page, as a function of requests. */
interface HttpApp {
  readonly fetch: (request: Request) => Promise<Response>;
  /** Ends the streams of events. */
  readonly close: () => void;
  readonly routes: readonly Route[];
}

/** Makes an app. Every request passes the same checks first, and every answer gets the same headers. */
export function httpApp(
  { Hono, z }: typeof import("./http_library.ts"),
  parts: HttpAppParts,
): HttpApp {
  const schemas = httpSchemas(z);
  const routes = httpRoutes(schemas);
  const reported = (error: unknown) => reportedError(parts.worded(error), parts.onFault);
  const streams = new EventStreams(parts.bounds, parts.nowMs, (error) => problemOf(reported(error)));
  const context = { sessions: parts.sessions, actions: parts.actions, streams };
  const answers = new IdempotentAnswers();
  const app = new Hono();
  const document = openApiDocument(z, schemas, routes);
  app.get("/v1/openapi.json", () => jsonResponse(document));
  for (const route of routes) {
    app.on(route.method.toUpperCase(), route.path.replaceAll(/\{(\w+)\}/g, ":$1"), async ({ req }) => {
      const answer = await answerOf(route, req.raw, req.param("session") ?? "", {
        context,
        answers,
        bounds: parts.bounds,
      });
      return responseOf(answer, route.status);
    });
  }
  app.notFound(({ req }) => problemResponse(noRoute(req.raw, routes)));
  app.onError((error) => problemResponse(reported(error)));
  const fetch = async (request: Request): Promise<Response> => {
    try {
      const entrance = admit(request, parts.access());
      if (entrance.kind === "first visit") return secured(firstVisit(entrance), pagePolicy);
      const page = pageResponse(request, parts.page);
      return page ? secured(page, pagePolicy) : secured(await app.fetch(request), apiPolicy);
    } catch (error) {
      return secured(problemResponse(reported(error)), apiPolicy);
    }
  };
  return { fetch, close: () => context.streams.close(), routes };
}

async function answerOf(
  route: Route,
  request: Request,
  session: string,
  { context, answers, bounds }: {
    readonly context: RouteContext;
    readonly answers: IdempotentAnswers;
    readonly bounds: HttpBounds;
  },
): Promise<RouteAnswer> {
  const { headers } = request;
  const key = route.takesKey ? readIdempotencyKey(headers) : undefined;
  const query = checked(route.query, Object.fromEntries(new URL(request.url).searchParams), "query");
  const text = route.body ? await bodyText(request, route, bounds) : "";
  const body = checked(route.body, text === "" ? {} : parsedJson(text), "body");
  const work = () => route.handle({ session, query, body, key, headers }, context);
  return await (key === undefined ? work() : answers.get(key, `${route.id} ${session} ${text}`, work));
}

/** The body's text; empty if it is optional and absent. */
async function bodyText(request: Request, { bodyIsOptional }: Route, bounds: HttpBounds): Promise<string> {
  const type = request.headers.get("content-type");
  // Another type would need no question of the browser before a page of another site sends it.
  if (type === null ? !bodyIsOptional : !/^application\/json\s*(;|$)/i.test(type)) {
    throw new HttpError("wrong-type", "Send a JSON body, with the header Content-Type: application/json");
  }
  const text = await boundedText(request, bounds);
  if (text !== "" && type === null) {
    throw new HttpError("wrong-type", "Send the body with the header Content-Type: application/json");
  }
  if (text.trim() === "" && !bodyIsOptional) {
    throw new HttpError("bad-request", "The body is empty; send a JSON object");
  }
  return text.trim();
}

/** Reads a body, and counts its bytes while they arrive. */
async function boundedText(request: Request, bounds: HttpBounds): Promise<string> {
  if (Number(request.headers.get("content-length") ?? "0") > bounds.maxBodyBytes) throw tooLarge(bounds);
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  for await (const chunk of arriving(request, bounds.requestMs)) {
    bytes += chunk.length;
    if (bytes > bounds.maxBodyBytes) throw tooLarge(bounds);
    chunks.push(chunk);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await new Blob(chunks).arrayBuffer());
  } catch {
    throw new HttpError("bad-request", "The body is not text in UTF-8; send JSON in UTF-8");
  }
}

/** The parts of a body. A client that leaves before its end is no fault of ours. */
async function* arriving({ body }: Request, withinMs: number): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  // The server has this bound, too, but not with each version of Deno.
  const late = AbortSignal.timeout(withinMs);
  try {
    yield* body?.pipeThrough(new TransformStream(), { signal: late }) ?? [];
  } catch {
    throw late.aborted
      ? new HttpError("too-slow", "The request did not arrive in time; send it at once")
      : new HttpError("bad-request", "The body ended before it was whole; send the request again");
  }
}

function parsedJson(text: string): unknown {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new HttpError("bad-request", `The body is not JSON: ${(error as Error).message}`);
  }
  const path = infiniteNumberPath(json);
  if (path === undefined) return json;
  const field = path.slice(0, maxErrors).join(".") || "body";
  const message = "the number is too large; send a smaller one, or a text";
  throw new HttpError("bad-request", `The body is wrong: ${field}: ${message}`, {
    errors: [{ field, message }],
  });
}

/** Checks a query or a body. Throws an `HttpError` that names each fault. */
function checked(schema: ZodType | undefined, value: unknown, where: "query" | "body"): unknown {
  if (!schema) return undefined;
  const result = schema.safeParse(value, { error: wordsOfFault });
  if (result.success) return result.data;
  const errors = fieldFaults(result.error, where).slice(0, maxErrors);
  const faults = errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
  throw new HttpError("bad-request", `The ${where} is wrong: ${faults}; GET /v1/openapi.json describes it`, {
    errors,
  });
}

const maxErrors = 20;

function responseOf(answer: RouteAnswer, status: number): Response {
  if (answer instanceof Response) return answer;
  const { json, headers = {} } = answer;
  return json === undefined
    ? new Response(null, { status, headers })
    : jsonResponse(json, { status, headers });
}

function jsonResponse(
  json: unknown,
  init: { readonly status?: number; readonly headers?: object } = {},
): Response {
  return new Response(`${JSON.stringify(json)}\n`, {
    status: init.status ?? 200,
    headers: { ...init.headers, "content-type": "application/json; charset=utf-8" },
  });
}

function firstVisit({ location, cookie }: { readonly location: string; readonly cookie: string }): Response {
  return new Response(null, { status: 303, headers: { location, "set-cookie": cookie } });
}

function pageResponse(request: Request, page: PageAssets | undefined): Response | undefined {
  if (request.method !== "GET" && request.method !== "HEAD") return undefined;
  const { pathname } = new URL(request.url);
  const asset = page?.get(pathname);
  if (asset) return new Response(asset.bytes, { headers: { "content-type": asset.type } });
  if (pathname !== "/") return undefined;
  return new Response("This is the API of playbooks; GET /v1/openapi.json describes it.\n", {
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

function noRoute(request: Request, routes: readonly Route[]): HttpError {
  const { pathname } = new URL(request.url);
  const methods = routes.filter(({ path }) =>
    new RegExp(`^${path.replaceAll(/\{\w+\}/g, "[^/]+")}$`).test(pathname)
  ).map(({ method }) => method.toUpperCase());
  if (methods.length === 0) {
    return new HttpError("not-found", "There is no such address; GET /v1/openapi.json lists them");
  }
  const allow = [...new Set(methods)].join(", ");
  return new HttpError("wrong-method", `This address takes ${allow}`, { headers: { allow } });
}

function tooLarge({ maxBodyBytes }: HttpBounds): HttpError {
  return new HttpError(
    "too-large",
    `The body has more than ${maxBodyBytes} bytes; send less, or put the text into a file that the program reads`,
  );
}

/** The error itself. One that is not expected is reported. */
function reportedError(error: unknown, onFault: (error: unknown) => void): unknown {
  const isExpected = error instanceof HttpError || error instanceof PlaybooksError || isSystemError(error);
  if (!isExpected) onFault(error);
  return error;
}

/** Adds the headers that hold for every answer. */
function secured(response: Response, policy: string): Response {
  const headers = new Headers(response.headers);
  headers.set("content-security-policy", policy);
  for (const [name, value] of Object.entries(commonHeaders)) headers.set(name, value);
  const { status, statusText, body } = response;
  return new Response(body, { status, statusText, headers });
}

const commonHeaders = {
  "cache-control": "no-store",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

const apiPolicy = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** The page's own files, and nothing inline. */
const pagePolicy =
  `${apiPolicy}; connect-src 'self'; font-src 'self'; img-src 'self' data:; script-src 'self'; ` +
  "style-src 'self'; require-trusted-types-for 'script'; trusted-types 'none'";
