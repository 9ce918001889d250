import { type Encoded, plainText } from "../../sandbox/mod.ts";
import {
  type EffectContext,
  type InsideBuiltin,
  type Performed,
  refuse,
  succeed,
  undefinedValue,
} from "./builtin.ts";
import { invitationsFor, listOf } from "./meetings.ts";
import { endedMessage, resolveTarget } from "./target.ts";

export const inviteToMeetingBuiltin: InsideBuiltin = {
  kind: "inside",
  name: "InviteToMeeting",
  parameters: [{ name: "meeting", type: "string" }, { name: "agents", type: "(Agent | string)[]" }],
  returns: "Promise<void>",
  isSilent: true,
  needsNoAwait: true,
  isUndeclared: true,
  doc:
    "Invites more agents and persons to a meeting that the agent owns. They hear all that was said before.",
  perform: invite,
};

function invite([given, agents]: readonly Encoded[], context: EffectContext): Performed {
  const { state, frame } = context;
  const target = resolveTarget(context, given ?? "meeting");
  if (target.kind === "ended") return refuse("MeetingError", endedMessage(target.id));
  if (target.kind !== "meeting") {
    const message = target.kind === "unknown" ? target.message : `${plainText(given ?? "")} is no meeting`;
    return refuse("ReferenceError", message);
  }
  const meeting = state.meetings![target.id]!;
  if (meeting.owner !== frame.agent) {
    const owner = `${state.agents[meeting.owner]?.klass} (agent ${meeting.owner})`;
    return refuse("MeetingError", `Only ${owner}, who owns meeting ${meeting.id}, can invite to it`);
  }
  const guests = listOf(agents ?? []).map((named) => ({ named, isRequired: false }));
  const invitations = invitationsFor(guests, { owner: meeting.owner }, context);
  if ("refusal" in invitations) return refuse("ReferenceError", invitations.refusal);
  // Who is in the meeting, or was asked already, needs no invitation.
  const isNew = ({ name }: { readonly name: string }) =>
    !meeting.attendees.some((each) => each.name === name && /^(?:joined|invited)$/.test(each.status));
  const attendees = invitations.attendees.filter(isNew);
  if (attendees.length === 0) return succeed(undefinedValue);
  return succeed(undefinedValue, { kind: "invited", meeting: meeting.id, ...invitations, attendees });
}
