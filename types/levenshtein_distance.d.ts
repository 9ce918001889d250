/** Types of what we use of `@std/text/levenshtein-distance`, whose npm form has none. */

/** How many characters must be added, removed or replaced to make `second` of `first`. */
export function levenshteinDistance(first: string, second: string): number;
