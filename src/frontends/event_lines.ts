import type { EventFact } from "../session/mod.ts";

/** The events that a person wants to see. */
export interface Detail {
  /** Calls, turns, steps, triggers. */
  readonly verbose: boolean;
  /** Messages between agents. */
  readonly snoop: boolean;
  /** Only words and warnings. */
  readonly quiet: boolean;
}

/** The lines that an event adds to standard error. */
export function eventLines(event: EventFact, { verbose, snoop, quiet }: Detail): readonly string[] {
  switch (event.type) {
    case "notice":
      if (event.level === "warning") return [`⚠️  ${event.text}`];
      return quiet ? [] : [`ℹ ${event.text}`];
    case "retrying":
      return quiet ? [] : [
        `⚠️  ${event.klass}(${event.agent}): ${event.reason}; asking again in ${seconds(event.waitMs)} ` +
        `(attempt ${event.attempt})`,
      ];
    case "repair":
      return verbose
        ? [`${event.klass}(${event.agent}) ${event.playbook}: the code failed: ${event.error}`]
        : [];
    case "log":
      if (quiet) return [];
      if (event.text.startsWith("rehearsal: ")) return [event.text];
      return [`${event.klass}(${event.agent}): ${event.text}`];
    case "message":
      return snoop ? [`[${event.fromKlass}(${event.from}) → ${receiver(event)}] ${event.text}`] : [];
    case "meeting":
      return verbose || snoop
        ? [
          `${event.klass}(${event.agent}) begins meeting ${event.meeting} about ${event.topic} with ` +
          event.participants.join(", "),
        ]
        : [];
    case "agent":
      return verbose && !event.atStart ? [`+ ${event.klass}(${event.agent})`] : [];
    case "call":
      return verbose ? [`${"  ".repeat(event.depth)}→ ${event.klass}(${event.agent}) ${event.playbook}`] : [];
    case "return":
      if (event.error !== undefined) {
        return [
          `⚠️  ${event.klass}(${event.agent}) ${event.playbook} failed, and has left its meeting: ${event.error}`,
        ];
      }
      return verbose
        ? [`← ${event.klass}(${event.agent}) ${event.playbook}${event.ok ? "" : " failed"}`]
        : [];
    case "turn":
      return verbose ? [`  ${event.klass}(${event.agent}) ${event.playbook}, turn ${event.turn}`] : [];
    case "step": {
      const text = event.text === undefined ? "" : `: ${event.text}`;
      return verbose ? [`  ${event.klass}(${event.agent}) ${event.playbook} ${event.step}${text}`] : [];
    }
    case "trigger":
      return verbose ? [`  trigger of agent ${event.agent}: ${event.text}`] : [];
    case "tools":
      return verbose ? [`  ${event.server} has the tools ${event.tools.join(", ")}`] : [];
    case "progress":
      return verbose ? [`  ${event.klass}(${event.agent}) ${progressText(event)}`] : [];
    case "run":
    case "say":
    case "heard":
    case "ask":
    case "ask-end":
    case "decision":
    case "decision-end":
    case "program-end":
    case "persons":
    case "completion":
    case "text":
    case "thought":
    case "withdrawn":
    case "wait":
    case "sleep":
    case "checkpoint":
      return [];
  }
}

/** `Files.copy: 3 of 10, copying b.txt`. */
export function progressText(
  { tool, progress, total, message }: Extract<EventFact, { readonly type: "progress" }>,
): string {
  const count = progress === undefined ? "" : total === undefined ? `${progress}` : `${progress} of ${total}`;
  const said = [count, message ?? ""].filter((part) => part !== "").join(", ");
  return said === "" ? tool : `${tool}: ${said}`;
}

/** An agent, or a meeting. */
function receiver({ to, toKlass }: { readonly to: string; readonly toKlass: string }): string {
  return toKlass === "" ? to : `${toKlass}(${to})`;
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`;
}
