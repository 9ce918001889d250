import type { Model, ModelRequest } from "../model/mod.ts";
import { boundsOf } from "./bounds.ts";
import type { State } from "./fold/state.ts";

/** Whether a model may be called now. `later` means: after another answer has come. */
export type Verdict =
  | { readonly kind: "now" }
  | { readonly kind: "later" }
  | { readonly kind: "reached"; readonly message: string };

/** Tokens and money that requests use, or may use at most: their prompts and their longest answers. */
interface Use {
  readonly tokens: number;
  readonly costUsd: number;
}

/**
 * Keeps a session within `max_llm_calls`, `max_tokens`, `max_cost_usd` and `max_seconds`.
 *
 * Each request in flight reserves its longest answer, so that requests in flight cannot pass a limit together: the next
 * one waits until others have an answer. A single request starts while anything is left, so one request may pass a limit.
 * A rehearsal does not count for these limits; it has its own bound.
 */
export class Budget {
  readonly #state: State;
  /** Maximum use of each request in flight, by frame. */
  readonly #reserved = new Map<string, Use>();
  /** Frames that wait for an answer to another request. */
  readonly #waiting = new Set<string>();

  constructor(state: State) {
    this.#state = state;
  }

  /** Whether the limits leave room for a request of a frame. `request` builds it; it is called only if its size matters. */
  look(frame: string, model: Model, request: () => ModelRequest): Verdict {
    if (model.terms?.isRehearsal) return this.#lookRehearsal();
    const verdict = this.#lookAt(this.#needOf(model, request));
    if (verdict.kind === "later") this.#waiting.add(frame);
    return verdict;
  }

  /** Reserves the maximum use of a request in flight. */
  reserve(frame: string, model: Model, request: () => ModelRequest): void {
    if (model.terms?.isRehearsal || this.#reserved.has(frame)) return;
    this.#reserved.set(frame, this.#needOf(model, request));
  }

  /** Call this when a request is over. Returns the frames that waited for room. */
  release(frame: string): readonly string[] {
    this.#reserved.delete(frame);
    const frames = [...this.#waiting];
    this.#waiting.clear();
    return frames;
  }

  #lookRehearsal(): Verdict {
    const { rehearsed = 0 } = this.#state.spent;
    const { maxRehearsalTurns } = boundsOf(this.#state.settings);
    if (rehearsed < maxRehearsalTurns) return { kind: "now" };
    const message =
      `The rehearsal has taken ${rehearsed} turns, and max_rehearsal_turns = ${maxRehearsalTurns}: ` +
      "the program may be a loop without an end; raise it under [limits], then resume";
    return { kind: "reached", message };
  }

  #lookAt(need: Use): Verdict {
    const { limits } = this.#state.settings;
    const { spent, ranMs } = this.#state;
    const used = { tokens: spent.inputTokens + spent.outputTokens, costUsd: spent.costUsd };
    const seconds = ranMs / 1000;
    const reached = spent.calls >= limits.maxLlmCalls
      ? ["max_llm_calls", limits.maxLlmCalls, `${spent.calls} model calls`] as const
      : limits.maxCostUsd !== null && isSpent(used.costUsd, need.costUsd, limits.maxCostUsd)
      ? ["max_cost_usd", limits.maxCostUsd, `$${used.costUsd.toFixed(4)}`] as const
      : limits.maxTokens !== null && used.tokens >= limits.maxTokens
      ? ["max_tokens", limits.maxTokens, `${used.tokens} tokens`] as const
      : limits.maxSeconds !== null && seconds >= limits.maxSeconds
      ? ["max_seconds", limits.maxSeconds, `${Math.round(seconds)} seconds`] as const
      : undefined;
    // Requests in flight are paid for, so the session waits for their answers.
    if (reached && this.#reserved.size > 0) return { kind: "later" };
    if (reached) {
      const [name, limit, what] = reached;
      const message =
        `The session has used ${what}, and ${name} = ${limit}; raise it under [limits], then resume`;
      return { kind: "reached", message };
    }
    const reserved = this.#sumReserved();
    const isTight = exceeds(used.costUsd + reserved.costUsd + need.costUsd, limits.maxCostUsd) ||
      exceeds(used.tokens + reserved.tokens + need.tokens, limits.maxTokens);
    return { kind: isTight && this.#reserved.size > 0 ? "later" : "now" };
  }

  #sumReserved(): Use {
    let [tokens, costUsd] = [0, 0];
    for (const use of this.#reserved.values()) {
      tokens += use.tokens;
      costUsd += use.costUsd;
    }
    return { tokens, costUsd };
  }

  /** The most that a request may use; nothing if no limit counts tokens or money. */
  #needOf({ terms }: Model, request: () => ModelRequest): Use {
    const { maxCostUsd, maxTokens } = this.#state.settings.limits;
    if (maxCostUsd === null && maxTokens === null) return nothing;
    const input = promptTokens(request());
    const output = terms?.maxOutputTokens ?? 0;
    const price = terms?.price ?? { input: 0, output: 0 };
    return { tokens: input + output, costUsd: (input * price.input + output * price.output) / 1e6 };
  }
}

const nothing: Use = { tokens: 0, costUsd: 0 };

/** Estimated tokens of a prompt: one for four characters. */
function promptTokens({ system, messages }: ModelRequest): number {
  return Math.ceil(messages.reduce((sum, { text }) => sum + text.length, system.length) / 4);
}

/** Whether no money is left for the next request; a free request passes no limit. */
function isSpent(used: number, next: number, limit: number): boolean {
  return used > limit || (used >= limit && next > 0);
}

function exceeds(use: number, limit: number | null): boolean {
  return limit !== null && use > limit;
}
