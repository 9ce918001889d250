import type { Entry } from "./entry.ts";

/** The words to a person that are shown because of an entry: said at once, or kept before and released now. */
export function wordsShownBy(
  entry: Entry,
): { readonly by: string; readonly to: string; readonly text: string } | undefined {
  if (entry.type === "release") return entry;
  if (entry.type === "tool-ask" || entry.type === "tool-reply") {
    const { agent: by, person: to, text } = entry;
    return text === undefined ? undefined : { by, to, text };
  }
  if (entry.type !== "effect" || entry.did?.kind !== "said" || entry.did.held || entry.cancelled) {
    return undefined;
  }
  return entry.did;
}
