import { ageOf, shortId } from "../../../store/mod.ts";
import { cleanLine } from "../../../text/mod.ts";
import { programNames } from "../../session_filter.ts";
import { newestSessions, storedSessions } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";

/**
 * The sessions for a shell, the last run first: a line for each name and for each short id, with a tab and a description. At
 * most `maxSessions`, because it runs at each press of a key.
 */
export async function sessionWords(world: World): Promise<string> {
  const { sessions } = await newestSessions(storedSessions({}, world), maxSessions);
  return sessions.flatMap(({ id, name, status, programPaths, runAt }) => {
    const program = programNames({ programPaths });
    const about = [status, program, `${ageOf(runAt, world.now())} ago`].filter((part) => part !== "").join(
      ", ",
    );
    const words = name === undefined
      ? [[shortId(id), about]]
      : [[name, about], [shortId(id), `${name}, ${about}`]];
    return words.map((each) => `${each.map((part) => cleanLine(part!)).join("\t")}\n`);
  }).join("");
}

const maxSessions = 100;
