import { isGoingOn, meetingIdIn, meetingName, nextMeetingId, takesPart } from "./fold/meetings.ts";
import type { State } from "./fold/state.ts";

// Who can receive words of a person.

/** Whether words of a person can go there: to an agent, or to a meeting that the person takes part in. */
export function canReceive(state: State, to: string, person: string): boolean {
  const id = meetingIdIn(to);
  if (id === undefined) return Object.hasOwn(state.agents, to);
  const meeting = state.meetings?.[id];
  return meeting !== undefined && isGoingOn(meeting) && takesPart(meeting, person);
}

/** Whether words can never go there: the receiver is a meeting that has ended. */
export function isEndedMeeting(state: State, to: string): boolean {
  const id = meetingIdIn(to);
  if (id === undefined || Number(id) >= Number(nextMeetingId(state))) return false;
  const meeting = state.meetings?.[id];
  return meeting === undefined || !isGoingOn(meeting);
}

/** The meeting that a person takes part in, as a receiver; `undefined` without one, or with several. */
export function meetingOf(state: State, person: string): string | undefined {
  const [only, ...more] = Object.values(state.meetings ?? {}).filter((meeting) =>
    meeting.opened !== undefined && isGoingOn(meeting) && takesPart(meeting, person)
  );
  return only && more.length === 0 ? meetingName(only.id) : undefined;
}
