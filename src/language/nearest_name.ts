import { levenshteinDistance } from "@std/text/levenshtein-distance";

/**
 * The candidate nearest to `word`, ignoring case; `undefined` if none is near enough. A candidate of several parts that has
 * all parts of the word is nearer than others: `max_llm_calls` for `max_calls`.
 */
export function nearestName(word: string, candidates: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  const parts = partsOf(word);
  for (const candidate of candidates) {
    const hasAll = parts.length > 1 && parts.every((part) => partsOf(candidate).includes(part));
    const distance = hasAll ? 1 : levenshteinDistance(word.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  return best !== undefined && best.distance <= maxEdits(word) ? best.candidate : undefined;
}

/** `; did you mean --json`, or `""` if no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const candidate = nearestName(word, candidates);
  return candidate === undefined ? "" : `; did you mean ${candidate}`;
}

function partsOf(name: string): readonly string[] {
  return name.toLowerCase().split(/[^\p{L}\p{N}]+/u).filter((part) => part !== "");
}

/** A swap of two letters counts as two edits. With edits to more than a third of the letters it is another word. */
function maxEdits(word: string): number {
  return word.length < 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
}
