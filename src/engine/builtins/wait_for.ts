import { type Encoded, fieldsOf, plainText } from "../../sandbox/mod.ts";
import { chainOf } from "../fold/state.ts";
import { meetingName } from "../fold/meetings.ts";
import { endNotice } from "../wait_results.ts";
import { type EffectContext, maxTimeMs, type Performed, refuse, shortened, succeed } from "./builtin.ts";
import { resolveTarget } from "./target.ts";

/** Starts a wait for messages of `targets`; `as` is the form of the result, and `options` may have a timeout. */
export function waitFor(
  targets: readonly Encoded[],
  { as, options }: { readonly as: "yield" | "messages"; readonly options?: Encoded | undefined },
  context: EffectContext,
): Performed {
  const deadlineMs = deadlineIn(options, context.nowMs);
  if (typeof deadlineMs === "string") {
    return refuse("TypeError", `${as === "yield" ? "Yield" : "WaitForMessage"} ${deadlineMs}`);
  }
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
        return tellEnd(target.id, as, context);
      case "unknown":
        return refuse("ReferenceError", target.message);
    }
  }
  if (sources.length === 0) return refuse("TypeError", "Yield needs somebody to wait for");
  return {
    kind: "start",
    wait: { kind: "messages", as, sources, ...(deadlineMs === undefined ? {} : { deadline: deadlineMs }) },
  };
}

/**
 * The deadline that the options of a wait give: `{ timeout: 5 }` or `5`, in seconds. Without one, the wait has no end.
 * A text is the reason why the options are wrong.
 */
function deadlineIn(options: Encoded | undefined, nowMs: number): number | undefined | string {
  const fields = fieldsOf(options) ?? [["timeout", options ?? null] as const];
  const unknown = fields.find(([key]) => key !== "timeout")?.[0];
  if (unknown !== undefined) return `has the option timeout, and no ${shortened(unknown)}`;
  const seconds = fields[0]?.[1] ?? null;
  const text = plainText(seconds);
  if (seconds === null || seconds === "" || text === "undefined" || text === "Infinity") return undefined;
  if (typeof seconds !== "number" || seconds < 0) {
    return `needs its timeout as a number of seconds, not ${shortened(JSON.stringify(seconds))}`;
  }
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
