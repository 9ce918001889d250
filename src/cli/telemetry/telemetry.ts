import { messageOf } from "../../errors.ts";
import type { SessionFile, SessionStore } from "../../store/mod.ts";
import { cleanLine } from "../../text/mod.ts";
import { isLeft } from "../left_sessions.ts";
import { secretMask } from "../secrets.ts";
import type { World } from "../world.ts";
import { type TelemetryConfig, TraceExporter } from "./trace_exporter.ts";

/** Sends the spans of the sessions of a process, in the background. A failure never reaches a run. */
export class Telemetry {
  readonly #world: Pick<World, "fetch" | "now">;
  readonly #warn: (text: string, session: string) => void;
  readonly #followed = new Map<string, Followed>();
  /** What goes on at the end of runs, by session. */
  readonly #ending = new Map<string, Promise<boolean>>();
  readonly #stop = new AbortController();

  constructor(world: Pick<World, "fetch" | "now">, warn: (text: string, session: string) => void) {
    this.#world = world;
    this.#warn = warn;
  }

  /** Sends the spans of a session while it runs here, until `finish`. */
  follow(store: SessionStore, id: string, config: TelemetryConfig): void {
    if (!config.telemetry.isOn || this.#stop.signal.aborted || this.#followed.has(id)) return;
    const exporter = this.#exporter(store, id, config);
    const followed: Followed = { exporter, config, waitMs: flushEveryMs, timer: undefined };
    this.#followed.set(id, followed);
    this.#later(id, followed);
  }

  /** Sends the rest after the run of a session. It takes at most `timeout_seconds`. */
  finish(id: string): void {
    const followed = this.#followed.get(id);
    if (!followed) return;
    this.#followed.delete(id);
    clearTimeout(followed.timer);
    this.#end(followed.exporter, id, followed.config);
  }

  /**
   * Sends what earlier processes could not send of these sessions. `configOf` reads the configuration of a session, with
   * the user's trust; it may throw.
   */
  async sweep(store: SessionStore, { sessions, configOf }: {
    readonly sessions: readonly SessionFile[];
    readonly configOf: (session: SessionFile) => TelemetryConfig;
  }): Promise<void> {
    for (const session of sessions) {
      const { id, updatedAt } = session;
      if (!hasUnsentSpans(session)) continue;
      if (
        this.#followed.has(id) || this.#ending.has(id) ||
        !isLeft(session, { atMs: Date.parse(updatedAt), nowMs: this.#world.now() })
      ) {
        continue;
      }
      if (this.#stop.signal.aborted) return;
      try {
        const config = configOf(session);
        const isSent = !config.telemetry.isOn ||
          await this.#end(this.#exporter(store, id, config), id, config);
        // The collector fails, so the others would only take time.
        if (!isSent) return;
      } catch {
        // Its configuration has a mistake, and its next run reports it.
      }
    }
  }

  /** Waits for what goes on, until `signal` aborts. The next run sends what is left. */
  async close(signal?: AbortSignal): Promise<void> {
    for (const id of [...this.#followed.keys()]) this.finish(id);
    const stop = () => this.#stop.abort(new Error("the process ends"));
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
    await Promise.all(this.#ending.values());
    signal?.removeEventListener("abort", stop);
    stop();
  }

  #exporter(store: SessionStore, id: string, config: TelemetryConfig): TraceExporter {
    const warn = (text: string) => this.#tell(id, config, `Telemetry: ${text}`);
    return new TraceExporter({ store, id, config, fetch: this.#world.fetch, warn });
  }

  #before(id: string): Promise<unknown> {
    return this.#ending.get(id) ?? Promise.resolve();
  }

  #later(id: string, followed: Followed): void {
    followed.timer = setTimeout(() => {
      // The run before this one may still send.
      this.#before(id).then(() => followed.exporter.flush(this.#stop.signal)).then(
        () => followed.waitMs = flushEveryMs,
        () => followed.waitMs = Math.min(maxWaitMs, 2 * followed.waitMs),
      ).then(() => {
        if (this.#followed.get(id) === followed) this.#later(id, followed);
      });
    }, followed.waitMs);
  }

  /** Resolves to whether the collector has all spans. */
  #end(exporter: TraceExporter, id: string, config: TelemetryConfig): Promise<boolean> {
    const { timeoutMs } = config.telemetry;
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(timeoutMs)]);
    const ending = this.#before(id).then(() => exporter.flush(signal)).then(() => {
      const { metricsFailure } = exporter;
      if (metricsFailure !== undefined && !this.#stop.signal.aborted) {
        this.#tell(
          id,
          config,
          `Metrics of session ${id} were not sent, and are lost: ${messageOf(metricsFailure)}`,
        );
      }
      return true;
    }).catch((error) => {
      // Ctrl+C ends the process at once, and says enough.
      if (this.#stop.signal.aborted) return false;
      const reason = signal.aborted ? `it took longer than ${timeoutMs / 1000} s` : messageOf(error);
      this.#tell(id, config, `The telemetry of session ${id} was not sent: ${reason}; the next run sends it`);
      return false;
    }).finally(() => {
      if (this.#ending.get(id) === ending) this.#ending.delete(id);
    });
    this.#ending.set(id, ending);
    return ending;
  }

  #tell(id: string, config: TelemetryConfig, text: string): void {
    this.#warn(cleanLine(secretMask(config)(text)), id);
  }
}

/** Whether a session does not run, and has spans that no collector took. */
export function hasUnsentSpans({ traced, position, status }: SessionFile): boolean {
  return traced !== undefined && traced < position && status !== "running";
}

/** A session whose spans are sent while it runs. */
interface Followed {
  readonly exporter: TraceExporter;
  readonly config: TelemetryConfig;
  waitMs: number;
  timer: ReturnType<typeof setTimeout> | undefined;
}

const flushEveryMs = 3_000;
/** The longest pause while the collector fails. */
const maxWaitMs = 60_000;
