import type { Builtin, BuiltinParameter, FunctionBuiltin } from "./builtin.ts";

/** Comments begin in this column, unless the declaration is longer. */
const commentColumn = 51;

/** The declarations for the prompt, one a line. */
export function promptDeclarations(rows: readonly Builtin[]): readonly string[] {
  return rows.flatMap((row) => {
    if (row.kind === "playbook" || row.kind === "standard") return [];
    if (row.kind === "value") {
      return row.type === undefined
        ? []
        : [withComment(`declare const ${row.name}: ${row.type};`, row.comment)];
    }
    return row.isUndeclared ? [] : [withComment(`declare function ${signatureOf(row)};`, row.comment)];
  });
}

/** A declaration with its comment in the column of all comments. */
export function withComment(declaration: string, comment: string | undefined): string {
  return comment === undefined ? declaration : `${declaration.padEnd(commentColumn - 1)} // ${comment}`;
}

/** `Say(target: Target, text: string): Promise<void>` */
export function signatureOf({ name, parameters, returns }: FunctionBuiltin): string {
  return `${name}(${parameters.map(parameterText).join(", ")}): ${returns}`;
}

function parameterText({ name, type, optional }: BuiltinParameter): string {
  return `${name}${optional ? "?" : ""}: ${type}`;
}
