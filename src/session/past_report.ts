import type { StoryAgent, StoryItem } from "./story.ts";

/** The parts of a session's past that its state does not keep. */
export interface PastReport {
  readonly models: readonly ModelSpent[];
  readonly failure?: FailureReport;
}

/** The use of one model. */
interface ModelSpent {
  readonly model: string;
  readonly answers: number;
  /** Requests without an answer. */
  readonly lost: number;
  readonly inputTokens: number;
  readonly cachedTokens: number;
  readonly outputTokens: number;
  /** Sum of the known costs, US dollars. */
  readonly costUsd: number;
  /** Answers without a known price. */
  readonly unpriced: number;
}

/** The error of a failed session, and the last call that failed before it. */
interface FailureReport {
  readonly position: number;
  readonly reason?: string;
  readonly agent?: StoryAgent;
  readonly playbook?: string;
  readonly turn?: number;
  readonly step?: string;
  readonly stepText?: string;
}

/** Reads a story to its end, or to the first entry that cannot be read. */
export async function reportPast(story: AsyncIterable<StoryItem>): Promise<PastReport> {
  const models = new Map<string, ModelSpent>();
  const steps = new Map<string, { readonly step: string; readonly text?: string }>();
  let failed: StoryItem | undefined;
  let failure: FailureReport | undefined;
  for await (const item of story) {
    if (item.type === "answer" && !item.isRehearsal) {
      const { inputTokens, cachedTokens, outputTokens, costUsd } = item;
      add(models, item.model, {
        answers: 1,
        inputTokens,
        cachedTokens,
        outputTokens,
        costUsd: costUsd ?? 0,
        unpriced: costUsd === undefined ? 1 : 0,
      });
    }
    if (item.type === "lost") add(models, item.model, { lost: item.requests });
    if (item.type === "step" && item.frame) steps.set(item.frame.id, item);
    // An error passes from a call to its callers: the first one in the row is the place.
    if (item.type === "turn-failed" || (item.type === "return" && !item.outcome.ok)) {
      failed = failed && isPassedOn(failed, item) ? failed : item;
    }
    if (item.type === "run") failure = undefined;
    if (item.type === "end" && item.status === "failed") failure = failureOf(item, failed, steps);
  }
  return { models: [...models.values()], ...(failure ? { failure } : {}) };
}

/** Whether a call fails with the error of a call before. */
function isPassedOn(before: StoryItem, item: StoryItem): boolean {
  return errorOf(before) === errorOf(item) && errorOf(item) !== undefined;
}

function errorOf(item: StoryItem): string | undefined {
  if (item.type === "turn-failed") return item.error;
  return item.type === "return" && !item.outcome.ok ? item.outcome.error : undefined;
}

function failureOf(
  { position, reason }: Extract<StoryItem, { type: "end" }> & { readonly position: number },
  failed: StoryItem | undefined,
  steps: ReadonlyMap<string, { readonly step: string; readonly text?: string }>,
): FailureReport {
  const step = failed?.frame && steps.get(failed.frame.id);
  return {
    position,
    ...(reason === undefined ? {} : { reason }),
    ...(failed?.agent ? { agent: failed.agent } : {}),
    ...(failed?.frame ? { playbook: failed.frame.playbook, turn: failed.frame.turn } : {}),
    ...(step ? { step: step.step } : {}),
    ...(step?.text === undefined ? {} : { stepText: step.text }),
  };
}

function add(
  models: Map<string, ModelSpent>,
  model: string,
  { answers = 0, lost = 0, inputTokens = 0, cachedTokens = 0, outputTokens = 0, costUsd = 0, unpriced = 0 }:
    Partial<ModelSpent>,
): void {
  const before = models.get(model);
  models.set(model, {
    model,
    answers: answers + (before?.answers ?? 0),
    lost: lost + (before?.lost ?? 0),
    inputTokens: inputTokens + (before?.inputTokens ?? 0),
    cachedTokens: cachedTokens + (before?.cachedTokens ?? 0),
    outputTokens: outputTokens + (before?.outputTokens ?? 0),
    costUsd: costUsd + (before?.costUsd ?? 0),
    unpriced: unpriced + (before?.unpriced ?? 0),
  });
}
