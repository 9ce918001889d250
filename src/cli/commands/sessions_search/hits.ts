import { messageOf } from "../../../errors.ts";
import { searchedTexts } from "../../../session/mod.ts";
import type { SessionFile, SessionStore } from "../../../store/mod.ts";
import type { Matcher } from "./matcher.ts";

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

/** The lines of a session that match, in their order. Tells `onFault` if the session cannot be read to its end. */
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
    for (const { text, name, who, to, ...found } of searchedTexts(await sessions.read(session.id))) {
      const whose = to === undefined ? who : `${who} → ${to}`;
      const label = name === undefined ? "" : `${name} = `;
      const namedAt = `${found.position} ${name}`;
      // One line is enough to show a name.
      const hasName = name !== undefined && namedAt !== shownName && matcher.find(name) !== undefined;
      for (const part of text.split("\n")) {
        const place = matcher.find(part);
        if (!place && !hasName) continue;
        const { start, end } = place
          ? { start: label.length + place.start, end: label.length + place.end }
          : matcher.find(name!)!;
        yield { ...found, session, who: whose, line: `${label}${part}`, start, end };
        shownName = namedAt;
        if (!place) break;
      }
    }
  } catch (error) {
    onFault(`Session ${session.id} could not be searched: ${messageOf(error)}`);
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
