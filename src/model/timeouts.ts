import { type AnswerBounds, defaultNetBounds } from "../net/mod.ts";
import { isLoopback } from "./address.ts";
import type { ModelSettings } from "./model.ts";

/** Bounds on the time of a request to a model. */
export interface Timeouts {
  /** Bound on the time without a byte; absent for an answer in one piece, which only the whole time bounds. */
  readonly silenceMs?: number;
  /** Bound on the whole time. */
  readonly totalMs: number;
  /** The setting that raises `totalMs`, with its table. */
  readonly totalSetting: string;
}

/** Silence and whole time, in seconds, where the settings say 0. A model on this machine may think for long. */
const defaultTimeouts = {
  silenceSeconds: 300,
  localSilenceSeconds: 1800,
  localTotalSeconds: 3600,
} as const;

/** The time bounds of a model's requests. A `max_request_seconds` that was changed bounds the default whole time. */
export function timeoutsOf(
  { timeoutSeconds = 0, totalTimeoutSeconds = 0, stream = true }: ModelSettings,
  baseUrl: string,
  { maxRequestMs }: AnswerBounds,
): Timeouts {
  const isLocal = isLoopback(baseUrl);
  const { silenceSeconds, localSilenceSeconds, localTotalSeconds } = defaultTimeouts;
  const silence = timeoutSeconds || (!stream ? undefined : isLocal ? localSilenceSeconds : silenceSeconds);
  const isDefault = maxRequestMs === defaultNetBounds.maxRequestSeconds * 1000;
  const usualMs = isDefault
    ? Math.max(isLocal ? localTotalSeconds * 1000 : maxRequestMs, 2 * timeoutSeconds * 1000)
    : maxRequestMs;
  return {
    ...(silence === undefined ? {} : { silenceMs: silence * 1000 }),
    totalMs: totalTimeoutSeconds * 1000 || usualMs,
    totalSetting: totalTimeoutSeconds > 0 || isDefault
      ? "total_timeout_seconds under [model]"
      : "max_request_seconds under [limits]",
  };
}
