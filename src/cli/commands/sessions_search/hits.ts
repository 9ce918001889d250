import { messageOf } from "../../../errors.ts";
import { searchedTexts } from "../../../session/mod.ts";
import type { SessionFile, SessionStore, StoredEntry } from "../../../store/mod.ts";
import type { Matcher, MatchPlace } from "./matcher.ts";

/** A line with a match. */
export interface SearchHit {
  readonly session: SessionFile;
  /** Absent for a match in the name or a path. */
  readonly position?: number;
  readonly at?: number;
  readonly kind: string;
  readonly who: string;
  readonly line: string;
  readonly start: number;
  readonly end: number;
}

/** The lines of a session that match, in their order. Tells `onFault` why the session cannot be read to its end. */
export async function* hitsIn(
  sessions: SessionStore,
  session: SessionFile,
  { matcher, onFault }: { readonly matcher: Matcher; readonly onFault: (text: string) => void },
): AsyncGenerator<SearchHit> {
  for (
    const [kind, line] of [["name", session.name ?? ""], ...session.programPaths.map(programOf)] as const
  ) {
    const place = matcher.find(line);
    if (place) yield { session, kind, who: "", line, ...place };
  }
  let shownName: string | undefined;
  try {
    if (matcher.inJson && !await sessions.mayContain(session.id, matcher.inJson)) return;
    const entries = new CountedEntries(await sessions.read(session.id));
    for (const { text, name, who, to, ...found } of searchedTexts(entries)) {
      const whose = to === undefined ? who : `${who} → ${to}`;
      const named = name === undefined ? undefined : namedBy(found.kind, name, matcher);
      const label = named?.label ?? "";
      const namedAt = `${found.position} ${name}`;
      // One line is enough to show a name.
      let namePlace = namedAt === shownName ? undefined : named?.place;
      for (const part of text.split("\n")) {
        const line = `${label}${part}`;
        const place = placeIn(line, label.length, matcher) ?? namePlace;
        if (!place) continue;
        yield { ...found, session, who: whose, line, ...place };
        shownName = namedAt;
        namePlace = undefined;
      }
    }
    if (entries.count === 0 && session.position > 0) {
      onFault(`its journal is gone; playbooks sessions verify ${session.id} says what is left`);
    }
  } catch (error) {
    onFault(messageOf(error));
  }
}

/** The label before a value, as other commands print it, and the match in its name. */
function namedBy(
  kind: string,
  name: string,
  matcher: Matcher,
): { readonly label: string; readonly place: MatchPlace | undefined } {
  const mark = kind === "variable" ? "$" : "";
  const [inName, withMark] = [matcher.find(name), matcher.find(`${mark}${name}`)];
  // The mark alone is before every name.
  const marked = withMark && withMark.end > mark.length ? withMark : undefined;
  return {
    label: `${mark}${name} = `,
    place: inName ? moved(inName, mark.length) : marked,
  };
}

/** A match in the value, or one that begins in the name and ends in the value: `$price = 80`. */
function placeIn(line: string, labelLength: number, matcher: Matcher): MatchPlace | undefined {
  const inValue = matcher.find(line.slice(labelLength));
  if (inValue) return moved(inValue, labelLength);
  const place = labelLength > 0 ? matcher.find(line) : undefined;
  return place && place.start < labelLength - " = ".length && place.end > labelLength ? place : undefined;
}

function moved({ start, end }: MatchPlace, columns: number): MatchPlace {
  return { start: start + columns, end: end + columns };
}

/** Entries that are counted while they are read. */
class CountedEntries {
  count = 0;
  readonly #entries: Iterable<StoredEntry>;

  constructor(entries: Iterable<StoredEntry>) {
    this.#entries = entries;
  }

  *[Symbol.iterator](): Generator<StoredEntry> {
    for (const entry of this.#entries) {
      this.count++;
      yield entry;
    }
  }
}

function programOf(path: string): readonly [string, string] {
  return ["program", path];
}

/** A hit as JSON has it. */
export function hitInJson({ session, at, ...hit }: SearchHit): Record<string, unknown> {
  const { id, name } = session;
  return {
    session: id,
    ...(name !== undefined && { name }),
    ...(at !== undefined && { at: new Date(at).toISOString() }),
    ...hit,
  };
}
