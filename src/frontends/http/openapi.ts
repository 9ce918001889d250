import { version } from "../../version.ts";
import { httpProblemKinds, problemType } from "./problem.ts";
import type { Route, SchemaLibrary } from "./route.ts";
import type { HttpSchemas } from "./schemas.ts";

/** The OpenAPI 3.1 document of the routes. */
export function openApiDocument(z: SchemaLibrary, schemas: HttpSchemas, routes: readonly Route[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method] = operationOf(z, route);
  return {
    openapi: "3.1.0",
    info: {
      title: "playbooks",
      version,
      description:
        "Starts, watches, answers, stops, resumes and forks durable sessions of natural-language programs.",
    },
    paths,
    components: {
      schemas: { Problem: z.toJSONSchema(schemas.problem) },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "The token that the server printed" },
      },
    },
    security: [{ bearer: [] }],
  };
}

function operationOf(z: SchemaLibrary, route: Route): object {
  const { id, summary, detail, status, answer, body, isStream, bodyIsOptional } = route;
  const content = isStream
    ? { "text/event-stream": { schema: { type: "string" } } }
    : answer
    ? { "application/json": { schema: z.toJSONSchema(answer) } }
    : undefined;
  return {
    operationId: id,
    summary,
    ...(detail === undefined ? {} : { description: detail }),
    parameters: [...pathParameters(route), ...queryParameters(z, route), ...headerParameters(route)],
    ...(body
      ? {
        requestBody: {
          required: !bodyIsOptional,
          content: { "application/json": { schema: z.toJSONSchema(body, { io: "input" }) } },
        },
      }
      : {}),
    responses: {
      [status]: { description: summary, ...(content ? { content } : {}) },
      ...(isStream
        ? { 204: { description: "The program has ended, and the reader has all its events" } }
        : {}),
      default: {
        description: `A problem: ${httpProblemKinds.join(", ")}`,
        content: { [problemType]: { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

function pathParameters({ path }: Route): readonly object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
    description: "An id, four or more characters of its start or end, or a name",
  }));
}

function queryParameters(z: SchemaLibrary, { query }: Route): readonly object[] {
  if (!query) return [];
  const { properties = {}, required = [] } = z.toJSONSchema(query, { io: "input" }) as {
    readonly properties?: Readonly<Record<string, { readonly description?: string }>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema,
    ...(description === undefined ? {} : { description }),
  }));
}

function headerParameters({ takesKey, isStream }: Route): readonly object[] {
  const header = (name: string, description: string) => ({
    name,
    in: "header",
    required: false,
    schema: { type: "string" },
    description,
  });
  return [
    ...(takesKey
      ? [
        header(
          "Idempotency-Key",
          "A repeated request with the same key changes nothing and gets the same answer",
        ),
      ]
      : []),
    ...(isStream ? [header("Last-Event-ID", "The id of the last event that the reader has")] : []),
  ];
}
