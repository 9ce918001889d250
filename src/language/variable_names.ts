/** A name in letters of any script, as variables and parameters have it: a part of regular expressions with the flag `u`. */
export const namePattern = String.raw`[\p{L}_][\p{L}\p{M}\p{N}_]*`;

/** Whether a text is the name of a variable, without its `$`. */
export function isVariableName(text: string): boolean {
  return wholeName.test(text);
}

/** The names behind `$` in a text, in order. */
export function variablesIn(text: string): string[] {
  return [...text.matchAll(variables)].map(([, name]) => name!);
}

const wholeName = new RegExp(`^${namePattern}$`, "u");
const variables = new RegExp(String.raw`\$(${namePattern})`, "gu");
