import type { TraceSpan } from "../../session/mod.ts";

/** One distribution of values with the same attributes. */
export interface Distribution {
  readonly attributes: Attributes;
  count: number;
  sum: number;
  min: number;
  max: number;
  /** Values in each bucket; one more than there are bounds. */
  readonly buckets: number[];
}

type Attributes = Readonly<Record<string, string>>;

/** The measurements of some spans, by the conventions for GenAI. */
export interface MeasuredSpans {
  readonly startMs: number;
  readonly endMs: number;
  /** `gen_ai.client.token.usage`. */
  readonly tokens: readonly Distribution[];
  /** `gen_ai.client.operation.duration`, seconds. */
  readonly durations: readonly Distribution[];
  /** `playbooks.session.ends`: sessions whose program ended. */
  readonly ends: readonly { readonly attributes: Attributes; readonly count: number }[];
}

/** The upper bounds of buckets that the conventions advise. */
export const tokenBounds: readonly number[] = Array.from({ length: 14 }, (_, power) => 4 ** power);
/** The same for durations, seconds. */
export const durationBounds: readonly number[] = Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power);

/** Adds up what spans say: tokens and times of calls of models, and the ends of sessions. */
export class Measurements {
  readonly #tokens = new Map<string, Distribution>();
  readonly #durations = new Map<string, Distribution>();
  readonly #ends = new Map<string, { readonly attributes: Attributes; count: number }>();
  #startMs = Infinity;
  #endMs = 0;

  /** Each span must be added once. */
  add(span: TraceSpan): void {
    const { attributes, startMs, endMs, error } = span;
    if (attributes["gen_ai.operation.name"] === "chat") {
      const common = texts(attributes, modelKeys);
      const type = error === undefined ? {} : { "error.type": error.type };
      this.#record(this.#durations, { ...common, ...type }, (endMs - startMs) / 1000, durationBounds);
      for (const kind of ["input", "output"]) {
        const count = attributes[`gen_ai.usage.${kind}_tokens`];
        if (typeof count !== "number") continue;
        this.#record(this.#tokens, { ...common, "gen_ai.token.type": kind }, count, tokenBounds);
      }
    } else if (span.parent === undefined) {
      this.#countEnd({
        ...texts(attributes, ["gen_ai.workflow.name"]),
        "playbooks.status": error === undefined ? "completed" : "failed",
      });
    } else return;
    this.#startMs = Math.min(this.#startMs, startMs);
    this.#endMs = Math.max(this.#endMs, endMs);
  }

  /** All that was added since the last call; `undefined` if that is nothing. */
  take(): MeasuredSpans | undefined {
    if (this.#endMs === 0) return undefined;
    const taken = {
      startMs: this.#startMs,
      endMs: this.#endMs,
      tokens: [...this.#tokens.values()],
      durations: [...this.#durations.values()],
      ends: [...this.#ends.values()],
    };
    for (const map of [this.#tokens, this.#durations, this.#ends]) map.clear();
    [this.#startMs, this.#endMs] = [Infinity, 0];
    return taken;
  }

  #record(
    all: Map<string, Distribution>,
    attributes: Attributes,
    value: number,
    bounds: readonly number[],
  ): void {
    const key = JSON.stringify(attributes);
    const known = all.get(key) ?? {
      attributes,
      count: 0,
      sum: 0,
      min: Infinity,
      max: -Infinity,
      buckets: Array.from({ length: bounds.length + 1 }, () => 0),
    };
    all.set(key, known);
    const bucket = bounds.findIndex((bound) => value <= bound);
    known.buckets[bucket < 0 ? bounds.length : bucket]!++;
    known.count++;
    known.sum += value;
    known.min = Math.min(known.min, value);
    known.max = Math.max(known.max, value);
  }

  #countEnd(attributes: Attributes): void {
    const key = JSON.stringify(attributes);
    const known = this.#ends.get(key) ?? { attributes, count: 0 };
    known.count++;
    this.#ends.set(key, known);
  }
}

const modelKeys = [
  "gen_ai.operation.name",
  "gen_ai.provider.name",
  "gen_ai.request.model",
  "gen_ai.response.model",
];

function texts(attributes: TraceSpan["attributes"], keys: readonly string[]): Attributes {
  return Object.fromEntries(keys.flatMap((key) => {
    const value = attributes[key];
    return typeof value === "string" ? [[key, value]] : [];
  }));
}
