import { type ExitCode, exitCodes } from "../../../errors.ts";
import { depthOf, describeCall, type Frame, restoreState, type State } from "../../../engine/mod.ts";
import type { FileStore, ResumeTarget } from "../../../store/mod.ts";
import type { RunUi } from "../../../frontends/mod.ts";

/** `--plan`: prints where a session stands and the first action of a resume. Has no effects. */
export async function printPlan(
  sessions: FileStore,
  target: Extract<ResumeTarget, { kind: "resume" }>,
  ui: RunUi,
): Promise<ExitCode> {
  const { session, position } = target;
  const loaded = await sessions.load(session.id, position === undefined ? {} : { position });
  const state = restoreState(loaded);
  for (const line of [...loaded.notices.map((notice) => `⚠️  ${notice}`), ...planLines(state)]) {
    ui.tell(line);
  }
  return exitCodes.ok;
}

/** The plan, one line each: calls on the stack from the outermost down, each with its open effects. */
function planLines(state: State): string[] {
  const lines = [`   Session: ${state.id}, after ${state.position} entries`];
  if (state.end) return [...lines, `   The program has ended (${state.end.status}); nothing would be done`];
  const roots = Object.values(state.frames).filter((frame) => !frame.caller);
  if (roots.length === 0) lines.push("   No playbook is running; the next one would begin");
  for (const root of roots) lines.push(...frameLines(state, root));
  const { calls, turns, rehearsed = 0 } = state.spent;
  const open = calls - (turns - rehearsed);
  lines.push(
    `   Done so far, and not to be done again: ${turns} turn${turns === 1 ? "" : "s"}${
      open > 0 ? `; ${open} asked and unanswered` : ""
    }`,
  );
  return lines;
}

function frameLines(state: State, frame: Frame): string[] {
  const indent = `   ${"  ".repeat(depthOf(state, frame))}`;
  const klass = state.agents[frame.agent]?.klass ?? "";
  const step = frame.step === undefined ? "" : `, step ${frame.step}`;
  const lines = [`${indent}${klass}(${frame.agent}).${frame.playbook}, turn ${frame.turn}${step}`];
  if (frame.accepted) {
    const { id, model } = frame.accepted;
    lines.push(`${indent}  would fetch answer ${id} of ${model} for turn ${frame.turn}`);
  } else if (frame.phase === "asked") {
    lines.push(`${indent}  would ask the model again for turn ${frame.turn}`);
  }
  if (frame.phase === "ready") lines.push(`${indent}  would ask the model for turn ${frame.turn}`);
  for (const [key, open] of Object.entries(frame.running?.open ?? {})) {
    const asked = frame.running?.history.asked[Number(key)];
    const call = asked ? describeCall(asked) : `effect ${key}`;
    switch (open.kind) {
      case "call": {
        lines.push(`${indent}  waits for ${call}`);
        const callee = state.frames[open.callee];
        if (callee) lines.push(...frameLines(state, callee));
        break;
      }
      case "messages":
        lines.push(`${indent}  waits for words of ${open.sources.join(", ")}`);
        break;
      case "sleep":
        lines.push(`${indent}  sleeps until ${new Date(open.until).toISOString()}`);
        break;
      case "outside":
        lines.push(
          open.task
            ? `${indent}  would fetch task ${open.task.id} of ${open.what}`
            : open.repeatable
            ? `${indent}  would repeat ${open.what}`
            : `${indent}  is not known to have done ${open.what}: ${state.settings.durability.uncertain}`,
        );
        break;
    }
  }
  return lines;
}
