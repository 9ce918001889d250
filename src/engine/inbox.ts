import { ambientQuestion } from "./ambient.ts";
import { peopleIn } from "./definitions.ts";
import type { Question } from "./event.ts";
import type { Message } from "./fold/entry.ts";
import type { Open } from "./fold/history.ts";
import { isMeant } from "./meeting_listeners.ts";
import {
  isGoingOn,
  meetingIdIn,
  meetingName,
  meetingsOf,
  participatingPersons,
  takesPart,
} from "./fold/meetings.ts";
import { type Agent, type Frame, framesOf, type Meeting, type State } from "./fold/state.ts";
import type { Programs } from "./programs.ts";
import { openToolQuestions } from "./tool_questions.ts";

/** An open wait for messages, and the messages that have arrived for it. */
export interface Waiting {
  readonly frame: Frame;
  readonly ordinal: number;
  readonly open: Extract<Open, { kind: "messages" }>;
  readonly messages: readonly Message[];
  /** The agent that asks, if it is not the frame's: the one of a tool server. */
  readonly asker?: string;
  /** The number of the field that it asks for, and how often that was asked again. */
  readonly part?: string;
}

/** Open waits of an agent for messages, oldest first, each with the messages in its inbox that it waits for. */
export function waitsOf(state: State, agent: Agent): Waiting[] {
  const waits: Waiting[] = [];
  for (const frame of framesOf(state, agent.id)) {
    if (!frame.running) continue;
    for (const [ordinal, open] of Object.entries(frame.running.open)) {
      if (open.kind !== "messages") continue;
      const messages = agent.inbox.filter((message) => isFor(state, frame, message, open.sources));
      waits.push({ frame, ordinal: Number(ordinal), open, messages });
    }
  }
  return waits.sort((a, b) => a.open.position - b.open.position);
}

/** Open waits without a message yet, oldest first. */
function emptyWaits(state: State): Waiting[] {
  return [...Object.values(state.agents).flatMap((agent) => waitsOf(state, agent)), ...serverWaits(state)]
    .filter(({ messages }) => messages.length === 0)
    .sort((a, b) => a.open.position - b.open.position);
}

/** The open questions of tool servers, as waits for the person's words. */
function serverWaits(state: State): Waiting[] {
  return openToolQuestions(state).map(({ frame, ordinal, question }) => {
    const { agent, person, position, settled, unread } = question;
    const part = `${settled.length}${unread === undefined ? "" : `-${unread}`}`;
    const messages = state.agents[agent]?.inbox.filter(({ from }) => from === person) ?? [];
    // Each field is a question of its own.
    const open = {
      kind: "messages" as const,
      as: "yield" as const,
      sources: [person],
      position,
      at: state.at,
    };
    return { frame, ordinal, open, messages, asker: agent, part };
  });
}

/** The agent that waits. */
function askerOf({ asker, frame }: Waiting): string {
  return asker ?? frame.agent;
}

/** The meeting with persons whose words a wait is for. */
export function meetingWithPersons(state: State, { open }: Pick<Waiting, "open">): Meeting | undefined {
  const found = open.sources.map((source) => state.meetings?.[meetingIdIn(source) ?? ""]);
  return found.find((meeting) => meeting && isGoingOn(meeting) && participatingPersons(meeting).length > 0);
}

/** The persons of a meeting whom an agent addressed and who have not spoken since. */
export function addressedPersons(meeting: Meeting): readonly string[] {
  return participatingPersons(meeting).filter((person) => {
    const spoke = meeting.said.findLastIndex(({ from }) => from === person);
    return meeting.said.slice(spoke + 1).some(({ text, attention = [] }) =>
      isMeant({ name: person, displayName: person }, { text, targets: attention })
    );
  });
}

/** An agent's open question to a person, and the agent's last words. */
export interface OpenQuestion extends Question {
  readonly said?: string;
}

/** The open questions with the agents' last words, oldest first; and that of an ambient program. */
export function openQuestions(state: State, programs: Programs): readonly OpenQuestion[] {
  const ambient = ambientQuestion(state, programs);
  const persons = peopleIn(state, programs).map(({ name }) => name);
  return [...questionsTo(state, persons), ...(ambient ? [ambient] : [])].map((question) => {
    const to = question.meeting === undefined ? question.person : meetingName(question.meeting);
    const said = state.agents[question.agent]!.heard
      .findLast((heard) => heard.from === undefined && heard.to === to)?.text;
    return { ...question, ...(said === undefined ? {} : { said }) };
  });
}

