import { defaultLimits, type Limits } from "../sandbox/host/limits.ts";
import type { Bounds, RuntimeSettings } from "./fold/settings.ts";
import type { TurnExecution } from "./fold/state.ts";

/** Honest programs stay far below these bounds: a program that reaches one has a faulty loop. */
export const defaultBounds: Bounds = {
  maxEffectsPerTurn: 1_000,
  maxEffectsPerCall: 1_000_000,
  maxShortSleeps: 10_000,
  maxSilentWaits: 100,
  maxWordsPerMinute: 20_000,
  maxSessionMb: 1_024,
  maxAgents: 2_000,
  maxInboxMessages: 10_000,
  maxRehearsalTurns: 1_000,
  maxCodeSeconds: defaultLimits.runMs / 1000,
  maxCodeMemoryMb: defaultLimits.memoryBytes / 1024 / 1024,
  maxCodeStackKb: defaultLimits.stackBytes / 1024,
};

/** The bounds of a session. Sessions of earlier versions lack some of them. */
export function boundsOf(settings: RuntimeSettings): Bounds {
  return { ...defaultBounds, ...settings.limits };
}

/** Limits of a turn's code. A replay allows earlier effects of the turn, even with a lower bound now. */
export function scopeLimits(settings: RuntimeSettings, running: TurnExecution): Limits {
  const bounds = boundsOf(settings);
  const byModel = running.kind === "turn";
  const maxEffects = byModel ? bounds.maxEffectsPerTurn : bounds.maxEffectsPerCall;
  let asked = running.history.length;
  for (const ordinal of Object.keys(running.history.asked)) asked = Math.max(asked, Number(ordinal));
  return {
    ...defaultLimits,
    runMs: bounds.maxCodeSeconds * 1000,
    memoryBytes: bounds.maxCodeMemoryMb * 1024 * 1024,
    stackBytes: bounds.maxCodeStackKb * 1024,
    effects: Math.max(maxEffects, asked),
    effectsSetting: byModel ? "max_effects_per_turn" : "max_effects_per_call",
    shortSleeps: bounds.maxShortSleeps,
  };
}

/** Counts words as a person would; each 20 characters without a space count as a word. */
export function wordsIn(text: string): number {
  let words = 0;
  for (const [run] of text.matchAll(/\S+/g)) words += Math.ceil(run.length / 20);
  return words;
}

/** Counts the words shown to people in the current minute. */
export class WordCount {
  #minute = -Infinity;
  #words = 0;

  /** Words shown in the minute of `nowMs`. */
  at(nowMs: number): number {
    return nowMs - this.#minute < 60_000 ? this.#words : 0;
  }

  add(words: number, nowMs: number): void {
    this.#words = this.at(nowMs) + words;
    if (nowMs - this.#minute >= 60_000) this.#minute = nowMs;
  }
}
