import { note } from "./notes.ts";
import { primordials } from "./primordials.ts";

const { append, slice } = primordials;
/** The indentation of open groups. */
let indentation = "";

/** Notes values for the log. */
export function log(...values: unknown[]): void {
  if (indentation === "") return note("log", values);
  // The host puts a space between two values.
  const indented: unknown[] = [indentation];
  for (let i = 0; i < values.length; i++) append(indented, values[i]);
  note("log", indented);
}

/** Indents what follows. */
export function beginGroup(...values: unknown[]): void {
  if (values.length > 0) log(...values);
  indentation += indentation === "" ? " " : "  ";
}

/** Ends the innermost group. */
export function endGroup(): void {
  const { length } = indentation;
  indentation = length <= 1 ? "" : slice(indentation, 2, length);
}
