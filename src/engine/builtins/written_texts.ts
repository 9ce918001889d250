/** The code of an answer without its comments and the labels of its steps, and the texts that stand in it. */
interface AnswerParts {
  readonly code: string;
  /** Strings, and the parts of templates between `${…}`, with the usual escapes decoded. */
  readonly texts: readonly string[];
}

/** The label of a step. */
const stepLabel = /\bStep\(\s*(?:"[^"\n]*"|'[^'\n]*'|`[^`]*`)\s*\)/y;
/** The next character that may begin something else than code. */
const nextSign = /["'`/{}S]/g;

/**
 * Reads what an answer writes itself, roughly: an answer may also have prose, and code that does not parse. One pass without
 * recursion, because an answer may be long and nested deep.
 */
function partsOf(answer: string): AnswerParts {
  const texts: string[] = [];
  /** For each template around the place: the brackets that are open in its `${…}`. */
  const depths: number[] = [];
  /** A quote that its line does not close is not looked for again on that line. */
  const unclosed = { '"': 0, "'": 0 };
  let code = "";
  let at = 0;
  const skip = (end: number) => at = end;
  const keep = (end: number) => {
    code += answer.slice(at, end);
    at = end;
  };
  const readTemplate = () => {
    const end = templateEnd(answer, at);
    texts.push(decoded(answer.slice(at, end)));
    const hasValue = answer.startsWith("${", end);
    if (hasValue) depths.push(0);
    keep(end + (hasValue ? 2 : 1));
  };
  while (at < answer.length) {
    nextSign.lastIndex = at;
    keep(nextSign.exec(answer)?.index ?? answer.length);
    const sign = answer[at];
    if (sign === '"' || sign === "'") {
      const end = at < unclosed[sign] ? at : stringEnd(answer, at);
      if (answer[end] === sign && end > at) texts.push(decoded(answer.slice(at + 1, end)));
      else unclosed[sign] = Math.max(unclosed[sign], end);
      keep(answer[end] === sign ? end + 1 : at + 1);
    } else if (sign === "`") {
      keep(at + 1);
      readTemplate();
    } else if (sign === "}" && depths.at(-1) === 0) {
      depths.pop();
      keep(at + 1);
      readTemplate();
    } else if (answer.startsWith("//", at)) {
      skip(indexOrEnd(answer, "\n", at));
    } else if (answer.startsWith("/*", at)) {
      skip(indexOrEnd(answer, "*/", at + 2) + 2);
    } else {
      if (depths.length > 0 && sign === "{") depths[depths.length - 1]!++;
      if (depths.length > 0 && sign === "}") depths[depths.length - 1]!--;
      stepLabel.lastIndex = at;
      if (stepLabel.test(answer)) skip(stepLabel.lastIndex);
      else keep(at + 1);
    }
  }
  return { code, texts };
}

/** The offset of the quote that closes the string at `start`, or of the end of its line. */
function stringEnd(answer: string, start: number): number {
  let at = start + 1;
  while (at < answer.length && answer[at] !== answer[start] && answer[at] !== "\n") {
    at += answer[at] === "\\" ? 2 : 1;
  }
  return Math.min(at, answer.length);
}

/** The offset of the next `${`, or of the end of the template. */
function templateEnd(answer: string, start: number): number {
  let at = start;
  while (at < answer.length && answer[at] !== "`" && !answer.startsWith("${", at)) {
    at += answer[at] === "\\" ? 2 : 1;
  }
  return Math.min(at, answer.length);
}

function indexOrEnd(answer: string, text: string, from: number): number {
  const index = answer.indexOf(text, from);
  return index < 0 ? answer.length : index;
}

function decoded(text: string): string {
  return text.replace(
    /\\([^])/g,
    (_, letter: string) => letter === "n" ? "\n" : letter === "t" ? "\t" : letter,
  );
}

/** The texts that an answer writes. */
export class WrittenTexts {
  readonly #code: string;
  readonly #texts: readonly string[];

  constructor(answer: string) {
    const { code, texts } = partsOf(answer);
    this.#code = code.replaceAll("${", "$(").replaceAll("\\", "");
    this.#texts = texts;
  }

  /** Where the answer may have written `part` in `words`. */
  placesIn(words: string, part: string): WrittenPlaces {
    const having = this.#texts.filter((text) => text.includes(part));
    // A part that only stands outside of texts counts as written: quotes may be typographic.
    if (having.length === 0) {
      return part.startsWith("{") && this.#code.includes(part) ? "everywhere" : "nowhere";
    }
    const places = [...new Set(having.map((text) => text.trim()))]
      .flatMap((text) => placesOf(text, words))
      .sort((a, b) => a.from - b.from);
    if (places.length === 0) return "changed";
    let to = 0;
    return places.map((place) => ({ from: place.from, to: to = Math.max(to, place.to) }));
  }
}

/**
 * The places in words where a text of the answer stands, by their starts; `to` is the last end so far. `changed`: a text of
 * the answer has the part, and the words have no such text.
 */
export type WrittenPlaces =
  | "everywhere"
  | "nowhere"
  | "changed"
  | readonly { readonly from: number; readonly to: number }[];

/** All places of a text in words. */
function placesOf(text: string, words: string): { readonly from: number; readonly to: number }[] {
  const places = [];
  for (let at = words.indexOf(text); at >= 0; at = words.indexOf(text, at + 1)) {
    places.push({ from: at, to: at + text.length });
  }
  return places;
}

/** Whether one of the places has all of `from` to `to`. */
export function isWithin(
  places: Exclude<WrittenPlaces, string>,
  { from, to }: { readonly from: number; readonly to: number },
): boolean {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle]!.from <= from) low = middle + 1;
    else high = middle;
  }
  return (places[low - 1]?.to ?? 0) >= to;
}
