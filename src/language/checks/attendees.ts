import { findAgentClass, hasTools } from "../lookup.ts";
import { nameKey } from "../names.ts";
import { nearestName } from "../nearest_name.ts";
import type { AgentClass, Playbook } from "../program.ts";
import { type CheckContext, placeOfKey } from "./context.ts";

/** Metadata keys of a meeting playbook that name who is invited. */
const attendeeKeys = ["required_attendees", "optional_attendees"] as const;

/** Finds attendees of meetings that the program does not have. Such a meeting cannot begin. */
export function checkAttendees(context: CheckContext): void {
  for (const agent of context.agents) {
    for (const playbook of agent.playbooks) {
      for (const key of attendeeKeys) {
        const value = playbook.metadata[key];
        if (value === undefined || value === null) continue;
        const names = namesIn(value);
        if (names === undefined) {
          context.problems.push({
            severity: "error",
            code: "bad-value",
            message: `"${key}" must be a list of names, such as [HeadChef, Alice], not ${
              JSON.stringify(value)
            }`,
            ...placeOfKey(context, playbook, key),
          });
          continue;
        }
        if (!playbook.meeting) {
          context.problems.push({
            severity: "warning",
            code: "bad-value",
            message: `"${key}" has no effect: "${playbook.name}" is not a meeting`,
            hint: 'Add "meeting: true" below its heading',
            ...placeOfKey(context, playbook, key),
          });
        }
        for (const name of names) {
          if (isAttendee(context.agents, name)) {
            const klass = findAgentClass(context.agents, name);
            if (playbook.meeting && klass !== undefined && klass !== agent) {
              checkGuest(context, klass, { playbook, key, name });
            }
            continue;
          }
          const known = context.agents.filter((each) => each !== agent).map((each) => each.name);
          const near = nearestName(name, known);
          context.problems.push({
            severity: playbook.meeting ? "error" : "warning",
            code: "unknown-attendee",
            message: `"${playbook.name}" invites "${name}", and no agent or person has this name`,
            hint: near !== undefined
              ? `Did you mean ${near}?`
              : known.length > 0
              ? `There are: ${known.join(", ")}`
              : `Add the agent "# ${name}" with a meeting playbook`,
            ...placeOfKey(context, playbook, key, name),
          });
        }
      }
    }
  }
}

/** The names of an attendee list; also of one name, or of names with commas. `undefined` for other values. */
function namesIn(value: unknown): readonly string[] | undefined {
  if (typeof value === "string") {
    return value.split(",").map((name) => name.trim()).filter((name) => name !== "");
  }
  if (!Array.isArray(value)) return undefined;
  return value.every((name) => typeof name === "string") ? value.map((name) => name.trim()) : undefined;
}

/** An agent joins a meeting with its own meeting playbook: the one with the meeting's name, or its only one. */
function checkGuest(
  context: CheckContext,
  klass: AgentClass,
  { playbook, key, name }: { readonly playbook: Playbook; readonly key: string; readonly name: string },
): void {
  if (klass.type === "Human" || hasTools(klass)) return;
  const meetings = klass.playbooks.filter(({ meeting }) => meeting);
  if (meetings.length === 1 || meetings.some((each) => each.name === playbook.name)) return;
  context.problems.push({
    severity: "warning",
    code: "unknown-attendee",
    message: meetings.length === 0
      ? `${klass.name} cannot join "${playbook.name}": it has no meeting playbook`
      : `${klass.name} cannot join "${playbook.name}": none of its meeting playbooks has this name`,
    hint: `Add "## ${playbook.title}" with "meeting: true" to ${klass.name}`,
    ...placeOfKey(context, playbook, key, name),
  });
}

function isAttendee(agents: readonly AgentClass[], name: string): boolean {
  if (/^(?:user|human|(?:agent\s+)?\d+)$/i.test(name) || findAgentClass(agents, name)) return true;
  return agents.some(({ type, metadata }) =>
    type === "Human" && typeof metadata["name"] === "string" && nameKey(metadata["name"]) === nameKey(name)
  );
}
