/** A part of a session's work with a start and an end, in the words of OpenTelemetry. */
export interface TraceSpan {
  /** 16 hexadecimal digits; the same whenever the span is made from the same entries. */
  readonly id: string;
  /** Absent for the span of the whole session. */
  readonly parent?: string;
  readonly name: string;
  readonly kind: "internal" | "client";
  readonly startMs: number;
  readonly endMs: number;
  readonly attributes: Readonly<Record<string, TraceValue>>;
  readonly events: readonly TraceEvent[];
  /** Absent if it did not fail. */
  readonly error?: { readonly type: string; readonly message?: string };
  /** The trace of the session from which this one was forked. */
  readonly link?: { readonly trace: string; readonly span: string };
}

/** A value of an attribute. */
export type TraceValue = string | number | boolean | readonly string[];

/** A moment inside a span. */
export interface TraceEvent {
  readonly name: string;
  readonly atMs: number;
  readonly attributes: Readonly<Record<string, TraceValue>>;
}
