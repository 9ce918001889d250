import type { HookRequest, HookServer } from "./hook_server.ts";

/** A span in the JSON of OTLP, as far as tests read it. */
export interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
}

interface SpanRequest {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly { readonly spans: readonly SentSpan[] }[];
  }[];
}

/** The requests with spans that a collector got. */
export function requestOfSpans(server: HookServer): readonly HookRequest[] {
  return server.requests.filter(({ path }) => path === "/v1/traces");
}

/** All spans that a collector got, in the JSON of OTLP. */
export function spansOf(server: HookServer): readonly SentSpan[] {
  return requestOfSpans(server).flatMap(({ text }) => {
    const { resourceSpans }: SpanRequest = JSON.parse(text);
    return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  }).map((span) => ({ ...span, links: span.links.map(({ traceId, spanId }) => ({ traceId, spanId })) }));
}

/** The attributes of a span. */
export function attributesOf({ attributes }: SentSpan): Readonly<Record<string, unknown>> {
  return Object.fromEntries(attributes.map(({ key, value }) => {
    const [kind, content] = Object.entries(value)[0]!;
    return [key, kind === "intValue" ? Number(content) : content];
  }));
}
