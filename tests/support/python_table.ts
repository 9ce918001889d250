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
