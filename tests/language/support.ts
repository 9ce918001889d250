import { reservedNames } from "../../src/engine/builtins/table.ts";
import type { Problem, Program } from "../../src/language/mod.ts";
import { outline, parseProgram } from "../../src/language/mod.ts";

/** Parses one source file, by default called `a.pb`. */
export async function parse(
  text: string,
  path = "a.pb",
): Promise<{ program: Program; problems: readonly Problem[] }> {
  return await parseProgram([{ path, text }], { builtins: reservedNames });
}

/** The outline of a source, with each problem as `! line:column message` below it, except a missing begin playbook. */
export async function outlineOf(text: string, path = "a.pb"): Promise<string> {
  const { program, problems } = await parse(text, path);
  const told = problems.filter(({ code }) => code !== "no-beginning").map(short);
  return [outline(program), ...told].join("\n").trim();
}

/** A problem in one line. */
export function short({ location, message }: Problem): string {
  return `! ${location.line}:${location.column} ${message}`;
}

/** A program without the places of its parts, to compare two programs with different layouts. */
export function withoutPlaces(program: Program): unknown {
  return JSON.parse(
    JSON.stringify(program, (key, value) => key === "location" || key === "lines" ? undefined : value),
  );
}

/** Whether a problem prevents the program from running, also with `--call`. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some(({ severity, code }) => severity === "error" && code !== "no-beginning");
}
