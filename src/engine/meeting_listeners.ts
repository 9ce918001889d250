import type { Person } from "../language/mod.ts";

/** Words that were said in a meeting, and a person who may hear them. */
interface MeetingWords {
  readonly text: string;
  /** Those that the words are for, as ids, or names of agents and persons; empty if they are for all. */
  readonly targets: readonly string[];
  /** Whether the person takes part in the meeting. */
  readonly isMember: boolean;
}

/** How words of a meeting reach a person. */
interface MeetingHearing {
  /** The words are shown to the person. */
  readonly hears: boolean;
  /** The words may be shown while a model still writes them. */
  readonly previews: boolean;
}

/**
 * Decides whether a person hears words of a meeting.
 *
 * Only members hear them. `meeting_notifications: all` hears all words, `none` hears no words. `targeted` hears words
 * that are for this person, by id or name, and words in which the person's name or class occurs as a whole word.
 */
export function hearingInMeeting(
  { name, displayName, delivery, id }: Person & { readonly id?: string },
  { text, targets, isMember }: MeetingWords,
): MeetingHearing {
  const isFor = () => isMeant({ name, displayName, ...(id === undefined ? {} : { id }) }, { text, targets });
  const hears = isMember && delivery.meetings !== "none" && (delivery.meetings === "all" || isFor());
  return { hears, previews: hears && delivery.streams };
}

/** Whether words are for a person, by id or name, or the person's name or class occurs in them as a whole word. */
export function isMeant(
  { name, displayName, id }: Pick<Person, "name" | "displayName"> & { readonly id?: string },
  { text, targets }: Pick<MeetingWords, "text" | "targets">,
): boolean {
  const names = [name, displayName];
  const isTarget = targets.some((target) =>
    (id !== undefined && idOf(target) === id) || names.some((each) => isSame(each, target))
  );
  return isTarget || names.some((each) => occursIn(text, each));
}

/** `agent 1001` and `1001` name the same agent. */
function idOf(target: string): string {
  return target.trim().replace(/^agent\s+/i, "");
}

function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.trim().toLowerCase();
}

/** Whether a name occurs in a text as a whole word: `Ann` is not in "the annual plan". */
function occursIn(text: string, name: string): boolean {
  const lower = text.toLowerCase();
  const wanted = name.toLowerCase();
  for (let at = lower.indexOf(wanted); at >= 0; at = lower.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    const before = [...lower.slice(Math.max(0, at - 2), at)].at(-1) ?? "";
    const [after = ""] = lower.slice(end, end + 2);
    if (!isWordCharacter(before) && !isWordCharacter(after)) return true;
  }
  return false;
}

function isWordCharacter(character: string): boolean {
  return /[\p{L}\p{N}_]/u.test(character);
}
