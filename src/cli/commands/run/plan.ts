import { type ExitCode, exitCodes } from "../../../errors.ts";
import { Programs, restoreState } from "../../../engine/mod.ts";
import { planLines } from "../../../frontends/plan_lines.ts";
import { reportState } from "../../../session/mod.ts";
import type { ResumeTarget, SessionFile, SessionStore } from "../../../store/mod.ts";
import { beginFound } from "./found_session.ts";
import type { RunChannels } from "./run_channels.ts";

/**
 * `--plan`: prints where a session stands and the first action of a resume. Has no effects. Scripts get the session and its
 * status.
 */
export async function printPlan(
  sessions: SessionStore,
  target: Extract<ResumeTarget, { kind: "resume" }>,
  ui: Pick<RunChannels, "begin" | "end" | "tell">,
): Promise<ExitCode> {
  const { session, position } = target;
  const loaded = await sessions.load(session.id, position === undefined ? {} : { position });
  const state = restoreState(loaded);
  const programs = new Programs();
  await programs.add(Object.values(state.sources));
  const report = reportState(state, programs, { maxCharacters: maxValueCharacters });
  for (const notice of loaded.notices) ui.tell(`⚠️  ${notice}`);
  for (
    const line of [
      `Session: ${state.id}, after ${state.position} entries`,
      ...planLines(report, { isDetailed: false }),
    ]
  ) ui.tell(`   ${line}`);
  beginFound(ui, session, state.position);
  ui.end({ session: session.id, status: statusOf(session), exit: exitCodes.ok });
  return exitCodes.ok;
}

/** The status of a session that this process does not run. The plan is the same while another process runs it. */
function statusOf({ status }: SessionFile): RunStatus {
  return status === "running" ? "stopped" : status;
}

type RunStatus = Parameters<RunChannels["end"]>[0]["status"];

/** The plan shows no values. */
const maxValueCharacters = 1;
