import type { StripTypes } from "../../language/mod.ts";
import { parses } from "./parses.ts";

// Repairs of code that models, chat pages and servers damage in known ways. Code that parses is changed only if it
// cannot mean what it says. Each repair keeps the lines, so that errors name the lines of the answer.

/**
 * The JavaScript that an answer's code means. If no repair makes it parse, the code is returned as it is, so that the
 * error names it. `strip` is absent while the library for it is not loaded; see `mayHaveTypes`.
 */
export function asJavaScript(code: string, strip?: StripTypes): string {
  if (code.length > maxRepairedCharacters) return code;
  const text = withoutRequires(unquoted(code));
  if (parses(text)) return text;
  const typed = strip === undefined ? [] : [(each: string) => withoutTypes(each, strip)];
  for (const repair of [...repairs, ...typed]) {
    const repaired = repair(text);
    if (repaired !== text && parses(repaired)) return repaired;
  }
  let repaired = text;
  for (const repair of [...repairs, ...typed]) {
    repaired = repair(repaired);
    if (parses(repaired)) return repaired;
  }
  return code;
}

/** Bound on the code that is repaired. An answer of a model is shorter. */
const maxRepairedCharacters = 200_000;

/** Whether code that does not parse may be TypeScript. */
export function mayHaveTypes(code: string): boolean {
  return /:\s*[\w[{("]|\b(as|type|interface|satisfies)\b|[\w)\]]!|<[\w[{]/.test(code) &&
    !parses(asJavaScript(code));
}

const repairs: readonly ((code: string) => string)[] = [
  withoutImports,
  withoutEntities,
  (code) => code.replace(/[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]/g, ""),
  (code) => outsideTexts(code, (part) => part.replace(/[！-～]/g, halfWidth).replaceAll("\u3000", " ")),
  (code) => outsideTexts(code, (part) => part.replace(/([;{}),])\s*\\n/g, "$1\n")),
  (code) => code.replace(/[“”„‟]/g, '"').replace(/[‘’‚‛]/g, "'"),
  // Comments as Python writes them.
  (code) => outsideTexts(code, (part) => part.replace(/^([ \t]*)#(?!\w*[=(])/gm, "$1//")),
  stepIntoElse,
];

/** Full-width forms are 0xfee0 above the ASCII characters that they stand for. */
function halfWidth(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) - 0xfee0);
}

/** A string, a template or a comment, also one without an end. */
const text =
  /"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'|`[^`\\]*(?:\\[^][^`\\]*)*(?:`|$)|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)/g;

/** Changes the code between strings, templates and comments. */
function outsideTexts(code: string, change: (part: string) => string): string {
  let changed = "";
  let end = 0;
  for (const { 0: { length }, index } of code.matchAll(text)) {
    changed += change(code.slice(end, index)) + code.slice(index, index + length);
    end = index + length;
  }
  return changed + change(code.slice(end));
}

/** The code inside one string of JSON, or inside one pair of backticks. */
function unquoted(code: string): string {
  const trimmed = code.trim();
  if (/^"[^\n]*\w\s*\([^\n]*"$/.test(trimmed)) {
    try {
      const inner: unknown = JSON.parse(trimmed);
      if (typeof inner === "string" && parses(inner)) return inner;
    } catch {
      return code;
    }
  }
  const inner = /^`([^`]*\w\s*\([^`]*)`$/.exec(trimmed)?.[1];
  return inner !== undefined && parses(inner) ? inner : code;
}

function blank(match: string): string {
  return match.replace(/[^\n]/g, " ");
}

/** Everything that an answer may use is global, so `require` at the top level has no use. */
function withoutRequires(code: string): string {
  return code.replace(
    /^[ \t]*(?:const|let|var)\s+[\w$\s{},:]{1,200}=\s*require\(\s*["'][^"'\n]+["']\s*\)[.\w]*;?[ \t]*$/gm,
    blank,
  );
}

function withoutImports(code: string): string {
  return code
    .replace(
      /^[ \t]*import\s+(?:type\s+)?(?:[\w$\s{},*]{1,400}?\sfrom\s*)?["'][^"'\n]+["'](?:\s+with\s*\{[^}]*\})?;?/gm,
      blank,
    )
    .replace(/^([ \t]*)export\s+(?:default\s+)?(?=(?:async\s+)?(?:function|class|const|let|var)\b)/gm, "$1")
    .replace(/^[ \t]*export\s+(?:default\s+[\w$]+|\{[^}]*\});?[ \t]*$/gm, blank);
}

const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  amp: "&",
};

function withoutEntities(code: string): string {
  return code.replace(
    /&(?:(lt|gt|quot|apos|nbsp|amp)|#(\d{2,4})|#x([\da-f]{2,4}));/gi,
    (all, name, decimal, hex) => {
      if (name !== undefined) return entities[name.toLowerCase()] ?? all;
      return String.fromCharCode(decimal === undefined ? parseInt(hex, 16) : Number(decimal));
    },
  );
}

/** `} Step("02"); else {` becomes `} else { Step("02");`. */
function stepIntoElse(code: string): string {
  return code.replace(
    /\}(\s*)(Step\(\s*["'][\d.:\w]+["']\s*\);?)(\s*)else(\s+if\s*\([^\n{]*\))?(\s*)\{/g,
    (_, first, step, second, condition = "", third) => `}${first}${second}else${condition}${third}{ ${step}`,
  );
}

/** In a function, since the answer may return at its top level. */
function withoutTypes(code: string, strip: StripTypes): string {
  const before = "async function _(){";
  try {
    return strip(`${before}${code}\n}`).slice(before.length, -"\n}".length);
  } catch {
    return code;
  }
}
