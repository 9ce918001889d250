import { noteLog } from "./support.ts";

/*
 * The methods of `console` that are more than `log`.
 */

const counts = new Map<string, number>();
const starts = new Map<string, number>();

export const consoleMethods = {
  assert(condition: unknown, ...values: unknown[]): void {
    if (!condition) noteLog("Assertion failed", ...values);
  },

  count(label: unknown = "default"): void {
    const count = (counts.get(`${label}`) ?? 0) + 1;
    counts.set(`${label}`, count);
    noteLog(`${label}: ${count}`);
  },

  countReset(label: unknown = "default"): void {
    counts.delete(`${label}`);
  },

  time(label: unknown = "default"): void {
    starts.set(`${label}`, Date.now());
  },

  timeLog(label: unknown = "default", ...values: unknown[]): void {
    const start = starts.get(`${label}`);
    if (start === undefined) noteLog(`There is no timer ${label}: call console.time first`);
    else noteLog(`${label}: ${Date.now() - start} ms`, ...values);
  },

  timeEnd(label: unknown = "default"): void {
    consoleMethods.timeLog(label);
    starts.delete(`${label}`);
  },

  trace(...values: unknown[]): void {
    noteLog("Trace:", ...values);
  },

  table(data: unknown, columns?: readonly unknown[]): void {
    if (typeof data !== "object" || data === null) noteLog(data);
    else noteLog(tableOf(data, columns?.map((name) => `${name}`)));
  },
};

/** A table of rows: one line a row, cells between bars. */
function tableOf(data: object, columns: readonly string[] | undefined): string {
  const rows: [string, unknown][] = data instanceof Map
    ? [...data].map(([key, value]) => [cellOf(key), value])
    : data instanceof Set
    ? [...data].map((value, index) => [`${index}`, value])
    : Object.entries(data);
  const names: string[] = [];
  let hasValues = false;
  for (const [, row] of rows) {
    if (typeof row !== "object" || row === null) hasValues = true;
    else for (const name of Object.keys(row)) if (!names.includes(name)) names.push(name);
  }
  const shown = columns ?? names;
  const head = ["(index)", ...shown, ...(hasValues ? ["Values"] : [])];
  const lines = rows.map(([index, row]) => {
    const isObject = typeof row === "object" && row !== null;
    const cells = shown.map((name) =>
      isObject && Object.hasOwn(row, name) ? cellOf((row as Record<string, unknown>)[name]) : ""
    );
    return [index, ...cells, ...(hasValues ? [isObject ? "" : cellOf(row)] : [])];
  });
  const widths = head.map((name, i) => Math.max(name.length, ...lines.map((line) => line[i]!.length)));
  const text = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return ["", text(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...lines.map(text)]
    .join("\n");
}

function cellOf(value: unknown): string {
  if (typeof value === "string") return value.replaceAll("\n", " ");
  if (typeof value !== "object" || value === null) return String(value);
  try {
    return JSON.stringify(value);
  } catch {
    return String(value);
  }
}

/** A text with `%s`, `%d`, `%i`, `%f`, `%j`, `%o` and `%O` replaced by the values after it, and the other values. */
export function formatted(values: readonly unknown[]): unknown[] {
  let used = 1;
  const text = (values[0] as string).replace(/%([sdifjoOc%])/g, (whole, kind: string) => {
    if (kind === "%") return "%";
    if (used >= values.length) return whole;
    const value = values[used++];
    switch (kind) {
      case "d":
        return `${typeof value === "bigint" ? value : Number(value)}`;
      case "i":
        return `${parseInt(`${value}`)}`;
      case "f":
        return `${parseFloat(`${value}`)}`;
      case "c":
        return "";
      case "s":
        return typeof value === "object" && value !== null ? cellOf(value) : String(value);
      default:
        return typeof value === "object" && value !== null
          ? cellOf(value)
          : JSON.stringify(value) ?? String(value);
    }
  });
  return [text, ...values.slice(used)];
}
