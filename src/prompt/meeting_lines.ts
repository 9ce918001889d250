import { isGoingOn, meetingName, meetingsOf } from "../engine/fold/meetings.ts";
import type { Frame, Meeting, State } from "../engine/fold/state.ts";
import type { MessageTexts } from "./message_texts.ts";
import { participantName } from "../engine/wait_results.ts";

// The parts of a turn's message about the meeting that the frame is in.

/** All about the meeting: its participants, its shared state, and what was said before the frame began. */
export function meetingLines(state: State, frame: Frame, texts: MessageTexts): string[] {
  const [meeting] = meetingsOf(state, frame);
  if (!meeting) return [];
  const { id, topic, owner } = meeting;
  const leader = owner === frame.agent ? "you" : participantName(state, owner);
  const [shared, ...long] = texts.record(meeting.state, "sharedState");
  return [
    `You are in meeting ${id}, owned by ${leader}. Topic: ${texts.words(topic, `Topic of meeting ${id}`)}`,
    `Participants: ${participants(state, meeting, frame)}`,
    `Shared state of meeting ${id}: ${shared}`,
    ...long,
    ...earlierWords(state, meeting, frame, texts),
    ...(isGoingOn(meeting) ? [] : [`Meeting ${id} has ended.`]),
  ];
}

/** What has changed since the frame's last request. */
export function meetingNews(state: State, frame: Frame, texts: MessageTexts): string[] {
  const [meeting] = meetingsOf(state, frame);
  if (!meeting) return [];
  const { askedAt = 0 } = frame;
  const { id, attendees, writes, ended = 0 } = meeting;
  const written = Object.keys(writes).filter((key) => writes[key]!.position > askedAt);
  const changed = written.filter((key) => Object.hasOwn(meeting.state, key));
  const deleted = written.filter((key) => !Object.hasOwn(meeting.state, key));
  const record = Object.fromEntries(changed.map((key) => [key, meeting.state[key]!]));
  const [shared, ...long] = changed.length > 0 ? texts.record(record, "sharedState") : [];
  return [
    ...(attendees.some(({ since }) => since > askedAt)
      ? [`Participants of meeting ${id} now: ${participants(state, meeting, frame)}`]
      : []),
    ...(shared === undefined ? [] : [`Changed shared state: ${shared}`, ...long]),
    ...(deleted.length > 0 ? [`Deleted shared state: ${deleted.join(", ")}`] : []),
    ...(ended > askedAt
      ? [`Meeting ${id} has ended. Nobody in it hears you any more; finish, and Return.`]
      : []),
  ];
}

function participants(state: State, { owner, attendees }: Meeting, frame: Frame): string {
  const named = (name: string) => `${participantName(state, name)}${name === frame.agent ? ", you" : ""}`;
  const joined = attendees.filter(({ status }) => status === "joined").map(({ name }) => named(name));
  const invited = attendees.filter(({ status }) => status === "invited").map(({ name }) => named(name));
  return [named(owner), ...joined].join("; ") +
    (invited.length > 0 ? `; not here yet: ${invited.join("; ")}` : "");
}

/** What was said before an attendee joined. */
function earlierWords(state: State, meeting: Meeting, frame: Frame, texts: MessageTexts): string[] {
  if (frame.meeting !== meeting.id) return [];
  const { joinedAfter = 0 } = meeting.attendees.find(({ name }) => name === frame.agent) ?? {};
  const before = meeting.said.slice(0, joinedAfter);
  if (before.length === 0) return [];
  const lines = before.map(({ from, text, attention = [] }) => {
    const to = attention.length > 0
      ? ` to ${attention.map((each) => participantName(state, each)).join(" and ")}`
      : "";
    return `- ${participantName(state, from)}${to}: ${
      texts.words(text, `Words of ${participantName(state, from)}`)
    }`;
  });
  return [`Said in ${meetingName(meeting.id)} before you came:`, ...texts.list(lines, "messages")];
}
