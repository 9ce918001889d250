import type { ExitCode } from "../../../errors.ts";
import { sessionToResume } from "../../choose_session.ts";
import { refuseUnreadable } from "../../../store/mod.ts";
import { tellIgnored } from "../../other_variables.ts";
import { requireTrustInStorage } from "../../trust.ts";
import type { World } from "../../world.ts";
import { queueSession } from "../run/detach.ts";
import { withFoundSession } from "../run/found_session.ts";
import { type Front, withFront } from "../run/front.ts";
import { configFor } from "../run/job.ts";
import { sessionsOf } from "../../stored_sessions.ts";
import { withMessage } from "../run/message.ts";
import type { ResumeCommand } from "../run/options.ts";
import { continueTarget } from "./continue_target.ts";

/** `playbooks resume [ID]`: continues a session, from any folder. */
export function resume(command: ResumeCommand, world: World): Promise<ExitCode> {
  return withFront(command, world, (front) => resumeSession(command, world, front));
}

async function resumeSession(
  given: ResumeCommand,
  world: World,
  { ui, process }: Front,
): Promise<ExitCode> {
  const command = await withMessage(given, { world, ui });
  const config = configFor(command, undefined, world);
  tellIgnored(config.ignored, (text) => ui.fact({ type: "warning", text }));
  requireTrustInStorage(config);
  const store = sessionsOf(config, world);
  process.stopBound?.uses(store);
  const target = await sessionToResume(command, store, world);
  return await withFoundSession(target, ui, async () => {
    refuseUnreadable(target.session);
    if (command.detach) return await queueSession({ command, config, world, ui }, target);
    const knownFiles = config.files;
    return await continueTarget(target, { command, world, ui, process, knownFiles, isPinned: false });
  });
}
