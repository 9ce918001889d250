import type { z as Zod, ZodType } from "zod";
import type { EventStreams } from "./event_stream.ts";
import type { ServedActions, ServedSessions } from "./served_sessions.ts";

/** The library that describes and checks values. */
export type SchemaLibrary = typeof Zod;

/** A route of the API. The handlers and the OpenAPI document are made from this one description. */
export interface Route {
  readonly method: "get" | "post" | "patch" | "delete";
  /** `/v1/sessions/{session}` */
  readonly path: string;
  /** The name of the operation in generated clients. */
  readonly id: string;
  readonly summary: string;
  readonly detail?: string;
  /** Its parameters in the address, behind the `?`. */
  readonly query?: ZodType;
  /** Its JSON body. */
  readonly body?: ZodType;
  /** A body may be left out. */
  readonly bodyIsOptional?: true;
  /** It takes `Idempotency-Key`. */
  readonly takesKey?: true;
  readonly status: 200 | 201 | 202 | 204;
  /** The answer's JSON; absent for an empty one and for events. */
  readonly answer?: ZodType;
  /** It answers with server-sent events. */
  readonly isStream?: true;
  readonly handle: (request: RouteRequest, context: RouteContext) => Promise<RouteAnswer>;
}

/** A request that has passed the checks of its route. */
interface RouteRequest {
  /** The session of the path; empty if the path has none. */
  readonly session: string;
  readonly query: unknown;
  readonly body: unknown;
  /** `Idempotency-Key`. */
  readonly key: string | undefined;
  readonly headers: Headers;
}

/** The parts of a server that routes use. */
export interface RouteContext {
  readonly sessions: ServedSessions;
  readonly actions: ServedActions;
  readonly streams: EventStreams;
}

/** A JSON answer, perhaps with headers; or a response as it is. */
export type RouteAnswer =
  | { readonly json?: unknown; readonly headers?: Readonly<Record<string, string>> }
  | Response;

/** A route whose handler knows the types of its query and its body. */
export function httpRoute<Query = undefined, Body = undefined>(
  { query, body, handle, ...rest }: Omit<Route, "query" | "body" | "handle"> & {
    readonly query?: ZodType<Query>;
    readonly body?: ZodType<Body>;
    readonly handle: (
      request: Omit<RouteRequest, "query" | "body"> & { readonly query: Query; readonly body: Body },
      context: RouteContext,
    ) => Promise<RouteAnswer>;
  },
): Route {
  return {
    ...rest,
    ...(query ? { query } : {}),
    ...(body ? { body } : {}),
    handle: handle as Route["handle"],
  };
}
