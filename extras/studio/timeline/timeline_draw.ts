import type { RowKind } from "../../../src/session/row_kinds.ts";
import type { StoryTable } from "../data/story_table.ts";
import { type ScaleName, scaleOf, type Window } from "./timeline_scale.ts";

/** The sizes of the timeline, CSS pixels. */
export const timelineSizes = { lane: 26, axis: 20, left: 0 } as const;

/** Everything that a picture of the timeline depends on. */
interface TimelinePicture {
  readonly table: StoryTable;
  readonly window: Window;
  readonly scale: ScaleName;
  readonly width: number;
  readonly height: number;
  /** The position that is shown; `undefined`: the end. */
  readonly position: number | undefined;
  readonly isRunning: boolean;
  readonly colours: TimelineColours;
}

/** Colours of the style sheet. */
export interface TimelineColours {
  readonly lanes: readonly string[];
  readonly line: string;
  readonly text: string;
  readonly faint: string;
  readonly wrong: string;
  readonly accent: string;
  readonly later: string;
  readonly ground: string;
}

type Marks = Pick<
  CanvasRenderingContext2D,
  "fillStyle" | "fillRect" | "globalAlpha" | "beginPath" | "arc" | "fill"
>;

/** Draws the timeline. Rows that fall on the same pixel are drawn once, so the time does not grow with the rows. */
export function drawTimeline(context: CanvasRenderingContext2D, picture: TimelinePicture): void {
  const { width, height, colours } = picture;
  context.globalAlpha = 1;
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, height);
  const place = placing(picture);
  drawLanes(context, picture);
  drawSpans(context, picture, place);
  drawRows(context, picture, place);
  drawStops(context, picture, place);
  drawAxis(context, picture);
  drawPosition(context, picture, place);
}

/** Gives the x of a place on the scale. */
type Placing = (at: number) => number;

function placing({ window: { from, to }, width }: TimelinePicture): Placing {
  const perUnit = width / (to - from);
  return (at) => (at - from) * perUnit;
}

function top(lane: number): number {
  return timelineSizes.axis + Math.max(0, lane) * timelineSizes.lane;
}

function laneColour({ colours: { lanes } }: TimelinePicture, lane: number): string {
  return lanes[Math.max(0, lane) % lanes.length]!;
}

function drawLanes(context: Marks, { table, width, colours }: TimelinePicture): void {
  context.fillStyle = colours.line;
  for (let lane = 0; lane <= Math.max(1, table.agents.length); lane++) {
    context.fillRect(0, top(lane) - 0.5, width, 1);
  }
}

/** Bars: a call is light, the model's time in it is strong, a wait is a thin line. */
const spanLooks = {
  call: { inset: 5, height: 16, alpha: 0.16 },
  wait: { inset: 12, height: 2, alpha: 0.75 },
  turn: { inset: 8, height: 10, alpha: 0.55 },
} as const;

function drawSpans(context: Marks, picture: TimelinePicture, place: Placing): void {
  const { table, width, isRunning } = picture;
  const scale = scaleOf(table, picture.scale);
  const end = isRunning ? width : place(scale[table.rows - 1] ?? 0);
  for (const kind of ["call", "wait", "turn"] as const) {
    const { inset, height, alpha } = spanLooks[kind];
    context.globalAlpha = alpha;
    const lastEnd = new Map<number, number>();
    for (const span of table.spans) {
      if (span.kind !== kind) continue;
      const left = place(scale[span.from]!);
      if (left > width) break;
      const right = span.to < 0 ? end : place(scale[span.to]!);
      if (right < 0) continue;
      const from = Math.max(left, lastEnd.get(span.lane) ?? -1, 0);
      const to = Math.min(Math.max(right, left + 1), width);
      // A call inside of a drawn one would only make it darker.
      if (to - from < 0.5) continue;
      lastEnd.set(span.lane, to);
      context.fillStyle = laneColour(picture, span.lane);
      context.fillRect(from, top(span.lane) + inset, to - from, height);
    }
  }
  context.globalAlpha = 1;
}

type Mark = "tick" | "dot" | "ring" | "cross" | "frame" | "square";

/** Kinds that have a mark of their own; the legend explains them. */
const marks: Partial<Record<RowKind, Mark>> = {
  step: "tick",
  effect: "tick",
  words: "dot",
  heard: "ring",
  edit: "frame",
  "turn-failed": "cross",
  "effect-failed": "cross",
  "return-failed": "cross",
  end: "square",
};

