import { Coverage } from "./coverage.ts";
import { mutate } from "./mutate.ts";
import { randomFrom } from "../support/random.ts";
import type { Target } from "./targets.ts";

/** The result of fuzzing one target. */
export interface Fuzzed {
  readonly target: string;
  readonly executions: number;
  /** Inputs that were kept because they reached new code. */
  readonly corpus: number;
  /** Blocks of our source that have run. */
  readonly blocks: number;
  readonly slowestMs: number;
}

/** An input that was read wrongly. */
export class FuzzFailure extends Error {
  override readonly name = "FuzzFailure";
  readonly input: Uint8Array;

  constructor(target: string, input: Uint8Array, cause: unknown) {
    const text = JSON.stringify(new TextDecoder().decode(input));
    super(`The ${target} fails on ${text.slice(0, 2000)}: ${cause instanceof Error ? cause.stack : cause}`, {
      cause,
    });
    this.input = input;
  }
}

/** Reading takes less than a hundredth of this, but a busy machine can pause us for long. */
const maxReadMs = 4000;
/** Inputs between two checks of the coverage. One check costs as much as several inputs. */
const batch = 24;

/**
 * Reads mutated inputs for a time, with feedback from V8's block coverage: inputs that reach new code are kept and
 * mutated further. Throws `FuzzFailure` for an input that throws or takes too long.
 */
export async function fuzz(
  target: Target,
  options: { readonly seconds: number; readonly seed: number },
): Promise<Fuzzed> {
  using coverage = await Coverage.start("/src/");
  const random = randomFrom(options.seed);
  const corpus = [...target.corpus];
  let executions = 0;
  let slowestMs = 0;
  const run = async (input: Uint8Array) => {
    const startedMs = performance.now();
    try {
      await target.read(input);
    } catch (error) {
      throw new FuzzFailure(target.name, input, error);
    }
    executions++;
    const tookMs = performance.now() - startedMs;
    slowestMs = Math.max(slowestMs, tookMs);
    if (tookMs > maxReadMs) {
      throw new FuzzFailure(target.name, input, `it takes ${Math.round(tookMs)} ms`);
    }
  };
  for (const input of target.corpus) await run(input);
  await coverage.fresh();
  const deadline = performance.now() + options.seconds * 1000;
  while (performance.now() < deadline) {
    const inputs = Array.from({ length: batch }, () => {
      // The newest inputs have been mutated least.
      const newest = corpus.slice(-20);
      const from = random() < 0.5 ? newest : corpus;
      return mutate(from[Math.floor(random() * from.length)]!, { ...target, random, corpus });
    });
    for (const input of inputs) await run(input);
    if (!await coverage.fresh({ peek: true })) continue;
    for (const input of inputs) {
      await run(input);
      if (await coverage.fresh()) corpus.push(input);
    }
  }
  return {
    target: target.name,
    executions,
    corpus: corpus.length,
    blocks: coverage.blocks,
    slowestMs: Math.round(slowestMs),
  };
}
