import { type ExitCode, exitCodes } from "../../../errors.ts";
import { Programs, restoreState } from "../../../engine/mod.ts";
import { planLines } from "../../../frontends/plan_lines.ts";
import { reportState } from "../../../session/mod.ts";
import type { ResumeTarget, SessionStore } from "../../../store/mod.ts";
import type { RunChannels } from "./run_channels.ts";

/** `--plan`: prints where a session stands and the first action of a resume. Has no effects. */
export async function printPlan(
  sessions: SessionStore,
  target: Extract<ResumeTarget, { kind: "resume" }>,
  ui: Pick<RunChannels, "tell">,
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
  return exitCodes.ok;
}

/** The plan shows no values. */
const maxValueCharacters = 1;
