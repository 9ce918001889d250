/** The default bounds of the network. */
export const defaultNetBounds = {
  maxAnswerKb: 1024,
  maxBodyMb: 16,
  maxErrorBodyKb: 64,
  maxRequestSeconds: 600,
} as const;

/** The bounds of one request to a model. */
export interface AnswerBounds {
  readonly maxAnswerBytes: number;
  readonly maxErrorBodyBytes: number;
  readonly maxRequestMs: number;
}

/** The bounds of requests to models, by `[limits]`. */
export function answerBounds(
  { maxAnswerKb, maxErrorBodyKb, maxRequestSeconds }: {
    readonly maxAnswerKb?: number;
    readonly maxErrorBodyKb?: number;
    readonly maxRequestSeconds?: number;
  } = {},
): AnswerBounds {
  return {
    maxAnswerBytes: (maxAnswerKb ?? defaultNetBounds.maxAnswerKb) * 1024,
    maxErrorBodyBytes: (maxErrorBodyKb ?? defaultNetBounds.maxErrorBodyKb) * 1024,
    maxRequestMs: (maxRequestSeconds ?? defaultNetBounds.maxRequestSeconds) * 1000,
  };
}
