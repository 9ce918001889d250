import type { Point } from "./statistics.ts";

/** A line of the plot. */
export interface Series {
  readonly title: string;
  readonly points: readonly Point[];
}

const size = { width: 860, height: 460 };
const area = { left: 62, top: 24, right: 560, bottom: 410 };
/** Colours that are distinct for people with colour blindness, on light and on dark paper. */
const colors = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c564b", "#444444"];

/** An SVG plot of the cost of a step against its number, with logarithmic axes. */
export function plot(series: readonly Series[], title: string): string {
  const drawn = series.filter(({ points }) => points.length > 0);
  const all = drawn.flatMap(({ points }) => points);
  const x = axis(all.map(({ step }) => step), area.left, area.right);
  const y = axis(all.map(({ ms }) => ms), area.bottom, area.top);
  const lines = drawn.map(({ points }, index) => {
    const path = points.map(({ step, ms }) => `${round(x.place(step))},${round(y.place(ms))}`).join(" ");
    const color = colors[index % colors.length]!;
    return `<polyline points="${path}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round"/>` +
      points.map(({ step, ms }) =>
        `<circle cx="${round(x.place(step))}" cy="${round(y.place(ms))}" r="2.5" fill="${color}"/>`
      ).join("");
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" role="img" ` +
    `aria-label="${escape(title)}" font-family="sans-serif" font-size="13">`,
    `<style>text{fill:#222}.grid{stroke:#ccc}@media(prefers-color-scheme:dark){text{fill:#ddd}.grid{stroke:#555}}</style>`,
    ...x.ticks.map((tick) =>
      `<line class="grid" x1="${round(x.place(tick))}" y1="${area.top}" x2="${
        round(x.place(tick))
      }" y2="${area.bottom}"/>` +
      `<text x="${round(x.place(tick))}" y="${area.bottom + 18}" text-anchor="middle">${label(tick)}</text>`
    ),
    ...y.ticks.map((tick) =>
      `<line class="grid" x1="${area.left}" y1="${round(y.place(tick))}" x2="${area.right}" y2="${
        round(y.place(tick))
      }"/>` +
      `<text x="${area.left - 8}" y="${round(y.place(tick)) + 4}" text-anchor="end">${label(tick)}</text>`
    ),
    `<text x="${(area.left + area.right) / 2}" y="${
      area.bottom + 40
    }" text-anchor="middle">number of the step</text>`,
    `<text x="16" y="${(area.top + area.bottom) / 2}" text-anchor="middle" ` +
    `transform="rotate(-90 16 ${(area.top + area.bottom) / 2})">ms a step</text>`,
    ...lines,
    ...legend(drawn),
    "</svg>",
    "",
  ].join("\n");
}

/** A logarithmic axis over whole decades of the values, between two coordinates. */
function axis(values: readonly number[], from: number, to: number) {
  const logarithms = values.map(Math.log10);
  const low = Math.floor(Math.min(...logarithms, Infinity));
  const high = Math.max(Math.ceil(Math.max(...logarithms, -Infinity)), low + 1);
  const [least, most] = Number.isFinite(low) ? [low, high] : [0, 1];
  return {
    place: (value: number) => from + (Math.log10(value) - least) / (most - least) * (to - from),
    ticks: Array.from({ length: most - least + 1 }, (_, index) => 10 ** (least + index)),
  };
}

/** Titles in the order of the line ends, the most expensive on top. */
function legend(series: readonly Series[]): string[] {
  return series.map(({ title, points }, index) => ({ title, index, last: points.at(-1)!.ms }))
    .sort((a, b) => b.last - a.last)
    .map(({ title, index }, row) => {
      const y = area.top + 14 + row * 24;
      const color = colors[index % colors.length]!;
      return `<line x1="${area.right + 20}" y1="${y - 4}" x2="${area.right + 40}" y2="${
        y - 4
      }" stroke="${color}" ` +
        `stroke-width="3"/><text x="${area.right + 48}" y="${y}">${escape(title)}</text>`;
    });
}

function label(value: number): string {
  return value >= 1 ? value.toLocaleString("en") : String(Number(value.toPrecision(1)));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}
