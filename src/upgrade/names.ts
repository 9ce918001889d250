import type { Translation } from "./context.ts";

/** The name of a function of the agent's code: helpers may not have the name of a builtin. */
export function functionName(name: string, context: Translation): string {
  return context.surroundings.builtins.has(name) ? `${name}_` : jsName(name);
}

const reservedWords: ReadonlySet<string> = new Set(
  ("arguments case catch const debugger default delete do enum eval export extends function implements instanceof interface let " +
    "new null package private protected public static super switch this throw typeof undefined var void NaN Infinity")
    .split(" "),
);

/** A name that JavaScript and the runtime accept: a trailing underscore sets it apart. */
export function jsName(name: string): string {
  return reservedWords.has(name) || name === "py" || name === "state" ? `${name}_` : name;
}