/**
 * The open questions to persons, oldest first. Words of a person to an agent go to the agent's first wait for this
 * person. So a later wait is a question only to the persons whom no earlier wait of the agent is for. Questions to the
 * persons in meetings come last, one for each meeting.
 */
export function questionsTo(state: State, persons: readonly string[]): readonly Question[] {
  const asked = new Map<string, Set<string>>();
  const waits = emptyWaits(state);
  const direct = waits.filter((waiting) => isDirectlyFor(waiting, persons)).flatMap((waiting) => {
    const agent = askerOf(waiting);
    const before = asked.get(agent) ?? new Set();
    asked.set(agent, before);
    const { sources } = waiting.open;
    const open = persons.filter((name) => sources.includes("*") || sources.includes(name));
    const free = inOrderOf(sources, open).filter((name) => !before.has(name));
    for (const name of free) before.add(name);
    return free.length === 0 ? [] : [questionOf(state, waiting, free)];
  });
  const inMeetings = new Map<string, Question>();
  for (const waiting of waits) {
    const meeting = meetingWithPersons(state, waiting);
    if (!meeting || isDirectlyFor(waiting, persons) || inMeetings.has(meeting.id)) continue;
    const asked = [...new Set([...addressedPersons(meeting), ...participatingPersons(meeting)])];
    inMeetings.set(meeting.id, { ...questionOf(state, waiting, asked), meeting: meeting.id });
  }
  return [...direct, ...inMeetings.values()];
}

function isDirectlyFor({ open: { sources } }: Waiting, persons: readonly string[]): boolean {
  return sources.some((source) => source === "*" || persons.includes(source));
}

/** The wait of a question, if it is still open. */
export function waitOf(state: State, { id, agent: of }: Question): Waiting | undefined {
  const agent = state.agents[of];
  return agent && waitsOf(state, agent).find((waiting) => questionOf(state, waiting, []).id === id);
}

/** Persons in the order in which the code named them; `*` means all in the order of the program. */
function inOrderOf(sources: readonly string[], persons: readonly string[]): readonly string[] {
  const named = sources.filter((source) => persons.includes(source));
  return [...new Set([...named, ...persons])];
}

/** The question of a wait. Its id is the same in each run of the session. */
function questionOf(
  state: State,
  waiting: Waiting,
  persons: readonly string[],
): Question {
  const { frame, ordinal, open, part } = waiting;
  const agent = askerOf(waiting);
  return {
    id: `${frame.id}/${ordinal}@${open.position}${part === undefined ? "" : `.${part}`}`,
    agent,
    klass: state.agents[agent]?.klass ?? "",
    person: persons[0]!,
    ...(persons.length > 1 ? { persons } : {}),
  };
}

/** The persons who can answer a question, the first one named first. */
export function personsAsked({ person, persons }: Pick<Question, "person" | "persons">): readonly string[] {
  return persons ?? [person];
}

/**
 * Whether a wait of a frame is for a message. Words of a meeting are for waits for the meeting, and inside the meeting
 * for waits for their speaker. A wait for the meeting gets its participants' other words to the agent, too.
 */
function isFor(state: State, frame: Frame, message: Message, sources: readonly string[]): boolean {
  if (message.meeting !== undefined) {
    if (sources.includes(message.to)) return true;
    return meetingsOf(state, frame).some(({ id }) => id === message.meeting) && isFrom(message, sources);
  }
  return isFrom(message, sources) || sources.some((source) => {
    const meeting = state.meetings?.[meetingIdIn(source) ?? ""];
    return meeting !== undefined && takesPart(meeting, message.from);
  });
}

function isFrom(message: Message, sources: readonly string[]): boolean {
  return sources.some((source) =>
    source === "*" || source === message.from || (isAgentId(message.from) && source === message.fromKlass)
  );
}

/** Ids of agents are numbers; names of persons are not. */
function isAgentId(name: string): boolean {
  return /^\d+$/.test(name);
}

/** When a batch that has begun to arrive is delivered, ms since 1970. A person's message is due at once. */
export function batchDue(state: State, messages: readonly Message[]): number {
  // News of a meeting come with the next words.
  const words = messages.filter(({ news }) => !news);
  const first = words[0];
  const last = words.at(-1);
  if (!first || !last) return Number.POSITIVE_INFINITY;
  if (words.some((message) => !isAgentId(message.from))) return 0;
  const { messageBatchTimeout, messageBatchMaxWait } = state.settings.limits;
  return Math.min(last.at + messageBatchTimeout * 1000, first.at + messageBatchMaxWait * 1000);
}
