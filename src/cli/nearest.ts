import { levenshteinDistance } from "@std/text/levenshtein-distance";

/** The one of `candidates` that is most like `word`, if it is near enough to have been meant. */
function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    const distance = levenshteinDistance(word.toLowerCase(), candidate.toLowerCase());
    if (best === undefined || distance < best.distance) best = { candidate, distance };
  }
  return best !== undefined && best.distance <= mostEdits(word) ? best.candidate : undefined;
}

/** `; did you mean --json`, or nothing when none of `candidates` is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const candidate = nearest(word, candidates);
  return candidate === undefined ? "" : `; did you mean ${candidate}`;
}

/** Two letters that changed places count as two edits; of more than a third of the letters it is another word. */
function mostEdits(word: string): number {
  return word.length < 3 ? 1 : Math.max(2, Math.floor(word.length / 3));
}
