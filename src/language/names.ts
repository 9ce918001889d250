/**
 * Converts a natural name to CamelCase: `Get tax rate` becomes `GetTaxRate`, `AI Assistant` becomes `AiAssistant`.
 *
 * A CamelCase name stays the same, for example `MCP`. Letters of every script stay, in Unicode's form NFC; Latin letters
 * lose their accents. Returns `""` if no letter or digit is left.
 */
export function toCamelCase(name: string): string {
  const plain = withoutAccents(name).trim();
  if (camelCase.test(plain)) return plain;
  return plain.replace(/['’`]/g, "").split(notInWord).map((word) => word.replace(/^\p{M}+/u, ""))
    .filter((word) => word !== "").map(capitalize).join("");
}

/** The letters and digits of a name in lower case: all spellings of a name have the same key. */
export function nameKey(spelling: string): string {
  // The small sigma has two forms: one at the end of a word.
  return withoutAccents(spelling).toLowerCase().replaceAll("ς", "σ").split(notInWord).join("");
}

/** A name without the number before it: `1. Deploy`, `Step 2: Deploy`, `3) Deploy`. The whole name if nothing follows. */
export function withoutNumber(name: string): string {
  const rest = name.replace(leadingNumber, "");
  return /[\p{L}\p{N}]/u.test(rest) ? rest : name;
}

const leadingNumber =
  /^\s*(?:(?:step|phase|stage|part|section|chapter|task|no\.?|nr\.?|#)\s*\d+(?:\.\d+)*(?:[.):：]|\s*[–—]|\s+-)(?=\s)|[([]\d+(?:\.\d+)*[)\]]|\d+(?:\.\d+)*\s*[.):：](?=\s)|\d+(?:\.\d+)+(?=\s)|\d+\s+[–—-](?=\s))\s*/iu;

const camelCase = /^\p{Lu}[\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}]*$/u;
/** What JavaScript does not allow in a name, and what separates words. */
const notInWord = /[^\p{L}\p{Nl}\p{Nd}\p{Mn}\p{Mc}]+/u;

function withoutAccents(text: string): string {
  // Most names are ASCII, and normalize() loads large tables at its first call.
  if (/^[\0-\x7f]*$/.test(text)) return text;
  return text.normalize("NFKD").replace(/(\p{Script=Latin})\p{M}+/gu, "$1").replace(invisible, "").normalize(
    "NFC",
  );
}

/** Variation selectors and joiners. They change how letters are drawn, and not the name. */
const invisible = /[\u200b-\u200d\u2060\ufe00-\ufe0f\ufeff\u{e0100}-\u{e01ef}]/gu;

/** `AI` becomes `Ai`; `taxRate` keeps its inner capital. */
function capitalize(word: string): string {
  const first = String.fromCodePoint(word.codePointAt(0)!);
  const rest = word.slice(first.length);
  return first.toUpperCase() + (/\p{Ll}\p{Lu}/u.test(word) ? rest : rest.toLowerCase());
}
