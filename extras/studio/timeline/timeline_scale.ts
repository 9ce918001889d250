import type { StoryTable } from "../data/story_table.ts";

/** A part of the scale that is visible. */
export interface Window {
  readonly from: number;
  readonly to: number;
}

/** `even`: long pauses are short. `time`: true to time. */
export type ScaleName = "even" | "time";

/** The places of rows on a scale. */
export function scaleOf({ even, ms }: StoryTable, name: ScaleName): Float64Array {
  return name === "even" ? even : ms;
}

/** The window of the whole story, with some room on both sides. */
export function wholeWindow(table: StoryTable, name: ScaleName): Window {
  const scale = scaleOf(table, name);
  const [first, last] = [scale[0] ?? 0, scale[Math.max(0, table.rows - 1)] ?? 1];
  const room = Math.max(100, (last - first) * 0.02);
  return { from: first - room, to: last + room };
}

/** The window zoomed around a place; `factor` below 1 shows less. */
export function zoomed(
  { from, to }: Window,
  { factor, at }: { readonly factor: number; readonly at: number },
  whole: Window,
): Window {
  const width = Math.min(Math.max((to - from) * factor, minWidth), whole.to - whole.from);
  const share = (at - from) / (to - from);
  return held({ from: at - share * width, to: at + (1 - share) * width }, whole);
}

/** The window moved by a distance. */
export function moved({ from, to }: Window, by: number, whole: Window): Window {
  return held({ from: from + by, to: to + by }, whole);
}

/** Keeps a window inside of the whole one. */
function held({ from, to }: Window, whole: Window): Window {
  const width = to - from;
  if (width >= whole.to - whole.from) return whole;
  if (from < whole.from) return { from: whole.from, to: whole.from + width };
  if (to > whole.to) return { from: whole.to - width, to: whole.to };
  return { from, to };
}

/** The narrowest window: a few rows. */
const minWidth = 400;
