import { decodeEntry } from "../../engine/mod.ts";
import { EntryReader, rootSpanId, TraceFold, traceIdOf, type TraceSpan } from "../../session/mod.ts";
import type { SessionStore } from "../../store/mod.ts";
import type { Config } from "../config.ts";
import { secretMask } from "../secrets.ts";
import { programNames } from "../session_filter.ts";
import { type MeasuredSpans, Measurements } from "./measurements.ts";
import { sendMetrics } from "./send_metrics.ts";
import { sendSpans } from "./send_spans.ts";

/** The parts of a configuration that telemetry needs. */
export type TelemetryConfig = Pick<
  Config,
  "telemetry" | "environment" | "model" | "rawModel" | "secretVariables"
>;

/** The parts of an exporter. */
interface ExporterParts {
  readonly store: SessionStore;
  readonly id: string;
  readonly config: TelemetryConfig;
  readonly fetch: typeof fetch;
  /** Tells that the collector dropped spans. */
  readonly warn: (text: string) => void;
}

/**
 * Sends the spans of one session, and the metrics of these spans. It reads the journal as it grows, so it holds at most one
 * batch, and a slow collector delays nothing else. The summary keeps the position up to which the collector has all spans:
 * the next run sends the rest.
 *
 * A span that is sent again has the same id, but a metric would count twice. So the metrics of spans are sent after the
 * position was kept. A process that dies in between loses them.
 */
export class TraceExporter {
  readonly #parts: ExporterParts;
  readonly #reader: EntryReader;
  readonly #trace: string;
  #state: ExportState | undefined;
  /** Spans that were made and not sent. */
  readonly #batch: TraceSpan[] = [];
  /** Measurements of spans that were sent. */
  readonly #measurements = new Measurements();
  /** Metrics that the collector did not take. */
  #unsent: MeasuredSpans[] = [];
  #flushing: Promise<void> = Promise.resolve();

  constructor(parts: ExporterParts) {
    this.#parts = parts;
    this.#reader = new EntryReader(parts.store, parts.id);
    this.#trace = traceIdOf(parts.id);
  }

  /** Why the last metrics were not taken; `undefined` if they were. They are sent again at the next flush. */
  metricsFailure: unknown;

  /** Sends the spans of the entries so far. Rejects if the collector does not take them, or `signal` aborts. */
  flush(signal: AbortSignal): Promise<void> {
    const flushed = this.#flushing.then(() => this.#flush(signal));
    this.#flushing = flushed.catch(() => {});
    return flushed;
  }

  async #flush(signal: AbortSignal): Promise<void> {
    const state = this.#state ??= await this.#begin();
    if (!state) return;
    do {
      signal.throwIfAborted();
      await this.#send(signal);
    } while (await this.#read(state, signal));
    await this.#send(signal);
    if (state.fold.position > state.sent) await this.#keep(state);
    await this.#sendMetrics(signal);
  }

  async #sendMetrics(signal: AbortSignal): Promise<void> {
    const { config: { telemetry: settings }, config, fetch } = this.#parts;
    const measured = this.#measurements.take();
    if (measured) this.#unsent.push(measured);
    this.metricsFailure = undefined;
    try {
      for (const each of [...this.#unsent]) {
        await sendMetrics({ measured: each, settings, mask: secretMask(config), fetch, signal });
        this.#unsent.shift();
      }
    } catch (error) {
      this.metricsFailure = error;
      this.#unsent = this.#unsent.slice(-maxUnsent);
    }
  }

  async #begin(): Promise<ExportState | undefined> {
    const { store, id, config } = this.#parts;
    const session = await store.get(id);
    if (!session) return undefined;
    const { forkedFrom, traced = 0 } = session;
    // If the collector does not answer, others find the session by this.
    if (session.traced === undefined) await store.update(id, { traced });
    const forkedAt = forkedFrom?.position ?? 0;
    const fold = new TraceFold({
      id,
      program: programNames(session),
      hasContent: config.telemetry.hasContent,
      ...(forkedFrom ? { link: { trace: traceIdOf(forkedFrom.id), span: rootSpanId(forkedFrom.id) } } : {}),
    });
    return { fold, forkedAt, sent: Math.max(traced, forkedAt) };
  }

  /** Reads entries until a batch is full. Returns whether it is. */
  async #read(state: ExportState, signal: AbortSignal): Promise<boolean> {
    const { fold, forkedAt, sent } = state;
    let count = 0;
    for await (const stored of this.#reader.next()) {
      // A reader that was left in the middle gives its last entry again.
      if (stored.position <= fold.position) continue;
      const entry = decodeEntry(stored.entry);
      if (forkedAt > 0 && fold.position === forkedAt) fold.forked(entry.at);
      const spans = fold.take(entry);
      if (stored.position > sent) this.#batch.push(...spans);
      if (this.#batch.length >= maxSpans) return true;
      // The session runs in the same thread.
      if (++count % entriesAtOnce === 0) await new Promise((resolve) => setTimeout(resolve, 0));
      signal.throwIfAborted();
    }
    return false;
  }

  async #send(signal: AbortSignal): Promise<void> {
    if (this.#batch.length === 0) return;
    const { config, fetch, warn } = this.#parts;
    const dropped = await sendSpans({
      trace: this.#trace,
      spans: this.#batch,
      settings: config.telemetry,
      mask: secretMask(config),
      fetch,
      signal,
    });
    if (dropped !== undefined) warn(dropped);
    const sent = this.#batch.splice(0);
    await this.#keep(this.#state!);
    for (const span of sent) this.#measurements.add(span);
  }

  async #keep(state: ExportState): Promise<void> {
    const { store, id } = this.#parts;
    await store.update(id, { traced: state.fold.position });
    state.sent = state.fold.position;
  }
}

interface ExportState {
  readonly fold: TraceFold;
  /** The entries up to here belong to the session from which this one was forked. */
  readonly forkedAt: number;
  /** The collector has the spans of the entries up to here. */
  sent: number;
}

/** Metrics that wait for a collector which does not take them. */
const maxUnsent = 100;
/** Spans of one request. */
const maxSpans = 256;
/** Entries that are read without a turn of the event loop. */
const entriesAtOnce = 200;
