import type { Did, Entry } from "./entry.ts";
import { meetingName } from "./meetings.ts";
import type { HeldWords } from "./state.ts";

/** Words of an agent that are shown to a person, or to persons in a meeting. */
export interface WordsShown {
  readonly by: string;
  /** A person, or `meeting 100`. */
  readonly to: string;
  /** The persons in the meeting who hear it. */
  readonly hearers?: readonly string[];
  readonly text: string;
}

/** The words that are shown because of an entry: said at once, or kept before and released now. */
export function wordsShownBy(entry: Entry): WordsShown | undefined {
  if (entry.type === "release") return wordsReleased(entry);
  if (entry.type === "tool-ask" || entry.type === "tool-reply") {
    const { agent: by, person: to, text } = entry;
    return text === undefined ? undefined : { by, to, text };
  }
  if (entry.type !== "effect" || !entry.did || entry.cancelled) return undefined;
  return wordsShownAtOnce(entry.did);
}

/** Words that were kept for a person, as they are shown. */
export function wordsReleased(
  { by, to, text, meeting }: Pick<HeldWords, "by" | "to" | "text" | "meeting">,
): WordsShown {
  return meeting === undefined ? { by, to, text } : { by, to: meetingName(meeting), hearers: [to], text };
}

/** The words that a side effect shows at once. */
export function wordsShownAtOnce(did: Did): WordsShown | undefined {
  if (did.kind === "said") return did.held ? undefined : { by: did.by, to: did.to, text: did.text };
  if (did.kind !== "sent" || !did.hearers) return undefined;
  const { from: by, to, text } = did.message;
  return { by, to, hearers: did.hearers, text };
}
