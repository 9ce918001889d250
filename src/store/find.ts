import { cutText } from "../text/mod.ts";
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { exitCodes, PlaybooksError } from "../errors.ts";
import type { SessionFile } from "./session_summary.ts";
import { hasIdPart, looksLikePath, minPartLength, parseReference } from "./session_id.ts";

/** The result of a search for a session. */
export type FindResult =
  | { readonly kind: "found"; readonly session: SessionFile; readonly position?: number }
  | { readonly kind: "ambiguous"; readonly candidates: readonly SessionFile[] }
  | {
    readonly kind: "missing";
    /** The most similar sessions, best first. */
    readonly nearest: readonly SessionFile[];
    readonly newest: readonly SessionFile[];
  };

/**
 * Finds a session among all (newest first) by its id, its name, or at least four characters at the start or end of its
 * id. Each may carry `@N`.
 */
export function findSession(sessions: readonly SessionFile[], reference: string): FindResult {
  const plain = candidatesFor(sessions, reference);
  if (plain.length > 0) return resultOf(plain);
  const { session, position } = parseReference(reference);
  const candidates = position === undefined ? [] : candidatesFor(sessions, session);
  if (candidates.length > 0) return resultOf(candidates, position);
  return {
    kind: "missing",
    nearest: nearestTo(sessions, session),
    newest: sessions.slice(0, maxSuggestions),
  };
}

/** The error (exit 3) for a reference that fits no session, or several. `place` is where else it was looked for. */
export function notFoundError(
  reference: string,
  result: Exclude<FindResult, { readonly kind: "found" }>,
  place?: "the trash",
): PlaybooksError {
  const message = notFoundMessage(reference, result, place);
  return new PlaybooksError(message, { exitCode: exitCodes.noSuchSession });
}

/**
 * Checks that a name would mean only session `id`. Throws a `PlaybooksError` (exit 2) that names the session with that
 * name, or with an id that starts or ends with it.
 */
export function checkNameIsFree(name: string, id: string, sessions: readonly SessionFile[]): void {
  const other = candidatesFor(sessions.filter((session) => session.id !== id), name)[0];
  if (other === undefined) return;
  const reason = other.name === undefined || hasIdPart(other.id, name)
    ? "has an id that begins or ends so"
    : "has that name";
  throw new PlaybooksError(
    `Cannot name the session ${JSON.stringify(name)}: session ${other.id} ${reason}; choose another name`,
    { exitCode: exitCodes.usage },
  );
}

/** Few enough to read at a glance. */
const maxSuggestions = 3;

function candidatesFor(sessions: readonly SessionFile[], text: string): readonly SessionFile[] {
  if (looksLikePath(text)) return [];
  const lower = text.toLowerCase();
  const exact = sessions.filter(({ id }) => id === text || id === lower);
  if (exact.length > 0) return exact;
  const name = text.normalize("NFC");
  const named = sessions.filter((session) => session.name?.normalize("NFC") === name);
  if (named.length > 0) return named;
  return sessions.filter(({ id }) => hasIdPart(id, text));
}

function resultOf(candidates: readonly SessionFile[], position?: number): FindResult {
  if (candidates.length > 1) return { kind: "ambiguous", candidates };
  return { kind: "found", session: candidates[0]!, ...(position !== undefined && { position }) };
}

function nearestTo(sessions: readonly SessionFile[], text: string): readonly SessionFile[] {
  const lower = text.toLowerCase().slice(0, maxComparedLength);
  return sessions
    .map((session) => ({
      session,
      distance: Math.min(...spellings(session, lower).map((word) => apart(word, lower))),
    }))
    .filter(({ distance }) => distance <= Math.max(2, lower.length / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, maxSuggestions)
    .map(({ session }) => session);
}

/** The texts that could mean a session: its name, and each end of its id in the length of `text`. */
function spellings(session: SessionFile, text: string): readonly string[] {
  const length = Math.max(minPartLength, text.length);
  const words = [session.id.slice(0, length), session.id.slice(-length)];
  if (session.name !== undefined) words.push(session.name.toLowerCase().slice(0, maxComparedLength));
  return words;
}

function apart(a: string, b: string): number {
  return levenshteinDistance(a, b);
}

/** The time of a comparison grows with the square of the length. */
const maxComparedLength = 100;

function notFoundMessage(
  given: string,
  result: Exclude<FindResult, { readonly kind: "found" }>,
  place?: string,
): string {
  const reference = cutText(given, { maxCharacters: maxComparedLength });
  if (result.kind === "ambiguous") {
    const some = result.candidates.slice(0, 2 * maxSuggestions).map(label).join(", ");
    const rest = result.candidates.length > 2 * maxSuggestions ? ", …" : "";
    return `Session "${reference}" fits ${result.candidates.length} sessions: ${some}${rest}; write more of its id`;
  }
  const parts = [`Session "${reference}" not found${place === undefined ? "" : ` in ${place}`}`];
  if (looksLikePath(reference)) parts[0] += ": a session is named by its id or name, not by a path";
  const { nearest } = result;
  const newest = result.newest.filter((session) => !nearest.includes(session));
  if (nearest.length > 0) parts.push(`nearest: ${nearest.map(label).join(", ")}`);
  if (newest.length > 0) parts.push(`newest: ${newest.map(label).join(", ")}`);
  if (nearest.length + newest.length === 0) {
    parts.push(place === undefined ? "there are no sessions here" : `${place} is empty`);
  }
  const locks = newest.map(({ locked }) => locked);
  if (locks.includes("no key")) parts.push("names of encrypted sessions need PLAYBOOKS_KEY");
  if (locks.includes("wrong key")) {
    parts.push("PLAYBOOKS_KEY does not open all names; some sessions have another key");
  }
  const list = place === undefined ? "playbooks sessions" : "playbooks sessions rm --trash";
  return `${parts.join("; ")}; list all with: ${list}`;
}

/** A session in a message: its id, and its name if any. */
export function label(session: SessionFile): string {
  return session.name === undefined ? session.id : `${session.id} (${session.name})`;
}
