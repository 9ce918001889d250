import {
  type AgentClass,
  findAgentClass,
  peopleOf,
  type Person,
  personNamed,
  type Program,
} from "../../language/mod.ts";
import type { Encoded } from "../../sandbox/mod.ts";
import {
  isGoingOn,
  meetingIdIn,
  meetingName,
  meetingsOf,
  participatingAgents,
  takesPart,
} from "../fold/meetings.ts";
import type { Frame, Meeting, State } from "../fold/state.ts";
import { isMissing, shortened } from "./builtin.ts";

/** The receiver of a message, or the source that a wait is for. */
type ResolvedTarget =
  /** `bufferMs`: as in `PersonDelivery`. */
  | { readonly kind: "person"; readonly name: string; readonly bufferMs?: number }
  | { readonly kind: "agent"; readonly id: string }
  | { readonly kind: "class"; readonly klass: string }
  | { readonly kind: "anyone" }
  /** A meeting that goes on; `attention`: participants whom the words address. */
  | { readonly kind: "meeting"; readonly id: string; readonly attention: readonly string[] }
  | { readonly kind: "ended"; readonly id: string }
  | { readonly kind: "unknown"; readonly message: string };

/** The data by which a target is resolved: `"meeting"` depends on the frame whose code names it. */
interface TargetContext {
  readonly state: State;
  readonly program: Program;
  readonly frame: Frame;
}

/**
 * Resolves a target: `"user"`, a person's name or display name, an agent, `"agent 1001"`, `"1001"`, a class name,
 * `"meeting"`, `"meeting 100"`, or `"meeting 100, agent 1001"`. `user` is the person with this name, else the first one
 * that the program declares.
 */
export function resolveTarget(context: TargetContext, target: Encoded): ResolvedTarget {
  const { state, program } = context;
  if (typeof target === "number") return resolveTarget(context, String(target));
  if (typeof target === "object" && target !== null && !Array.isArray(target)) {
    const record = target as { readonly [key: string]: Encoded };
    if (record["$type"] === "agent") return agentOrPerson(state, program, String(record["id"]));
  }
  if (typeof target !== "string") {
    const message = Array.isArray(target)
      ? "Words go to one receiver: Say them to each one"
      : `A target is a name or an agent, not ${describe(target)}`;
    return { kind: "unknown", message };
  }
  const text = target.trim();
  const id = /^(?:agent\s+)?(\d+)$/i.exec(text)?.[1];
  if (id !== undefined) {
    const isMeeting = /^\d/.test(text) && !state.agents[id] && isMeetingId(state, id);
    return isMeeting ? meetingTarget(context, id, "") : agentOrPerson(state, program, id);
  }
  if (text === "*" || /^any(one|body)?$/i.test(text)) return { kind: "anyone" };
  const people = peopleOf(program);
  if (/^(the\s+)?(user|human)$/i.test(text)) return personTarget(personNamed(people, text)!);
  const klass = findClass(program, text);
  if (klass?.type === "Human") return personTarget(personNamed(people, klass.name)!);
  if (klass) return { kind: "class", klass: klass.name };
  const person = personNamed(people, text);
  if (person) return personTarget(person);
  const meeting = /^(?:the\s+|current\s+)*meeting(?:\s+(\d+)|\s+current)?\s*(?:,([^]*))?$/i.exec(text);
  if (meeting) return meetingTarget(context, meeting[1], meeting[2] ?? "");
  return {
    kind: "unknown",
    message: `There is no "${shortened(text)}" to speak to; there are: ${
      ["user", ...program.agents.map((agent) => agent.name)].join(", ")
    }`,
  };
}

function isMeetingId(state: State, id: string): boolean {
  return state.next.meeting !== undefined && Number(id) >= 100 && Number(id) < state.next.meeting;
}

/** The meeting with an id, or the one that the code is in; `names` are the participants whom the words address. */
function meetingTarget(context: TargetContext, given: string | undefined, names: string): ResolvedTarget {
  const { state, frame } = context;
  const unknown = (message: string): ResolvedTarget => ({ kind: "unknown", message });
  const going = Object.values(state.meetings ?? {}).filter((each) =>
    isGoingOn(each) && takesPart(each, frame.agent)
  );
  const [inner] = meetingsOf(state, frame);
  if (given === undefined && !inner && going.length > 1) {
    return unknown(
      `This agent is in several meetings; name one: ${going.map(({ id }) => meetingName(id)).join(", ")}`,
    );
  }
  const id = given ?? inner?.id ?? going[0]?.id;
  if (id === undefined) {
    return unknown("No meeting is going on here; words to a person or an agent need its name");
  }
  const meeting = state.meetings?.[id];
  if (!meeting || !isGoingOn(meeting)) {
    return isMeetingId(state, id) ? { kind: "ended", id } : unknown(`There is no meeting ${id}`);
  }
  if (!going.includes(meeting)) return unknown(`This agent takes no part in meeting ${id}`);
  const attention: string[] = [];
  for (const name of names.split(",").map((each) => each.trim()).filter((each) => each !== "")) {
    const addressed = participantsNamed(context, meeting, name);
    if (typeof addressed === "string") return unknown(addressed);
    attention.push(...addressed);
  }
  return { kind: "meeting", id, attention };
}

/** The participants that a name in a target means, or the reason why there are none. */
function participantsNamed(
  context: TargetContext,
  meeting: Meeting,
  name: string,
): readonly string[] | string {
  const { state } = context;
  const target = resolveTarget(context, name);
  const found = target.kind === "agent"
    ? [target.id]
    : target.kind === "person"
    ? [target.name]
    : target.kind === "class"
    ? participatingAgents(meeting).filter((id) => state.agents[id]?.klass === target.klass)
    : [];
  const present = found.filter((each) => takesPart(meeting, each));
  if (present.length > 0) return present;
  return target.kind === "unknown"
    ? target.message
    : `${shortened(name)} takes no part in meeting ${meeting.id}`;
}

/** The message about words for a meeting that has ended. */
export function endedMessage(id: string): string {
  return `Meeting ${id} has ended, so nobody hears this; say it to a person or an agent, or Return`;
}

/** Whether a text can only be meant as a receiver. */
export function isMeetingTarget(text: string): boolean {
  return meetingIdIn(text.trim().toLowerCase()) !== undefined || /^\s*meeting\s*$/i.test(text);
}

/** An agent class by any spelling of its name, ignoring case. */
export function findClass(program: Program, spelling: string): AgentClass | undefined {
  return findAgentClass(program.agents, spelling);
}

function agentOrPerson(state: State, program: Program, id: string): ResolvedTarget {
  const agent = state.agents[id];
  if (!agent) {
    const known = Object.values(state.agents).map((each) => `${each.klass} (agent ${each.id})`).join(", ");
    return { kind: "unknown", message: `There is no agent ${id}; there are: ${known}` };
  }
  const klass = program.agents.find((each) => each.name === agent.klass);
  return klass?.type === "Human"
    ? personTarget(personNamed(peopleOf(program), klass.name)!)
    : { kind: "agent", id };
}

function personTarget({ name, delivery: { bufferMs } }: Person): ResolvedTarget {
  return { kind: "person", name, ...(bufferMs === undefined ? {} : { bufferMs }) };
}

function describe(value: Encoded): string {
  if (value === null) return "null";
  if (isMissing(value)) return "undefined";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
