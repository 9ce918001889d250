import type { HookServer } from "./hook_server.ts";

/** A point of a metric in the JSON of OTLP, as far as tests read it. */
export interface SentPoint {
  readonly metric: string;
  readonly unit: string;
  /** 1: differences to before. */
  readonly temporality: number;
  readonly attributes: Readonly<Record<string, string>>;
  /** The number of values; of a counter, the value. */
  readonly count: number;
  /** Absent for a counter. */
  readonly sum?: number;
}

interface Point {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
  readonly count?: number;
  readonly sum?: number;
  readonly asInt?: number | string;
}

interface Points {
  readonly aggregationTemporality: number;
  readonly dataPoints: readonly Point[];
}

interface MetricsRequest {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly unit: string;
        readonly histogram?: Points;
        readonly sum?: Points;
      }[];
    }[];
  }[];
}

/** All points that a collector got. */
export function pointsOf(server: HookServer): readonly SentPoint[] {
  return server.requests.filter(({ path }) => path === "/v1/metrics").flatMap(({ text }) => {
    const { resourceMetrics }: MetricsRequest = JSON.parse(text);
    return resourceMetrics.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics));
  }).flatMap(({ name, unit, histogram, sum }) => {
    const { aggregationTemporality: temporality, dataPoints } = (histogram ?? sum)!;
    return dataPoints.map((point) => ({
      metric: name,
      unit,
      temporality,
      attributes: Object.fromEntries(point.attributes.map(({ key, value }) => [key, value.stringValue])),
      count: Number(point.count ?? point.asInt),
      ...(point.sum === undefined ? {} : { sum: point.sum }),
    }));
  });
}

/** The sum of all counts of a metric, perhaps only of points with an attribute. */
export function countOfMetric(
  server: HookServer,
  metric: string,
  [key, value]: readonly [key: string, value: string | undefined] = ["", undefined],
): number {
  return pointsOf(server).filter((point) =>
    point.metric === metric && (key === "" || point.attributes[key] === value)
  ).reduce((total, { count }) => total + count, 0);
}
