/** Code that does not parse. Line and column count from 1. */
export interface ParseFailure {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** Forms of Python in a line. */
const python =
  /(?<![\w)\]])f["']|\b(?:elif|def|None|True|False)\b|\b(?:and|or|not)\b(?=[^"'`]*(?::|\{)\s*$)|^\s*(?:if|for|while|else|try|except)\b[^{]*:\s*$|\bfor\s+\w+\s+in\b[^{(]*:/;

/** A failure of a model's code, with the token at its place and advice if the line is Python. */
export function explainSyntax(failure: ParseFailure, text: string): ParseFailure {
  const line = text.split(/\r\n|[\n\r\u2028\u2029]/)[failure.line - 1] ?? "";
  const token = /^(?:[\p{ID_Continue}$]{1,40}|[^\s\p{ID_Continue}$])/u.exec(line.slice(failure.column - 1))
    ?.[0];
  const where = failure.message !== "Unexpected token"
    ? ""
    : token === undefined
    ? ": the code ends too early, or a bracket is missing"
    : ` ${token}`;
  const advice = python.test(line.slice(0, 500)) ? "; this line is Python, write JavaScript" : "";
  return { ...failure, message: failure.message + where + advice };
}
