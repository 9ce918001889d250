import type { RuntimeSettings } from "../fold/settings.ts";
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
    if (row.isUndeclared) return [];
    const parameters = row.parameters.filter(({ isUndeclared }) => !isUndeclared);
    return [withComment(`declare function ${signatureOf({ ...row, parameters })};`, row.comment)];
  });
}

/** Declarations of the functions that the permissions of a session open, one a line. */
export function permittedDeclarations(
  rows: readonly Builtin[],
  permissions: RuntimeSettings["permissions"],
): readonly string[] {
  return rows.flatMap((row) => {
    if (!("permission" in row) || row.permission === undefined) return [];
    const items = permissions[row.permission];
    if (items.length === 0) return [];
    const text = items.join(", ");
    const comment = text.length > maxItemCharacters ? `${text.slice(0, maxItemCharacters)}…` : text;
    return [withComment(`declare function ${signatureOf(row)};`, comment.replace(/\s+/g, " "))];
  });
}

/** Bound on the characters of the permitted names beside a declaration. */
const maxItemCharacters = 120;

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
