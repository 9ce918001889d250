import { version } from "../../version.ts";
import { type Distribution, durationBounds, type MeasuredSpans, tokenBounds } from "./measurements.ts";
import { collectorIn, isUseless, postToCollector } from "./post_to_collector.ts";
import { timeOf } from "./send_spans.ts";
import type { TelemetrySettings } from "./telemetry_settings.ts";

type Libraries = typeof import("./otlp_library.ts");
type ResourceMetrics = Parameters<Libraries["JsonMetricsSerializer"]["serializeRequest"]>[0];

/** A request of metrics. */
interface MetricsRequest {
  readonly measured: MeasuredSpans;
  readonly settings: TelemetrySettings;
  /** Replaces secrets in texts. */
  readonly mask: (text: string) => string;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

/**
 * Sends metrics to the collector, as differences to before: they are counted once, so each may be sent only once. A collector
 * without an address for metrics gets none. Throws an `Error` if they may be sent again.
 */
export async function sendMetrics(request: MetricsRequest): Promise<void> {
  const { settings, fetch, signal } = request;
  const { metricsUrl: url } = settings;
  if (url === undefined) return;
  const { JsonMetricsSerializer, ProtobufMetricsSerializer } = await import("./otlp_library.ts");
  const serializer = settings.protocol === "http/json" ? JsonMetricsSerializer : ProtobufMetricsSerializer;
  const bytes = serializer.serializeRequest(resourceMetrics(request));
  if (!bytes) return;
  const answer = await postToCollector({ url, bytes, settings, fetch, signal });
  if (answer.ok || isUseless(answer) || takesNone.has(answer.status)) return;
  throw new Error(`${collectorIn({ url })} answered with status ${answer.status}`);
}

/** The statuses of a collector that takes traces alone. */
const takesNone: ReadonlySet<number> = new Set([404, 405, 501]);

function resourceMetrics({ measured, settings, mask }: MetricsRequest): ResourceMetrics {
  const { startMs, endMs, tokens, durations, ends } = measured;
  const times = { startTime: timeOf(startMs), endTime: timeOf(endMs) };
  const masked = (attributes: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, mask(value)]));
  const histogram = (
    descriptor: { readonly name: string; readonly unit: string; readonly description: string },
    all: readonly Distribution[],
    boundaries: readonly number[],
  ) => ({
    descriptor: { ...descriptor, type: "HISTOGRAM", valueType: doubleType },
    aggregationTemporality: delta,
    dataPointType: histogramPoint,
    dataPoints: all.map(({ attributes, count, sum, min, max, buckets }) => ({
      ...times,
      attributes: masked(attributes),
      value: { count, sum, min, max, buckets: { boundaries, counts: buckets } },
    })),
  });
  const metrics = [
    histogram(
      { name: "gen_ai.client.token.usage", unit: "{token}", description: "Tokens of a call of a model" },
      tokens,
      tokenBounds,
    ),
    histogram(
      { name: "gen_ai.client.operation.duration", unit: "s", description: "Duration of a call of a model" },
      durations,
      durationBounds,
    ),
    {
      descriptor: {
        name: "playbooks.session.ends",
        unit: "{session}",
        description: "Sessions whose program ended",
        type: "COUNTER",
        valueType: intType,
      },
      aggregationTemporality: delta,
      dataPointType: sumPoint,
      isMonotonic: true,
      dataPoints: ends.map(({ attributes, count }) => ({
        ...times,
        attributes: masked(attributes),
        value: count,
      })),
    },
  ].filter(({ dataPoints }) => dataPoints.length > 0);
  return {
    resource: { attributes: settings.resource, asyncAttributesPending: false },
    scopeMetrics: [{ scope: { name: "playbooks", version }, metrics }],
  } as unknown as ResourceMetrics;
}

/** Numbers of the library. */
const [delta, histogramPoint, sumPoint, intType, doubleType] = [0, 0, 3, 0, 1];
