import type { StatePatch } from "../../sandbox/sandbox.ts";
import type { Encoded } from "../../sandbox/values.ts";
import type { EntryOf, Invitations, Message, NewMeeting } from "./entry.ts";
import {
  type Attendee,
  chainOf,
  type Frame,
  type Meeting,
  type State,
  variablesSeenBy,
  writesUnseen,
} from "./state.ts";

/** The number of a session's first meeting. */
const firstMeeting = 100;

/** The id of the next meeting. */
export function nextMeetingId(state: State): string {
  return String(state.next.meeting ?? firstMeeting);
}

/** The receiver of words to a meeting, and the source of a wait for its words. */
export function meetingName(id: string): string {
  return `meeting ${id}`;
}

/** The id in a name such as `meeting 100`; `undefined` for other names. */
export function meetingIdIn(name: string): string | undefined {
  return /^meeting (\d+)$/.exec(name)?.[1];
}

/** The meetings that a frame takes part in, itself or through its callers in the same agent, the innermost first. */
export function meetingsOf(state: State, frame: Frame): readonly Meeting[] {
  if (!state.meetings) return [];
  return chainOf(state, frame).reverse().flatMap(({ meeting }) =>
    meeting === undefined ? [] : state.meetings?.[meeting] ?? []
  );
}

/** Whether a meeting goes on. */
export function isGoingOn({ ended }: Meeting): boolean {
  return ended === undefined;
}

/** The ids of the agents that take part now, the owner first. */
export function participatingAgents({ owner, attendees }: Meeting): readonly string[] {
  const joined = attendees.filter(({ status, isPerson }) => status === "joined" && !isPerson);
  return [owner, ...joined.map(({ name }) => name)];
}

/** The names of the persons who take part. */
export function participatingPersons({ attendees }: Meeting): readonly string[] {
  return attendees.filter(({ status, isPerson }) => isPerson && status === "joined").map(({ name }) => name);
}

/** Whether an agent or a person takes part now. */
export function takesPart(meeting: Meeting, name: string): boolean {
  return meeting.owner === name ||
    meeting.attendees.some((attendee) => attendee.name === name && attendee.status === "joined");
}

/** Whether a frame waits until the invitations to its own meeting are answered. */
export function isHeld(state: State, { id, meeting: of }: Frame): boolean {
  const meeting = of === undefined ? undefined : state.meetings?.[of];
  return meeting !== undefined && meeting.frame === id && meeting.opened === undefined;
}

// Shared state in code. Code sees a meeting as variables beside those of its agent: `meeting 100` holds its facts, and
// `meeting 100: board` a key of its shared state.

const sharedName = /^meeting (\d+): ([^]*)$/;

/** The name of a key of a meeting's shared state among the variables that code sees. */
function nameOfShared(meeting: string, key: string): string {
  return `${meetingName(meeting)}: ${key}`;
}

/** All variables that the code of a frame sees: those of its agent, and its meetings. */
export function variablesInCode(state: State, frame: Frame): Readonly<Record<string, Encoded>> {
  const agent = state.agents[frame.agent];
  const own = agent ? variablesSeenBy(agent, frame) : {};
  const meetings = meetingsOf(state, frame);
  if (meetings.length === 0) return own;
  const all: Record<string, Encoded> = { ...own };
  for (const meeting of meetings) {
    all[meetingName(meeting.id)] = factsOf(state, meeting);
    for (const [key, value] of Object.entries(meeting.state)) all[nameOfShared(meeting.id, key)] = value;
  }
  return all;
}

/** Writes of other frames that the code of a frame has not seen, with those to its meetings. */
export function writesUnseenInCode(state: State, frame: Frame, lastSeenPosition: number): StatePatch {
  const patch = writesUnseen(state, frame, lastSeenPosition);
  const meetings = meetingsOf(state, frame);
  if (meetings.length === 0) return patch;
  const all: Record<string, StatePatch[string]> = { ...patch };
  for (const meeting of meetings) {
    if (lastChangeOf(meeting) > lastSeenPosition) {
      all[meetingName(meeting.id)] = { value: factsOf(state, meeting) };
    }
    for (const [key, write] of Object.entries(meeting.writes)) {
      if (write.position <= lastSeenPosition || write.frame === frame.id) continue;
      all[nameOfShared(meeting.id, key)] = Object.hasOwn(meeting.state, key)
        ? { value: meeting.state[key] as Encoded }
        : null;
    }
  }
  return all;
}

function factsOf(state: State, meeting: Meeting): Encoded {
  const { topic, owner, ended } = meeting;
  const agentOf = (id: string): Encoded => ({ $type: "agent", id, klass: state.agents[id]?.klass ?? "" });
  return {
    topic,
    owner: agentOf(owner),
    participants: [...participatingAgents(meeting).map(agentOf), ...participatingPersons(meeting)],
    ...(ended === undefined ? {} : { ended: true }),
  };
}

/** Position of the last change of a meeting's facts. */
function lastChangeOf({ attendees, ended = 0 }: Meeting): number {
  return attendees.reduce((last, { since }) => Math.max(last, since), ended);
}

/** Writes the keys of shared state in a patch, and returns the rest: the agent's own variables. */
export function writeShared(state: State, frame: Frame, patch: StatePatch): StatePatch {
  const meetings = meetingsOf(state, frame);
  if (meetings.length === 0) return patch;
  const own: Record<string, StatePatch[string]> = {};
  for (const [name, change] of Object.entries(patch)) {
    const [, id, key] = sharedName.exec(name) ?? [];
    const meeting = id === undefined ? undefined : meetings.find((each) => each.id === id);
    if (!meeting || key === undefined) own[name] = change;
    else {
      meeting.writes[key] = { position: state.position, frame: frame.id };
      meeting.state = changed(meeting.state, key, change);
    }
  }
  return own;
}

