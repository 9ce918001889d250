import { exitCodes, messageOf } from "../../../errors.ts";
import { type SessionFile, type SessionStore, shortId } from "../../../store/mod.ts";
import { programNames } from "../../session_filter.ts";
import { broken, type DoctorFinding, fine, warning } from "./finding.ts";

/** The sessions that a person must continue. */
export async function sessionFindings(sessions: SessionStore): Promise<readonly DoctorFinding[]> {
  const about = "sessions";
  let list: readonly SessionFile[];
  try {
    list = await sessions.list();
  } catch (error) {
    return [broken(about, messageOf(error), "playbooks sessions verify says more")];
  }
  const open = list.flatMap((session) => {
    const need = needOf(session);
    return need === undefined ? [] : [{ session, need }];
  });
  const counts = Object.fromEntries(
    Map.groupBy(open, ({ need }) => need).entries().map((
      [need, each],
    ) => [need, each.length]),
  );
  if (open.length === 0) return [fine(about, "no session needs attention", counts)];
  const text = Object.entries(counts).map(([need, count]) => `${count} ${need}`).join(", ");
  const shown = open.slice(0, maxShown).map(({ session: { id, name, programPaths }, need }) => {
    const program = programNames({ programPaths }) || "program not known";
    return `playbooks resume ${shortId(id)} (${[name, program, need].filter(Boolean).join(", ")})`;
  });
  const more = open.length > maxShown ? ["playbooks sessions lists all"] : [];
  return [warning(about, text, [...shown, ...more].join("; "), counts)];
}

const maxShown = 3;

function needOf({ status, exit }: SessionFile): string | undefined {
  if (status === "waiting") return "waiting for a person or a timer";
  if (status !== "stopped") return undefined;
  return exit === exitCodes.choiceNeeded ? "stopped at a choice" : "stopped";
}
