import type { ScriptVerdict, Verdict } from "./evaluate.ts";

/** The verdicts on all programs with one model, one style of answers, or one variant of the rules. */
export interface Series {
  readonly label: string;
  readonly verdicts: readonly Verdict[];
}

/** A table with a row for each program; figures of several series are separated by slashes. */
export function asTable(series: readonly Series[], { words }: { readonly words: boolean }): string {
  const [first] = series;
  const header = [
    "program",
    "kind",
    ...series.map(({ label }) => label),
    "repairs",
    "turns",
    "calls",
    "tokens",
  ];
  const rows = first!.verdicts.map(({ name, kind }, index) => {
    const verdicts = series.map((each) => each.verdicts[index]!);
    const figures = (of: (verdict: Verdict) => number) =>
      verdicts.map((verdict) => of(verdict).toLocaleString("en-US")).join(" / ");
    return [
      name,
      kind,
      ...verdicts.map(({ faults }) => faults.length === 0 ? "right" : "WRONG"),
      figures(({ repairs }) => repairs),
      figures(({ turns }) => turns),
      figures(({ calls }) => calls),
      figures(tokensOf),
    ];
  });
  return [
    ...aligned([header, ...rows]),
    ...series.flatMap(({ label, verdicts }) =>
      verdicts.flatMap((verdict) => detailsOf(label, verdict, words))
    ),
    "",
    ...series.map(summary),
  ].join("\n");
}

/** `careful: 20 of 20 right; 0 repairs, 81 turns, 81 calls, 123,456 tokens` */
function summary({ label, verdicts }: Series): string {
  const sum = (of: (verdict: Verdict) => number) =>
    verdicts.reduce((total, verdict) => total + of(verdict), 0).toLocaleString("en-US");
  return `${label}: ${rightOf(verdicts)} of ${verdicts.length} right; ${
    sum(({ repairs }) => repairs)
  } repairs, ` +
    `${sum(({ turns }) => turns)} turns, ${sum(({ calls }) => calls)} calls, ${sum(tokensOf)} tokens`;
}

function detailsOf(label: string, { name, faults, said }: Verdict, words: boolean): string[] {
  const lines = faults.map((fault) => `${name} (${label}) ${fault}`);
  const all = words || faults.length > 0 ? said.map((text) => `  | ${text.replaceAll("\n", "\n  | ")}`) : [];
  return lines.length + all.length === 0
    ? []
    : ["", ...(faults.length === 0 ? [`${name} (${label})`] : lines), ...all];
}

/** The same as a Markdown table, with a last row for all programs. */
export function markdownTable(series: readonly Series[]): string {
  const [first] = series;
  const labels = series.map(({ label }) => label);
  const header = ["program", "kind", ...labels, "repairs", "turns", "calls", "tokens"];
  const columns = [
    ({ repairs }: Verdict) => repairs,
    ({ turns }: Verdict) => turns,
    ({ calls }: Verdict) => calls,
    tokensOf,
  ];
  const figures = (of: (verdict: Verdict) => number, picked: (each: Series) => readonly Verdict[]) =>
    series.map((each) => picked(each).reduce((sum, verdict) => sum + of(verdict), 0).toLocaleString("en-US"))
      .join(" / ");
  const rows = first!.verdicts.map(({ name, kind }, index) => [
    name,
    kind,
    ...series.map(({ verdicts }) => verdicts[index]!.faults.length === 0 ? "right" : "WRONG"),
    ...columns.map((of) => figures(of, ({ verdicts }) => [verdicts[index]!])),
  ]);
  const all = [
    "all",
    "",
    ...series.map(({ verdicts }) => `${rightOf(verdicts)} of ${verdicts.length}`),
    ...columns.map((of) => figures(of, ({ verdicts }) => verdicts)),
  ];
  return markdown([header, header.map(() => "---"), ...rows, all]);
}

/** The series as JSON, for other programs. */
export function asJson(series: readonly Series[]): string {
  return JSON.stringify(
    series.map(({ label, verdicts }) => ({
      label,
      right: rightOf(verdicts),
      of: verdicts.length,
      programs: verdicts.map(({ faults, ...verdict }) => ({
        ...verdict,
        right: faults.length === 0,
        faults,
      })),
    })),
    undefined,
    2,
  );
}

/** The verdicts for one variant of the rules, and the tokens of its text. */
export interface Variant {
  readonly rules: string;
  readonly size: number;
  readonly careful: readonly ScriptVerdict[];
  readonly terse: readonly ScriptVerdict[];
}

/** A Markdown table that compares variants of the rules. */
export function variantTable(variants: readonly Variant[]): string {
  const rows = variants.map(({ rules, size, careful, terse }) => [
    rules,
    size.toLocaleString("en-US"),
    ...[careful, terse].flatMap((verdicts) => {
      const sum = (of: (verdict: Verdict) => number) =>
        verdicts.reduce((total, verdict) => total + of(verdict), 0);
      return [
        `${rightOf(verdicts)} of ${verdicts.length}`,
        `${sum(({ repairs }) => repairs)}`,
        `${sum(({ calls }) => calls)}`,
        Math.round(sum(tokensOf) / verdicts.length).toLocaleString("en-US"),
      ];
    }),
    neededTexts([...careful, ...terse]),
  ]);
  const figures = (model: string) => [`${model}: right ends`, "repairs", "calls", "tokens per program"];
  const header = [
    "rules",
    "tokens of the rules",
    ...figures("careful"),
    ...figures("terse"),
    "needed texts shown",
  ];
  return markdown([header, header.map(() => "---"), ...rows]);
}

function markdown(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `| ${row.join(" | ")} |`.replaceAll("|  |", "| |")).join("\n");
}

/** `90 of 92`: texts that answers rest on and that their requests showed. */
function neededTexts(verdicts: readonly ScriptVerdict[]): string {
  const needed = verdicts.reduce((sum, verdict) => sum + verdict.needed, 0);
  const missing = verdicts.reduce((sum, verdict) => sum + verdict.missing.length, 0);
  return `${needed - missing} of ${needed}`;
}

function rightOf(verdicts: readonly Verdict[]): number {
  return verdicts.filter(({ faults }) => faults.length === 0).length;
}

function tokensOf({ inputTokens, outputTokens }: Verdict): number {
  return inputTokens + outputTokens;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd());
}
