import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** The candidate nearest to `word`, ignoring case; `undefined` if none is near enough. */
export function nearestName(word: string, candidates: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = levenshteinDistance(word.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  return best !== undefined && best.distance <= maxEdits(word) ? best.candidate : undefined;
}

/** A swap of two letters counts as two edits. With edits to more than a third of the letters it is another word. */
function maxEdits(word: string): number {
  return word.length < 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
}
