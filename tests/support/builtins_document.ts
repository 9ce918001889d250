import type { Builtin } from "../../src/engine/builtins/builtin.ts";
import { signatureOf } from "../../src/engine/builtins/declarations.ts";
import { builtins } from "../../src/engine/builtins/table.ts";

/** The table of builtins for docs/builtins.md. */
export function builtinsTable(): string {
  return [
    "| builtin | kind | what it does |",
    "| --- | --- | --- |",
    ...builtins.filter(isForPrograms).map((row) =>
      `| \`${escaped(formOf(row))}\` | ${row.kind} | ${row.doc} |`
    ),
  ].join("\n");
}

/** Rows that only the sandbox requests are not names of the language. */
function isForPrograms(row: Builtin): boolean {
  return !("isInternal" in row && row.isInternal);
}

function formOf(row: Builtin): string {
  if (row.kind === "value") return row.type === undefined ? row.name : `${row.name}: ${row.type}`;
  return row.kind === "playbook" || row.kind === "standard" ? row.name : signatureOf(row);
}

function escaped(text: string): string {
  return text.replaceAll("|", "\\|");
}