function drawRows(context: Marks, picture: TimelinePicture, place: Placing): void {
  const { table, width, window } = picture;
  const scale = scaleOf(table, picture.scale);
  const first = Math.max(0, table.rowAtPlace(scale, window.from));
  const lastPixel = new Int32Array(slotsPerLane * (table.agents.length + 1)).fill(-10);
  for (let row = first; row < table.rows; row++) {
    const x = place(scale[row]!);
    if (x > width + 4) break;
    const kind = table.kindOf(row);
    const mark = marks[kind];
    if (mark === undefined) continue;
    const lane = table.lanes[row]!;
    const slot = slotsPerLane * (lane + 1) + markSlots[mark];
    const pixel = Math.round(x);
    if (pixel - lastPixel[slot]! < markGaps[mark]) continue;
    lastPixel[slot] = pixel;
    drawMark(context, picture, { mark, lane, x: pixel, isWrong: kind.endsWith("failed") });
  }
}

const markSlots: Readonly<Record<Mark, number>> = { tick: 0, dot: 1, ring: 2, cross: 3, frame: 4, square: 5 };
const slotsPerLane = 6;
/** The smallest distance of two marks, pixels. */
const markGaps: Readonly<Record<Mark, number>> = { tick: 1, dot: 4, ring: 5, cross: 3, frame: 6, square: 6 };
/** Half of the side of a square mark, pixels. */
const squareHalf = 4;

function drawMark(
  context: Marks,
  picture: TimelinePicture,
  { mark, lane, x, isWrong }: {
    readonly mark: Mark;
    readonly lane: number;
    readonly x: number;
    readonly isWrong: boolean;
  },
): void {
  const y = top(lane);
  const middle = y + timelineSizes.lane / 2;
  context.fillStyle = isWrong ? picture.colours.wrong : laneColour(picture, lane);
  switch (mark) {
    case "tick":
      return context.fillRect(x, y + 8, 1, 10);
    case "dot":
    case "ring":
      context.beginPath();
      context.arc(x, middle, 3.5, 0, 2 * Math.PI);
      context.fill();
      if (mark === "dot") return;
      context.fillStyle = picture.colours.ground;
      context.beginPath();
      context.arc(x, middle, 1.7, 0, 2 * Math.PI);
      return context.fill();
    case "cross":
      return context.fillRect(x - 1, y + 3, 3, timelineSizes.lane - 6);
    case "square":
    case "frame":
      context.fillStyle = picture.colours.text;
      context.fillRect(x - squareHalf, middle - squareHalf, 2 * squareHalf, 2 * squareHalf);
      if (mark === "square") return;
      context.fillStyle = picture.colours.ground;
      return context.fillRect(
        x - squareHalf + 2,
        middle - squareHalf + 2,
        2 * squareHalf - 4,
        2 * squareHalf - 4,
      );
  }
}

/** Lines over all lanes: the process died or was stopped, and another one went on. */
function drawStops(context: CanvasRenderingContext2D, picture: TimelinePicture, place: Placing): void {
  const { table, width, height, colours } = picture;
  const scale = scaleOf(table, picture.scale);
  const first = Math.max(0, table.rowAtPlace(scale, picture.window.from));
  context.fillStyle = colours.text;
  let last = -10;
  for (let row = Math.max(first, 1); row < table.rows; row++) {
    if (table.kindOf(row) !== "resumed") continue;
    const x = Math.round(place(scale[row]!));
    if (x > width) break;
    if (x - last < 3) continue;
    last = x;
    for (let y = timelineSizes.axis; y < height; y += 5) context.fillRect(x, y, 1, 3);
  }
}

function drawAxis(context: CanvasRenderingContext2D, picture: TimelinePicture): void {
  const { table, width, window, colours } = picture;
  const scale = scaleOf(table, picture.scale);
  context.fillStyle = colours.faint;
  context.font = "11px system-ui, sans-serif";
  context.textBaseline = "middle";
  const count = Math.max(2, Math.floor(width / 130));
  let before = "";
  for (let index = 0; index < count; index++) {
    const x = ((index + 0.5) / count) * width;
    const at = window.from + (x / width) * (window.to - window.from);
    const row = table.rowAtPlace(scale, at);
    if (row < 0 || row >= table.rows) continue;
    const text = axisClock.format(table.ms[row]!);
    if (text === before) continue;
    before = text;
    context.textAlign = "center";
    context.fillText(text, x, timelineSizes.axis / 2);
  }
}

const axisClock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});

function drawPosition(context: Marks, picture: TimelinePicture, place: Placing): void {
  const { table, position, width, height, colours } = picture;
  if (position === undefined) return;
  const row = table.rowAt(position);
  const x = row < 0 ? 0 : place(scaleOf(table, picture.scale)[row]!);
  context.fillStyle = colours.later;
  context.fillRect(x, timelineSizes.axis, Math.max(0, width - x), height);
  context.fillStyle = colours.accent;
  context.fillRect(Math.round(x) - 1, 0, 2, height);
}
