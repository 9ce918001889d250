import { type Encoded, fieldsOf } from "../../sandbox/mod.ts";
import { chainOf } from "../fold/state.ts";
import { meetingName } from "../fold/meetings.ts";
import { endNotice } from "../wait_results.ts";
import { type EffectContext, maxTimeMs, type Performed, refuse, succeed } from "./builtin.ts";
import { resolveTarget } from "./target.ts";

/** Starts a wait for messages of `targets`; `as` is the form of the result. */
export function waitFor(
  targets: readonly Encoded[],
  wait: { readonly as: "yield" | "messages"; readonly deadlineMs?: number | undefined },
  context: EffectContext,
): Performed {
  const sources: string[] = [];
  for (const each of targets) {
    const target = resolveTarget(context, each);
    switch (target.kind) {
      case "person":
        sources.push(target.name);
        break;
      case "agent":
        sources.push(target.id);
        break;
      case "class":
        sources.push(target.klass);
        break;
      case "anyone":
        sources.push("*");
        break;
      case "meeting":
        sources.push(meetingName(target.id));
        break;
      case "ended":
        return tellEnd(target.id, wait.as, context);
      case "unknown":
        return refuse("ReferenceError", target.message);
    }
  }
  if (sources.length === 0) return refuse("TypeError", "Yield needs somebody to wait for");
  const { as, deadlineMs } = wait;
  return {
    kind: "start",
    wait: { kind: "messages", as, sources, ...(deadlineMs === undefined ? {} : { deadline: deadlineMs }) },
  };
}

/** The deadline that the options of a wait give: `{ timeout: 5 }` or `5`, in seconds. Without one, the wait has no end. */
export function waitDeadlineOf(options: Encoded | undefined, { nowMs }: EffectContext): number | undefined {
  const seconds = typeof options === "number"
    ? options
    : fieldsOf(options)?.find(([key]) => key === "timeout")?.[1];
  if (typeof seconds !== "number" || !Number.isFinite(seconds) || seconds < 0) return undefined;
  const deadlineMs = nowMs + seconds * 1000;
  return deadlineMs > maxTimeMs ? undefined : deadlineMs;
}

/** A wait for a meeting that has ended gives a notice once. Code that waits again does not see the end. */
function tellEnd(id: string, as: "yield" | "messages", { state, frame }: EffectContext): Performed {
  const member = chainOf(state, frame).find(({ meeting }) => meeting === id);
  if (!member || member.knowsEnd) {
    return refuse("MeetingError", `Meeting ${id} has ended; Return from this playbook`);
  }
  const { inbox } = state.agents[frame.agent]!;
  const left = inbox.filter(({ meeting }) => meeting === id);
  const value = endNotice(state, { as, agent: frame.agent, meeting: id, messages: left });
  return succeed(value, { kind: "took", messages: left.map((message) => message.id), ended: id });
}
