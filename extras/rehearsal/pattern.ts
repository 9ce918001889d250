/**
 * Makes regular expressions, by their flags, of templates in which parts have names:
 *
 * ```ts
 * pattern.iu`^set\s+\$(${namePattern})\s+to\b`
 * ```
 */
export const pattern = {
  u: template("u"),
  gu: template("gu"),
  iu: template("iu"),
  su: template("su"),
  isu: template("isu"),
};

function template(flags: string): (texts: TemplateStringsArray, ...parts: string[]) => RegExp {
  return (texts, ...parts) => new RegExp(String.raw(texts, ...parts), flags);
}
