import type { CallProgress, CallView, ToolCalls } from "./tool_calls.ts";

/** The parts of a watch. */
interface TaskWatchParts {
  readonly calls: Pick<ToolCalls, "settled" | "follow">;
  readonly id: string;
  /** Ends the watch: the client has gone. */
  readonly signal: AbortSignal;
  /** Tells a new status. */
  readonly onStatus: (view: CallView) => Promise<void>;
  /** Tells a sign of life; absent if the client wants none. */
  readonly onProgress?: (progress: CallProgress) => void;
}

/** Tells each new status of a task, from `working` on, until it has ended. Another status of the same kind is none. */
export async function watchTask({ calls, id, signal, onStatus, onProgress }: TaskWatchParts): Promise<void> {
  using _ = onProgress && calls.follow(id, onProgress);
  let told: CallView["status"]["kind"] = "working";
  for (;;) {
    const view = await calls.settled(id, signal, told);
    if (!view || signal.aborted) return;
    told = view.status.kind;
    await onStatus(view);
    if (isTaskOver(view)) return;
  }
}

/** Whether a task cannot change any more. */
export function isTaskOver({ status }: CallView): boolean {
  return status.kind === "completed" || status.kind === "failed" || status.kind === "cancelled";
}
