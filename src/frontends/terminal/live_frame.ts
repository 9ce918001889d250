import { cleanLine } from "../../text/mod.ts";
import { fit, textWidth } from "../text_width.ts";
import { drawInput } from "./line_layout.ts";
import type { LiveCursor, LiveLine } from "./live_region.ts";
import { progressLine } from "./progress.ts";
import type { Prompt } from "./prompt.ts";
import type { View } from "./view.ts";

/** The lines of the live region, and the place of the cursor in them. */
interface LiveFrame {
  readonly lines: readonly LiveLine[];
  readonly cursor: LiveCursor;
}

/**
 * What the live region shows: the words that a model is writing, below them the progress line or the question with its hint,
 * then words that wait for a question, and the text that a person types.
 */
export function liveFrame(
  { preview, view, prompt }: {
    /** The words that a model is writing. */
    readonly preview: readonly LiveLine[];
    readonly view: View;
    readonly prompt: Prompt | undefined;
  },
  { columns, rows: screenRows, nowMs, quiet }: {
    /** The size of the screen. */
    readonly columns: number;
    readonly rows: number;
    readonly nowMs: number;
    /** No progress line. */
    readonly quiet: boolean;
  },
): LiveFrame {
  const lines = [...preview];
  if ((prompt?.isIdle?.() ?? !prompt) && !quiet) {
    // One column is left for the cursor.
    const text = progressLine(view.progress, view, { nowMs, columns: columns - 1 });
    lines.push({ text, dim: true });
  }
  const hint = prompt?.hint?.();
  if (hint !== undefined) lines.push({ text: fit(hint, columns - 1), dim: true });
  for (const text of queueLines(prompt?.queued?.() ?? [])) {
    lines.push({ text: fit(text, columns - 1), dim: true });
  }
  if (prompt === undefined || !isTypedIn(prompt)) {
    const cursor = { row: Math.max(0, lines.length - 1), column: textWidth(lines.at(-1)?.text ?? "") };
    return { lines, cursor };
  }
  const maxRows = Math.max(1, Math.floor(screenRows / 2));
  const { rows, row, column } = drawInput(prompt.label(), prompt.line, { columns, maxRows });
  const typed = rows.map((text) => ({ text, dim: false }));
  return { lines: [...lines, ...typed], cursor: { row: lines.length + row, column } };
}

/** Whether a prompt asks a person, or has a text that a person types. */
export function isTypedIn(prompt: Prompt): boolean {
  return !prompt.isIdle?.() || prompt.line.text.length > 0 || !!prompt.line.search;
}

/** The words that wait for a question, newest last. */
function queueLines(queued: readonly string[]): readonly string[] {
  const shown = queued.slice(-maxQueueLines).map((text) => `Queued: ${cleanLine(text)}`);
  if (shown.length === 0) return [];
  const more = queued.length - shown.length;
  return [
    ...(more > 0 ? [`Queued: ${more} more`] : []),
    ...shown.slice(0, -1),
    `${shown.at(-1)} · Up edits it`,
  ];
}

const maxQueueLines = 3;
