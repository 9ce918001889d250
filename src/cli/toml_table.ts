/** Whether a value of a TOML file is a table. The parser makes dates of times, and those are values. */
export function isTable(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
