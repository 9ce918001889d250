import { createHash } from "node:crypto";

/** The id of a session's trace: 32 hexadecimal digits. Every run of the session has the same. */
export function traceIdOf(session: string): string {
  return hashOf("trace", session).slice(0, 32);
}

/** The id of the span of a whole session. */
export function rootSpanId(session: string): string {
  return hashOf("root", session).slice(0, 16);
}

/**
 * The id of a span that starts with the entry at `position`. After a rewind another entry may have this position; its run
 * has another token.
 */
export function spanIdOf(
  session: string,
  { token, position, what }: { readonly token: number; readonly position: number; readonly what: string },
): string {
  return hashOf("span", session, String(token), String(position), what).slice(0, 16);
}

function hashOf(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
