import { nearestName } from "../language/nearest_name.ts";

/** `; did you mean --json`, or `""` if no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const candidate = nearestName(word, candidates);
  return candidate === undefined ? "" : `; did you mean ${candidate}`;
}