function changed(
  record: Readonly<Record<string, Encoded>>,
  key: string,
  change: StatePatch[string],
): Readonly<Record<string, Encoded>> {
  if (change === null) return Object.fromEntries(Object.entries(record).filter(([name]) => name !== key));
  const value = "append" in change ? [...record[key] as readonly Encoded[], ...change.append] : change.value;
  return { ...record, [key]: value };
}

// The course of a meeting.

/** Begins a meeting. Its invitations are open, and persons join at once. */
export function beginMeeting(state: State, { id, topic, ...invitations }: NewMeeting, owner: Frame): void {
  const meeting: Meeting = {
    id,
    topic,
    owner: owner.agent,
    frame: owner.id,
    playbook: owner.playbook,
    attendees: [],
    said: [],
    state: {},
    writes: {},
  };
  (state.meetings ??= {})[id] = meeting;
  state.next.meeting = Number(id) + 1;
  invite(state, meeting, invitations);
}

/** Adds invitations to a meeting. */
export function invite(state: State, meeting: Meeting, { attendees, deadline }: Invitations): void {
  for (const { name, isPerson, isRequired } of attendees) {
    const attendee: Attendee = {
      name,
      ...(isPerson ? { isPerson } : {}),
      ...(isRequired ? { isRequired } : {}),
      status: isPerson ? "joined" : "invited",
      since: state.position,
      ...(isPerson ? {} : { deadline }),
    };
    // A second invitation replaces the first, whose answer is known.
    meeting.attendees = [...meeting.attendees.filter((each) => each.name !== name), attendee];
    if (isPerson) tellOthers(state, meeting, { kind: "joined", who: name });
  }
}

/** An agent joins with this frame. Code gets all earlier words; a model reads them in its prompt. */
export function joinMeeting(state: State, frame: Frame): void {
  const meeting = meetingAt(state, frame.meeting!);
  setStatus(state, meeting, frame.agent, "joined").joinedAfter = meeting.said.length;
  if (frame.mode === "code") {
    const { inbox } = state.agents[frame.agent]!;
    for (const message of meeting.said) if (message.from !== frame.agent) inbox.push(message);
  }
  tellOthers(state, meeting, { kind: "joined", who: frame.agent });
}

/** Applies a refusal, or opens the meeting. Returns the owner's frame if it may begin now. */
export function applyMeeting(state: State, entry: EntryOf<"meeting">): string | undefined {
  const meeting = meetingAt(state, entry.meeting);
  if (!entry.refused) {
    meeting.opened = state.position;
    return meeting.frame;
  }
  const { agent, why } = entry.refused;
  setStatus(state, meeting, agent, "refused").why = why;
  tellOthers(state, meeting, { kind: "refused", who: agent, why });
  return undefined;
}

/** A frame of a meeting is off the stack: the meeting has ended if it is the owner's, else the agent has left. */
export function leaveMeeting(state: State, frame: Frame, why?: string): void {
  const meeting = frame.meeting === undefined ? undefined : state.meetings?.[frame.meeting];
  if (!meeting) return;
  const agent = state.agents[frame.agent]!;
  agent.inbox = agent.inbox.filter((message) => message.meeting !== meeting.id);
  if (meeting.frame === frame.id) meeting.ended ??= state.position;
  else {
    setStatus(state, meeting, frame.agent, "left");
    if (isGoingOn(meeting)) {
      tellOthers(state, meeting, { kind: "left", who: frame.agent, ...(why === undefined ? {} : { why }) });
    }
  }
  if (isGoingOn(meeting) || Object.values(state.frames).some((each) => each.meeting === meeting.id)) return;
  delete state.meetings![meeting.id];
  if (Object.keys(state.meetings!).length === 0) delete state.meetings;
}

/** Puts words into the inbox of each participant, except their speaker. Returns the receivers. */
export function deliverToMeeting(state: State, message: Message): readonly string[] {
  const meeting = meetingAt(state, message.meeting!);
  meeting.said.push(message);
  const receivers = participatingAgents(meeting).filter((id) => id !== message.from);
  for (const id of receivers) state.agents[id]!.inbox.push(message);
  state.next.message++;
  return receivers;
}

/** News go to all others after the meeting was opened. Before that, they see the participants when they begin. */
function tellOthers(state: State, meeting: Meeting, news: NonNullable<Message["news"]>): void {
  if (meeting.opened === undefined) return;
  const message: Message = {
    id: `m${state.next.message}`,
    from: meetingName(meeting.id),
    fromKlass: "",
    to: meetingName(meeting.id),
    text: "",
    at: state.at,
    meeting: meeting.id,
    news,
  };
  state.next.message++;
  for (const id of participatingAgents(meeting)) {
    if (id !== news.who) state.agents[id]!.inbox.push(message);
  }
}

function setStatus(state: State, meeting: Meeting, name: string, status: Attendee["status"]): Attendee {
  const attendee = meeting.attendees.find((each) => each.name === name);
  if (!attendee) throw new TypeError(`Entry ${state.position} names agent ${name}, who was not invited`);
  attendee.status = status;
  attendee.since = state.position;
  delete attendee.deadline;
  return attendee;
}

function meetingAt(state: State, id: string): Meeting {
  const meeting = state.meetings?.[id];
  if (!meeting) throw new TypeError(`Entry ${state.position} names meeting ${id}, which does not exist`);
  return meeting;
}
