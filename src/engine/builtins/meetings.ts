import { nameKey, type Playbook } from "../../language/mod.ts";
import { type Encoded, plainText } from "../../sandbox/mod.ts";
import type { Invitations, NewAgent, NewFrame, NewMeeting } from "../fold/entry.ts";
import { isGoingOn, meetingsOf, nextMeetingId } from "../fold/meetings.ts";
import { framesOf } from "../fold/state.ts";
import { agentValue, newAgentOf } from "./agents.ts";
import { type EffectContext, isMissing, type Performed, refuse } from "./builtin.ts";
import { newFrame } from "./frames.ts";
import { findClass, resolveTarget } from "./target.ts";

/** Agents can answer an invitation for this time. */
const invitationMs = 30_000;

/** A call of a meeting playbook. */
interface MeetingCall {
  readonly agent: { readonly id: string; readonly klass: string };
  readonly created: NewAgent | undefined;
  readonly playbook: Playbook;
  readonly source: string;
  readonly args: NewFrame["args"];
  readonly writes: NewFrame["writes"];
}

/** Begins a meeting that the callee owns. Without attendees, a participant calls the playbook inside its meeting. */
export function callMeeting(call: MeetingCall, context: EffectContext): Performed {
  const { state, frame } = context;
  const { agent, created, playbook, source, args: given, writes } = call;
  const isInside = agent.id === frame.agent && meetingsOf(state, frame).some(isGoingOn);
  if (isInside && isMissing(given["attendees"])) {
    return { kind: "call", callee: newFrame(state, agent.id, playbook, { args: given, writes }, source) };
  }
  const guests = guestsOf(playbook, given["attendees"]);
  const invitations = invitationsFor(guests, { owner: agent.id, earlier: created ? 1 : 0 }, context);
  if ("refusal" in invitations) return refuse("ReferenceError", invitations.refusal);
  if (invitations.attendees.length === 0) {
    const message =
      `${playbook.name} is a meeting; name who takes part: ${playbook.name}({ topic, attendees: [...] })`;
    return refuse("TypeError", message);
  }
  const topic = isMissing(given["topic"]) ? playbook.title : plainText(given["topic"]!);
  const meeting: NewMeeting = { id: nextMeetingId(state), topic, ...invitations };
  const args = { ...given, topic, attendees: attendeesValue(meeting, context) };
  const callee = {
    ...newFrame(state, agent.id, playbook, { args, writes }, source),
    meeting: meeting.id,
  };
  return { kind: "call", callee, meeting, ...(created ? { created } : {}) };
}

/** An attendee as a program names it. */
interface Guest {
  readonly named: Encoded;
  readonly isRequired: boolean;
}

/** The attendees of a call, else those of the playbook's metadata. Those of the call are required, unless that says not. */
function guestsOf({ metadata }: Playbook, given: Encoded | undefined): readonly Guest[] {
  const required = namesIn(metadata["required_attendees"]);
  const optional = namesIn(metadata["optional_attendees"]);
  if (isMissing(given) || (Array.isArray(given) && given.length === 0)) {
    return [
      ...required.map((named) => ({ named, isRequired: true })),
      ...optional.map((named) => ({ named, isRequired: false })),
    ];
  }
  const isOptional = (klass: string) =>
    optional.some((name) => nameKey(name) === nameKey(klass)) && !required.includes(klass);
  return listOf(given!).map((named) => ({ named, isRequired: !isOptional(classOf(named)) }));
}

/** The list in metadata: `[HeadChef, Waiter]` or `HeadChef, Waiter`. */
function namesIn(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : typeof value === "string" ? value.split(",") : [];
  return list.map((each) => String(each).trim()).filter((each) => each !== "");
}

/** The class that a value names: an agent's, or the text itself. */
function classOf(named: Encoded): string {
  if (typeof named !== "object" || named === null || Array.isArray(named)) return String(named);
  return plainText((named as { readonly [key: string]: Encoded })["klass"] ?? "");
}

/** The items of a list, or of a text such as `HeadChef, user`. */
export function listOf(value: Encoded): readonly Encoded[] {
  if (Array.isArray(value)) return value as readonly Encoded[];
  if (typeof value !== "string") return [value];
  return value.split(",").map((each) => each.trim()).filter((each) => each !== "");
}

/**
 * The invitations for guests: agents, ids, names of persons and agent classes. A class means its first idle agent that
 * has no invitation here, else its first such agent, else a new one.
 */
export function invitationsFor(
  guests: readonly Guest[],
  { owner, earlier = 0 }: { readonly owner: string; readonly earlier?: number },
  context: EffectContext,
): Invitations | { readonly refusal: string } {
  const { state, program, nowMs } = context;
  const created: NewAgent[] = [];
  const attendees: { name: string; isPerson?: true; isRequired?: true }[] = [];
  const isInvited = (name: string) => name === owner || attendees.some((each) => each.name === name);
  for (const { named, isRequired } of guests) {
    const target = resolveTarget(context, named);
    const required = isRequired ? { isRequired: true as const } : {};
    switch (target.kind) {
      case "person":
        if (!isInvited(target.name)) attendees.push({ name: target.name, isPerson: true });
        break;
      case "agent":
        if (!isInvited(target.id)) attendees.push({ name: target.id, ...required });
        break;
      case "class": {
        const free = Object.values(state.agents).filter(({ id, klass }) =>
          klass === target.klass && !isInvited(id)
        );
        const idle = free.find(({ id, begins }) => framesOf(state, id).length === 0 && begins.length === 0);
        let id = (idle ?? free[0])?.id;
        if (id === undefined) {
          id = String(state.next.agent + earlier + created.length);
          created.push({ ...newAgentOf(context, findClass(program, target.klass)!, {}), id });
        }
        attendees.push({ name: id, ...required });
        break;
      }
      case "unknown":
        return { refusal: target.message };
      default:
        return { refusal: "An attendee is an agent, an agent class or a person" };
    }
  }
  return { attendees, ...(created.length > 0 ? { created } : {}), deadline: nowMs + invitationMs };
}

/** The attendees as a value for the owner's code. */
function attendeesValue({ attendees, created = [] }: Invitations, { state }: EffectContext): Encoded {
  return attendees.map(({ name, isPerson }) => {
    if (isPerson) return name;
    return agentValue(state.agents[name] ?? created.find(({ id }) => id === name)!);
  });
}
