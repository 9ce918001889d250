// @ts-types="#types/levenshtein_distance.d.ts"
import { levenshteinDistance } from "@std/text/levenshtein-distance";
import { exitCodes, PlaybooksError } from "../errors.ts";
import type { SessionFile } from "./session_file.ts";
import { isIdPrefix, looksLikePath, parseReference } from "./session_id.ts";

/** What a reference to a session leads to. */
export type FindResult =
  | { readonly kind: "found"; readonly session: SessionFile; readonly position?: number }
  | { readonly kind: "ambiguous"; readonly candidates: readonly SessionFile[] }
  | {
    readonly kind: "missing";
    /** Those that read most alike, best first. */
    readonly nearest: readonly SessionFile[];
    readonly newest: readonly SessionFile[];
  };

/** Finds a session among all (newest first) by id, name, or prefix of four or more characters, each perhaps with `@N`. */
export function findSession(sessions: readonly SessionFile[], reference: string): FindResult {
  const plain = candidatesFor(sessions, reference);
  if (plain.length > 0) return resultOf(plain);
  const { session, position } = parseReference(reference);
  const candidates = position === undefined ? [] : candidatesFor(sessions, session);
  if (candidates.length > 0) return resultOf(candidates, position);
  return {
    kind: "missing",
    nearest: nearestTo(sessions, session),
    newest: sessions.slice(0, mostSuggestions),
  };
}

/** What to tell a person whose reference led to no session, or to several (exit 3). */
export function notFoundError(
  reference: string,
  result: Exclude<FindResult, { readonly kind: "found" }>,
): PlaybooksError {
  return new PlaybooksError(notFoundMessage(reference, result), { exitCode: exitCodes.noSuchSession });
}

/** Suggestions that one can take in at a glance. */
const mostSuggestions = 3;

function candidatesFor(sessions: readonly SessionFile[], text: string): readonly SessionFile[] {
  if (looksLikePath(text)) return [];
  const lower = text.toLowerCase();
  const exact = sessions.filter(({ id }) => id === text || id === lower);
  if (exact.length > 0) return exact;
  const named = sessions.filter(({ name }) => name === text);
  if (named.length > 0) return named;
  return isIdPrefix(text) ? sessions.filter(({ id }) => id.startsWith(lower)) : [];
}

function resultOf(candidates: readonly SessionFile[], position?: number): FindResult {
  if (candidates.length > 1) return { kind: "ambiguous", candidates };
  return { kind: "found", session: candidates[0]!, ...(position !== undefined && { position }) };
}

function nearestTo(sessions: readonly SessionFile[], text: string): readonly SessionFile[] {
  const lower = text.toLowerCase().slice(0, longestCompared);
  return sessions
    .map((session) => ({
      session,
      distance: Math.min(...spellings(session, lower).map((word) => apart(word, lower))),
    }))
    .filter(({ distance }) => distance <= Math.max(2, lower.length / 3))
    .sort((a, b) => a.distance - b.distance)
    .slice(0, mostSuggestions)
    .map(({ session }) => session);
}

/** The words by which a session could have been meant: its name, and its id as far as the text goes. */
function spellings(session: SessionFile, text: string): readonly string[] {
  const words = [session.id.slice(0, Math.max(4, text.length))];
  if (session.name !== undefined) words.push(session.name.toLowerCase().slice(0, longestCompared));
  return words;
}

function apart(a: string, b: string): number {
  return levenshteinDistance(a, b);
}

/** The distance takes time by the square of the length. */
const longestCompared = 100;

function notFoundMessage(reference: string, result: Exclude<FindResult, { readonly kind: "found" }>): string {
  if (result.kind === "ambiguous") {
    const some = result.candidates.slice(0, 2 * mostSuggestions).map(label).join(", ");
    const rest = result.candidates.length > 2 * mostSuggestions ? ", …" : "";
    return `Session "${reference}" is not one but ${result.candidates.length}: ${some}${rest}; write more of its id`;
  }
  const parts = [`Session "${reference}" not found`];
  if (looksLikePath(reference)) parts[0] += ": a session is named by its id or name, not by a path";
  const { nearest } = result;
  const newest = result.newest.filter((session) => !nearest.includes(session));
  if (nearest.length > 0) parts.push(`nearest: ${nearest.map(label).join(", ")}`);
  if (newest.length > 0) parts.push(`newest: ${newest.map(label).join(", ")}`);
  if (nearest.length + newest.length === 0) parts.push("there are no sessions here");
  return `${parts.join("; ")}; list all with: playbooks sessions`;
}

function label(session: SessionFile): string {
  return session.name === undefined ? session.id : `${session.id} (${session.name})`;
}
