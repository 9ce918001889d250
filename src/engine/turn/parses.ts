import { parse } from "acorn";
import { tokenBound } from "../../sandbox/host/code_bounds.ts";

/** Whether a text parses as the code of a turn. */
export function parses(code: string): boolean {
  return syntaxOf(code) !== undefined;
}

/** The syntax tree of a turn's code; `undefined` if it does not parse. */
export function syntaxOf(code: string): ReturnType<typeof parse> | undefined {
  try {
    return parse(code, {
      ecmaVersion: "latest",
      sourceType: "script",
      allowAwaitOutsideFunction: true,
      allowReturnOutsideFunction: true,
      onToken: tokenBound(),
    });
  } catch {
    return undefined;
  }
}
