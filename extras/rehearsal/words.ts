/** Lower-case words of a text or of a name. `GetTaxRate`, `get_tax_rate` and "Get tax rate" give the same words. */
export function wordsOf(text: string): string[] {
  return text
    .replace(/([\p{Ll}\p{N}])(\p{Lu})/gu, "$1 $2")
    .replace(/['’]s\b/g, "")
    .toLowerCase()
    .split(/[^\p{L}\p{M}\p{N}]+/u)
    .filter((word) => word !== "");
}

/** `order_id` for "the order id". */
export function snakeCase(words: readonly string[]): string {
  return words.filter((word) => !articles.has(word)).join("_");
}

/** Words without a meaning of their own. */
export const articles: ReadonlySet<string> = new Set(
  ["the", "a", "an", "their", "his", "her", "its", "your", "our", "my", "this", "that", "any", "some"],
);

/** The same text with the content of quotes, back ticks and brackets blanked. Offsets stay the same. */
export function maskQuoted(text: string): string {
  let masked = "";
  let depth = 0;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (quote) {
      if (char === quote) quote = "";
      masked += "\0";
    } else if (opensQuote(text, at)) {
      quote = char === "“" ? "”" : char;
      masked += "\0";
    } else if ("([{".includes(char)) {
      depth++;
      masked += "\0";
    } else if (")]}".includes(char)) {
      depth = Math.max(0, depth - 1);
      masked += "\0";
    } else masked += depth > 0 ? "\0" : char;
  }
  // An unclosed quote or bracket is plain text.
  return quote || depth > 0 ? text : masked;
}

/** The imperative of a verb in any form: `tells`, `telling` and `told` become `tell`. Other words stay unchanged. */
export function verbOf(word: string): string {
  const lower = word.toLowerCase();
  if (irregular.has(lower)) return irregular.get(lower)!;
  if (verbs.has(lower)) return lower;
  for (const ending of ["ing", "ied", "ies", "ed", "es", "s"]) {
    if (!lower.endsWith(ending)) continue;
    const stem = lower.slice(0, -ending.length);
    const doubled = /(.)\1$/.test(stem) ? stem.slice(0, -1) : stem;
    const found = [stem, `${stem}e`, `${stem}y`, doubled].find((candidate) => verbs.has(candidate));
    if (found) return found;
  }
  return lower;
}

/** Verbs that tell a person or an agent something. */
export const speechVerbs: ReadonlySet<string> = new Set(
  ("tell say greet welcome thank introduce explain apologize apologise present announce show inform notify remind " +
    "reply respond congratulate share give wish recap advise assure describe display print output send report mention warn speak talk")
    .split(
      " ",
    ),
);

/** Verbs that ask a person or an agent for an answer. */
export const askVerbs: ReadonlySet<string> = new Set("ask request consult prompt query".split(" "));

/** Verbs of a whole conversation. */
export const exchangeVerbs: ReadonlySet<string> = new Set(
  "negotiate discuss chat converse engage haggle bargain debate".split(" "),
);

/** Verbs that run the playbook named after them. */
export const callVerbs: ReadonlySet<string> = new Set(
  "call run execute use invoke perform start do follow have hold join trigger".split(" "),
);

/** Verbs that produce a value. */
const valueVerbs: ReadonlySet<string> = new Set(
  "get fetch find load calculate compute determine generate look retrieve obtain estimate validate check"
    .split(" "),
);

const otherVerbs =
  ("create set increment increase decrement decrease add append subtract remove store save remember wait " +
    "sleep pause yield return end exit quit terminate finish stop break let make keep repeat update extract assign " +
    "initialize multiply divide double come record suggest recommend write think decide pick choose choose summarize")
    .split(" ");

const verbs: ReadonlySet<string> = new Set([
  ...speechVerbs,
  ...askVerbs,
  ...exchangeVerbs,
  ...callVerbs,
  ...valueVerbs,
  ...otherVerbs,
]);

/** Whether a clause can begin with this word. */
export function isVerb(word: string): boolean {
  return verbs.has(verbOf(word));
}

const irregular: ReadonlyMap<string, string> = new Map([
  ["told", "tell"],
  ["said", "say"],
  ["gave", "give"],
  ["showed", "show"],
  ["got", "get"],
  ["made", "make"],
  ["sent", "send"],
  ["spoke", "speak"],
  ["ran", "run"],
  ["held", "hold"],
  ["kept", "keep"],
  ["found", "find"],
  ["goes", "go"],
]);

/** An apostrophe opens a quote only if a word could begin there and another apostrophe closes it. */
function opensQuote(text: string, at: number): boolean {
  const char = text[at]!;
  if (char === '"' || char === "`") return text.indexOf(char, at + 1) > 0;
  if (char === "“") return text.indexOf("”", at) > 0;
  if (char !== "'" || (at > 0 && !/[\s(\[,=:{]/.test(text[at - 1]!))) return false;
  return /^'[^']*'(?=$|[\s.,;:!?)\]}])/.test(text.slice(at));
}

/** Verbs that ask a named agent for something. */
export const requestVerbs: ReadonlySet<string> = new Set(
  "call run execute use invoke have get fetch obtain retrieve let delegate collaborate coordinate work find load"
    .split(" "),
);
