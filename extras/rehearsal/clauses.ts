import { isVerb, maskQuoted } from "./words.ts";

/** Sentences of a step. A full stop in a number, an abbreviation, quotes or brackets does not end a sentence. */
export function splitSentences(text: string): string[] {
  const masked = maskQuoted(text);
  const cuts: number[] = [];
  for (const match of masked.matchAll(/;\s*|[.!?]\s+(?=[A-Z$\0])/g)) {
    const before = masked.slice(0, match.index);
    if (!match[0].startsWith(";") && /\b(e\.g|i\.e|etc|vs|mr|mrs|ms|dr|no)$/i.test(before)) continue;
    cuts.push(match.index + match[0].length);
  }
  return cutAt(text, cuts).map((part) => part.replace(/[;\s]+$/, "")).filter((part) => part !== "");
}

/** Clauses of a sentence. Each begins with its own verb, after "and", "then" or a comma. */
export function splitClauses(whole: string): string[] {
  const sentence = whole.slice(leadOf(whole).length);
  const masked = maskQuoted(sentence);
  const cuts: number[] = [];
  for (
    const match of masked.matchAll(
      /(?:,\s*(?:and\s+|then\s+|and\s+then\s+)?|\s+(?:and\s+then|and|then)\s+|:\s+(?=ask\b)|\s+by\s+(?=asking\b))/gi,
    )
  ) {
    // "ask them to read it and give $feedback": all that they are asked to do is one clause.
    if (/^\s*and\s+$/i.test(match[0]) && asksToDo.test(masked.slice(0, match.index).replace(fillers, ""))) {
      if (!keeps.test(masked.slice(match.index + match[0].length))) continue;
    }
    // "ask for a $size: small or large": the list belongs to the question.
    if (/^(?:ask|prompt)\b[^:]*:\s/i.test(masked.slice(0, match.index).replace(fillers, ""))) continue;
    const at = match.index + match[0].length;
    const rest = masked.slice(at).replace(fillers, "");
    const word = /^[A-Za-z]+/.exec(rest)?.[0];
    // "a brief, engaging summary": a participle belongs to the words around it.
    if (
      word !== undefined && isVerb(word) && (!/ing$/i.test(word) || keeps.test(word) || word === "asking") &&
      !isNoun(masked.slice(0, match.index), rest)
    ) cuts.push(at);
  }
  return cutAt(sentence, cuts)
    .map((part) => part.trim().replace(/(?:\s*,)?(?:\s+(?:and|then))*\s*,?$/i, "").trim())
    .filter((part) => part !== "");
}

/** The words before the first verb: "Based on $facts, ". */
function leadOf(sentence: string): string {
  const lead =
    /^(?:based on|using|given|with|from|according to|after|before|in(?! parallel)|at|upon|considering|for)\b[^,"]*,\s*/i
      .exec(sentence)?.[0] ?? "";
  const deed = /^[a-z]+/i.exec(sentence.slice(lead.length))?.[0];
  return deed && isVerb(deed) ? lead : "";
}

/** The clause without its leading filler words: "Then please tell …" becomes "tell …". */
export function stripFillers(clause: string): string {
  return clause.trim().replace(fillers, "").replace(/^let\s+(.+?)\s+know\b/i, "tell $1");
}

const fillers =
  /^(?:(?:(?:then|next|finally|first|firstly|second|secondly|lastly|now|also|please|just|always|politely|briefly|afterwards|after that|once done|you should|you must|the agent should|make sure to|be sure to|try to),?|\d+[.)])\s+)+/i;

const asksToDo =
  /^(?:(?:ask|tell|instruct|invite|request|remind|encourage)\w*\s+(?:the\s+|your\s+)?[$\w]+(?:\s+\w+)?\s+to\s+[a-z]|(?:have|let(?!.*\bknow\b)|get|make)\s+(?:the\s+)?(?!a\b)[$\w]+(?:\s+agent)?\s+[a-z]+)/i;
const keeps = /^(?:wait|stor(?:e|ing)|sav(?:e|ing)|record(?:ing)?|remember(?:ing)?|assign(?:ing)?)\b/i;

/** "for sales and report numbers": a word that could be a verb, in a list that has no verb yet. */
function isNoun(before: string, rest: string): boolean {
  const first = /^\s*([A-Za-z]+)/.exec(before.replace(fillers, ""))?.[1];
  if (first === undefined || !isVerb(first)) return false;
  // "get offers and reports": a list of bare nouns ends at the end of the sentence.
  return /^[A-Za-z]+s\b\s*(?:$|[.,;])/.test(rest) && /\b(?:with|for|of|from|like|as)\b[^,]*$/.test(before);
}

function cutAt(text: string, cuts: readonly number[]): string[] {
  const edges = [0, ...cuts, text.length];
  return edges.slice(1).map((end, index) => text.slice(edges[index], end));
}
