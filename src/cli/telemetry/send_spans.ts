import type { TraceSpan } from "../../session/mod.ts";
import { version } from "../../version.ts";
import { collectorIn, isUseless, postToCollector } from "./post_to_collector.ts";
import type { TelemetrySettings } from "./telemetry_settings.ts";

type Libraries = typeof import("./otlp_library.ts");
type ReadableSpan = Parameters<Libraries["JsonTraceSerializer"]["serializeRequest"]>[0][number];

/** A request of spans. */
interface SpanRequest {
  readonly trace: string;
  readonly spans: readonly TraceSpan[];
  readonly settings: TelemetrySettings;
  /** Replaces secrets in texts. */
  readonly mask: (text: string) => string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

/**
 * Sends spans to the collector. Returns what the collector says about spans that it dropped. Throws an `Error` if they may
 * be sent again.
 */
export async function sendSpans(request: SpanRequest): Promise<string | undefined> {
  const { settings, fetch, signal } = request;
  const { JsonTraceSerializer, ProtobufTraceSerializer } = await import("./otlp_library.ts");
  const isJson = settings.protocol === "http/json";
  const serializer = isJson ? JsonTraceSerializer : ProtobufTraceSerializer;
  const bytes = serializer.serializeRequest(readableSpans(request));
  if (!bytes) return undefined;
  const { url } = settings;
  const answer = await postToCollector({ url, bytes, settings, fetch, signal });
  if (answer.ok) return partialFailure(() => serializer.deserializeResponse(answer.body), settings);
  const reason = `${collectorIn(settings)} answered with status ${answer.status}`;
  // The collector cannot use these spans, and would refuse them each time.
  if (isUseless(answer)) {
    return `${reason}, and dropped ${request.spans.length} spans`;
  }
  throw new Error(reason);
}

function partialFailure(
  read: () => {
    readonly partialSuccess?: { readonly rejectedSpans?: unknown; readonly errorMessage?: string };
  },
  settings: TelemetrySettings,
): string | undefined {
  try {
    const { rejectedSpans = 0, errorMessage = "" } = read().partialSuccess ?? {};
    const count = Number(rejectedSpans);
    return count > 0 ? `${collectorIn(settings)} dropped ${count} spans: ${errorMessage}` : undefined;
  } catch {
    // An answer without a body, or in another form, says nothing.
    return undefined;
  }
}

function readableSpans({ spans, trace, settings, mask }: SpanRequest): ReadableSpan[] {
  const resource = { attributes: settings.resource, asyncAttributesPending: false };
  const texts = (attributes: TraceSpan["attributes"]) =>
    Object.fromEntries(
      Object.entries(attributes).map(([key, value]) => [
        key,
        typeof value === "string" ? mask(value) : Array.isArray(value) ? value.map(mask) : value,
      ]),
    );
  return spans.map((span) => ({
    name: mask(span.name),
    kind: kinds[span.kind],
    spanContext: () => ({ traceId: trace, spanId: span.id, traceFlags: 1 }),
    ...(span.parent === undefined
      ? {}
      : { parentSpanContext: { traceId: trace, spanId: span.parent, traceFlags: 1 } }),
    startTime: timeOf(span.startMs),
    endTime: timeOf(span.endMs),
    duration: timeOf(span.endMs - span.startMs),
    status: span.error
      ? { code: 2, ...(span.error.message === undefined ? {} : { message: mask(span.error.message) }) }
      : { code: 0 },
    attributes: texts({ ...span.attributes, ...(span.error ? { "error.type": span.error.type } : {}) }),
    links: span.link
      ? [{ context: { traceId: span.link.trace, spanId: span.link.span, traceFlags: 1 }, attributes: {} }]
      : [],
    events: span.events.map(({ name, atMs, attributes }) => ({
      name,
      time: timeOf(atMs),
      attributes: texts(attributes),
    })),
    ended: true,
    resource,
    instrumentationScope: { name: "playbooks", version },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  } as unknown as ReadableSpan));
}

/** Kinds of spans, as the library numbers them. */
const kinds = { internal: 0, client: 2 } as const;

/** Seconds and nanoseconds. */
export function timeOf(ms: number): [number, number] {
  const whole = Math.round(ms);
  return [Math.floor(whole / 1000), (whole % 1000) * 1e6];
}
