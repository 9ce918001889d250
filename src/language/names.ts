/**
 * Converts a natural name to CamelCase: `Get tax rate` becomes `GetTaxRate`, `AI Assistant` becomes `AiAssistant`.
 *
 * A CamelCase name stays the same, for example `MCP`. Drops accents. Returns `""` if no letter or digit is left.
 */
export function toCamelCase(name: string): string {
  const plain = withoutAccents(name).trim();
  if (/^[A-Z][A-Za-z0-9]*$/.test(plain)) return plain;
  return plain.replace(/['’`]/g, "").split(/[^A-Za-z0-9]+/).filter((word) => word !== "").map(capitalize)
    .join("");
}

/** The letters and digits of a name in lower case: all spellings of a name have the same key. */
export function nameKey(spelling: string): string {
  return withoutAccents(spelling).toLowerCase().replace(/[^a-z0-9]/g, "");
}

function withoutAccents(text: string): string {
  // Most names are ASCII, and normalize() loads large tables at its first call.
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return text.normalize("NFKD").replace(/\p{M}/gu, "");
}

/** `AI` becomes `Ai`; `taxRate` keeps its inner capital. */
function capitalize(word: string): string {
  const rest = word.slice(1);
  return word.charAt(0).toUpperCase() + (/[a-z][A-Z]/.test(word) ? rest : rest.toLowerCase());
}
