import type { NameScope } from "./scope.ts";

/**
 * A JavaScript literal for a text. `$x`, `{$x}` and `{{$x}}` give the variable's value when the code runs.
 *
 * A variable without a value, and the names in `except`, stay as written.
 */
export function textLiteral(
  text: string,
  scope: NameScope,
  options: { readonly except?: readonly string[] } = {},
): string {
  const parts: string[] = [];
  let filled = false;
  let at = 0;
  for (
    const match of text.matchAll(
      /\{\{?\s*\$?([A-Za-z_]\w*)((?:\.\w+)*)\s*\}?\}|\$([A-Za-z_]\w*)((?:\.\w+)*)/g,
    )
  ) {
    const name = (match[1] ?? match[3])!;
    const path = match[2] ?? match[4] ?? "";
    // In braces without `$`, a name is a variable only if the variable exists, because braces are common in plain text.
    if (options.except?.includes(name) || (!match[0].includes("$") && !scope.knows(name))) continue;
    parts.push(escapeTemplate(text.slice(at, match.index)));
    parts.push(`\${${shown(`${scope.reference(name)}${path.replaceAll(".", "?.")}`, match[0])}}`);
    filled = true;
    at = match.index + match[0].length;
  }
  if (!filled) return JSON.stringify(text);
  parts.push(escapeTemplate(text.slice(at)));
  return `\`${parts.join("")}\``;
}

/** The expression that shows a value as text. */
function shown(reference: string, written: string): string {
  return `typeof ${reference} === "object" ? JSON.stringify(${reference}) : ${reference} ?? ${
    JSON.stringify(written)
  }`;
}

function escapeTemplate(text: string): string {
  return text.replace(/[\\`]|\$\{/g, "\\$&").replaceAll("\n", "\\n");
}
