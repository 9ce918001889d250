import { type SessionFile, shortId } from "../store/mod.ts";
import { cleanLine } from "../text/mod.ts";
import { programNames } from "./session_filter.ts";

/** A session in a message: its short id, and its name or program. */
export function sessionLabel(session: SessionFile): string {
  const words = session.name ?? programNames(session);
  const id = shortId(session.id);
  return words === "" ? id : `${id} (${cleanLine(words)})`;
}
