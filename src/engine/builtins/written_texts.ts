/** The code of an answer without its comments and the labels of its steps, and the texts that stand in it. */
interface WrittenTexts {
  readonly code: string;
  /** Strings, and the parts of templates between `${…}`, with the usual escapes decoded. */
  readonly texts: readonly string[];
}

/** A string, a template, a comment or the label of a step, also one without an end. */
const piece =
  /\bStep\(\s*(?:"[^"\n]*"|'[^'\n]*'|`[^`]*`)\s*\)|"(?:[^"\\\n]|\\[^])*"|'(?:[^'\\\n]|\\[^])*'|`|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$)/g;

/** Reads what an answer writes itself, roughly: an answer may also have prose, and code that does not parse. */
function writtenTexts(answer: string): WrittenTexts {
  const texts: string[] = [];
  let code = "";
  let at = 0;
  piece.lastIndex = 0;
  for (let match = piece.exec(answer); match; match = piece.exec(answer)) {
    const [found] = match;
    code += answer.slice(at, match.index);
    at = match.index + found.length;
    if (found === "`") at = readTemplate(answer, at, texts);
    else if (/^["']/.test(found)) texts.push(decoded(found.slice(1, -1)));
    if (/^["'`]/.test(found)) code += answer.slice(match.index, at);
    piece.lastIndex = at;
  }
  return { code: code + answer.slice(at), texts };
}

/** Adds the texts of a template that begins before `start`. Returns the offset after it. */
function readTemplate(answer: string, start: number, texts: string[]): number {
  let text = "";
  let at = start;
  while (at < answer.length && answer[at] !== "`") {
    if (answer.startsWith("${", at)) {
      texts.push(decoded(text));
      text = "";
      const end = expressionEnd(answer, at + 2);
      texts.push(...writtenTexts(answer.slice(at + 2, end)).texts);
      at = end + 1;
    } else {
      const length = answer[at] === "\\" ? 2 : 1;
      text += answer.slice(at, at + length);
      at += length;
    }
  }
  texts.push(decoded(text));
  return Math.min(at + 1, answer.length);
}

/** The offset of the bracket that closes `${`. */
function expressionEnd(answer: string, start: number): number {
  let depth = 0;
  for (let at = start; at < answer.length; at++) {
    if (answer[at] === "{") depth++;
    else if (answer[at] === "}" && depth-- === 0) return at;
  }
  return answer.length;
}

function decoded(text: string): string {
  return text.replace(
    /\\([^])/g,
    (_, letter: string) => letter === "n" ? "\n" : letter === "t" ? "\t" : letter,
  );
}

/**
 * Whether the answer wrote the part of `words` that begins at `start`, and no value brought it. A part that only stands
 * outside of texts counts as written: quotes may be typographic.
 */
export function isWritten(
  part: string,
  { words, start, answer }: { readonly words: string; readonly start: number; readonly answer: string },
): boolean {
  const { code, texts } = writtenTexts(answer);
  const having = texts.filter((text) => text.includes(part));
  if (having.length === 0) {
    return part.startsWith("{") && code.replaceAll("${", "$(").replaceAll("\\", "").includes(part);
  }
  const places = having.flatMap((text) => placesOf(text, words).map((place) => [place, place + text.length]));
  // The code may have changed its texts, such as by `trim`.
  return places.length === 0 || places.some(([from, to]) => from! <= start && start + part.length <= to!);
}

/** All offsets of a text in words. */
function placesOf(text: string, words: string): number[] {
  const places = [];
  for (let at = words.indexOf(text); at >= 0; at = words.indexOf(text, at + 1)) places.push(at);
  return places;
}
