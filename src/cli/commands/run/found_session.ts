import { type ExitCode, exitCodes, messageOf, PlaybooksError } from "../../../errors.ts";
import type { SessionFile } from "../../../store/mod.ts";
import type { Target } from "../../choose_session.ts";
import type { RunChannels } from "./run_channels.ts";

/** The first line of a script's output for a session that this process does not run: it is the same as for one that goes on. */
export function beginFound(
  ui: Pick<RunChannels, "begin">,
  { id, name }: SessionFile,
  position: number,
): void {
  ui.begin?.({ session: id, ...(name === undefined ? {} : { name }), resumed: true, position });
}

/** Continues a session that was found. If that fails, a script learns which session it was. */
export async function withFoundSession(
  target: Pick<Target, "session" | "sessions">,
  ui: RunChannels,
  work: () => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    const exit = error instanceof PlaybooksError ? error.exitCode : exitCodes.failed;
    const { session } = target;
    beginFound(ui, session, await positionOf(target));
    ui.end({ session: session.id, status: "failed", exit, message: messageOf(error) });
    throw error;
  }
}

/** The number of entries. The file of a killed session may know fewer than its journal has; it counts if that is unreadable. */
async function positionOf({ session, sessions }: Pick<Target, "session" | "sessions">): Promise<number> {
  try {
    return (await sessions.load(session.id)).position;
  } catch {
    return session.position;
  }
}
