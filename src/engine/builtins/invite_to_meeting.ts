import { type InsideBuiltin, refuse } from "./builtin.ts";

export const inviteToMeetingBuiltin: InsideBuiltin = {
  kind: "inside",
  name: "InviteToMeeting",
  parameters: [{ name: "meeting", type: "string" }, { name: "agents", type: "Agent[]" }],
  returns: "Promise<void>",
  isSilent: true,
  isUndeclared: true,
  doc: "Invites agents to a meeting. Meetings are not part of this version, so it fails.",
  perform: () => refuse("Error", "No meeting is going on"),
};
