import { messageOf } from "../../../errors.ts";
import { counted } from "../../../frontends/counted.ts";
import type { SessionStore } from "../../../store/mod.ts";
import { broken, type DoctorFinding, fine, warning } from "./finding.ts";

/** Checks the database of the sessions: that it can be reached, has our tables, and keeps what it acknowledges. */
export async function databaseFindings(sessions: SessionStore): Promise<readonly DoctorFinding[]> {
  const { location } = sessions;
  const facts = { location };
  try {
    const { length } = await sessions.list();
    return [
      fine("storage", `${location} (${counted(length, "session")})`, { ...facts, sessions: length }),
      ...sessions.takeNotices().map((notice) =>
        warning("storage", notice, "change the server's settings", facts)
      ),
    ];
  } catch (error) {
    return [
      broken("storage", messageOf(error), "see the message; nothing else of the sessions was checked", facts),
    ];
  }
}
