/** A row of the table: an expression, and the text that its placeholder shows. */
interface PythonRow {
  readonly section: string;
  readonly expression: string;
  readonly shown: string;
}

/** The table that tests/testdata/python/make_table.py wrote. */
export function pythonTable(): {
  readonly variables: Readonly<Record<string, unknown>>;
  /** The time at which the expressions were evaluated, in ms. */
  readonly now: number;
  readonly rows: readonly PythonRow[];
} {
  return JSON.parse(Deno.readTextFileSync(new URL("../testdata/python/table.json", import.meta.url)));
}

/** Rows of each section in the document. */
const shownRows = 14;

/** The table of docs/guide/values.md: the first rows of each section. */
export function pythonForms(): string {
  const { rows } = pythonTable();
  const cell = (text: string) => text.replaceAll("|", "\\|").replaceAll("\n", " ");
  const sections = [...new Set(rows.map(({ section }) => section))];
  return sections.map((section) => {
    const lines = rows.filter((row) => row.section === section && !row.expression.includes("`")).slice(
      0,
      shownRows,
    )
      .map(({ expression, shown }) =>
        `| \`{${cell(expression)}}\` | ${shown === "" ? "" : `\`${cell(shown)}\``} |`
      );
    return [`#### ${section}`, "", "| placeholder | text |", "| --- | --- |", ...lines].join("\n");
  }).join("\n\n");
}
